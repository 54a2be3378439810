"""The public door: a request checked, an appeal registered once, and found again by its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from flask import current_app, request
from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from chassis import moments, pages, web
from chassis.acting import stale
from chassis.codes import BadCodeError, id_of, normalised
from chassis.forms import explain_errors
from chassis.pictures import sent
from chassis.problems import ProblemError, invalid, not_found
from chassis.wire import dumps
from chassis.work import Work
from chassis.workflow import IllegalStepError, RefusedError
from services.intake import inserting, register, schemas
from services.intake.material import attachments
from services.intake.material.places import address_in
from services.intake.matters import joining
from services.intake.messages import notices
from services.intake.misuse import callers_book
from services.intake.models import Case
from services.intake.register import Submission
from services.intake.ways_in import entrances

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.pictures import Picture
    from chassis.throttle import Throttle
    from services.intake.ways_in.entrances import Channel

_APPEAL: Final = schemas.AppealForm()
_STAFF_ROLES: Final = ("operator", "desk")
LONGEST_BODY: Final = 512 * 1024
_LONGEST_KEY: Final = 100
_TRIES: Final = 3


def body_of_request() -> tuple[bytes, dict[str, Any]]:
    """Return the request's bytes and the JSON object they spell, raising ProblemError when they don't."""
    if (request.content_length or 0) > LONGEST_BODY:
        raise ProblemError(413, "too-large", "请求体过大，最多 512 KB", "The body must not exceed 512 KB")
    raw = request.get_data(cache=False)
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ProblemError(
            400, "not-json", f"请求体不是有效的 JSON：{error}", f"The body is not valid JSON: {error}"
        ) from None
    if not isinstance(body, dict):
        raise ProblemError(400, "not-json", "请求体应为 JSON 对象", "The body must be a JSON object")
    return raw, body


def checked(body: Mapping[str, Any], *, relayed: bool = False, **more: Any) -> Submission:
    """Return what a body asks to register, or raise ProblemError field by field.

    Of what is `relayed` to an emergency line at once less is asked.
    """
    keys, now = web.door().keys, moments.now()
    try:
        loaded: dict[str, Any] = _APPEAL.load(body)
    except ValidationError as error:
        more = _joined(_lacking(body, relayed=relayed), _unlikely(schemas.readable(error), now))
        raise invalid(explain_errors(_APPEAL, _joined(error.messages_dict, more))) from None
    if wrong := _joined(entrances.errors(loaded["channel"], loaded, relayed=relayed), _unlikely(loaded, now)):
        raise invalid(explain_errors(_APPEAL, wrong))
    return register.submission(loaded, keys, now=now, channel=loaded["channel"], **more)


def _lacking(body: Mapping[str, Any], *, relayed: bool) -> dict[str, Any]:
    """Say what a body lacks for its channel, although it can't be read whole: nobody is to be told in two goes."""
    code = body.get("channel", "web")
    known = isinstance(code, str) and code in entrances.table().by_code
    return entrances.errors(code, body, relayed=relayed) if known else {}


def _joined(said: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return errors with those of other fields beside them."""
    found = {**more, **said}
    for name in said.keys() & more.keys():
        if isinstance(said[name], dict) and isinstance(more[name], dict):
            found[name] = _joined(said[name], more[name])
    return found


def _unlikely(loaded: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Say what no single field shows of as much as could be read, as marshmallow would."""
    external = loaded.get("external") or {}
    late = schemas.deadline_errors(external.get("due_at"), loaded.get("submitted_at"), now)
    return {**schemas.when_and_where_errors(loaded, now), **({"external": {"due_at": late}} if late else {})}


def who_may_send(body: Mapping[str, Any]) -> Principal | None:
    """Return who is signed in, raising ProblemError where a trusted door is used by nobody known."""
    channel = body.get("channel", "web")
    known = entrances.table().by_code.get(channel) if isinstance(channel, str) else None
    trusted = known is not None and not known.is_public
    if not trusted and not body.get("external") and not body.get("hold"):
        return None
    who = web.staff()
    if not who.has(*(known.roles if known is not None and trusted else _STAFF_ROLES)):
        raise ProblemError(
            403,
            "channel",
            "该渠道仅限话务员或诉求台使用",
            "This channel is for operators and the desk",
            channel=channel,
        )
    return who


def phones() -> Throttle:
    """Return what counts the appeals of each phone; it knows the keyed hashes of the numbers only."""
    found: Throttle = current_app.extensions["jiesu-phones"]
    return found


def admit(sent: Submission, who: Principal | None, then: Callable[[Work, Any], None] | None = None) -> tuple[str, str]:
    """Register a submission in one transaction, and do what comes `then`; return its id and what happened.

    The common case writes without reading. Only when the database says that something is
    there already is it looked at: the same request again, or the same matter.
    """
    at = web.door()
    if sent.petitioner and web.visitor_or_none() is None:
        phones().count(sent.petitioner)
    sent = callers_book.for_a_person(at.database.engine, at.database.read, sent, moments.now())
    try:
        if (
            then is None
            and not sent.listed
            and at.database.dialect == "postgresql"
            and not notices.book().tells_residents
        ):
            inserting.insert_one(at.database, at.blueprint, at.keys, sent, now=moments.now(), principal=who)
        else:
            with at.database.write() as session:
                work = _work(session, who)
                case = register.register(work, at.keys, sent)
                if then is not None:
                    then(work, case)
                work.record()
    except IntegrityError:
        what = _admit_looking(sent, who, then)
    else:
        what = "registered"
    at.acting.wake()
    return sent.appeal_id, what


def _admit_looking(sent: Submission, who: Principal | None, then: Callable[[Work, Any], None] | None) -> str:
    for attempt in range(_TRIES):
        try:
            with web.door().database.write() as session:
                work = _work(session, who)
                [(case, what)] = joining.admit(work, web.door().keys, sent)
                if then is not None and what == "registered":
                    then(work, case)
                work.record()
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
        else:
            if what == "already_there" and register.says_otherwise(case, sent):
                raise ProblemError(
                    409,
                    "number-reused",
                    "该工单号已登记，内容与本次不同；本次内容没有保存。请核对工单号，新情况请在原诉求上补充",
                    "This number was registered with other content, and nothing of this was stored: check the number, or "
                    "add what is new to that appeal",
                    appeal_id=case.id,
                )
            if what == "already_there" and case.request != sent.request and not sent.source:
                raise ProblemError(
                    409,
                    "key-reused",
                    "该 Idempotency-Key 已用于另一请求",
                    "This Idempotency-Key was used for another request",
                )
            return what
    raise AssertionError


def _work(session: Session, who: Principal | None) -> Work:
    return Work(session, web.door().blueprint, moments.now(), principal=who)


def links(code: str) -> dict[str, str]:
    """Return the addresses that belong to a tracking code."""
    root = request.script_root
    own = f"{root}/api/v1/appeals/{code}"
    return {"self": own, "attachments": f"{own}/attachments", "track": f"{root}/track?code={code}"}


def created(sent: Submission) -> dict[str, Any]:
    """Return what the sender of an appeal is answered; the same for the same request again."""
    return {
        "appeal_id": sent.appeal_id,
        "tracking_code": sent.code,
        "links": links(sent.code),
        "warnings": list(sent.warnings),
    }


def key_of_request(instead: str = "") -> str:
    """Return the request's Idempotency-Key, or what was sent instead; ProblemError when it is too long."""
    key = request.headers.get("Idempotency-Key", "") or instead
    if len(key) > _LONGEST_KEY:
        raise ProblemError(
            400, "key-too-long", "Idempotency-Key 过长", f"Idempotency-Key has more than {_LONGEST_KEY} characters"
        )
    return key


def post_appeal() -> dict[str, Any]:
    """Register the appeal of a JSON request, once per idempotency key."""
    key = key_of_request()
    raw, body = body_of_request()
    who = who_may_send(body)
    if key:
        owner = who.id if who else "public"
        sent = checked(body, idempotency=f"{owner}:{key}", request=register.digest_of(raw))
    else:
        sent = checked(body)
    admit(sent, who)
    return created(sent)


# -- by tracking code ---------------------------------------------------------


def id_of_code(code: str) -> str:
    """Return the id that a tracking code stands for, raising ProblemError for what is none."""
    try:
        return id_of(code)
    except BadCodeError:
        raise invalid(
            [
                {
                    "pointer": "/tracking_code",
                    "zh": "查询码应为 12 位字母和数字，例如 7KQ4-M2XD-9TB0",
                    "en": "A tracking code has 12 letters and digits, such as 7KQ4-M2XD-9TB0",
                }
            ]
        ) from None


def spelled(code: str) -> str:
    """Spell a tracking code in its usual groups."""
    plain = normalised(code)
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def expect(session: Session, code: str) -> Any:
    """Return the case of a tracking code, raising ProblemError where there is none."""
    case = session.get(Case, id_of_code(code))
    if case is None:
        raise not_found("没有与该查询码对应的诉求，请核对后重试", "No appeal has this tracking code; please check it")
    return case


# -- pictures -----------------------------------------------------------------


def sent_pictures() -> list[Picture]:
    """Read all pictures of a request before anything else is done. Raises ProblemError for the first that can't be taken."""
    files = (file for _field, file in request.files.items(multi=True))
    return sent(files, most=attachments.MOST_PER_APPEAL, looked_at_by=web.door().settings.scanner)


def add_pictures(code: str, pictures: list[Picture]) -> list[str]:
    """Store pictures of an appeal; return their ids. Raises ProblemError."""
    ids: list[str] = []

    def add(work: Work, case: Any) -> None:
        rows = attachments.add(work.session, web.door().settings.data, case, pictures, work.now)
        ids.extend(row.id for row in rows)
        if fresh := [row for row in dict.fromkeys(rows) if row in work.session.new]:
            register.add_pictures(work, case, fresh)

    step(code, add)
    return ids


def step(code: str, take: Callable[[Work, Any], object]) -> None:
    """Do something with the appeal of a code, in one transaction. Raises ProblemError."""
    at = web.door()
    try:
        with at.database.write() as session:
            case = expect(session, code)
            session.refresh(case, with_for_update=True)
            work = _work(session, None)
            take(work, case)
            work.record()
    except IllegalStepError as error:
        merged = error.state == "merged"
        raise ProblemError(
            409,
            "illegal-step",
            "诉求已并入同一事项一并办理，不能单独补充或撤回；有新情况请重新反映"
            if merged
            else "诉求已答复或已结束，现在不能这样操作",
            "The appeal is handled together with another one: report what is new"
            if merged
            else "The appeal is answered or at its end; this is not possible now",
            state=error.state,
            allowed=[trigger for trigger in error.allowed if trigger in ("supplemented", "withdrawn")],
        ) from None
    except StaleDataError:
        raise stale(0) from None
    at.acting.wake()


def on_page(problem: ProblemError) -> tuple[list[dict[str, str]], str]:
    """Return what a page says of a problem, and the key of the form that is sent again.

    Whoever goes back and writes another matter into a form that was sent gets a new key: it is sent by sending again.
    """
    if problem.name != "key-reused":
        return problem.told(), request.form.get(pages.KEY_FIELD, "")
    return [
        {
            "pointer": "",
            "zh": "本页上一次提交的内容已登记；本次内容不同，尚未登记。确是另一件事的，请再提交一次",
            "en": "What this page sent before is registered; this is different and is not. If it is another matter, "
            "send it again",
        }
    ], ""


def take(
    body: Mapping[str, Any],
    who: Principal | None,
    *,
    way: Channel,
    owner: str,
    at_once: tuple[str, Mapping[str, Any]] | None = None,
) -> tuple[Submission, str]:
    """Register what a page sent, with its pictures, once per key of the page; return it and what happened.

    `way` says which photos the page takes, and whether it asks for a place. `at_once` is a step that is taken in the same
    transaction: its trigger and form. Raises ProblemError.
    """
    pictures = sent_pictures() if way.photos != "none" else []
    key = request.form.get(pages.KEY_FIELD, "")[:60]
    digest = register.digest_of(dumps([body, [picture.digest for picture in pictures], *(at_once or ())]))
    relayed = at_once is not None and at_once[0] == "relayed"
    placed = _placed(body, pictures)
    wrong = [] if relayed else [*_no_place(way, body, pictures), *_no_picture(way, pictures)]
    try:
        once = {"idempotency": f"{owner}:{key}" if key else "", "request": digest}
        sent = checked(placed, relayed=relayed, **once)
    except ProblemError as problem:
        raise invalid([*problem.errors, *wrong]) from None
    if wrong:
        raise invalid(wrong)
    _id, what = admit(sent, who, _stepping(*at_once) if at_once else None)
    if pictures:
        add_pictures(sent.code, pictures)
    return sent, what


def _stepping(trigger: str, form: Mapping[str, Any]) -> Callable[[Work, Any], None]:
    """Return what takes a step of an appeal in the transaction that registers it. It raises ProblemError."""

    def take(work: Work, case: Any) -> None:
        schema = schemas.Answer if trigger == "answered" else schemas.Relay
        try:
            work.step(case, trigger, schema().load(dict(form)))
        except ValidationError as error:
            raise invalid(explain_errors(schema, error.messages_dict)) from None
        except RefusedError as error:
            raise ProblemError(
                409,
                "refused",
                "；".join(one.zh for one in error.refusals),
                "; ".join(one.en for one in error.refusals),
            ) from None

    return take


def _placed(body: Mapping[str, Any], pictures: list[Picture]) -> Mapping[str, Any]:
    """Take the place where a picture was taken for that of the appeal where no point was given, so that all learn of it.

    Of who is to stay confidential it might tell from which window: that stays in intake.
    """
    place, contact = body.get("place") or {}, body.get("contact") or {}
    positions = [one.position for one in pictures if one.position is not None]
    given = place.get("longitude") is not None or place.get("latitude") is not None
    if not positions or given or contact.get("sealed"):
        return body
    longitude, latitude = positions[0]
    return {**body, "place": {**place, "longitude": longitude, "latitude": latitude, "datum": "WGS84"}}


def _no_place(way: Channel, body: Mapping[str, Any], pictures: list[Picture]) -> list[dict[str, str]]:
    """Say that nobody could find it: no place in words, neither there nor in the text, no point, none in a photo."""
    place = body.get("place") or {}
    words = str(place.get("text") or "").strip(), str(body.get("text") or "")
    pointed = place.get("longitude") is not None or any(one.position is not None for one in pictures)
    if not way.placed or pointed or words[0] or address_in(*words).as_json():
        return []
    return [
        {
            "pointer": "/place/text",
            "zh": "请写明地点，或点“使用我的位置”；照片里没有位置信息。",
            "en": "Say where it is, or use your position; the photo has none.",
        }
    ]


def _no_picture(way: Channel, pictures: list[Picture]) -> list[dict[str, str]]:
    if way.photos != "must" or pictures:
        return []
    return [{"pointer": "/photos", "zh": "请至少附一张照片。", "en": "At least one photo, please."}]
