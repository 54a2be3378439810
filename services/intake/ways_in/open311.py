"""Open311 GeoReport v2: what every client of that standard may ask and report (https://wiki.open311.org/GeoReport_v2/).

Lists show matters of public places that came in by this door, with status, category and rough place. Everything else
is shown, with less, to whoever knows its id. That id is not the appeal's: a tracking code could be computed from many
of those (`chassis.codes`), so it is made with the lookup key.
"""

from __future__ import annotations

import hmac
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, request
from sqlalchemy import select

from chassis import moments, pages, web
from chassis.codes import BadCodeError, id_of
from chassis.problems import ProblemError, invalid, not_found
from chassis.sealing import lookup_hash
from chassis.views import when
from chassis.wire import dumps
from services.intake import register, rules
from services.intake.models import Case
from services.intake.ways_in import doors, public
from services.intake.ways_in.georeport import TYPES, changeset, offers, spelled
from services.intake.workflow import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement
    from werkzeug.datastructures import MultiDict

    from services.intake.register import Submission
    from services.intake.ways_in.georeport import Offer

MOST: Final = 1000
LONGEST_SPAN: Final = timedelta(days=90)
_LONGEST_DESCRIPTION: Final = 4000
_ID_LENGTH: Final = 20
#: Decimal places of a degree: about a hundred metres.
_ROUGH: Final = 3
#: Ends that are nobody else's business: taken back, refused, or somebody in danger.
_HIDDEN: Final = ("withdrawn", "not_accepted", "relayed", "followed_up")
_SPELLING: Final = "<any(json, xml):spelling>"
_ATTRIBUTE: Final = re.compile(r"attribute\[([^\]]+)\](?:\[\])?")
_NUMBER: Final = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)
_URL: Final = re.compile(r"https?://[^\s<>\"\x00-\x1f\x7f]{1,1990}")
#: What a field of an appeal is called in the standard.
_CALLED: Final = {
    "/text": "description",
    "/photos": "media",
    "/place": "lat, long",
    "/place/text": "address_string",
    "/place/latitude": "lat",
    "/place/longitude": "long",
    "/contact/name": "last_name",
    "/contact/phone": "phone",
}

routes = Routes("open311", __name__, url_prefix="/open311/v2")


def _answer(spelling: str, root: str, value: Any, status: int = 200) -> Response:
    response = Response(spelled(spelling, root, value), status, content_type=TYPES[spelling])
    if root == "service_requests":
        response.headers["Cache-Control"] = "no-store"
    return response


@routes.before_request
def expect_jurisdiction() -> None:
    """Refuse what is meant for another street, and read no more than a form, but for pictures that come with it."""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = doors.LONGEST_BODY
    own = web.door().settings.open311_jurisdiction
    if own and request.values.get("jurisdiction_id") not in (None, "", own):
        raise not_found("jurisdiction_id 不属于本街道", "jurisdiction_id was not found")


@routes.errorhandler(Exception)
def explain(error: Exception) -> Response:
    """Answer in the standard's form: 404 and 403 for what they say, 400 for everything else but our own failures."""
    problem = web.problem_of(error)
    said = problem.told()
    code = 400 if problem.status == 422 else problem.status  # noqa: PLR2004
    errors = [{"code": code, "description": _described(one)} for one in said]
    kept = problem.status in (403, 404) or problem.status >= 500  # noqa: PLR2004
    response = _answer(_spelling_of(request.path), "errors", errors, problem.status if kept else 400)
    if "retry_after" in problem.more:
        response.headers["Retry-After"] = str(problem.more["retry_after"])
    return response


def _described(error: Mapping[str, str]) -> str:
    name = _CALLED.get(error["pointer"], error["pointer"])
    return f"{name}: {error['zh']} / {error['en']}" if name else f"{error['zh']} / {error['en']}"


def _spelling_of(path: str) -> str:
    return "xml" if path.endswith(".xml") else "json"


@routes.route("/", defaults={"rest": ""}, methods=["GET", "POST"])
@routes.route("/<path:rest>", methods=["GET", "POST"])
def refuse(rest: str) -> Response:
    """Say in the standard's form that there is nothing."""
    del rest
    raise not_found("没有这个地址；格式为 .json 或 .xml", "There is no such resource; formats are .json and .xml")


# -- what is on offer ---------------------------------------------------------


@routes.get(f"/discovery.{_SPELLING}")
def discover(spelling: str) -> Response:
    """Say where and in which formats the standard is spoken (https://wiki.open311.org/Service_Discovery/)."""
    root = request.host_url.rstrip("/") + request.script_root
    found = {
        "changeset": changeset(),
        "contact": f"{root}/report",
        "key_service": f"{root}/docs",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{root}/open311/v2",
                "changeset": changeset(),
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return _answer(spelling, "discovery", found)


@routes.get(f"/services.{_SPELLING}")
def list_services(spelling: str) -> Response:
    """List what can be reported."""
    return _answer(spelling, "services", [offer.shown() for offer in offers().values()])


@routes.get(f"/services/<code>.{_SPELLING}")
def define_service(code: str, spelling: str) -> Response:
    """Say what is asked beside the standard's own fields."""
    return _answer(spelling, "service_definition", _offered(code).definition())


def _offered(code: str) -> Offer:
    if not code:
        raise _wrong("service_code", "请选择诉求类别，见 services", "This is needed; see services")
    if code not in offers():
        raise not_found("service_code 不存在，见 services", "service_code was not found; see services")
    return offers()[code]


# -- reporting ----------------------------------------------------------------


@routes.post(f"/requests.{_SPELLING}")
def post_request(spelling: str) -> Response:
    """Register a request: 201, or 200 where the same client has sent it before under the same key."""
    client = _client()
    if web.door().settings.open311_keys and not client:
        raise ProblemError(403, "api-key", "api_key 缺失或无效", "api_key is missing or invalid")
    # The standard knows addresses only; but many clients send the file itself, and it is not dropped unsaid.
    pictures = doors.sent_pictures()
    sent = _submission(request.form, client)
    _appeal_id, what = doors.admit(sent, None)
    if pictures:
        doors.add_pictures(sent.code, pictures)
    answered = {"service_request_id": sent.public_id, "service_notice": _notice(sent), "account_id": None}
    return _answer(spelling, "service_requests", [answered], 200 if what == "already_there" else 201)


def _client() -> str:
    """Return the name of the client whose api_key was sent, or an empty string."""
    sent = request.values.get("api_key", "").encode()
    known = web.door().settings.open311_keys.items()
    return next((name for key, name in known if hmac.compare_digest(key.encode(), sent)), "")


def _submission(form: MultiDict[str, str], client: str) -> Submission:
    offer = _offered(form.get("service_code", "").strip())
    given = {name: value.strip() for name, value in form.items()}
    answers = _answers(offer, form)
    description, media_url = given.get("description", ""), given.get("media_url", "")
    if len(description) > _LONGEST_DESCRIPTION:
        raise _wrong("description", f"最多 {_LONGEST_DESCRIPTION} 个字", f"At most {_LONGEST_DESCRIPTION} characters")
    if media_url and not _URL.fullmatch(media_url):
        raise _wrong("media_url", "应为 http 或 https 网址", "This must be an http or https address")
    place = given.get("address_string") or given.get("address_id") or ""
    if not place and not (given.get("lat") or given.get("long")):
        raise _wrong("lat, long", "请提供 lat 和 long，或 address_string", "Give lat and long, or address_string")
    body = {
        "text": "\n".join([description or offer.zh, *_in_words(offer, answers)]),
        "place": {"text": place, "latitude": given.get("lat") or None, "longitude": given.get("long") or None},
        "contact": {
            "name": _name(given.get("last_name", ""), given.get("first_name", "")),
            "phone": given.get("phone", ""),
            "sealed": answers.get("sealed") == ["yes"],
        },
        "channel": "open311",
    }
    key = doors.key_of_request(form.get("token", ""))
    digest = register.digest_of(dumps(sorted((name, value) for name, value in form.items(multi=True))))
    sent = doors.checked(body, idempotency=_idempotency(client, key) if key else "", request=digest if key else "")
    return replace(
        sent,
        service_code=offer.code,
        media_url=media_url,
        public_id=lookup_hash(f"open311 {sent.appeal_id}", web.door().keys.lookup())[:_ID_LENGTH],
        listed_as=offer.code if offer.listed and not sent.confidential else None,
    )


def _idempotency(client: str, key: str) -> str:
    return f"open311:{client}:{key}"


def _name(last: str, first: str) -> str:
    return f"{first} {last}".strip() if f"{last}{first}".isascii() else last + first


def _answers(offer: Offer, form: MultiDict[str, str]) -> dict[str, list[str]]:
    """Return what was answered to the offer's attributes, by their codes. Raises ProblemError."""
    asked = {one.code: one for one in offer.attributes}
    found: dict[str, list[str]] = {}
    for name, values in form.lists():
        if (attribute := _ATTRIBUTE.fullmatch(name)) is None:
            continue
        if (one := asked.get(attribute[1])) is None:
            raise _wrong(name, f"本类别只有：{'、'.join(asked)}", f"This service has {', '.join(asked)} only")
        said = [value.strip() for value in values if value.strip()]
        if one.values and not {*said} <= {*one.values}:
            raise _wrong(name, f"应从中选择：{'、'.join(one.values)}", f"Choose one of {', '.join(one.values)}")
        if one.datatype == "number" and not all(map(_NUMBER.fullmatch, said)):
            raise _wrong(name, "应为数字", "This must be a number")
        found[one.code] = said
    return found


def _in_words(offer: Offer, answers: Mapping[str, list[str]]) -> list[str]:
    """Say in a line each what was answered, for whoever handles it."""
    return [
        f"{one.zh}:{'、'.join(one.values.get(value, value) for value in answers[one.code])}"
        for one in offer.attributes
        if answers.get(one.code) and one.code != "sealed"
    ]


def _notice(sent: Submission) -> str:
    openly = ("其类别、状态和大致位置公开。", "Its category, status and rough place are public.")
    closed = ("不公开，请自行保存编号。", "It is not public: keep its id.")
    zh, en = openly if sent.listed_as else closed
    said_zh = "".join(f"{one['zh']}，请核对。" for one in sent.warnings)
    said_en = "".join(f"{one['en']}. " for one in sent.warnings)
    track = request.host_url.rstrip("/") + doors.links(sent.code)["track"]
    return (
        f"已登记。{said_zh}{zh}查询码 {sent.code}，凭此可补充、撤回和评价：{track} 。遇有危险请拨打 110、119、120。"
        f" / Registered. {said_en}{en} Tracking code {sent.code}: with it, add words, withdraw or rate at {track}"
    )


@routes.get(f"/tokens/<token>.{_SPELLING}")
def show_token(token: str, spelling: str) -> Response:
    """Return the id of the request that has this tracking code, or to which a client with a key gave this token."""
    ids = []
    with suppress(BadCodeError):
        ids.append(id_of(token))
    if client := _client():
        ids.append(id_of(rules.code_for(web.door().keys.lookup(), "key", _idempotency(client, token))))
    with web.door().database.read() as session:
        found = session.scalar(select(Case.public_id).where(Case.id.in_(ids), Case.public_id.is_not(None)))
    if found is None:
        raise not_found("没有这个 token", "token was not found")
    return _answer(spelling, "service_requests", [{"service_request_id": found, "token": token}])


# -- asking -------------------------------------------------------------------


@routes.get(f"/requests/<request_id>.{_SPELLING}")
def show_request(request_id: str, spelling: str) -> Response:
    """Show one request to whoever has its id."""
    if not (found := _found((Case.public_id == request_id,), 1, 1)):
        raise not_found("没有这个 service_request_id", "service_request_id was not found")
    return _answer(spelling, "service_requests", found)


@routes.get(f"/requests.{_SPELLING}")
def list_requests(spelling: str) -> Response:
    """List public requests, or those with the ids that are asked for; the newest first."""
    size = _number("page_size", MOST, MOST)
    if ids := _several("service_request_id"):
        wanted: Iterable[ColumnElement[bool]] = (Case.public_id.in_(ids[:MOST]),)
    else:
        wanted = _wanted(moments.now())
    return _answer(spelling, "service_requests", _found(wanted, _number("page", 1, 10**6), size))


def _wanted(now: datetime) -> list[ColumnElement[bool]]:
    codes = [code for code, offer in offers().items() if offer.listed]
    if asked := _several("service_code"):
        codes = [code for code in codes if code in asked]
    start, end = _span(now)
    wanted = [
        Case.listed_as.is_not(None),
        Case.listed_as.in_(codes),
        Case.state.not_in(_HIDDEN),
        Case.opened_at >= start,
        Case.opened_at <= end,
    ]
    status = {*_several("status")}
    if status - {"open", "closed"}:
        raise _wrong("status", "应为 open 或 closed", "This is open or closed")
    if len(status) == 1:
        wanted.append(Case.state.in_(OPEN) if status == {"open"} else Case.state.not_in(OPEN))
    return wanted


def _span(now: datetime) -> tuple[datetime, datetime]:
    start, end = _moment("start_date"), _moment("end_date")
    if start and end and end - start > LONGEST_SPAN:
        raise _wrong("start_date, end_date", "时间跨度不能超过 90 天", "They may not span more than 90 days")
    last = end or (start + LONGEST_SPAN if start else now)
    return start or last - LONGEST_SPAN, last


def _moment(name: str) -> datetime | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    # A plus sign that the client did not escape has become a blank.
    found = rules.time_of(text.replace(" ", "+") if "T" in text else text)
    if found is None or not datetime(1970, 1, 1, tzinfo=UTC) <= found < datetime(9000, 1, 1, tzinfo=UTC):
        raise _wrong(name, "应为时间，例如 2026-11-01T00:00:00Z", "This must be a time such as 2026-11-01T00:00:00Z")
    return found


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name) or str(default)
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII) or not 1 <= int(text) <= most:
        raise _wrong(name, f"应为 1 到 {most} 的整数", f"This must be a whole number from 1 to {most}")
    return int(text)


def _several(name: str) -> list[str]:
    return [one.strip() for text in request.args.getlist(name) for one in text.split(",") if one.strip()]


def _found(wanted: Iterable[ColumnElement[bool]], page: int, size: int) -> list[dict[str, Any]]:
    """Return one page; its rows are chosen in an index, and only they are read."""
    newest = (Case.opened_at.desc(), Case.id.desc())
    chosen = select(Case.id).where(*wanted).order_by(*newest).limit(size).offset((page - 1) * size).subquery()
    columns = (
        Case.public_id,
        Case.listed_as,
        Case.state,
        Case.opened_at,
        Case.updated_at,
        Case.longitude,
        Case.latitude,
        Case.place,
        Case.public,
        Case.details["service_code"].as_string().label("service_code"),
        *([Case.details["text"].as_string().label("text")] if web.door().settings.open311_texts else []),
    )
    with web.door().database.read() as session:
        rows = session.execute(select(*columns).join(chosen, chosen.c.id == Case.id).order_by(*newest)).all()
    history = request.args.get("extensions") in ("true", "1")
    return [_shown(row) | ({"notes": _notes(row)} if history else {}) for row in rows]


def _is_public(row: Any) -> bool:
    offer = offers().get(row.listed_as)
    return offer is not None and offer.listed and row.state not in _HIDDEN


def _shown(row: Any) -> dict[str, Any]:
    """Return a request as the standard has it; names, numbers, media and the petitioner's id are never in it."""
    offer = offers().get(row.service_code)
    openly, texts = _is_public(row), _is_public(row) and web.door().settings.open311_texts
    unit = rules.last_said(row.public, "unit")
    reply = rules.last_said(row.public, "reply") if texts else ""
    return {
        "service_request_id": row.public_id,
        "status": "open" if row.state in OPEN else "closed",
        "status_notes": " / ".join(public.STATES[row.state]) + (f"\n{reply}" if reply else ""),
        "service_name": offer.zh if offer else None,
        "service_code": row.service_code,
        "description": row.text[:_LONGEST_DESCRIPTION] if texts else None,
        "agency_responsible": pages.terms().value(unit, "zh") if openly and unit else None,
        "service_notice": None,
        "requested_datetime": when(row.opened_at),
        "updated_datetime": when(row.updated_at),
        "expected_datetime": public.due(row),
        "address": row.place if texts else None,
        "address_id": None,
        "zipcode": None,
        "lat": _rough(row.latitude) if openly else None,
        "long": _rough(row.longitude) if openly else None,
        "media_url": None,
    }


def _rough(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, _ROUGH)


def _notes(row: Any) -> list[dict[str, Any]]:
    heard: list[Mapping[str, Any]] = [{"what": "registered", "at": row.opened_at.isoformat()}]
    heard += row.public.get("heard", ())
    texts = _is_public(row) and web.door().settings.open311_texts
    return [
        {
            "datetime": when(rules.time_at(item["at"])),
            "type": item["what"],
            "summary": " / ".join(public.HAPPENED.get(item["what"], (item["what"],))),
            "description": (item.get("text") or item.get("reply") or None) if texts else None,
        }
        for item in heard
    ]


def _wrong(name: str, zh: str, en: str) -> ProblemError:
    return invalid([{"pointer": name, "zh": zh, "en": en}])
