"""What the record of a case says: its days, its money, who was there, pure like the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from chassis import clocks
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import CaseView, Change, Guard, Moment, Refusal, Values
from services.enforcement import bounds
from services.enforcement.catalogue import BASES, LIMITS, Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What another case says of the same party."""

    number: str
    act: str
    penalised: bool
    fined_on: date | None
    ended_on: date | None


# -- what is known of a case --------------------------------------------------


def last(case: CaseView, trigger: str) -> Values:
    """Return the newest form kept under a step, or nothing."""
    kept = case.details.get(trigger)
    if isinstance(kept, list):
        return dict(kept[-1]) if kept else {}
    return dict(kept or {})


def act_code(case: CaseView) -> str:
    """Return the code of the act that the case is about, as filed or as first seen."""
    return str(last(case, "filed").get("act") or last(case, "inspected").get("act", ""))


def committed_on(case: CaseView, filing: Values | None = None) -> date:
    """Return the day of the act: its end, or the day on which one that goes on was found, as filed or as a filing has it."""
    filed, seen = filing or last(case, "filed"), last(case, "inspected")
    ended = None if filed.get("continuing") else filed.get("ended_on")
    if day := ended or filed.get("found_on"):
        return date.fromisoformat(str(day))
    return local_date(datetime.fromisoformat(str(seen["at"])) if seen.get("at") else case.opened_at)


def law_of(case: CaseView, decided_on: date, code: str = "", filing: Values | None = None) -> bounds.Applied:
    """Return by which law the act of the case, or another, is punished if that is decided on a day (行政处罚法 37)."""
    return bounds.lawful(
        code or act_code(case),
        suspect_kind_of(case),
        refused=was_refused(case),
        committed_on=committed_on(case, filing),
        decided_on=decided_on,
    )


def act_of(case: CaseView, decided_on: date) -> Act | None:
    """Return the act that the case is about, as the law has it by which it is punished if that is decided on a day."""
    return law_of(case, decided_on).act


def suspect_kind_of(case: CaseView) -> str:
    """Return whether the party is a person or an organisation."""
    return str(last(case, "inspected").get("suspect_kind", "organisation"))


def was_refused(case: CaseView) -> bool:
    """Whether an order to correct was not obeyed."""
    return bool(case.details.get("found_uncorrected"))


def cleanings(case: CaseView) -> list[date]:
    """Return the days on which the weekly cleaning is on record."""
    rows = case.details.get("upkeep_recorded", ())
    return [date.fromisoformat(row["done_on"]) for row in rows if row["kind"] == "weekly_cleaning"]


def days_late(case: CaseView, today: date, since: date | None = None) -> int:
    """Count the days for which a fine is late, or since one of them.

    Time under review does not count (行政处罚法 73), nor does a time that was granted when it was late already (66).
    """
    due = since or known_day(case, "pay_by")
    if due is None:
        return 0
    spans = [
        (date.fromisoformat(str(row["sought_on"])), date.fromisoformat(str(row["ended_on"] or today)))
        for row in (*case.details.get("reviews", ()), *case.details.get("graces", ()))
    ]
    return bounds.late_days(due_on=due, until=today, reviews=spans)


def added(
    case: CaseView, today: date, *, fine: Decimal | None = None, paid: Iterable[tuple[date, Decimal]] | None = None
) -> Decimal:
    """Return what is added to a fine: 3 % a day of what of it was unpaid on that day, at most the fine (行政处罚法 72).

    Left out, the fine and what was paid of it are those on file.
    """
    fine = Decimal(case.details.get("fine", "0")) if fine is None else fine
    unpaid, found, since = fine, Decimal("0.00"), known_day(case, "pay_by")
    if since is None:
        return found
    for paid_on, amount in (*sorted(parts(case) if paid is None else paid), (today, Decimal(0))):
        day = max(since, min(paid_on, today))
        found += unpaid * LIMITS.late_fine_daily * days_late(case, day, since)
        unpaid, since = max(unpaid - amount, Decimal(0)), day
    return min(fine, found).quantize(bounds.CENT, ROUND_HALF_UP)


def until(clock: str, start: date, *, limit: int = 0) -> date:
    """Return the last day of a period of `legal.toml` as valid on its first day, or of one as long as was granted."""
    return deadline(clock, start, limit=limit).due_at.date()


def deadline(clock: str, start: date, *, limit: int = 0) -> clocks.Deadline:
    """Return the same with whether it rests on a year whose days of rest are guessed."""
    rule = BASES.clock(clock, start)
    period = clocks.Period(limit or rule.limit, rule.unit)
    return clocks.add(start, period, calendar=standard_calendar(), roll=rule.roll)


def found_by(ended_on: date, found_on: date, *, grave: bool) -> date:
    """Return the last day on which an act may be found to be punished, by the law of the day on which it was (行政处罚法 36).

    `grave` says that life, health or financial safety is touched and harm was done.
    """
    rule = BASES.clock("limitation_grave" if grave else "limitation", found_on)
    return clocks.add(ended_on, clocks.Period(rule.limit, rule.unit), calendar=standard_calendar()).due_at.date()


def owed(case: CaseView, today: date) -> Decimal:
    """Return the fine with what was added to it, less what was paid in parts, in yuan."""
    fine = Decimal(case.details.get("fine", "0"))
    return max(fine + added(case, today) - paid_in_parts(case), Decimal(0))


def parts(case: CaseView) -> list[tuple[date, Decimal]]:
    """Return what was paid, and when, of a fine that is not wholly paid."""
    return [
        (date.fromisoformat(str(row["paid_on"])), Decimal(row["amount"])) for row in case.details.get("parts") or ()
    ]


def paid_in_parts(case: CaseView) -> Decimal:
    """Return what the parts come to."""
    return sum((amount for _, amount in parts(case)), Decimal(0))


#: The steps whose records name the officers who acted.
INVESTIGATIONS = (
    *("inspected", "questioned", "found_corrected", "found_uncorrected", "evidence_held", "goods_seized"),
    *("investigation_closed", "substitute_performed", "dismantled"),
)


def investigators(case: CaseView) -> set[str]:
    """Return the names of the officers who investigated."""
    forms = [last(case, trigger) for trigger in ("filed", *INVESTIGATIONS)]
    return {officer["name"] for form in forms for officer in form.get("officers", ())}


# -- when it happened ---------------------------------------------------------


def day_of(form: Values, act: str, moment: Moment) -> date:
    """Return the day of an act as the form has it; left empty, it is today."""
    said = form.get(act)
    if isinstance(said, datetime):
        return local_date(said)
    return said if isinstance(said, date) else local_date(moment.now)


def reached(form: Values, act: str, moment: Moment) -> date:
    """Return the day on which a paper counts as served: that of its receipt, or the last of the announcement's own time.

    What is left behind is served on that day; by post, on the day that the receipt bears; electronically, on the day on
    which it arrived (民事诉讼法 87 to 95, by 行政处罚法 61 and 行政强制法 38). That day is what the form asks for.
    """
    day = day_of(form, act, moment)
    return until("announcement", day) if delivery_of(form) == "announcement" else day


def delivery_of(form: Values) -> str:
    """Return how a paper was served: some forms have another way beside, that in which something is done or paid."""
    return str(form["delivery"] if "delivery" in form else form["way"])


#: The ways of serving after which somebody may turn up who has read nothing.
_NOT_IN_HAND: Final = frozenset({"left", "entrusted_service", "mail", "electronic", "announcement"})


def in_hand(case: CaseView, trigger: str) -> bool:
    """Whether the newest paper of a step was put into the party's hands: then it isn't served anew.

    So was what an earlier release has kept without its way.
    """
    form = last(case, trigger)
    return bool(form) and (form.get("delivery") or form.get("way")) not in _NOT_IN_HAND


def known_day(case: CaseView, act: str) -> date | None:
    """Return the day of an act that is on file."""
    said = case.details.get(act)
    return date.fromisoformat(str(said)) if said else None


def dated(act: str, *acts_before: str) -> Guard:
    """Make a gate against an act that is dated after today, or before those that it follows: a time counts from it."""

    def acts_come_in_order(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        if not form:
            return None
        return in_order(day_of(form, act, moment), [known_day(case, name) for name in acts_before], moment)

    return acts_come_in_order


def in_order(day: date, acts_before: Iterable[date | None], moment: Moment) -> Refusal | None:
    """Refuse an act that is dated after today, or before those that it follows, as far as their days are known."""
    if day > local_date(moment.now):
        return Refusal(f"日期不能晚于今天（{day}）", f"it can't have happened after today: {day}")
    known = [one for one in acts_before if one]
    if not known or day >= max(known):
        return None
    return Refusal(
        f"日期先后不符：{day} 早于前一步的 {max(known)}",
        f"{day} lies before the step that it follows, of {max(known)}",
    )


def on(act: str, change: Change | None = None) -> Change:
    """Make a change that also keeps the day of an act."""

    def keep_the_day(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        return {act: day_of(form, act, moment), **(change(case, form, moment) if change else {})}

    return keep_the_day


def served(act: str, change: Change | None = None) -> Change:
    """Make a change that also keeps the day on which a paper counts as served, from which times run."""

    def keep_that_day(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        day = reached(form, act, moment)
        return {act: day, "reached_on": day, **(change(case, form, moment) if change else {})}

    return keep_that_day
