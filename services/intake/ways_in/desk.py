"""The desk's page: an operator registers a call, a visit, a letter or a work order, channel by channel.

GET  /desk                       which channel
GET  /desk/register?channel=…    its form
POST /desk/register              registers, or shows the form again with what is wrong beside each field
POST /desk/numbers               which numbers of those that are typed look mistyped, as a piece of a page
GET  /desk/registered?code=…     what to read out, and what to do next
POST /desk/find                  the appeals of whoever is on the line
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint as Routes
from flask import Response, g, render_template, request
from werkzeug.utils import redirect

from chassis import moments, pages, web
from chassis.forms import FormField, by_pointer, form_fields, parse_form
from chassis.masking import redact
from chassis.pages import language
from chassis.problems import ProblemError
from chassis.views import when
from services.intake import register, rules, schemas
from services.intake.answers import knowledge_desk, onspot
from services.intake.material import attachments
from services.intake.material.places import address_in
from services.intake.matters import traces
from services.intake.misuse import callers_desk
from services.intake.models import Case
from services.intake.ways_in import doors, entrances, finding, public

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from werkzeug.wrappers import Response as AnyResponse

    from chassis.access import Principal
    from services.intake.ways_in.entrances import Channel

#: The cards of the form, and what stands in each if its channel asks for it; whoever asks may always stay unknown.
_CARDS: Final = (
    ("Where it comes from", ("external.number", "external.due_at", "origin", "submitted_at")),
    ("The matter", ("text", "title", "place.text")),
    ("Who asks", ("contact.name", "contact.phone", "contact.anonymous", "contact.sealed")),
)
_ALWAYS: Final = ("contact.anonymous", "contact.sealed")
#: Buttons: what was pressed is no part of what was typed.
_PRESSED: Final = ("switch", "lookup", "answer_with", "relay")
_LONGEST_ORIGIN: Final = 200
_LONGEST_NUMBERS: Final = 2000
#: With fewer nothing can be said about what else is about it.
_FEWEST_WORDS: Final = 4
#: For so long after the registration the page is looked at again by itself, until the ledger has given a number.
_NUMBER_COMES: Final = timedelta(seconds=20)

routes = Routes("desk", __name__, url_prefix="/desk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One field where it stands: its description, what was typed, and the names of the groups that it is in."""

    field: FormField
    value: Any
    prefix: str
    pointer: str
    lenient: bool


# -- pages --------------------------------------------------------------------


@routes.get("/")
def choose() -> AnyResponse | str:
    """Ask by which way a letter came."""
    who = _at_the_desk()
    if who is None:
        return web.to_sign_in()
    return _front(who)


@routes.post("/find")
def find() -> AnyResponse | str:
    """Show the appeals that whoever is on the line may mean."""
    who = _at_the_desk()
    if who is None:
        return web.to_sign_in()
    web.check_csrf()
    g.page_href = pages.here("/desk/")
    asked = request.form.get("said", "")[: finding.LONGEST]
    return _front(who, asked=asked, found=_found(finding.said, asked, who))


def _front(who: Principal, asked: str = "", found: Sequence[Mapping[str, Any]] | None = None) -> str:
    now = moments.now()
    with web.door().database.read() as session:
        waiting = {
            "relayed": onspot.waiting_to_be_asked(session, now),
            "dangers": onspot.dangers(session, now),
        }
    return render_template(
        "desk.html",
        offered=_offered(who),
        channel=None,
        asked=asked,
        found=found,
        longest=finding.LONGEST,
        **waiting,
    )


def _in_short(case: Any) -> dict[str, Any]:
    """Spell what somebody is told on the phone of an appeal: how far it is, and by when it is promised."""
    zh, en = public.STATES[case.state]
    return {
        "href": pages.here(f"/cases/{case.id}"),
        **{name: getattr(case, name) for name in ("number", "title", "opened_at")},
        "state": {"zh": zh, "en": en},
        "unit": rules.holder(case.public)[1],
        "due_at": public.due(case),
        "reply": rules.last_said(case.public, "reply"),
        # A number of the ledger is guessed easily.
        "confidential": bool(case.details.get("confidential")),
    }


@routes.get("/register")
def ask() -> AnyResponse | str:
    """Show the form of a channel."""
    who = _at_the_desk()
    if who is None:
        return web.to_sign_in()
    one = _chosen(request.args.get("channel", ""), who)
    return _form(one, {}, (), who) if one else redirect(pages.here("/desk/"), 303)


@routes.post("/register")
def take() -> AnyResponse | str | tuple[str, int]:
    """Register what was typed and go on to what is read out; whatever is wrong, what was typed is shown again."""
    one = entrances.table().by_code.get(request.form.get("channel", ""))
    if one is None or not one.desk:
        return redirect(pages.here("/desk/"), 303)
    g.page_href = pages.here("/desk/register")
    entered, who = typed(one), None
    try:
        who = _known_at_the_desk()
        if (other := _chosen(request.form.get("switch", ""), who)) is not None:
            return _form(other, typed(other), (), who)
        if request.form.get("lookup"):
            return _form(one, entered, (), who)
        web.check_csrf()
        at_once = onspot.at_once(request.form.get("answer_with", ""), request.form.get("relay", ""))
        body = _body(one, entered)
        if at_once is not None:
            # Nothing else may happen to it between the two letters.
            body["hold"] = True
        doors.who_may_send({**body, "hold": True})
        sent, what = doors.take(body, who, way=one, owner=f"desk:{who.id}", at_once=at_once)
    except ProblemError as problem:
        errors, key = doors.on_page(problem)
        return _form(one, entered, errors, who, key), problem.status
    return redirect(f"{pages.here('/desk/registered')}?code={sent.code}&what={what}", 303)


@routes.post("/numbers")
def numbers_piece() -> Response:
    """Answer which of the numbers that somebody types look mistyped; nothing is kept of them, and anybody may ask."""
    warnings = rules.mistyped([request.get_data(as_text=True)[:_LONGEST_NUMBERS]], moments.now(), confidential=False)
    response = Response(render_template("numbers.html", warnings=warnings))
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.get("/registered")
def registered() -> AnyResponse | str:
    """Show what to read out to the petitioner, and what to do next."""
    if _at_the_desk() is None:
        return web.to_sign_in()
    code = request.args.get("code", "")
    with web.door().database.read() as session:
        case = doors.expect(session, code)
        shown = public.view(case, doors.spelled(code), request.script_root)
        held = bool(case.details.get("hold")) and case.state == "registered"
        external = case.details.get("external")
        listed = callers_desk.mark(session, case.petitioner)
        unknown = bool(case.details.get("anonymous") or case.details.get("confidential"))
    fresh = moments.now() - case.opened_at < _NUMBER_COMES
    return render_template(
        "desk_registered.html",
        appeal=shown,
        channel=entrances.channel(case.channel),
        held=held,
        external=external,
        unknown=unknown,
        listed=listed,
        what=request.args.get("what", ""),
        awaited=fresh and not shown["number"] and case.state == "registered" and not held,
    )


def _at_the_desk() -> Principal | None:
    """Return who is at the desk, or None where nobody is signed in; ProblemError for other people."""
    return None if web.visitor() is None else _known_at_the_desk()


def _known_at_the_desk() -> Principal:
    who = web.staff()
    g.principal = who
    if not _offered(who):
        raise ProblemError(
            403,
            "not-the-desk",
            "登记诉求限话务员和诉求台使用",
            "Registering is for operators and the desk",
        )
    return who


def _offered(who: Principal) -> list[Channel]:
    """Return the channels that somebody may register by: those of staff first, then those that residents use as well."""
    with_page = [one for one in entrances.table().by_code.values() if one.desk]
    own = [one for one in with_page if who.has(*one.roles)]
    return [*own, *(one for one in with_page if one.is_public)] if own else []


def _chosen(code: str, who: Principal) -> Channel | None:
    return next((one for one in _offered(who) if one.code == code), None)


def _form(
    one: Channel,
    entered: Mapping[str, Any],
    errors: Iterable[Mapping[str, str]],
    who: Principal | None,
    key: str | None = None,
) -> str:
    return render_template(
        "desk.html",
        offered=_offered(who) if who else [one],
        channel=one,
        cards=_cards(one, entered),
        hold=_asked("hold", entered, one, form_fields(schemas.AppealForm, pages.terms(), language())),
        carried=_carried(one),
        problems=by_pointer(errors, language()),
        most=attachments.MOST_PER_APPEAL,
        key=request.form.get(pages.KEY_FIELD, "") if key is None else key,
        signed_in=who is not None or request.method == "GET",
        warnings=warnings_of(entered),
        **_known_of(entered, who if request.form.get("lookup") else None),
        **_matching(entered, who),
    )


def _matching(entered: Mapping[str, Any], who: Principal | None) -> dict[str, Any]:
    """Return what the knowledge base has for what was typed; without JavaScript it is asked by a button."""
    text = "\n".join(said for name in ("title", "text") if isinstance(said := entered.get(name), str) and said)
    return knowledge_desk.matching(text) if who is not None else {"matches": [], "emergencies": [], "asked": False}


def warnings_of(entered: Mapping[str, Any]) -> list[dict[str, str]]:
    """Say which numbers of what was typed look mistyped; without JavaScript the form says so when it comes back."""
    groups = (entered, *(entered.get(name) or {} for name in ("place", "contact", "origin")))
    typed_now = [value for group in groups for value in group.values() if isinstance(value, str)]
    return rules.mistyped(typed_now, moments.now(), confidential=False)


def _known_of(entered: Mapping[str, Any], who: Principal | None) -> dict[str, Any]:
    """Return what is here already of the matter that is typed, and of the phone that it comes from."""
    if who is None:
        return {"earlier": None, "own": []}
    contact = entered.get("contact") or {}
    phone = "" if contact.get("anonymous") or contact.get("sealed") else str(contact.get("phone") or "")
    return {"earlier": _earlier(entered), "own": _found(finding.of_phone, phone, who)}


def _found(find_by: Callable[..., list[Any]], words: str, who: Principal) -> list[dict[str, Any]]:
    """Return what is found by some words; that it was looked for by a phone is kept in the same transaction."""
    if not words.strip():
        return []
    at = web.door()
    with at.database.write() as session:
        found = [_in_short(case) for case in find_by(session, words, at.keys, who)]
    at.acting.wake()
    return found


def _earlier(entered: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the appeals that may be about the matter that is being typed: who is on the line is told how far they are."""
    contact, place = entered.get("contact") or {}, (entered.get("place") or {}).get("text") or ""
    text, title = (redact(str(entered.get(name) or "")).text for name in ("text", "title"))
    phone = "" if contact.get("anonymous") else rules.phone_of(str(contact.get("phone") or "")) or ""
    if len(text) < _FEWEST_WORDS:
        return []
    keys = web.door().keys
    petitioner = register.petitioner_of(phone, keys, confidential=bool(contact.get("sealed"))) if phone else ""
    typed_now = Case(
        id="",
        title=rules.title_of(title, text),
        place=place,
        petitioner=petitioner,
        opened_at=moments.now(),
        details={"text": text, "address": address_in(place, f"{title}\n{text}").as_json()},
    )
    with web.door().database.read() as session:
        return [as_related(one) for one in traces.candidates(session, typed_now)]


def as_related(one: traces.Candidate) -> dict[str, Any]:
    """Spell an appeal that may be about the same matter, and why, as pages and programs have it."""
    return {
        "id": one.case.id,
        "number": one.case.number,
        "title": one.case.title,
        "state": one.case.state,
        "opened_at": when(one.case.opened_at),
        "href": pages.here(f"/cases/{one.case.id}"),
        "score": one.likeness.score,
        "because": [{"zh": zh, "en": en} for zh, en in one.likeness.because],
        "offer": None,
    }


# -- a channel's form ---------------------------------------------------------


def _cards(one: Channel, entered: Mapping[str, Any]) -> list[tuple[str, list[Asked]]]:
    described = form_fields(schemas.AppealForm, pages.terms(), language())
    cards = []
    for title, names in _CARDS:
        asked: list[Asked] = []
        for name in names:
            if name == "origin":
                asked += _origin(one, entered)
            elif name in one.asked or name in _ALWAYS:
                asked.append(_asked(name, entered, one, described))
        if asked:
            cards.append((title, asked))
    return cards


def _asked(name: str, entered: Mapping[str, Any], one: Channel, described: Sequence[FormField]) -> Asked:
    *outer, last = name.split(".")
    fields, value = described, entered
    for group in outer:
        fields = next(field.fields for field in fields if field.name == group)
        value = value.get(group) or {}
    field = next(field for field in fields if field.name == last)
    return Asked(
        field=replace(field, required=name in one.required),
        value=value.get(last),
        prefix="".join(f"{group}-" for group in outer),
        pointer="".join(f"/{group}" for group in outer),
        # A number need not be there where the petitioner stays anonymous: a browser can't know.
        lenient=name == "contact.phone",
    )


def _origin(one: Channel, entered: Mapping[str, Any]) -> list[Asked]:
    given = entered.get("origin") or {}
    return [
        Asked(field=field, value=given.get(field.name), prefix="origin-", pointer="/origin", lenient=False)
        for field in origin_fields(one)
    ]


def origin_fields(one: Channel) -> list[FormField]:
    """Describe the fields that only some channels have."""
    lang = language()
    return [
        FormField(name=name, label=words[lang], kind="text", required=required, longest=_LONGEST_ORIGIN)
        for name, words, required in entrances.asked_of_origin(one)
    ]


def typed(one: Channel) -> dict[str, Any]:
    """Return what was typed into a form, as far as the channel has such fields; what can't be read as it was typed."""
    entered = parse_form(schemas.AppealForm, request.form)
    names = (field.name for field in origin_fields(one))
    origin = {name: said for name in names if (said := request.form.get(f"origin-{name}", "").strip())}
    return {**entered, "origin": origin}


def _body(one: Channel, entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that the API would be sent, with the fields of the channel only."""
    body: dict[str, Any] = {"channel": one.code, "hold": bool(entered.get("hold")), "origin": entered["origin"]}
    for name in (*one.asked, *_ALWAYS):
        *outer, last = name.split(".")
        group = entered.get(outer[0]) or {} if outer else entered
        if "origin" not in outer and group.get(last) is not None:
            (body.setdefault(outer[0], {}) if outer else body)[last] = group[last]
    if one.source and "external" in body:
        body["external"]["source"] = one.source
    return body


def _carried(one: Channel) -> list[tuple[str, str]]:
    """Return what was typed for another channel and is not asked by this one: it comes back with the other one."""
    shown = {name.replace(".", "-") for name in (*one.asked, *_ALWAYS, "hold", "channel", *_PRESSED)}
    hidden = {pages.CSRF_FIELD, pages.KEY_FIELD}
    return [(name, value) for name, value in request.form.items() if value and name not in shown | hidden]
