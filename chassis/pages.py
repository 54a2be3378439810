"""What the pages of every service share: language, words, filters, and the case as a page.

    app = Flask("mediation", template_folder=…)
    register_pages(app, terms, product="Jiesu", service="mediation")
    return render_case(case_json, forms, principal, csrf_token)

The contexts are made by pure functions from the same JSON that the API answers with, so
that a page never knows more than the API tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import orjson
from flask import Blueprint, current_app, g, render_template, request

from chassis import moments
from chassis.forms import FormField, by_pointer, for_input, form_fields
from chassis.picking import BY_CAMERA, LAID
from chassis.street import STREET
from chassis.terms import LANGUAGES, Terms, in_english
from chassis.wire import new_id
from chassis.workflow import STAGES, UNMANNED, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from flask import Flask, Response
    from marshmallow import Schema

    from chassis.access import Principal
    from chassis.listing import Filter

#: What the pages need and no more: own files only, nothing inline.
CONTENT_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Names of the hidden fields that an action's form posts beside its own.
CSRF_FIELD: Final = "_csrf_token"
VERSION_FIELD: Final = "_version"
KEY_FIELD: Final = "_idempotency_key"
PURPOSE_FIELD: Final = "purpose"

_SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_LANG_COOKIE: Final = "lang"
_A_YEAR: Final = 31_536_000
_KEY: Final = "jiesu-pages"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_LAST_PART = 0.2
#: What may be the name of a value: an identifier, one of a group (`sensitive:fire`), or a code of four digits.
_A_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_IDENTIFIER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(:[A-Za-z0-9_-]+)?|[0-9]{4}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
#: What a field is called whose time is an end.
_ENDS: Final = re.compile(r"(^|_)(due|due_at|until)$")
_LIGHTS: Final = {"green": 0, "urge_50": 1, "urge_80": 1, "yellow": 2, "red": 3}
_WIDEST: Final = 6
_LAST_SECOND: Final = 59
_LONGEST_CELL: Final = 40
_FEWEST_ROWS: Final = 2
#: A form of more lines than that is folded in the story of a case.
_LONGEST_ENTRY: Final = 10
_NO_STAFF: Final = (*UNMANNED, Role.PUBLIC)
_SAID_ABOVE: Final = ("id", "number", "subject", "title", "state")
_SEEN_ELSEWHERE: Final = ("clocks", "pictures", BY_CAMERA)
#: What a stored clock has among others (`chassis.clocks.Clock.to_dict`).
_OF_A_CLOCK: Final = frozenset({"name", "started_at", "roll", "ends"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One entry of the menu: an English sentence or a service, where it leads, who sees it, and under which heading.

    All see it if `roles` is empty; a `service` is seen by those only whose service it is.
    """

    label: str
    href: str
    roles: tuple[str, ...] = ()
    service: str = ""
    group: str = ""

    def is_for(self, principal: Principal | None) -> bool:
        """Whether this visitor sees it."""
        if principal is None:
            return not self.roles and not self.service
        return (not self.roles or principal.has(*self.roles)) and (not self.service or principal.serves(self.service))


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesPage:
    """One page of a list of cases.

    `cases` are as the API lists them: id, number, title, state, stage, urgency, place, unit,
    opened_at, due_at, light, remaining_seconds. `filters` are the query's own values;
    `choices` are the service's own filters; if it `has_columns`, more of them may be asked for, and stand in each case;
    `next` is the keyset mark of the following page, `back_to` how far back it was looked if that was not far enough
    for a whole page; `counts` are the cases per stage, `total` how many fit, or more.
    """

    cases: Sequence[Mapping[str, Any]]
    filters: Mapping[str, str] = field(default_factory=dict)
    states: Sequence[str] = ()
    units: Sequence[str] = ()
    choices: Sequence[Filter] = ()
    has_columns: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    total: Mapping[str, Any] | None = None
    next: str = ""
    back_to: str = ""
    #: Further pages of the service: what each is called, and its path.
    more: Sequence[tuple[str, str]] = ()
    #: What is wrong with the query.
    problems: Sequence[Mapping[str, str]] = ()


@dataclass(slots=True, kw_only=True)
class _Pages:
    """What an app's pages are made with."""

    terms: Terms
    product: str
    service: str
    prefix: str
    nav: Sequence[NavItem]
    sign_in: str
    sign_out: str


# -- the app ------------------------------------------------------------------


def register_pages(
    app: Flask,
    terms: Terms,
    *,
    product: str = "Jiesu",
    service: str = "",
    prefix: str = "",
    nav: Sequence[NavItem] = (),
    sign_in: str = "/portal/sign-in",
    sign_out: str = "/portal/sign-out",
) -> None:
    """Give an app the shared templates, static files, words, filters and language switch.

    `product` and `service` are words of the catalogue. `prefix` stands before the app's own
    paths where no WSGI mount says it. The app's own templates come first.
    """
    app.extensions[_KEY] = _Pages(
        terms=terms, product=product, service=service, prefix=prefix, nav=nav, sign_in=sign_in, sign_out=sign_out
    )
    shared = Blueprint(
        "chassis",
        __name__,
        static_folder="static",
        static_url_path="/static/chassis",
        template_folder="templates",
        url_prefix=prefix or None,
    )
    app.register_blueprint(shared)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.tests["current"] = _is_current
    app.jinja_env.filters.update(
        when=when,
        due=due,
        day=day,
        remaining=lambda seconds: remaining(seconds, language()),
        shown=lambda value, field="": shown(value, terms, language(), field),
        pretty=lambda value: orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode(),
        for_input_as=lambda value, kind: for_input(kind, value),
    )
    app.jinja_env.globals.update(_globals(terms))
    app.context_processor(_context)
    app.after_request(_remember_language)


def _globals(terms: Terms) -> dict[str, Any]:
    """Return what templates may call, in the language of the request."""
    return {
        "_": lambda source, **values: terms.text(source, language(), **values),
        "state_label": lambda name: terms.state(name, language()),
        "trigger_label": lambda name: terms.trigger(name, language()),
        "field_label": lambda name: terms.field(name, language()),
        "role_label": lambda name: terms.role(name, language()),
        "clock_label": lambda name: terms.clock(name, language()),
        "value_label": lambda name: terms.value(name, language()),
        "service_label": lambda name: terms.service(name, language()),
        "document_label": lambda name: terms.document(name, language()),
        "tree_of": lambda value: tree(value, terms, language()),
        "fields_of": lambda schema: form_fields(schema, terms, language()),
        "in_lang": lambda said: in_lang(said, language()),
        "stage_label": lambda name: terms.value(name, language()),
        "here": here,
        "switched": _switched,
        "new_key": new_id,
        "stages": STAGES,
        "street": STREET,
    }


def _context() -> dict[str, Any]:
    pages = _pages()
    principal = g.get("principal")
    nav = dict[str, list[NavItem]]()
    for item in pages.nav:
        if item.is_for(principal):
            nav.setdefault(item.group or item.label, []).append(item)
    return {
        "lang": language(),
        "product": pages.product,
        "service": pages.service,
        "nav": nav,
        "sign_in": pages.sign_in,
        "sign_out": pages.sign_out,
        "principal": principal,
        "principal_roles": _roles_of(principal),
        "csrf_token": g.get("csrf_token", ""),
    }


def _roles_of(principal: Principal | None) -> str:
    roles = sorted(principal.roles) if principal is not None else ()
    return " · ".join(_pages().terms.role(role, language()) for role in roles)


def _is_current(href: str) -> bool:
    """Whether an address leads to the page that is shown, or to one that it lies under."""
    at = f"{request.script_root}{request.path}"
    return at == href or (href not in {"", "/"} and at.startswith(f"{href.rstrip('/')}/"))


def _pages() -> _Pages:
    pages: _Pages = current_app.extensions[_KEY]
    return pages


def terms() -> Terms:
    """Return the words of the app at hand."""
    return _pages().terms


def language() -> str:
    """Return the request's language: `?lang=`, then the cookie, then Accept-Language, then Chinese."""
    if "lang" not in g:
        asked = (request.args.get("lang"), request.cookies.get(_LANG_COOKIE))
        g.lang = next((lang for lang in asked if lang in LANGUAGES), None) or (
            request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
        )
    lang: str = g.lang
    return lang


def _remember_language(response: Response) -> Response:
    lang = request.args.get("lang")
    if lang in LANGUAGES:
        response.set_cookie(
            _LANG_COOKIE, lang, max_age=_A_YEAR, path="/", samesite="Lax", httponly=True, secure=request.is_secure
        )
    if response.mimetype == "text/html":
        response.vary.update(("Accept-Language", "Cookie"))
        response.content_language.update((language(),))
    return response


def here(path: str) -> str:
    """Return the address of one of the app's own paths, whatever it is mounted under."""
    return f"{request.script_root}{_pages().prefix}{path}"


def _switched(lang: str) -> str:
    """Return the address of the same page in another language; after a form was posted, of the page that it is on."""
    query = {key: value for key, value in request.args.items() if key != "lang"}
    return f"{g.get('page_href', '')}?" + "&".join(
        f"{_quoted(key)}={_quoted(value)}" for key, value in {**query, "lang": lang}.items()
    )


def _quoted(text: str) -> str:
    return quote(text, safe="")


# -- words --------------------------------------------------------------------


def local(moment: object) -> datetime | None:
    """Read a time, as text or not, into Asia/Shanghai; None where it is none."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return None
    if not isinstance(moment, datetime):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(_SHANGHAI)


def when(moment: object) -> str:
    """Spell a time for people, as it is in Asia/Shanghai: 2026-03-02 09:30; a day stays a day."""
    found = None if isinstance(moment, str) and _A_DAY.fullmatch(moment) else local(moment)
    return f"{found:%Y-%m-%d %H:%M}" if found else str(moment or "")


def due(moment: object) -> str:
    """Spell the end of a time: midnight as 24:00 of the day that ends, as laws say it."""
    found = local(moment)
    # The last second of a day is its end as well: a clock of days runs out then.
    ends_at = found + timedelta(seconds=1) if found is not None and found.second == _LAST_SECOND else found
    if ends_at is None or (ends_at.hour, ends_at.minute) != (0, 0):
        return when(moment)
    return f"{ends_at - timedelta(days=1):%Y-%m-%d} 24:00"


def day(moment: object) -> str:
    """Spell the day of a time, as it is in Asia/Shanghai: 2026-03-02."""
    if isinstance(moment, date) and not isinstance(moment, datetime):
        return moment.isoformat()
    found = local(moment)
    return f"{found:%Y-%m-%d}" if found else str(moment or "")


def remaining(seconds: float | None, lang: str) -> str:
    """Say how much time is left, in two units at the most: 还剩 1 天 3 小时, 已超 2 小时."""
    if seconds is None:
        return ""
    parts = _parts(int(abs(seconds)), lang)
    if lang == "en":
        return f"{parts} left" if seconds >= 0 else f"{parts} overdue"
    return f"还剩 {parts}" if seconds >= 0 else f"已超 {parts}"


def _parts(seconds: int, lang: str) -> str:
    days, rest = divmod(seconds, _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes = rest // _MINUTE
    units = ((days, "天", "day"), (hours, "小时", "hour"), (minutes, "分钟", "minute"))
    first = next((place for place, (count, _, _) in enumerate(units) if count), None)
    if first is None:
        return "不到 1 分钟" if lang == "zh" else "less than a minute"
    said = [unit for unit in units[first : first + 2] if unit[0]]
    if lang == "en":
        return " ".join(f"{count} {en}{'s' if count != 1 else ''}" for count, _, en in said)
    return " ".join(f"{count} {zh}" for count, zh, _ in said)


def in_lang(said: object, lang: str) -> str:
    """Pick one language of something said in both: a mapping or an object with `zh` and `en`."""
    if isinstance(said, dict):
        return str(said.get(lang) or said.get("zh") or said.get("en") or "")
    return str(getattr(said, lang, said))


def shown(value: object, terms: Terms, lang: str, within: str = "") -> str:
    """Spell a plain value for people: yes and no, local times, the names of known values within a field (`step.field`)."""
    field = within.rpartition(".")[2]
    if value is None or value == "":
        return "—"
    if isinstance(value, float):
        return f"{round(100 * value, 1):g}%" if field == "confidence" else str(round(value, 3))
    if isinstance(value, bool):
        return terms.text("Yes" if value else "No", lang)
    if isinstance(value, (list, tuple)):
        return ("、" if lang == "zh" else ", ").join(shown(one, terms, lang, within) for one in value) or "—"
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return due(value) if _ENDS.search(field) else when(value)
    own = terms.placed("values", str(value), within) != str(value)
    if own and lang == "zh":
        return terms.value(str(value), lang, within)
    if isinstance(value, str) and _IDENTIFIER.fullmatch(value) and (own or terms.names("values", value)):
        return terms.value(value, lang)
    return str(value)


# -- a case as a page ---------------------------------------------------------


def case_context(
    case: Mapping[str, Any],
    forms: Mapping[str, type[Schema] | Schema | None],
    *,
    terms: Terms,
    lang: str,
    entered: Mapping[str, Any] | None = None,
    trigger: str = "",
    problems: Iterable[Mapping[str, str]] = (),
    ends: Collection[str] = (),
    law: Callable[[str], str] = str,
    inner: Collection[str] = (),
    evidence: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Turn the JSON of a case into what its page shows, changing nothing.

    `forms` are the schemas of the actions' forms, by trigger. After a form was refused,
    `trigger`, `entered` and `problems` say which, what was typed, and what is wrong with it.
    Steps that bring the case on come first, those to one of the `ends` last. `law` names a legal basis for people. `inner`
    are details that the procedure keeps for itself: they are on file, and not among what is to be read first. `names` of
    the case stand where it holds the ids of other cases. From `evidence` a form chooses the pictures that it names.
    """
    people = {str(who["id"]): who["name"] for who in map(_actor, case.get("timeline", ())) if who.get("id")}
    names = {**dict(_names_beside(case.get("details"))), **people, **(case.get("names") or {})}
    shown_as = {name: _named(case.get(name), names) for name in ("details", "timeline")}
    case = {**case, **{name: value for name, value in shown_as.items() if value is not None}}
    shown_actions = [
        _action(action, forms.get(str(action["trigger"])), terms, lang, law, evidence or ())
        for action in case.get("actions", ())
    ]
    actions = [
        {**action, "entered": _said_before(action["fields"], case.get("timeline", ()))}
        | _typed(action, trigger, entered or {}, problems, lang)
        for action in shown_actions
    ]
    return {
        "case": case,
        "facts": _facts(case, terms, lang, inner),
        "record": _record(case.get("details") or {}, terms, lang, inner),
        "stage_line": stage_line(str(case.get("stage") or ""), ended=bool(case.get("ended_at"))),
        "clocks": sorted((_clock(clock, terms, lang) for clock in case.get("clocks", ())), key=_by_need),
        "timeline": [_entry(entry, terms, lang) for entry in case.get("timeline", ())],
        "warnings": [{"said": in_lang(one, lang), "basis": law(one["basis"])} for one in case.get("warnings", ())],
        "actions": sorted((one for one in actions if one["allowed"]), key=lambda one: _by_way(one, case, ends)),
        "refused": [action for action in actions if not action["allowed"] and not action["moot"]],
        "trigger": trigger,
    }


def stage_line(stage: str, *, ended: bool = False) -> list[dict[str, str]]:
    """List the four stages with their place: done, now or next."""
    at = STAGES.index(stage) if stage in STAGES else -1
    places = ("done" if ended or place < at else "now" if place == at else "next" for place in range(len(STAGES)))
    return [{"name": name, "place": place} for name, place in zip(STAGES, places, strict=True)]


def _facts(case: Mapping[str, Any], terms: Terms, lang: str, inner: Collection[str]) -> list[tuple[str, str]]:
    """List the plain values of a case: the words that were sent in, then its own columns, then what steps have kept."""
    details = case.get("details") or {}
    columns = ("urgency", "unit", "place", "opened_at", "updated_at", "ended_at")
    plain = {name: value for name, value in details.items() if name not in (*columns, *_SAID_ABOVE, *inner)}
    known = {"text": plain.pop("text", ""), **{name: case.get(name) for name in columns}, **plain}
    return [
        (terms.field(name, lang), shown(value, terms, lang, name))
        for name, value in known.items()
        if value not in (None, "", [], {}) and not _is_deep(value)
    ]


def _actor(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return who of the staff took a step; nothing where it was none of them."""
    actor: Mapping[str, Any] = entry.get("actor") or {}
    return actor if actor.get("name") and actor.get("role") not in _NO_STAFF else {}


def _names_beside(value: Any) -> Iterator[tuple[str, str]]:
    """Yield each id that a name is kept beside (`by`, `by_name`), with that name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and inner and value.get(f"{key}_name"):
                yield inner, str(value[f"{key}_name"])
            yield from _names_beside(inner)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _names_beside(one)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """Put names where ids stand: the one kept beside an id (`by`, `by_name`), else what it is called elsewhere on the case."""
    if isinstance(value, dict):
        ids = {key: inner for key, inner in value.items() if key.removesuffix("_name") not in value.keys() - {key}}
        return {key: value.get(f"{key}_name") or _named(inner, names) for key, inner in ids.items()}
    if isinstance(value, (list, tuple)):
        return [_named(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def _is_deep(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, (list, tuple)) and any(isinstance(v, dict) for v in value))


def _record(details: Mapping[str, Any], terms: Terms, lang: str, inner: Collection[str] = ()) -> list[dict[str, Any]]:
    """List the forms that steps have kept, each under the name of its step, then what the procedure keeps for itself."""
    kept = [
        (name, value)
        for name, value in details.items()
        if name not in (*_SEEN_ELSEWHERE, *inner) and value and _is_deep(value)
    ]
    own = {name: details[name] for name in inner if details.get(name) not in (None, [], {})}
    return [
        {
            "name": name,
            "label": terms.trigger(name, lang) if terms.knows("triggers", name) else terms.field(name, lang),
            "tree": tree(value, terms, lang, name),
        }
        for name, value in kept
    ] + ([_kept_inside(own, terms, lang)] if own else [])


def _kept_inside(own: Mapping[str, Any], terms: Terms, lang: str) -> dict[str, Any]:
    return {"name": "inner", "label": terms.text("Kept by the procedure", lang), "tree": tree(own, terms, lang)}


def tree(value: object, terms: Terms, lang: str, within: str = "") -> dict[str, Any]:
    """Lay out any JSON value, kept within a step or a field, for the macro that shows it: a text, pairs, a table, or a list of trees."""
    if isinstance(value, dict):
        named = _to_show(value, lang)
        pairs = [
            (terms.field(key, lang, within), tree(inner, terms, lang, f"{within}.{key}"))
            for key, inner in named.items()
        ]
        return {"kind": "pairs", "pairs": [pair for pair in pairs if pair[1].get("text") != "—"]}
    if _is_deep(value) and isinstance(value, (list, tuple)):
        items = [_to_show(inner, lang) if isinstance(inner, dict) else inner for inner in value]
        if columns := _columns(items):
            rows = [[shown(row.get(name), terms, lang, f"{within}.{name}") for name in columns] for row in items]
            return {"kind": "table", "head": [terms.field(name, lang, within) for name in columns], "rows": rows}
        return {"kind": "list", "items": [tree(inner, terms, lang, within) for inner in items]}
    return {"kind": "text", "text": shown(value, terms, lang, within)}


def _to_show(value: Mapping[Any, Any], lang: str) -> dict[str, Any]:
    """Leave out what the page shows elsewhere; of what is said in both languages, one is enough, of a clock what it is called."""
    named = {str(key): inner for key, inner in value.items() if key not in _SEEN_ELSEWHERE}
    if named.keys() >= _OF_A_CLOCK:
        return {"clock": named.get(lang) or named["name"], "started_at": named["started_at"]}
    if named.keys() >= {*LANGUAGES}:
        said = named[lang]
        named = {key: inner for key, inner in named.items() if key not in LANGUAGES} | {"said": said}
    return named


def _columns(rows: Sequence[Any]) -> list[str]:
    """Name the columns of rows that fit a table: several, short and plain; more than a page is wide only of many rows."""
    if not all(isinstance(row, dict) for row in rows):
        return []
    names = list(dict.fromkeys(str(name) for row in rows for name in row))
    values = [value for row in rows for value in row.values()]
    few = len(names) <= _WIDEST or len(rows) > _FEWEST_ROWS
    fits = len(names) > 1 and few and all(_fits(value) for value in values)
    return names if fits else []


def _fits(value: object) -> bool:
    """Say whether a value can stand in a cell: a short one, or a list of short words, which may go over two lines."""
    if isinstance(value, (list, tuple)):
        return not _is_deep(value) and sum(len(str(one)) + 1 for one in value) <= 2 * _LONGEST_CELL
    return not isinstance(value, dict) and len(str(value)) <= _LONGEST_CELL


def _clock(clock: Mapping[str, Any], terms: Terms, lang: str) -> dict[str, Any]:
    name = in_lang(clock["label"], lang) if clock.get("label") else terms.clock(str(clock.get("name", "")), lang)
    seconds = clock.get("remaining_seconds")
    running = clock.get("state") in {"running", "suspended"}
    explanation = clock.get(f"explanation_{lang}") or clock.get("explanation") or ()
    return {
        **clock,
        "label": name,
        "light": clock.get("light") or "green",
        "running": running,
        "used": _used(clock),
        "left": remaining(seconds, lang) if clock.get("state") == "running" else "",
        "over": _over(clock["ended"], terms, lang) if clock.get("ended") else "",
        "said": [in_lang(line, lang) for line in explanation],
    }


def _over(ended: Mapping[str, Any], terms: Terms, lang: str) -> str:
    """Say how a stopped clock ended: upon which step and when, in time or how late, or that it came to nothing."""
    late = ended["late_seconds"]
    if ended["how"] == "lapsed":
        return terms.text("Ran to its end", lang)
    if ended["how"] == "given_up" and not ended["by"]:
        return terms.text("Never began", lang)
    by = terms.trigger(ended["by"], lang) if ended["by"] else terms.text("Stopped", lang)
    said = [f"{by} {when(ended['at'])}"]
    if ended["how"] == "given_up":
        said.append(terms.text("counted no more", lang))
    if late:
        said.append(remaining(-late, lang))
    elif late is not None and ended["how"] == "stopped":
        said.append(terms.text("within its time", lang))
    return ("，" if lang == "zh" else ", ").join(said)


def _used(clock: Mapping[str, Any]) -> int:
    """Return how much of a clock's time is gone, in per cent of the way by the wall."""
    start, due, left = local(clock.get("started_at")), local(clock.get("due_at")), clock.get("remaining_seconds")
    if start is None or due is None or left is None or due <= start:
        return 0
    whole = (due - start) / timedelta(seconds=1)
    return max(0, min(100, round(100 * (1 - float(left) / whole))))


def _by_need(clock: Mapping[str, Any]) -> tuple[bool, int, str]:
    return (not clock["running"], -_LIGHTS.get(clock["light"], 0), str(clock.get("due_at") or ""))


def _by_way(action: Mapping[str, Any], case: Mapping[str, Any], ends: Collection[str]) -> int:
    if action["target"] in ends:
        return 2
    return 0 if action["target"] and action["target"] != case.get("state") else 1


def _entry(entry: Mapping[str, Any], terms: Terms, lang: str) -> dict[str, Any]:
    actor = entry.get("actor") or {}
    name, role = str(actor.get("name") or ""), str(actor.get("role") or "")
    unmanned = role in UNMANNED
    trigger = str(entry.get("trigger") or "")
    form = tree(entry.get("form") or {}, terms, lang, trigger)
    return {
        **entry,
        "who": name or terms.role(role, lang),
        "role": terms.role(role, lang) if name and role and not unmanned else "",
        "unmanned": unmanned and not name,
        "label": terms.trigger(trigger, lang),
        "moved": entry.get("source") != entry.get("target") and bool(entry.get("target")),
        "form": form if form.get("pairs") else None,
        "folded": _lines(form) > _LONGEST_ENTRY,
    }


def _lines(node: Mapping[str, Any]) -> int:
    """Count the lines that a tree takes on a page."""
    inner = [*node.get("items", ()), *(deeper for _, deeper in node.get("pairs", ()))]
    return sum(_lines(deeper) for deeper in inner) + (len(node["rows"]) + 1 if "rows" in node else 0 if inner else 1)


def _action(
    action: Mapping[str, Any],
    schema: type[Schema] | Schema | None,
    terms: Terms,
    lang: str,
    law: Callable[[str], str],
    evidence: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    step = str(action["trigger"])
    fields = form_fields(schema, terms, lang, step) if schema is not None else ()
    fields = tuple(_of_the_case(fields, action, lang))
    fields = tuple(_from_the_file(one, evidence, terms, lang) for one in fields)
    return {
        "trigger": action["trigger"],
        "label": terms.trigger(step, lang),
        "target": action.get("target") or "",
        "basis": law(action.get("basis") or ""),
        "allowed": bool(action.get("allowed", True)),
        "moot": bool(action.get("moot")),
        "reasons": [in_lang(refusal, lang) for refusal in action.get("refusals") or ()],
        "fields": fields,
        "has_files": _has_files(fields),
    }


def _of_the_case(fields: Iterable[FormField], action: Mapping[str, Any], lang: str) -> Iterator[FormField]:
    """Ask which of a case's own rows is meant where there are several, where there is one nobody; and nothing that it is not asked."""
    offers: Mapping[str, Sequence[Mapping[str, str]]] = action.get("offers") or {}
    unasked = action.get("unasked") or ()
    for one in (one for one in fields if one.name not in unasked):
        rows = offers.get(one.name)
        if rows is None:
            yield one
        elif len(rows) > 1:
            choices = tuple((row["value"], in_lang(row, lang)) for row in rows)
            yield replace(one, kind="select", choices=choices, required=True)


def _from_the_file(one: FormField, evidence: Sequence[Mapping[str, Any]], terms: Terms, lang: str) -> FormField:
    """Let a field choose among the pictures that were laid to the case; where there is none yet, say where they are added."""
    if one.kind != LAID:
        return replace(one, fields=tuple(_from_the_file(inner, evidence, terms, lang) for inner in one.fields))
    choices = tuple(
        (str(row["digest"]), f"{place}. {row['shows']}（{row['by_name']} {when(row['added_at'])}）")
        for place, row in enumerate(evidence, 1)
    )
    hint = "" if choices else terms.text("None yet: add it to the material on file first, on this page", lang)
    return replace(one, kind="select", pattern="", choices=choices, help=hint or one.help)


def _has_files(fields: Iterable[FormField]) -> bool:
    return any(one.kind == "file" or _has_files(one.fields) for one in fields)


def _said_before(fields: Iterable[FormField], timeline: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the last form of the case has said of the fields that are filled in alike again and again."""
    forms = [entry.get("form") or {} for entry in reversed(timeline)]
    last = {
        one.name: next((form[one.name] for form in forms if form.get(one.name)), None) for one in fields if one.again
    }
    return {name: value for name, value in last.items() if value}


def _typed(
    action: Mapping[str, Any],
    trigger: str,
    entered: Mapping[str, Any],
    problems: Iterable[Mapping[str, str]],
    lang: str,
) -> dict[str, Any]:
    if action["trigger"] != trigger:
        return {"open": False, "problems": {}}
    return {"open": True, "entered": entered, "problems": by_pointer(problems, lang)}


# -- rendering ----------------------------------------------------------------


def render_cases(page: CasesPage) -> str:
    """Render a list of cases."""
    params = {key: value for key, value in page.filters.items() if value and key not in {"after", "lang"}}
    rows = [listed(case, moments.now()) for case in page.cases]
    return render_template(
        "cases.html",
        page=page,
        cases=rows,
        again=lambda **other: _asked({**params, **other}),
        next_href=_asked({**params, "after": page.next}) if page.next else "",
    )


def _asked(query: Mapping[str, str]) -> str:
    """Return a page's own address with a query; what is empty is left out."""
    return "?" + "&".join(f"{_quoted(key)}={_quoted(value)}" for key, value in query.items() if value)


def listed(case: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Tell a row's light and what is left of its time, where the list does not tell them.

    Yellow is the last day, and of what has less than five the last fifth: what came in just now is not nearly due.
    """
    ends = local(case.get("due_at"))
    if ends is None or case.get("ended_at"):
        return {"light": None, "remaining_seconds": None, **case}
    left, begun = (ends - now).total_seconds(), local(case.get("opened_at"))
    soon = min(_DAY, (ends - begun).total_seconds() * _LAST_PART) if begun else _DAY
    light = "red" if left < 0 else "yellow" if left < soon else "green"
    return {**case, "light": case.get("light") or light, "remaining_seconds": case.get("remaining_seconds", left)}


def render_case(
    case: Mapping[str, Any],
    forms: Mapping[str, type[Schema] | Schema | None],
    principal: Principal | None,
    csrf_token: str,
    *,
    trigger: str = "",
    entered: Mapping[str, Any] | None = None,
    problems: Sequence[Mapping[str, str]] = (),
    personal: Mapping[str, Any] | None = None,
    revealed: bool = False,
    done: str = "",
    documents: Sequence[Mapping[str, Any]] = (),
    serving: type[Schema] | None = None,
    files: Sequence[Mapping[str, str]] = (),
    pictures: Sequence[Mapping[str, Any]] = (),
    evidence: Sequence[Mapping[str, Any]] | None = None,
    may_lay: bool = False,
    laying: str | None = None,
    related: Sequence[Mapping[str, Any]] = (),
    beside: Mapping[str, Any] | None = None,
    ends: Collection[str] = (),
    law: Callable[[str], str] = str,
    inner: Collection[str] = (),
) -> str:
    """Render a case with its clocks, timeline and actions.

    After a form was refused, `trigger`, `entered` and `problems` open that form again with
    what was typed. `personal` are the masked personal data, or the plain ones if `revealed`.
    `documents` are what was issued; who may say how they were served is given the form `serving`.
    `files` are what else is to be had with them, by `name` and `href`.
    `pictures` are links with a `thumbnail`, and so is `evidence`, None where none is kept.
    Who `may_lay` more to it is given the form; `laying` are the words of one that was refused.
    `related` are cases that seem to belong to it, with `because` and,
    where they can be brought together, an `offer` that links to where it is done. `beside` is what a register
    holds about it. `done` is the trigger of a step that was taken just now. `ends`, `law` and `inner` are as in `case_context`.
    """
    g.page_href = here(f"/cases/{case['id']}")
    context = case_context(
        case,
        forms,
        terms=_pages().terms,
        lang=language(),
        trigger=trigger,
        entered=entered,
        problems=problems,
        ends=ends,
        law=law,
        inner=inner,
        evidence=evidence,
    )
    return render_template(
        "case.html",
        **context,
        principal=principal,
        csrf_token=csrf_token,
        personal=personal or {},
        revealed=revealed,
        done=done,
        problems=[] if trigger else [in_lang(problem, language()) for problem in problems],
        documents=documents,
        serving=serving,
        files=files,
        pictures=pictures,
        evidence=evidence,
        may_lay=may_lay,
        laying=laying,
        related=related,
        beside=beside,
    )


def render_problem(problem: Mapping[str, Any]) -> tuple[str, int]:
    """Render a problem (RFC 9457) as a page; return it with its status.

    `zh` and `en` are the detail in each language; `errors` have pointer, zh and en;
    `refusals` have zh and en; `allowed` are triggers.
    """
    status = int(problem.get("status", 500))
    html = render_template("problem.html", problem=problem, status=status, said=_problem_said(problem))
    return html, status


_TITLES: Final = {
    400: "The request can't be read",
    401: "Please sign in",
    403: "You may not do this",
    404: "There is no such page",
    405: "This page can't be used that way",
    409: "This step can't be taken now",
    410: "This page is no longer here",
    412: "Somebody else was quicker",
    413: "That is too much at once",
    415: "This kind of file can't be taken",
    422: "Some of it needs another look",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not available just now",
}
#: What these say is no matter of their status.
_TITLES_OF: Final = {
    "csrf": "This page has expired",
    "session-ended": "The sign-in has ended",
    "key-reused": "This page was sent before",
}


def _problem_said(problem: Mapping[str, Any]) -> dict[str, Any]:
    lang = language()
    terms = _pages().terms
    status = int(problem.get("status", 500))
    name = str(problem.get("type", "")).rpartition(":")[2]
    detail = in_lang(problem, lang) if problem.get("zh") or problem.get("en") else str(problem.get("detail") or "")
    return {
        "title": terms.text(_TITLES_OF.get(name) or _TITLES.get(status, _TITLES[500]), lang),
        "detail": detail,
        "errors": [
            (_pointed(str(error.get("pointer", "")), terms, lang), in_lang(error, lang))
            for error in problem.get("errors") or ()
        ],
        "refusals": [in_lang(refusal, lang) for refusal in problem.get("refusals") or ()],
        "posted": [
            (_pointed(f"/{name.replace('-', '/')}", terms, lang), value)
            for name, value in problem.get("posted") or ()
            if value.strip() and not name.startswith("_")
        ],
        "files": {
            name: (_pointed(f"/{name.replace('-', '/')}", terms, lang), names)
            for name, names in (problem.get("files") or {}).items()
        },
        "allowed": [terms.trigger(str(trigger), lang) for trigger in problem.get("allowed") or ()],
    }


def _pointed(pointer: str, terms: Terms, lang: str) -> str:
    """Name the field that a JSON pointer points at, rows counted from one."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/") if part]
    within, said = "", []
    for part in parts:
        said.append(str(int(part) + 1) if part.isdigit() else terms.field(part, lang, within))
        within = within if part.isdigit() else f"{within}.{part}"
    return " › ".join(said)


def render_api_docs(openapi: Mapping[str, Any]) -> str:
    """Render the description of an API (OpenAPI 3) for people."""
    return render_template("api_docs.html", api=api_context(openapi))


_METHODS: Final = ("get", "post", "put", "patch", "delete")


def api_context(openapi: Mapping[str, Any]) -> dict[str, Any]:
    """Sort the operations of an OpenAPI document by tag, with their references resolved."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in (openapi.get("paths") or {}).items():
        for method in (method for method in _METHODS if method in item):
            operation = item[method]
            tag = str((operation.get("tags") or [""])[0])
            groups.setdefault(tag, []).append(_operation(openapi, path, method, item, operation))
    schemas = (openapi.get("components") or {}).get("schemas") or {}
    return {
        "info": openapi.get("info") or {},
        "groups": [{"name": in_english(tag), "operations": operations} for tag, operations in groups.items()],
        "schemas": {name: schema_rows(openapi, schema) for name, schema in schemas.items()},
    }


def _operation(
    openapi: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any], operation: Mapping[str, Any]
) -> dict[str, Any]:
    parameters = [_resolved(openapi, one) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))]
    return {
        "id": operation.get("operationId") or re.sub(r"\W+", "-", f"{method}-{path}").strip("-"),
        "method": method,
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": [{**one, "type": schema_type(_resolved(openapi, one.get("schema") or {}))} for one in parameters],
        "body": _content(openapi, _resolved(openapi, operation.get("requestBody") or {})),
        "responses": [
            {
                "status": str(status),
                "description": (found := _resolved(openapi, answer)).get("description", ""),
                "content": _content(openapi, found),
            }
            for status, answer in (operation.get("responses") or {}).items()
        ],
    }


def _content(openapi: Mapping[str, Any], place: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for kind, media in (place.get("content") or {}).items():
        schema = media.get("schema") or {}
        examples = [one.get("value") for one in (media.get("examples") or {}).values()]
        example = media.get("example", examples[0] if examples else _resolved(openapi, schema).get("example"))
        found.append(
            {
                "type": kind,
                "schema": _ref_name(schema),
                "rows": [] if _ref_name(schema) else schema_rows(openapi, schema),
                "example": example,
            }
        )
    return found


def _resolved(openapi: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    seen = 0
    while "$ref" in node and seen < len(_METHODS):
        seen += 1
        found: Any = openapi
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
        node = found
    return node


def _ref_name(schema: Mapping[str, Any]) -> str:
    ref = schema.get("$ref") or (schema.get("items") or {}).get("$ref") or ""
    return str(ref).rpartition("/")[2] if "/schemas/" in str(ref) else ""


def schema_rows(openapi: Mapping[str, Any], schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the fields of a JSON schema: name, type, whether required, and what it says."""
    found = _resolved(openapi, schema)
    found = _resolved(openapi, found["items"]) if found.get("type") == "array" and "items" in found else found
    required = found.get("required") or ()
    return [
        {
            "name": name,
            "required": name in required,
            "type": schema_type(inner),
            "ref": _ref_name(inner),
            "limits": _limits(_resolved(openapi, inner)),
            "description": _resolved(openapi, inner).get("description", ""),
        }
        for name, inner in (found.get("properties") or {}).items()
    ]


def schema_type(schema: Mapping[str, Any]) -> str:
    """Name the type of a JSON schema in a word or two."""
    if name := _ref_name(schema):
        return f"[{name}]" if schema.get("type") == "array" else name
    kind = schema.get("type") or ("enum" if "enum" in schema else "any")
    kinds = " | ".join(kind) if isinstance(kind, list) else str(kind)
    if kinds == "array":
        return f"[{schema_type(schema.get('items') or {})}]"
    return f"{kinds} ({schema['format']})" if schema.get("format") else kinds


def _limits(schema: Mapping[str, Any]) -> str:
    said = [
        f"{sign} {schema[name]}"
        for name, sign in (("minimum", "≥"), ("maximum", "≤"), ("minLength", "length ≥"), ("maxLength", "length ≤"))
        if name in schema
    ]
    if schema.get("enum"):
        said.append(" | ".join(str(value) for value in schema["enum"]))
    if schema.get("pattern"):
        said.append(str(schema["pattern"]))
    return ", ".join(said)
