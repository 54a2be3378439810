"""Decisions of routing: who signs, who handles, by when. Pure; the rules are data, checked when they are loaded."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis import receivers
from chassis.clocks import Bound, Clock, ClockError, Light, Period, Unit
from chassis.masking import redact
from chassis.street import STREET
from chassis.workcalendar import local, standard_calendar
from chassis.workflow import Caution, Refusal, Role
from services.routing.dispatch import ruleset
from services.routing.dispatch.ruleset import Matter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chassis.clocks import Running
    from chassis.workflow import CaseView, Moment, Values
    from services.routing.dispatch.ruleset import Rule, RuleSet

_DATA = Path(__file__).parent / "data"

MECHANISMS: Final = ruleset.MECHANISMS
URGENCIES: Final = ruleset.URGENCIES
SEVERITIES: Final = ruleset.SEVERITIES
#: The doors that appeals come in by, as intake names them.
CHANNELS: Final = (
    "web",
    "wechat_snapshot",
    "wechat",
    "open311",
    "hotline_12345",
    "street_hotline",
    "walk_in",
    "letter",
    "grid_report",
    "building_head",
    "community_party",
    "double_registration",
    "new_employment",
    "delegate_letterbox",
    "external",
    "import",
)

#: What the desk may correct.
GRADES: Final = ("mechanism", "category", "urgency", "severity")
#: What it writes where the people are of no kind that is listed (人员类别).
NO_KIND: Final = "none"

#: Below this confidence a person looks before anything is dispatched.
LEAST_CONFIDENCE: Final = 0.5
#: What is dispatched before anybody has looked: emergencies and what is urgent (regulations 2.3).
URGENT: Final = ("I", "II")
#: How the flags begin of what the law may send another way (Article 11, class 2).
REFUSABLE: Final = "not_accepted:"
#: An appeal is silent when nothing was heard of it for so long after its clock had run out.
GRACE: Final = timedelta(days=1)
#: How long it may wait where no clock of the ledger runs, such as for the callback.
LONGEST_WAIT: Final = timedelta(days=14)
#: After an interim reply: the next end that the law sets, by which something is to be heard again.
LAWFUL: Final = "lawful"
#: The clocks that somebody has to act by; sign-in and first contact lie within the promise.
AWAITED: Final = ("finish", "triage", "urgent_triage", "sign_off", "duty_sign_off", LAWFUL)

#: The clocks of whoever has an appeal: the promise to the resident, and what a leader requires; and those of units that help.
WATCHED: Final = ("finish", "sign_in", "first_contact", "required")
HELP: Final = ("assist", "arrival")
#: The clocks of the promise that a dispatch starts.
PROMISED: Final = ("sign_in", "first_contact", "finish")
_FINISH: Final = {Light.URGE_FIRST: "urged", Light.URGE_AGAIN: "urged", Light.YELLOW: "carded", Light.RED: "carded"}
#: By when, of a clock's time, its first light can show.
_EARLIEST: Final = {Light.URGE_FIRST: 0.5, Light.URGE_AGAIN: 0.8, Light.YELLOW: 0.8}
_CLOCKS: Final = {
    "sign_in": ("签收", "Sign in"),
    "first_contact": ("首次联系诉求人", "First contact"),
    "finish": ("办结答复", "Finish and reply"),
}


#: What `rework_ordered` says of an order that the hotline it came from has sent back.
SENT_BACK: Final = "sent_back"


class RulesError(ValueError):
    """Rules that can't be used; the message names the file and the row."""


# -- the rules as data ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignOff:
    """A row of `signoff.toml`: who signs the appeals that it fits."""

    rule: str
    zh: str
    en: str
    by_rule: bool
    retroactive: bool
    urgencies: frozenset[str]
    severities: frozenset[str]

    def fits(self, urgency: str, severity: str) -> bool:
        """Say whether it is for such appeals."""
        return urgency in self.urgencies and severity in self.severities

    @property
    def fits_all(self) -> bool:
        """Whether no appeal gets past it."""
        return self.urgencies == {*URGENCIES} and self.severities == {*SEVERITIES}


@dataclass(frozen=True, slots=True)
class Promise:
    """A row of `urgency.toml`: by when the resident is served, by how many working days that may move, and by when who assists reports."""

    zh: str
    limits: Mapping[str, Period]
    extension_workdays: int
    assist: Period
    #: Whether a body above may approve a further extension after the first.
    further: bool


@cache
def table(name: str) -> Mapping[str, Any]:
    """Return one of the street's files of rules, as it stands there."""
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def sign_offs() -> tuple[SignOff, ...]:
    """Return the sign-off rules as shipped or changed by the street; raises RulesError."""
    return read_sign_offs(table("signoff"))


@dataclass(frozen=True, slots=True)
class Level:
    """A row of `supervision.toml`: who watches over what has been overdue for so long."""

    after: Period | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What the lights of a kind of clock bring, by trigger, and who supervises what has run out."""

    lights: Mapping[Light, str]
    levels: tuple[Level, ...]


@cache
def plans() -> Mapping[str, Plan]:
    """Return what each kind of clock brings, by its name; raises RulesError."""
    return read_plans(table("supervision"))


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """A row of `supervision.toml`: who watches over what is not accepted after so many reworks."""

    reworks: int
    zh: str
    en: str


@cache
def not_accepted() -> tuple[NotAccepted, ...]:
    """Return who watches over results that are not accepted; raises RulesError."""
    return read_not_accepted(table("supervision"))


@cache
def promises() -> Mapping[str, Promise]:
    """Return the promise to the resident by urgency; raises RulesError."""
    return read_promises(table("urgency"))


def read_sign_offs(table: Mapping[str, Any]) -> tuple[SignOff, ...]:
    """Read the sign-off rules: the last row, and no other, fits every appeal."""
    found = tuple(_sign_off(row, f"signoff.toml, rule {at}") for at, row in enumerate(table.get("rule", ()), 1))
    for at, row in enumerate(found, 1):
        if row.fits_all and at < len(found):
            raise RulesError(
                f"signoff.toml, rule {at} ({row.rule}): it fits everything, so the rules after it never count"
            )
    if not found or not found[-1].fits_all:
        raise RulesError("signoff.toml: the last rule must fit everything (no `urgency`, no `severity`)")
    return found


def _sign_off(row: Mapping[str, Any], where: str) -> SignOff:
    where = _checked(row, where, needed={"name", "zh", "en", "by"}, allowed={"urgency", "severity", "retroactive"})
    _among([row["by"]], ("rule", "leader"), where, "by")
    _among(row.get("urgency", []), URGENCIES, where, "urgency")
    _among(row.get("severity", []), SEVERITIES, where, "severity")
    retroactive = row.get("retroactive", False)
    if not isinstance(retroactive, bool) or (retroactive and row["by"] != "rule"):
        raise RulesError(f"{where}: only what the rule signs can be signed afterwards (`retroactive = true`)")
    return SignOff(
        rule=row["name"],
        zh=row["zh"],
        en=row["en"],
        by_rule=row["by"] == "rule",
        retroactive=retroactive,
        urgencies=frozenset(row.get("urgency", URGENCIES)),
        severities=frozenset(row.get("severity", SEVERITIES)),
    )


def read_promises(table: Mapping[str, Any]) -> dict[str, Promise]:
    """Read the promise to the resident: one row for each urgency, with a time to finish."""
    for name in URGENCIES:
        if name not in table:
            raise RulesError(f"urgency.toml: [{name}] is missing")
    _among(table, URGENCIES, "urgency.toml", "the table's name")
    return {name: _promise(table[name], f"urgency.toml, [{name}]") for name in URGENCIES}


def read_levels(table: Mapping[str, Any]) -> tuple[Level, ...]:
    """Read the levels of supervision: each later than the one before, in working days."""
    found: list[Level] = []
    for at, row in enumerate(table.get("level", ()), 1):
        where = _checked(row, f"supervision.toml, level {at}", needed={"zh", "en"}, allowed={"after"}, names="zh")
        try:
            after = Period.parse(str(row["after"]))[0] if "after" in row else None
        except (ClockError, ValueError) as error:
            raise RulesError(f"{where}: after: write working days, such as 2wd") from error
        if (after is None) is not (at == 1):
            raise RulesError(f"{where}: the first level begins at once, each other one `after` some working days")
        before = found[-1].after if found else None
        if after and (after.unit is not Unit.WORKDAY or (before and after.count <= before.count)):
            raise RulesError(f"{where}: after must be working days, and more than those of the level before")
        found.append(Level(after, row["zh"], row["en"]))
    return tuple(found)


def read_not_accepted(table: Mapping[str, Any]) -> tuple[NotAccepted, ...]:
    """Read who supervises a callback that does not accept the result: by reworks so far, each row more than the one before."""
    found: list[NotAccepted] = []
    for at, row in enumerate(table.get("not_accepted", ()), 1):
        where = _checked(row, f"supervision.toml, not_accepted {at}", needed={"reworks", "zh", "en"}, names="zh")
        least = found[-1].reworks + 1 if found else 0
        if type(row["reworks"]) is not int or row["reworks"] < least:
            raise RulesError(f"{where}: reworks must be a whole number, more than in the row before")
        found.append(NotAccepted(row["reworks"], row["zh"], row["en"]))
    return tuple(found)


def read_plans(rows: Mapping[str, Any]) -> dict[str, Plan]:
    """Read `supervision.toml`: the levels of the promise to finish, and a table for each other kind of clock."""
    kinds, lights = (*WATCHED[1:], *HELP), {*map(str, _FINISH)} - {Light.RED}
    _among(rows, (*kinds, "level", "not_accepted"), "supervision.toml", "the table's name")
    found = {"finish": Plan(_FINISH, read_levels(rows))}
    for kind in kinds:
        row = rows.get(kind, {})
        _among(row.get("urge", []), lights, f"supervision.toml, [{kind}]", "urge")
        found[kind] = Plan({Light(name): "urged" for name in row.get("urge", ())}, read_levels(row))
    return found


def _promise(row: Mapping[str, Any], where: str) -> Promise:
    _checked(
        row,
        where,
        needed={"zh", "finish", "extension_workdays"},
        allowed={"sign_in", "first_contact", "assist", "further"},
        names="zh",
    )
    extension = row["extension_workdays"]
    if not isinstance(extension, int) or isinstance(extension, bool) or extension < 0:
        raise RulesError(f"{where}: extension_workdays must be a number of working days, 0 for none")
    limits = {name: one_period(row[name], where, name) for name in _CLOCKS if name in row}
    assist = one_period(row.get("assist", row["finish"]), where, "assist")
    further = row.get("further", False)
    if not isinstance(further, bool):
        raise RulesError(f"{where}: further must be true or false")
    return Promise(row["zh"], limits, extension, assist, further)


def one_period(text: Any, where: str, key: str) -> Period:
    """Read one period, such as 5wd; raises RulesError naming the row."""
    try:
        [period] = Period.parse(str(text))
    except ClockError as error:
        raise RulesError(f"{where}: {key}: {error.en}") from error
    except ValueError as error:
        raise RulesError(f"{where}: {key}: one period only, such as 5wd") from error
    return period


def _checked(
    row: Mapping[str, Any],
    where: str,
    *,
    needed: set[str],
    allowed: frozenset[str] | set[str] = frozenset(),
    names: str = "name",
) -> str:
    """Return the place of a row with its name, or raise RulesError for keys that are missing or unknown."""
    where = f"{where} ({row[names]})" if names in row else where
    missing, unknown = sorted(needed - {*row}), sorted({*row} - needed - allowed)
    if missing or unknown:
        said = [f"{', '.join(keys)} {what}" for keys, what in ((missing, "missing"), (unknown, "unknown")) if keys]
        raise RulesError(f"{where}: {'; '.join(said)}")
    return where


def _among(values: Any, known: Any, where: str, key: str) -> None:
    if isinstance(values, str):
        raise RulesError(f"{where}: {key} must be a list")
    for value in values:
        if not isinstance(value, str) or value not in known:
            raise RulesError(f"{where}: unknown {key} {value!r}; there are {', '.join(known)}")


# -- what the rules decide ------------------------------------------------------


def sign_off(*, urgency: str, severity: str) -> SignOff:
    """Return who signs: the first row of `signoff.toml` that fits (regulations 2.3)."""
    return next(row for row in sign_offs() if row.fits(urgency, severity))


def rule_set(moment: Moment) -> RuleSet:
    """Return the version of the dispatch rules that is live at a moment."""
    known = moment.known()
    return known.rules if known else ruleset.shipped()


@dataclass(frozen=True, slots=True)
class Dispatching:
    """What is to be dispatched, as the rules see it; `fixed` where a person has set the mechanism."""

    matter: Matter
    fixed: bool


def dispatching(details: Values, form: Values) -> Dispatching:
    """Return what the rules look at: the details, with what a person sets now in their place."""
    fixed = bool(form.get("mechanism") or form.get("lead_unit") or details.get("corrected"))
    return Dispatching(Matter(with_form(details, form)), fixed)


def with_form(details: Values, form: Values) -> Values:
    """Return the details with what a person has filled in now in their place."""
    return {**details, **{name: value for name, value in form.items() if value not in (None, "")}} if form else details


def dispatched_by(details: Values) -> Dispatching:
    """Return what the rules looked at when a line was dispatched last, or would look at now."""
    by = details.get("rules") or {}
    matter = Matter({**details, "mechanism": by.get("mechanism") or details.get("mechanism", "")})
    return Dispatching(matter, bool(by.get("fixed") or (not by and details.get("corrected"))))


def second_code(category: str) -> str:
    """Return a category's second coding, code and name by DB44/T 2479-2024; empty where it has none."""
    row = table("taxonomy").get(category, {})
    return f"{row.get('db44', '')} {row.get('db44_zh', '')}".strip()


def units() -> Mapping[str, str]:
    """Return the units of the street: code to Chinese name."""
    return {code: unit.zh for code, unit in ruleset.units().items()}


def upstream_bound(external: Mapping[str, Any] | None) -> Bound | None:
    """Return the end that the system which an appeal comes from has set for it, if any."""
    if not external or not external.get("due_at"):
        return None
    number = external.get("number", "")
    return Bound(
        datetime.fromisoformat(external["due_at"]), f"来源工单 {number} 的截止时间", f"Deadline of work order {number}"
    )


def promise(urgency: str, at: datetime, bound: Bound | None = None) -> list[dict[str, Any]]:
    """Return the clocks of the promise to the resident, started (regulations 2.4); `bound` is its latest end."""
    row = promises()[urgency]
    return [
        Clock(
            name=name,
            started_at=at,
            limit=period.count,
            unit=period.unit,
            basis=f"街道服务时限（{row.zh}）",
            zh=f"{_CLOCKS[name][0]}（{row.zh}）",
            en=_CLOCKS[name][1],
            bound=bound if name == "finish" else None,
        ).to_dict()
        for name, period in row.limits.items()
    ]


def note_promise(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep until when what is to be done, as the papers to the units say it."""
    clocks = [Clock.from_dict(row) for row in case.details.get("clocks", ())]
    calendar = standard_calendar()
    return {"promised": [{"time": one.zh, "since": one.started_at, "due_at": one.due_at(calendar)} for one in clocks]}


def finish_clock(case: CaseView) -> Clock | None:
    """Return the clock for finishing, as it was last dispatched, extended or ordered anew."""
    rows = case.details.get("clocks", ())
    return next((Clock.from_dict(row) for row in rows if row["name"] == "finish"), None)


def held_promise(case: CaseView, rows: Iterable[Mapping[str, Any]]) -> Clock | None:
    """Return the promise with the pauses that its mechanism tells, or None where that is nothing new, or of an earlier one.

    A pause that began after its end is none: what is overdue stays so, and under supervision.
    """
    own, held = finish_clock(case), next((Clock.from_dict(dict(row)) for row in rows if row["name"] == "finish"), None)
    if own is None or held is None or _promised_first(case, own) != _promised_first(case, held):
        return None
    moved, calendar = replace(own, suspensions=()), standard_calendar()
    for one in held.suspensions:
        if not moved.is_overdue(calendar, one.start):
            moved = replace(moved, suspensions=(*moved.suspensions, one))
    return moved if _pauses(moved) > _pauses(own) else None


def _pauses(clock: Clock) -> tuple[int, int]:
    """Count how often a clock stood still, and how often it was let run on."""
    return len(clock.suspensions), sum(one.end is not None for one in clock.suspensions)


def follow_pause(_case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Take over the promise as its mechanism has let it stand still, or run on."""
    return {"clocks": form["clocks"], "look_at": moment.now}


def replied_under(case: CaseView, rows: Iterable[Mapping[str, Any]]) -> timedelta:
    """Return how much later the promise was made that an interim reply closes than the one kept here: zero for the same."""
    own, closed = (
        finish_clock(case),
        next((Clock.from_dict(dict(row)) for row in rows if row["name"] == "finish"), None),
    )
    return _promised_first(case, closed) - _promised_first(case, own) if own and closed else timedelta()


def close_promise(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Close the promise as its mechanism did by an interim reply; by what the law gives longer is kept (regulations 0.2)."""
    own = finish_clock(case)
    closed = next((Clock.from_dict(dict(row)) for row in form["clocks"] if row["name"] == "finish"), None)
    at = (closed and closed.stopped_at) or moment.now
    lawful = next(Clock.from_dict(dict(row)) for row in form["clocks"] if row["name"] == LAWFUL)
    return {
        "clocks": [own.stop(max(at, own.touched_at)).to_dict()] if own else [],
        "by_law": {"at": at, "lawful_period": lawful.zh, "basis": lawful.basis, "lawful_until": form["due_at"]},
        "extension_asked": None,
        "look_at": moment.now,
    }


def lawful_clock(rows: Iterable[Mapping[str, Any]]) -> Clock:
    """Return the clock by which the law gives a case longer, as the ledger shows it."""
    found = next(Clock.from_dict(dict(row)) for row in rows if row["name"] == LAWFUL)
    return replace(
        found, zh=f"法定时限：{found.zh}（已作阶段性答复）", en=f"Time of the law: {found.en} (interim reply given)"
    )


def without_interim(case: CaseView) -> dict[str, Any]:
    """Forget an interim reply: another promise is made."""
    return {"by_law": None} if case.details.get("by_law") else {}


def source_gives_more(case: CaseView, due_at: datetime) -> bool:
    """Say whether the promise ends at the latest when somebody outside has set, and he now sets a later end."""
    clock = finish_clock(case)
    return clock is not None and clock.bound is not None and due_at > clock.bound.at


def follow_source(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Take over the later end of the system that the appeal came from."""
    clock, external = finish_clock(case), case.details.get("external") or {}
    if clock is None or clock.bound is None:
        return {"granted": False}
    moved = replace(clock, bound=replace(clock.bound, at=form["due_at"]))
    return {
        "clocks": [moved.to_dict()],
        "external": {**external, "due_at": form["due_at"].isoformat()},
        # What it is watched by: the new end is urged and carded anew.
        "source_moved": form["due_at"],
        "look_at": moment.now,
        "granted": True,
    }


def under(
    urgency: str,
    running: Iterable[Clock],
    external: Mapping[str, Any] | None,
    now: datetime,
    since: Mapping[str, datetime],
) -> list[Clock]:
    """Return the clocks of a promise that another urgency moves, counted from when the promise was made.

    What has run out stays as it is: nothing late is in time by being called less urgent. What would have run out already
    begins now, for nobody can keep it otherwise, unless it ends sooner as it is; `since` says, by name, when what began
    so was promised first: from then it counts when it may again.
    """
    calendar, bound, moved = standard_calendar(), upstream_bound(external), []
    for own in running:
        if own.stopped_at or own.is_overdue(calendar, now):
            continue
        rows = promise(urgency, since.get(own.name, own.started_at), bound)
        begun = next((Clock.from_dict(row) for row in rows if row["name"] == own.name), None)
        if begun is None:
            continue
        fresh = replace(begun, suspensions=own.suspensions, extensions=own.extensions)
        if fresh.is_overdue(calendar, now):
            anew = replace(fresh, started_at=now)
            fresh = anew if anew.due_at(calendar) < own.due_at(calendar) else own
        if fresh.due_at(calendar) != own.due_at(calendar):
            moved.append(fresh)
    return moved


def _in_place_of(began: datetime, clock: Clock) -> dict[str, Any]:
    """Return a clock as it is told; one that begins earlier than what it replaces says which that is."""
    return clock.to_dict() | ({"instead_of": began.isoformat()} if clock.started_at < began else {})


def _promised_first(case: CaseView, clock: Clock) -> datetime:
    """Return when a clock was promised first, which a regrading may have begun anew; both are the same promise."""
    began = (clock.name, clock.started_at.isoformat())
    rows = (row for one in case.details.get("regrades", ()) for row in one.get("begun_anew", ()))
    first = (row["first"] for row in rows if (row["name"], row["at"]) == began)
    return next((datetime.fromisoformat(at) for at in first), clock.started_at)


def regrade(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put another urgency and severity in the place of those that an appeal was dispatched with, and move its promise."""
    was = {f"was_{name}": case.details[name] for name in ("urgency", "severity")}
    grades = {name: form[name] for name in ("urgency", "severity")}
    promised = [one.clock for name, one in moment.clocks(case).items() if name in PROMISED]
    first = {one.name: _promised_first(case, one) for one in promised}
    moved = under(form["urgency"], promised, case.details.get("external"), moment.now, first)
    began = {one.name: one.started_at for one in promised}
    anew = [
        {"name": one.name, "at": one.started_at.isoformat(), "first": first[one.name].isoformat()}
        for one in moved
        if one.started_at != began[one.name]
    ]
    names = {clock.name for clock in moved}
    unmoved = [row for row in case.details.get("clocks", ()) if row["name"] == "finish" and "finish" not in names]
    kept = case.details.get("watched") or {}
    by, reason = moment.actor_name or moment.actor, redact(form["reason"]).text
    said = {**grades, **was, "reason": reason, "moved": sorted(names), "by_name": by, "at": moment.now.isoformat()}
    said |= {"begun_anew": anew} if anew else {}
    before, after = (promises()[name].zh for name in (was["was_urgency"], grades["urgency"]))
    why = {
        "rule": "person",
        "result": "regraded",
        "zh": f"由{by}改级（{before}改为{after}）：{reason}",
        "en": f"Regraded by {by} from {was['was_urgency']} to {grades['urgency']}: {reason}",
    }
    return {
        **grades,
        **said_by_a_person(case, grades, moment),
        "extension_workdays": extension_left(form["urgency"], extended=bool(case.details.get("extensions"))),
        "clocks": [*(_in_place_of(began[clock.name], clock) for clock in moved), *unmoved],
        # What a clock that moved has brought is on record; it brings it anew by its new end.
        "watched": {} if "promise" in kept else {name: one for name, one in kept.items() if name not in names},
        "look_at": moment.now,
        "explanation": [*case.details.get("explanation", ()), why],
        "regrades": [*case.details.get("regrades", ()), said],
    }


def is_a_contact(told: Mapping[str, Any]) -> bool:
    """Say whether what a mechanism tells is a first contact: it says so, or, where it does not, somebody was reached."""
    counts = told.get("contact_counts")
    return bool(told.get("way") != "not_possible" if counts is None else counts)


def first_look(rows: Iterable[Mapping[str, Any]]) -> datetime | None:
    """Return a moment before which none of some new clocks can turn, found at little cost."""
    looks = [look for row in rows if (look := _first_look(row))]
    return min(looks, default=None)


def _first_look(row: Mapping[str, Any]) -> datetime | None:
    plan = plans().get(row["name"])
    if plan is None:
        return None
    start, unit = datetime.fromisoformat(row["started_at"]), Unit(row["unit"])
    if row.get("bound"):
        return start
    if unit.is_of_days:
        morning = local(start).replace(hour=0, minute=0, second=0, microsecond=0)
        return (morning + timedelta(days=1)).astimezone(UTC)
    # Working hours take no less than as many hours by the wall.
    whole = timedelta(minutes=row["limit"]) if unit is Unit.MINUTE else timedelta(hours=row["limit"])
    return start + whole * min((_EARLIEST.get(light, 1.0) for light in plan.lights), default=1.0)


def extension_left(urgency: str, *, extended: bool) -> int:
    """Return the working days by which the promise may be moved once more; 0 for none (regulations 2.4)."""
    promised = promises()[urgency]
    return promised.extension_workdays if promised.further or not extended else 0


def ledger_number(year: int, serial: int) -> str:
    """Spell a ledger number, such as 彭李诉〔2026〕000123号."""
    return f"{STREET.word}诉〔{year}〕{serial:06d}号"


_NUMBER = re.compile(rf"(?:{STREET.word}诉)?(?:[〔【\[(](?P<year>20\d\d)[〕】\])])?(?P<serial>\d{{1,7}})(?P<sign>号?)")
#: So many digits without a year are a number all the same; fewer are a word.
_ALL_DIGITS: Final = 6


def numbers_named(text: str, years: Iterable[int]) -> tuple[str, ...]:
    """Return the ledger numbers that a text may stand for: one if it names the year, else one of each year; or none."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
    if found is None or not (found["year"] or found["sign"] or len(found["serial"]) >= _ALL_DIGITS):
        return ()
    among = [int(found["year"])] if found["year"] else years
    return tuple(ledger_number(year, int(found["serial"])) for year in among)


def ledger_year(now: datetime) -> int:
    """Return the year that an entry made now is numbered in (Asia/Shanghai)."""
    return local(now).year


def whereabouts(address: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the dispatch rules may ask of an address; the house and the room stay with intake."""
    return {name: address[name] for name in ("community", "estate", "roads") if address.get(name)}


def is_left_to_a_person(details: Values) -> bool:
    """Say whether a line waits, or has waited and ended, for a person to say what it is about, whatever the rules."""
    return not (details.get("corrected") or details.get("lead_unit")) and to_be_read(details) is not None


def cannot_wait(details: Values) -> bool:
    """Say whether something is urgent for sure, and not only as a category usually is that was guessed at."""
    found = next((one for one in details.get("findings", ()) if one["of"] == "urgency"), {"confidence": 1.0})
    return details["urgency"] in URGENT and found["confidence"] >= LEAST_CONFIDENCE


def sent_unsure(case: CaseView, _now: datetime) -> Iterable[Caution]:
    """Warn of what could not wait and was sent though neither mechanism nor category was sure, until a leader has signed it."""
    known = case.details
    guessed = next((one["confidence"] for one in known.get("findings", ()) if one["of"] == "category"), 1.0)
    sure = max(known.get("confidence", 1.0), guessed) >= LEAST_CONFIDENCE
    signed = not known.get("retroactive") or known.get("countersigned")
    graded = known.get("corrected") or "category" in known.get("labels", {})
    if sure or signed or graded or known.get("round") != 1 or not cannot_wait(known):
        return
    yield Caution(
        "sent_unsure",
        f"不能等，已先行派单，但机器研判把握不足（{known['confidence']:.2f}）：请马上核对承办单位；派错的，请该单位退单改派，其间由该单位先处置。",
        f"It could not wait and was sent, with a confidence of {known['confidence']:.2f} only: look at once whether this unit is the one; "
        "if not, have it returned, while that unit goes on.",
    )


def to_be_read(details: Values) -> Refusal | None:
    """Return why a person has to read a line before anything is dispatched, or None."""
    if not details["mechanism"]:
        return Refusal("诉求中没有可供研判的内容，请人工研判", "nothing in it says what it is about")
    # What can't wait goes to the likeliest at once: whoever has it can return it, and at night there is no desk.
    if cannot_wait(details):
        return None
    if details.get("confidence", 1.0) < LEAST_CONFIDENCE:
        return Refusal(
            f"机器研判把握不足（{details['confidence']:.2f}），请人工研判",
            f"confidence {details['confidence']:.2f} only",
        )
    refused = table("taxonomy").get(details.get("category", ""), {}).get("treatment") in ("refuse", "explain")
    flagged = any(flag.startswith(REFUSABLE) for flag in details.get("flags", ()))
    if refused or (details["mechanism"] == "hotline" and flagged):
        return Refusal(
            "可能不属于受理范围，请人工研判：不予受理的，在受理页面告知途径；应当办理的，更正后派单",
            "it may have another legal route: a person decides whether it is accepted",
        )
    return None


def unclear(details: Values, live: RuleSet, at: datetime) -> Refusal | None:
    """Return why a person has to look before anything is dispatched, or None where the rules go on without the desk."""
    if why := to_be_read(details):
        return why
    rule = live.fired(Matter(details), at=at)
    if rule is None:
        zh, en = live.none_fits()
        return Refusal(f"{zh}，请人工研判并指定主办单位", en)
    wrong = _wrong_lead(rule.lead, rule.mechanism or details["mechanism"], details["category"])
    return Refusal(f"派单规则 {rule.id}：{wrong.zh}", f"rule {rule.id}: {wrong.en}") if wrong else None


# -- changes --------------------------------------------------------------------


def listed(names: Iterable[str]) -> str:
    """Return names as a column holds them that is searched for one: `,a,b,`, or an empty string."""
    joined = ",".join(names)
    return f",{joined}," if joined else ""


def correct(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put the desk's grades in the place of the classifier's, which are kept beside them."""
    grades: dict[str, Any] = {name: form[name] for name in GRADES}
    learned = said_by_a_person(case, grades, moment)
    if kind := form.get("kind"):
        grades["kind"] = kind
    if named := form.get("person_kinds"):
        grades["person_kinds"] = [kind for kind in named if kind != NO_KIND]
        grades["person_kind"] = listed(grades["person_kinds"])
    return {**grades, "db44": second_code(form["category"]), **learned}


def said_by_a_person(case: CaseView, grades: Mapping[str, str], moment: Moment) -> dict[str, Any]:
    """Keep what a person says of an appeal beside what it was judged to be: what the classifier learns from later."""
    judged = case.details.get("judged") or {
        name: case.details.get(name, "") for name in (*GRADES, "kind", "person_kinds")
    }
    labels = {**case.details.get("labels", {}), **grades}
    return {"judged": judged, "labels": labels, "corrected_at": moment.now}


def found_to_be(case: CaseView, fact: Values) -> dict[str, Any]:
    """Return what a line is to be entered as by who handles it, where that differs and stands in the taxonomy."""
    found: dict[str, Any] = {}
    if fact["category"] in table("taxonomy") and fact["category"] != case.details.get("category"):
        found = {"category": fact["category"], "db44": second_code(fact["category"])}
    if fact["kind"] in ruleset.KINDS and fact["kind"] != case.details.get("kind"):
        found["kind"] = fact["kind"]
    return found


def sign(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Work out the signature of a leader, or of the rule that stands for one, and the dispatch that follows."""
    by_rule = moment.role is Role.BUS
    return {
        **dispatch(case, form, moment),
        "signer": case.details.get("sign_off_rule", {}).get("rule", "")
        if by_rule
        else moment.actor_name or moment.actor,
        "by_rule": by_rule,
        "opinion": form.get("opinion") or case.details.get("opinion", ""),
    }


def receiving(details: Values, form: Values, moment: Moment) -> tuple[Rule | None, str, str]:
    """Return the rule that fires, if one does, and the unit and mechanism that have a matter by it or by a person's word."""
    asked = dispatching(details, form)
    rule = rule_set(moment).fired(asked.matter, at=moment.now, fixed=asked.fixed)
    lead = form.get("lead_unit") or (rule.lead if rule else "")
    return rule, lead, (rule.mechanism if rule else "") or asked.matter.mechanism


def dispatch(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Work out the dispatch of a case: units, clocks, explanation, and the mechanisms that had it before."""
    known = with_form(case.details, form)
    category, urgency = known["category"], known["urgency"]
    live, seen = rule_set(moment), dispatching(case.details, form)
    rule, lead, mechanism = receiving(case.details, form, moment)
    explanation = grounds(rule, named=bool(form.get("lead_unit")))
    by: dict[str, Any] = {"version": live.version, "rule": rule.id if rule else "", "at": moment.now}
    by |= {"fixed": True} if seen.fixed else {}
    by |= {"mechanism": known["mechanism"]} if mechanism != known["mechanism"] else {}
    turn, before = int(case.details.get("round", 0)), case.details["mechanism"]
    passed = {*case.details.get("passed", ()), *([before] if turn else [])} - {mechanism}
    clocks = promise(urgency, moment.now, upstream_bound(case.details.get("external")))
    if known.get("anonymous") or known.get("confidential"):
        # Whom nobody can, or may, contact nobody is late in contacting.
        clocks = [row for row in clocks if row["name"] != "first_contact"]
    helpers = [unit for unit in form.get("assisting_units") or (rule.assist if rule else ()) if unit != lead]
    assists = [asked(unit, urgency, moment) for unit in helpers]
    moved = went_on(case, lead, moment) if turn else {}
    return {
        "mechanism": mechanism,
        "category": category,
        "db44": second_code(category),
        "urgency": urgency,
        "unit": lead,
        "lead_unit": lead,
        "rule": fired(explanation),
        "dispatched_at": moment.now,
        "hops": turn + 1,
        "return_workdays": table("returns")["workdays"],
        "extension_workdays": extension_left(urgency, extended=bool(case.details.get("extensions"))),
        "assisting_units": helpers,
        "assists": assists,
        "helpers": marked(helpers),
        "clocks": clocks,
        "look_at": moment.now if moved.get("went_round") else first_look([*clocks, *(row["clock"] for row in assists)]),
        "explanation": explanation,
        "rules": by,
        "round": turn + 1,
        "passed": sorted(passed),
        **without_interim(case),
        **moved,
    }


def grounds(rule: Rule | None, *, named: bool) -> list[dict[str, str]]:
    """Say why a matter goes where it goes; why not elsewhere is worked out for whoever asks."""
    person = {
        "rule": "person",
        "result": "fired",
        "zh": "由签批人或派单人指定主办单位",
        "en": "A person chose the lead unit",
    }
    said = [person] if named else []
    if rule is not None:
        said.append({"rule": rule.id, "result": "fired", "zh": rule.zh, "en": rule.en})
        said += [{"rule": rule.id, "result": "hint", "zh": rule.hint, "en": rule.hint}] if rule.hint else []
    return said


def fired(explanation: Sequence[Mapping[str, Any]]) -> str:
    """Name the rule that an explanation says was followed."""
    return next((row["rule"] for row in explanation if row["result"] == "fired"), "")


def asked(unit: str, urgency: str, moment: Moment, task: str = "") -> dict[str, Any]:
    """Return what is kept of a unit that is asked to assist, with the clock by which it reports (首接负责, Art. 14)."""
    row = promises()[urgency]
    clock = Clock(
        name="assist",
        started_at=moment.now,
        limit=row.assist.count,
        unit=row.assist.unit,
        basis=f"街道服务时限（{row.zh}）",
        zh=f"协办反馈（{row.zh}）",
        en="Report of an assisting unit",
    )
    due = clock.due_at(standard_calendar()).astimezone(UTC)
    return {
        "unit": unit,
        "task": task,
        "state": "asked",
        "asked_at": moment.now,
        "due_at": due,
        "clock": clock.to_dict(),
    }


def marked(units: Iterable[str]) -> str:
    """Spell units as a column that can be searched for one of them."""
    return f",{','.join(units)}," if units else ""


def holders(case: CaseView) -> list[dict[str, Any]]:
    """Return the units that an appeal was dispatched to, the one that has it now last."""
    now = {
        "unit": case.unit,
        **{name: case.details[name] for name in ("mechanism", "category")},
        # An answer on the spot that was closed and is brought again was dispatched to nobody yet.
        "round": case.details.get("round", 0),
        "rule": fired(case.details.get("explanation", ())),
        "at": getattr(case, "dispatched_at", None) or case.opened_at,
        "accepted": case.details.get("accepted_round") == case.details.get("round", 0),
    }
    return [*case.details.get("holders", ()), now]


def sent_round(before: Sequence[Mapping[str, Any]], lead: str) -> str:
    """Say whether an appeal that these units had goes in a circle: `back` to one of them, or `many` of whom none took it."""
    if lead in {row["unit"] for row in before}:
        return "back"
    units_so_far = {row["unit"] for row in before} | {lead}
    many = len(units_so_far) >= table("returns")["most_units"] and not any(row["accepted"] for row in before)
    return "many" if many else ""


def went_on(case: CaseView, lead: str, moment: Moment) -> dict[str, Any]:
    """Work out what a further dispatch adds: who had it before, and whether it goes in a circle."""
    before = holders(case)
    why = sent_round(before, lead)
    went = {"round": case.details.get("round", 0) + 1, "why": why, "at": moment.now.isoformat()} if why else None
    return {"holders": before, "went_round": went}


def grant_extension(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Move the clock for finishing, once, by what was asked for; no other clock moves."""
    asked, clock = case.details["extension_asked"], finish_clock(case)
    if clock is None:
        message = "an extension was granted where no clock runs; the guard should have refused it"
        raise ValueError(message)
    return {
        "clocks": [_extended(clock, asked, str(form["opinion"])).to_dict()],
        # The resident reads it.
        "extension_reason": redact(asked["reason"]).text,
        "look_at": moment.now,
        "extensions": int(case.details.get("extensions", 0)) + 1,
        "extension_workdays": extension_left(case.details["urgency"], extended=True),
        "extension_asked": None,
        "granted": True,
    }


def _extended(clock: Clock, asked: Mapping[str, Any], reason: str = "") -> Clock:
    """Give the time that was asked for, from when it was; where the promise stood still since, from then."""
    latest = max([clock.started_at, *(one.end or one.start for one in clock.suspensions)])
    at = max(datetime.fromisoformat(asked["at"]), latest)
    return clock.extend(at, clock.days_more(int(asked["workdays"])), standard_calendar(), reason)


def deny_extension(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Leave the clocks as they are."""
    return {"extension_asked": None, "granted": False}


def accept(case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Note that the unit that has it took it; its next look need not be for the signing-in."""
    look = first_look(row for row in case.details.get("clocks", ()) if row["name"] != "sign_in")
    now = getattr(case, "look_at", None)
    later = {"look_at": look} if look and now and look > now and not case.details.get("assists") else {}
    return {"accepted_round": case.details.get("round", 1), **later}


def countersign(_case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Note who signed afterwards."""
    return {"signer": moment.actor_name or moment.actor, "by_rule": False}


def supervise(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Mark a supervision that a leader has ordered by himself, and keep until when what is to be done."""
    return {"level": 0, **note_promise(case, form, moment)}


def forget_requests(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Drop what was asked for and not decided before the end."""
    return {"extension_asked": None}


def begin_again(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Count a rework, and set the clocks that were ordered with it."""
    ordered = {"clocks": form["clocks"], "look_at": moment.now} if form.get("clocks") else {}
    return {"reworks": int(case.details.get("reworks", 0)) + 1, **without_interim(case), **ordered}


def supervised_rework(order: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return which leader watches over a rework (督办): by how often the result was not accepted (regulations 2.5), or who ordered it.

    None where the same was brought again, or where the street has nobody for it.
    """
    if order["ground"] == "supervision":
        return _by_a_leader(order)
    if order["ground"] != "result_refused":
        return None
    rows = [row for row in not_accepted() if row.reworks < order["round"]]
    return {**_by_a_leader(order), "level": len(rows), "opinion": rows[-1].zh} if rows else None


def _by_a_leader(order: Mapping[str, Any]) -> dict[str, Any]:
    # Of what was answered on the spot no mechanism has a case.
    whose = {"mechanism": "intake", "unit": ""} if order["mechanism"] == "intake" else {}
    return {"level": 0, "opinion": order["reason"], "clock": "rework", **whose}


def required_besides(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a leader watches over a rework that is under way: whoever has it has no other word of his time."""
    due = [Clock.from_dict(dict(row)).due_at(standard_calendar()) for row in told["clocks"]]
    until = "".join(f"（要求于 {local(one):%Y-%m-%d %H:%M} 前办结）" for one in due)
    return _by_a_leader({**told, "reason": told["reason"] + until})


def sooner(rows: Iterable[Mapping[str, Any]], running: Mapping[str, Running]) -> list[Clock]:
    """Return the required times that end before the one that runs already, if one does."""
    calendar = standard_calendar()
    kept = running.get("required")
    asked = [Clock.from_dict(dict(row)) for row in rows if row["name"] == "required"]
    if kept is None or kept.clock.stopped_at is not None:
        return asked
    return [clock for clock in asked if clock.due_at(calendar) < kept.due_at]


# -- guards ---------------------------------------------------------------------


def a_receiver_is_known(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a dispatch that no rule of the catalogue and no person gives a unit for."""
    _, lead, _ = receiving(case.details, form, moment)
    if lead:
        return None
    zh, en = rule_set(moment).none_fits()
    return Refusal(f"{zh}，请指定主办单位", f"{en}: name the lead unit")


def the_lead_may_lead(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a lead unit, named or by a rule, that has nobody in the mechanism, or a community beyond its duty list."""
    if not form:
        return None
    _, lead, mechanism = receiving(case.details, form, moment)
    return _wrong_lead(lead, mechanism, with_form(case.details, form).get("category", ""))


def _wrong_lead(lead: str, mechanism: str, category: str) -> Refusal | None:
    unit = ruleset.units().get(lead)
    why = ruleset.wrong_lead(unit, mechanism, [category]) if unit and mechanism else None
    return Refusal(*why) if why else None


def its_category_is_known(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send a matter to another mechanism as a category of the one that it leaves."""
    mechanism = form.get("mechanism") or case.details.get("mechanism", "")
    if form.get("category") or mechanism == case.details.get("mechanism", ""):
        return None
    own = [code for code, row in ruleset.categories().items() if row["mechanism"] == mechanism]
    if not own or case.details.get("category") in own:
        return None
    return Refusal(
        f"改由“{receivers.MECHANISMS[mechanism]}”办理的，请同时选择它的类别，如 {ruleset.named(own)}",
        f"name the category as well where the mechanism changes to {mechanism}: {own[0]} to {own[-1]}",
    )


def extension_is_asked(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide an extension that nobody has asked for."""
    if case.details.get("extension_asked"):
        return None
    return Refusal("没有待审批的延期申请", "no extension has been asked for")


def extension_is_allowed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse an extension asked for too late, too long, or a second time unless a body above approves (regulations 2.4)."""
    asked = case.details.get("extension_asked")
    if not asked:
        return None
    clock = finish_clock(case)
    if clock is None or clock.stopped_at:
        return Refusal(
            "没有可延长的办结时限（尚未派单，或者已由阶段性答复关闭），请不予延期",
            "no promise runs that could be prolonged: none was made, or an interim reply has closed it; deny it",
        )
    urgency = str(case.details.get("urgency", "III"))
    if case.details.get("extensions", 0) >= 1:
        if not promises()[urgency].further:
            return Refusal("已延期一次，不能再次延期", "it was extended once already")
        if form and not form.get("approved_above"):
            return Refusal(
                "已延期一次，再次延期须经上级主管部门批准：请填写批准机关和文号",
                "it was extended once already: name the body above that approves more, and the number of its letter",
            )
    longest = promises()[urgency].extension_workdays
    if not longest:
        return Refusal("该紧急程度不能延期", "this urgency allows no extension")
    if int(asked["workdays"]) > longest:
        by_the_wall = clock.days_more(1).unit is Unit.HOUR
        zh, en = ("日（24 小时连续计算）", "days of 24 hours") if by_the_wall else ("个工作日", "working days")
        return Refusal(
            f"该紧急程度最多可延期 {longest} {zh}，申请为 {asked['workdays']} {zh[0]}",
            f"this urgency allows {longest} {en} at the most, {asked['workdays']} were asked for",
        )
    if datetime.fromisoformat(asked["at"]) > clock.due_at(standard_calendar()):
        return Refusal("延期须在到期前提出", "an extension must be asked for before the end")
    return _bound_allows(clock, asked)


def _bound_allows(clock: Clock, asked: Mapping[str, Any]) -> Refusal | None:
    """Refuse an extension that moves nothing, because somebody outside has set the end."""
    calendar = standard_calendar()
    moved = _extended(clock, asked)
    if clock.bound is None or moved.due_at(calendar) > clock.due_at(calendar):
        return None
    at = f"{local(clock.bound.at):%Y-%m-%d %H:%M}"
    return Refusal(
        f"{clock.bound.zh}为 {at}，本单位延期不能突破；请先商来源单位延长时限",
        f"{clock.bound.en} is {at} and does not move by an extension here: ask its sender for more time first",
    )


def is_graded_otherwise(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to regrade an appeal as it is graded."""
    if not form or any(form[name] != case.details.get(name) for name in ("urgency", "severity")):
        return None
    return Refusal("紧急程度和严重程度与现在相同", "it is graded so already")


def its_promise_runs_on(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to regrade an appeal whose promise stands still: from when it would run on nobody knows."""
    clock = finish_clock(case)
    if clock is None or not clock.is_suspended:
        return None
    return Refusal(
        "办理时限暂停计算期间不能改级，请待恢复后再改", "the promise stands still: regrade it when it runs on"
    )


def awaits_countersign(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second signature where none is missing."""
    if case.details.get("retroactive") and not case.details.get("countersigned"):
        return None
    return Refusal("本件不需要补签", "no signature is missing here")
