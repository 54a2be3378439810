"""What is counted: 三率 and the other rates, from what happened to figures (regulations 2.6). Pure.

    courses = [course(events, before) for events in …]     what became of each appeal
    figures(courses, period, formula, by="unit")           every rate, in all and group by group

Each appeal gives each rate some `Counted`: what it adds to the numerator, or why it is left out. A rate is their sum,
so the order of appeals changes nothing, and what is left out touches neither numerator nor denominator.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_FILE: Final = Path(__file__).with_name("data") / "rates.toml"
_PLACES: Final = Decimal("0.0001")
_DIGITS: Final = 28

#: The rates in the order in which they are shown; `composite` is made of three of them.
RATES: Final = (
    *("response", "resolution", "satisfaction", "composite"),
    *("attitude", "process", "result", "all_three"),
    *("completion", "on_time", "callback", "return", "rework", "on_the_spot"),
    *("unconfirmed", "exclusion"),
)
DIMENSIONS: Final = ("attitude", "process", "result")
GROUPINGS: Final = ("unit", "mechanism", "category")
#: Rates of what has no unit yet: given for all only.
UNGROUPED: Final = frozenset({"on_the_spot"})


class RatesError(ValueError):
    """A period that can't be counted by one formula, or a formula that makes no sense."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


# -- formulas -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """One version of weights, scale and thresholds, and the days on which it is in force, both included."""

    version: str
    effective_from: date
    effective_to: date = date.max
    verified: bool = False
    #: Whether an interim reply that the law gives longer for has kept the promise (regulations 0.2).
    interim_counts: bool = False
    #: What of a contact counts for the response: `any`, also one that reached nobody, or the `first` that is one.
    contact: str = "any"
    satisfaction_of: str
    satisfied_from: int
    small_sample: int
    z: Decimal
    scale: Mapping[int, Decimal]
    weights: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment on, until before another one; nothing that happened at or after `known` is known."""

    start: datetime
    end: datetime
    known: datetime

    def holds(self, moment: datetime | None) -> bool:
        """Say whether a moment lies in it."""
        return moment is not None and self.start <= moment < self.end


@cache
def formulas() -> tuple[Formula, ...]:
    """Return the versions of `data/rates.toml`, oldest first."""
    return formulas_in(tomllib.loads(_FILE.read_text(encoding="utf-8")))


def formulas_in(table: Mapping[str, Any]) -> tuple[Formula, ...]:
    """Read versions; raise RatesError for weights that are no whole, a scale with holes, or two versions on one day."""
    found = sorted((_formula(row) for row in table["formula"]), key=lambda one: one.effective_from)
    for one, following in pairwise(found):
        if following.effective_from <= one.effective_to:
            raise RatesError(
                f"rates.toml：版本 {one.version} 与 {following.version} 的有效期重叠",
                f"rates.toml: {one.version} and {following.version} are in force on the same day",
            )
    return tuple(found)


def _formula(row: Mapping[str, Any]) -> Formula:
    scale = {int(mark): Decimal(score) for mark, score in row["scale"].items()}
    weights = {name: Decimal(weight) for name, weight in row["weights"].items()}
    whole = sum(weights.values()) == 1 and {*weights} == {"response", "resolution", "satisfaction"}
    if not whole or {*scale} != {1, 2, 3, 4, 5} or not all(0 <= score <= 1 for score in scale.values()):
        raise RatesError(
            f"rates.toml 版本 {row['version']}：权重之和须为 1，1 至 5 分各有 0 至 1 的分值",
            f"rates.toml, {row['version']}: the weights must sum to 1, and each mark needs a score of 0 to 1",
        )
    if row.get("contact", "any") not in ("any", "first"):
        raise RatesError(
            f"rates.toml 版本 {row['version']}：contact 须为 any 或 first",
            f"rates.toml, {row['version']}: contact is any or first",
        )
    return Formula(**{**row, "scale": scale, "weights": weights, "z": Decimal(row["z"])})


def formula_for(start: datetime, end: datetime, known: Sequence[Formula] | None = None) -> Formula:
    """Return the version in force through a whole period; raise RatesError if it changes within, or if there is none."""
    first, last = local(start).date(), local(end - timedelta(microseconds=1)).date()
    versions = formulas() if known is None else known
    found = [one for one in versions if one.effective_from <= last and first <= one.effective_to]
    if len(found) == 1 and found[0].effective_from <= first and last <= found[0].effective_to:
        return found[0]
    days = "、".join(str(one.effective_from) for one in found if one.effective_from > first) or "?"
    raise RatesError(
        f"统计期内口径有变更（自 {days} 起），请分段统计",
        f"the formula changes within this period (from {days}), or none is in force: count it in parts",
    )


# -- what became of an appeal ---------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an appeal: told by another service, or a step of the callback.

    `seq` orders what happened here at one moment; what others told of that moment comes before it.
    """

    what: str
    at: datetime
    seq: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Assignment:
    """An appeal with one unit, from its dispatch until it is dispatched elsewhere."""

    mechanism: str
    unit: str
    dispatched_at: datetime
    sign_in_due: datetime | None
    contact_due: datetime | None
    finish_due: datetime | None
    accepted_at: datetime | None = None
    #: When the promise was closed by an interim reply, and until when the law has the rest done.
    interim_at: datetime | None = None
    lawful_due: datetime | None = None
    #: When it was first put on record that the petitioner was contacted, or tried, and when that was a contact.
    tried_at: datetime | None = None
    contacted_at: datetime | None = None
    ended_at: datetime | None = None
    return_asked: bool = False
    return_granted: bool = False


@dataclass(slots=True, kw_only=True)
class Round:
    """One conclusion, the callback after it, and what came of that."""

    mechanism: str
    unit: str
    claim: bool | None
    began_at: datetime
    ended_at: datetime | None = None
    marks: Mapping[str, Any] | None = None
    reworked: bool = False
    #: The resident took the appeal back before he was asked.
    withdrawn: bool = False


@dataclass(slots=True, kw_only=True)
class Course:
    """What became of one appeal, as far as it was known at some moment."""

    subject: str = ""
    category: str = ""
    #: When it was first answered on the spot or dispatched.
    decided_at: datetime | None = None
    answered_at: datetime | None = None
    concluded_at: datetime | None = None
    withdrawn_at: datetime | None = None
    #: withdrawn by its petitioner, or not_accepted: it has another legal route.
    withdrawn_as: str = ""
    excluded_as: str = ""
    assignments: list[Assignment] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    first: Mapping[str, Any] = field(default_factory=dict)
    proposed: str = ""
    #: Heard under another appeal's one handling: a voice, not a matter of its own.
    is_voice: bool = False
    #: Handled again for somebody heard under it before its own petitioner was asked about what was handled first.
    is_reworked: bool = False


#: The order of what happened at one moment.
_ORDER: Final = ("dispatched", "accepted", "contacted", "return_asked", "return_granted", "extended", "interim_replied")


def course(events: Iterable[Event], before: datetime) -> Course:
    """Return what became of an appeal, from what happened before a moment, in whatever order it is given."""
    kept = [event for event in events if event.at < before]
    known = Course()
    for event in sorted(kept, key=_order):
        _TAKEN.get(event.what, _nothing)(known, event)
    return known


def _order(event: Event) -> tuple[datetime, int, int, str]:
    return event.at, _ORDER.index(event.what) if event.what in _ORDER else len(_ORDER), event.seq, event.what


def _nothing(_known: Course, _event: Event) -> None:
    """Leave be what no rate is about."""


def _dispatched(known: Course, event: Event) -> None:
    known.decided_at = known.decided_at or event.at
    if known.assignments:
        known.assignments[-1].ended_at = event.at
    told = event.told
    known.category = told.get("category") or known.category
    known.assignments.append(
        Assignment(
            mechanism=told["mechanism"],
            unit=told["unit"],
            dispatched_at=event.at,
            sign_in_due=_time(told.get("sign_in")),
            contact_due=None if told.get("anonymous") or told.get("confidential") else _time(told.get("first_contact")),
            finish_due=_time(told.get("finish")),
        )
    )


def _held(known: Course, event: Event) -> Assignment:
    """Return the newest assignment to the mechanism that an event is about, or one that nobody counts."""
    for one in reversed(known.assignments):
        if one.mechanism == event.told.get("mechanism"):
            return one
    return Assignment(
        mechanism="", unit="", dispatched_at=event.at, sign_in_due=None, contact_due=None, finish_due=None
    )


def _accepted(known: Course, event: Event) -> None:
    held = _held(known, event)
    held.accepted_at = held.accepted_at or event.at


def _categorised(known: Course, event: Event) -> None:
    known.category = event.told.get("category") or known.category


def _contacted(known: Course, event: Event) -> None:
    held = _held(known, event)
    held.tried_at = held.tried_at or event.at
    # What was kept before the way was says nothing else.
    counts = event.told.get("contact_counts")
    if event.told.get("way") != "not_possible" if counts is None else counts:
        held.contacted_at = held.contacted_at or event.at


def _return_asked(known: Course, event: Event) -> None:
    _held(known, event).return_asked = True


def _return_granted(known: Course, event: Event) -> None:
    _held(known, event).return_granted = True


def _extended(known: Course, event: Event) -> None:
    held = _held(known, event)
    held.finish_due = _time(event.told.get("finish")) or held.finish_due
    held.sign_in_due = _time(event.told.get("sign_in")) or held.sign_in_due
    if held.contact_due is not None:
        held.contact_due = _time(event.told.get("first_contact")) or held.contact_due


def _interim_replied(known: Course, event: Event) -> None:
    held = _held(known, event)
    held.interim_at, held.lawful_due = held.interim_at or event.at, _time(event.told.get("lawful"))


def _concluded(known: Course, event: Event) -> None:
    known.concluded_at = known.concluded_at or event.at
    if not known.first:
        known.first = event.told
        # The callback may have been opened before, by a clock that runs ahead of the mechanism's.
        if known.rounds:
            known.rounds[0] = replace(known.rounds[0], **_concluder(event.told))


def _answered(known: Course, event: Event) -> None:
    known.decided_at = known.decided_at or event.at
    known.answered_at = known.answered_at or event.at
    _concluded(known, replace(event, told={"mechanism": "intake", "unit": "", "claim": True}))


def _withdrawn(known: Course, event: Event) -> None:
    known.withdrawn_at = known.withdrawn_at or event.at
    known.withdrawn_as = known.withdrawn_as or event.what
    if known.rounds and known.rounds[-1].ended_at is None:
        known.rounds[-1].withdrawn = True
    _end_round(known, event)


def _concluder(told: Mapping[str, Any]) -> dict[str, Any]:
    claim = told.get("claim", told.get("handler_claims_solved"))
    return {"mechanism": told.get("mechanism", ""), "unit": told.get("unit", ""), "claim": claim}


def _opened(known: Course, event: Event) -> None:
    known.rounds.append(Round(**_concluder(known.first or event.told), began_at=event.at))


def _is_no_callback(known: Course, _event: Event) -> None:
    """Know that what was opened a moment ago, if anything, is no callback: a call while it is handled, or nobody's at all."""
    known.rounds.clear()


def _concluded_again(known: Course, event: Event) -> None:
    known.rounds.append(Round(**_concluder(event.told), began_at=event.at, reworked=known.is_reworked))
    known.is_reworked = False


def _answered_under_supervision(known: Course, event: Event) -> None:
    """Know that a leader has answered a problem order himself; what the resident says of that is said of whose work it was."""
    if known.rounds:
        last = known.rounds[-1]
        known.rounds.append(Round(mechanism=last.mechanism, unit=last.unit, claim=False, began_at=event.at))


def _rated(known: Course, event: Event) -> None:
    if known.rounds:
        # A resident who was not reached may rate later; that is when he was.
        known.rounds[-1].marks, known.rounds[-1].ended_at = event.told, event.at


def _end_round(known: Course, event: Event) -> None:
    if known.rounds:
        known.rounds[-1].ended_at = known.rounds[-1].ended_at or event.at


def _rework_ordered(known: Course, _event: Event) -> None:
    if known.rounds:
        known.rounds[-1].reworked = True


def _merged(known: Course, event: Event) -> None:
    """Count no handling of what somebody had brought before himself, and no promise to him twice (regulations 2.7)."""
    if event.told.get("own_voice") is False and known.concluded_at is None:
        known.decided_at = None
        known.assignments.clear()


def _joined(known: Course, _event: Event) -> None:
    """Count no handling of its own: the matter is counted once, where it is handled; its callback is its own."""
    known.is_voice, known.decided_at = True, None
    known.assignments.clear()
    known.rounds.clear()


def _unmerged(known: Course, _event: Event) -> None:
    known.is_voice = False
    known.rounds.clear()


def _postponed(known: Course, _event: Event) -> None:
    """Take back a callback that was due and not made: it is due again after the rework."""
    if known.rounds and known.rounds[-1].ended_at is None:
        known.rounds.pop()


def _voice_disagreed(known: Course, event: Event) -> None:
    asked = known.rounds and known.rounds[-1].ended_at is not None
    _postponed(known, event)
    if asked:
        known.rounds[-1].reworked = True
    else:
        known.is_reworked = True


def _exclusion_proposed(known: Course, event: Event) -> None:
    known.proposed = event.told["ground"]


def _exclusion_decided(known: Course, event: Event) -> None:
    known.excluded_as = known.proposed if event.told["granted"] else ""


_TAKEN: Final[Mapping[str, Callable[[Course, Event], None]]] = {
    "dispatched": _dispatched,
    "accepted": _accepted,
    "contacted": _contacted,
    "return_asked": _return_asked,
    "return_granted": _return_granted,
    "extended": _extended,
    "interim_replied": _interim_replied,
    "categorised": _categorised,
    "concluded": _concluded,
    "answered": _answered,
    "withdrawn": _withdrawn,
    "not_accepted": _withdrawn,
    "opened": _opened,
    "deadline_passed": _is_no_callback,
    "never_asked": _is_no_callback,
    "concluded_again": _concluded_again,
    "rated": _rated,
    "unreachable": _end_round,
    "callback_expired": _end_round,
    "rework_ordered": _rework_ordered,
    "rework_required": _rework_ordered,
    "supervision_answered": _answered_under_supervision,
    "merged": _merged,
    "joined": _joined,
    "joined_again": _joined,
    "unmerged": _unmerged,
    "parent_concluded": _concluded_again,
    "concluded_alone": _concluded_again,
    "postponed": _postponed,
    "voice_disagreed": _voice_disagreed,
    "brought_again": _rework_ordered,
    "exclusion_proposed": _exclusion_proposed,
    "exclusion_decided": _exclusion_decided,
}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


# -- what each appeal adds ------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one appeal adds to the numerator of a rate, 0 to 1; or why it is left out of it."""

    rate: str
    value: Decimal = Decimal(0)
    left_out: str = ""
    mechanism: str = ""
    unit: str = ""
    category: str = ""


def denied(courses: Iterable[Course], period: Period) -> list[tuple[datetime, Course, Round]]:
    """Return what is behind the numerator of `unconfirmed`: claimed solved and denied by the last word, newest first."""
    rated = ((known, last) for known in courses if not known.excluded_as for last in _rated_in(known, period)[-1:])
    found = [
        (last.ended_at, known, last)
        for known, last in rated
        if last.claim and last.ended_at and last.marks and not last.marks["solved"]
    ]
    return sorted(found, key=lambda row: row[0], reverse=True)


def _rated_in(known: Course, period: Period) -> list[Round]:
    return [one for one in known.rounds if one.marks and period.holds(one.ended_at)]


def counted(known: Course, period: Period, formula: Formula) -> Iterator[Counted]:
    """Give what an appeal adds to each rate of a period."""
    for one in (*_at_the_door(known, period), *_handled(known, period, formula), *_judged(known, period, formula)):
        excluded = known.excluded_as if one.rate != "exclusion" else ""
        yield replace(one, category=known.category, left_out=excluded or one.left_out)


def _at_the_door(known: Course, period: Period) -> Iterator[Counted]:
    if period.holds(known.decided_at):
        yield Counted(rate="on_the_spot", value=_one(known.answered_at), mechanism="intake")


def _handled(known: Course, period: Period, formula: Formula) -> Iterator[Counted]:
    for held in known.assignments:
        if period.holds(held.dispatched_at):
            who = _whose(held)
            yield Counted(rate="return", value=_one(held.return_asked), **who)
            yield Counted(rate="response", **_in_time(known, held, period, formula), **who)
    if known.assignments and period.holds(due := known.assignments[-1].finish_due):
        who = _whose(known.assignments[-1])
        left_out = "" if known.concluded_at else known.withdrawn_as or _not_due(due, period)
        by_law = _goes_on_by_law(known, period, formula)
        yield Counted(rate="completion", value=_one(known.concluded_at), left_out=left_out or by_law, **who)
        replies = (known.concluded_at, known.assignments[-1].interim_at if formula.interim_counts else None)
        replied = min((at for at in replies if at), default=None)
        # What was replied to for the time being has kept its promise, or not: for that nothing is to be waited for.
        left_out = left_out if not replied or left_out == known.withdrawn_as else ""
        yield Counted(rate="on_time", value=_one(_kept(replied, due, period.known)), left_out=left_out, **who)


def _goes_on_by_law(known: Course, period: Period, formula: Formula) -> str:
    """Leave out of what is to be completed what goes on after an interim reply, until the law's own time is over."""
    until = known.assignments[-1].lawful_due
    goes_on = formula.interim_counts and not known.concluded_at and until is not None and period.known <= until
    return "goes_on_by_law" if goes_on else ""


def _in_time(known: Course, held: Assignment, period: Period, formula: Formula) -> dict[str, Any]:
    """Say whether a unit has signed in and contacted in time, or why that can't be asked (yet)."""
    if held.return_granted:
        return {"left_out": "returned"}
    ends = [moment for moment in (period.known, known.withdrawn_at, held.ended_at) if moment is not None]
    contacted_at = held.tried_at if formula.contact == "any" else held.contacted_at
    asked = (held.accepted_at, held.sign_in_due), (contacted_at, held.contact_due)
    answers = [_kept(done, due, min(ends)) for done, due in asked]
    if False in answers:
        return {"value": Decimal(0)}
    if None not in answers:
        return {"value": Decimal(1)}
    return {"left_out": "passed_on" if held.ended_at else known.withdrawn_as or "not_due_yet"}


def _kept(done: datetime | None, due: datetime | None, until: datetime) -> bool | None:
    """Say whether something was done by its time; None while it may still be, at the end of what is looked at."""
    if due is None:
        return True
    if done is None:
        return False if due < until else None
    return done <= due


def _judged(known: Course, period: Period, formula: Formula) -> Iterator[Counted]:
    for one in known.rounds:
        if period.holds(one.began_at):
            left_out = "withdrawn" if one.withdrawn else "" if one.ended_at else "not_due_yet"
            yield Counted(rate="callback", value=_one(one.marks), left_out=left_out, **_whose(one))
    if known.rounds and period.holds(known.rounds[0].began_at):
        yield Counted(rate="exclusion", value=_one(known.excluded_as), **_whose(known.rounds[0]))
    rated = _rated_in(known, period)
    if rated:
        yield from _marked(rated[-1], formula)
        if not known.is_voice:
            yield Counted(rate="rework", value=_one(any(one.reworked for one in rated)), **_whose(rated[-1]))


def _marked(last: Round, formula: Formula) -> Iterator[Counted]:
    marks, who = last.marks or {}, _whose(last)
    yield Counted(rate="resolution", value=_one(marks["solved"]), **who)
    yield Counted(rate="satisfaction", value=formula.scale[marks[formula.satisfaction_of]], **who)
    content = {name: marks[name] >= formula.satisfied_from for name in DIMENSIONS}
    for name in DIMENSIONS:
        yield Counted(rate=name, value=_one(content[name]), **who)
    yield Counted(rate="all_three", value=_one(all(content.values())), **who)
    yield Counted(
        rate="unconfirmed", value=_one(not marks["solved"]), left_out="" if last.claim else "not_claimed", **who
    )


def _whose(one: Assignment | Round) -> dict[str, Any]:
    return {"mechanism": one.mechanism, "unit": one.unit}


def _not_due(due: datetime | None, period: Period) -> str:
    return "not_due_yet" if due is not None and period.known <= due else ""


def _one(holds: object) -> Decimal:
    return Decimal(1) if holds else Decimal(0)


# -- figures --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate with what it is made of; `value` is None where nothing is counted.

    `low` and `high` are Wilson's score interval (E. B. Wilson, JASA 22, 1927, pp. 209-212), given for small samples.
    For a mean of scores between 0 and 1 it is too wide rather than too narrow: none varies more than a yes or no.
    """

    name: str
    formula: str
    numerator: Decimal
    denominator: int
    left_out: Mapping[str, int]
    value: Decimal | None
    is_small: bool
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All rates of a period: of all appeals, and of each group."""

    total: Mapping[str, Rate]
    groups: Mapping[str, Mapping[str, Rate]]


def figures(courses: Iterable[Course], period: Period, formula: Formula, by: str = "unit") -> Figures:
    """Return every rate of a period, in all and by unit, mechanism or category."""
    total: dict[str, list[Counted]] = defaultdict(list)
    groups: dict[str, dict[str, list[Counted]]] = defaultdict(lambda: defaultdict(list))
    for known in courses:
        for one in counted(known, period, formula):
            total[one.rate].append(one)
            if one.rate not in UNGROUPED:
                groups[getattr(one, by)][one.rate].append(one)
    return Figures(
        total=_rates(total, formula, RATES),
        groups={
            key: _rates(groups[key], formula, [name for name in RATES if name not in UNGROUPED])
            for key in sorted(groups)
        },
    )


def _rates(found: Mapping[str, list[Counted]], formula: Formula, names: Sequence[str]) -> dict[str, Rate]:
    made = {name: rate_of(name, found.get(name, ()), formula) for name in names if name != "composite"}
    made["composite"] = composite(made, formula)
    return {name: made[name] for name in names}


def rate_of(name: str, items: Iterable[Counted], formula: Formula) -> Rate:
    """Add up what was counted for one rate."""
    numerator, denominator, left_out = Decimal(0), 0, Counter[str]()
    for one in items:
        if one.left_out:
            left_out[one.left_out] += 1
        else:
            numerator, denominator = numerator + one.value, denominator + 1
    is_small = denominator < formula.small_sample
    low, high = wilson(numerator, denominator, formula.z) if is_small and denominator else (None, None)
    return Rate(
        name=name,
        formula=formula.version,
        numerator=numerator,
        denominator=denominator,
        left_out=dict(sorted(left_out.items())),
        value=_rounded(Fraction(numerator) / denominator) if denominator else None,
        is_small=is_small,
        low=low,
        high=high,
    )


def composite(parts: Mapping[str, Rate], formula: Formula) -> Rate:
    """Weigh the three rates, unrounded; without one of them there is none.

    Its numerator is the weighted sum, its denominator the sum of the weights, 1; who is left out stands at its parts.
    """
    used = [(parts[name], weight) for name, weight in formula.weights.items()]
    value = None
    if all(part.denominator for part, _ in used):
        exact = sum(
            (Fraction(weight) * Fraction(part.numerator) / part.denominator for part, weight in used), Fraction()
        )
        value = _rounded(exact)
    return Rate(
        name="composite",
        formula=formula.version,
        numerator=value or Decimal(0),
        denominator=1 if value is not None else 0,
        left_out={},
        value=value,
        is_small=any(part.is_small for part, _ in used),
    )


def wilson(numerator: Decimal, denominator: int, z: Decimal) -> tuple[Decimal, Decimal]:
    """Return Wilson's score interval of a proportion, to four places, within 0 and 1."""
    with localcontext(prec=_DIGITS):
        n, square = Decimal(denominator), z * z
        share = numerator / n
        centre = share + square / (2 * n)
        half = z * (share * (1 - share) / n + square / (4 * n * n)).sqrt()
        whole = 1 + square / n
        ends = ((centre - half) / whole, (centre + half) / whole)
    low, high = (min(max(end, Decimal(0)), Decimal(1)).quantize(_PLACES, ROUND_HALF_UP) for end in ends)
    return low, high


def _rounded(exact: Fraction) -> Decimal:
    with localcontext(prec=_DIGITS):
        return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_PLACES, ROUND_HALF_UP)
