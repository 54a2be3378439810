"""Sums, limits and spans that the law sets, without a case, pure like the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Final

from chassis.workcalendar import ZONE
from chassis.workflow import Values
from services.enforcement.catalogue import LIMITS, Act, Band

CENT: Final = Decimal("0.01")

# -- acts ---------------------------------------------------------------------


def fine_band(act: Act, suspect_kind: str, *, refused: bool) -> Band | None:
    """Return the least and most of a fine for an act, or None where there is none (yet)."""
    if act.after_refusal and not refused:
        return None
    if refused and act.refused:
        return act.refused
    return act.person if suspect_kind == "person" else act.organisation


# -- measurements -------------------------------------------------------------


def limit_of(kind: str, *, zone: str = "2", period: str = "day") -> Decimal:
    """Return the limit of a measurement: dB(A) of noise, mg per cubic metre of fume."""
    if kind == "fume":
        return LIMITS.fume
    return Decimal(LIMITS.noise[zone][0 if period == "day" else 1])


_DECIBEL: Final = Decimal(1)


def background_off(value: Decimal, background: Decimal) -> int | None:
    """Return what is taken off a measured noise for the background, in dB; None: too near to it to tell them apart."""
    apart, steps = value - background, LIMITS.background
    if apart < steps[0][0]:
        return None
    whole = int(apart.quantize(_DECIBEL, ROUND_HALF_EVEN))
    return next(off for above, off in reversed(steps) if whole >= above)


def fume_size(stoves: int) -> str:
    """Return the size of a kitchen with so many stoves (GB 18483-2001)."""
    return next(size for size, kept in LIMITS.fume_sizes.items() if stoves >= kept.stoves_from)


def period_of(at: datetime) -> str:
    """Return whether a moment lies in the day or the night of noise limits, by the clock of Asia/Shanghai (噪声法 88)."""
    begins, ends = LIMITS.day_hours
    return "day" if begins <= at.astimezone(ZONE).hour < ends else "night"


def exceeds(measurement: Values) -> bool:
    """Whether a measured value lies above its limit; the limit itself is allowed."""
    limit = limit_of(measurement["kind"], zone=measurement.get("zone", "2"), period=measurement.get("period", "day"))
    return Decimal(measurement["value"]) > limit


# -- penalties ----------------------------------------------------------------

#: 行政处罚法 63: penalties that always bring the right to a hearing.
HEARD_ALWAYS: Final = frozenset({"confiscation", "suspension", "closure"})
#: 行政强制法 25.
SEIZED_MOST: Final = 30


def needs_hearing_right(penalty: str, amount: Decimal, suspect_kind: str) -> bool:
    """Whether the party must be told that it may ask for a hearing (行政处罚法 63)."""
    return penalty in HEARD_ALWAYS or amount >= LIMITS.hearing[suspect_kind]


def late_fine(fine: Decimal, days: int) -> Decimal:
    """Return what is added to a fine unpaid for so many days: 3 % a day, at most the fine (行政处罚法 72)."""
    added = min(fine, fine * LIMITS.late_fine_daily * max(days, 0))
    return added.quantize(CENT, ROUND_HALF_UP)


def late_days(*, due_on: date, until: date, reviews: Iterable[tuple[date, date]] = ()) -> int:
    """Count the days for which a fine is late, the last one too; no day of a review counts (行政处罚法 73).

    A review runs from the day after it was sought to the day on which it ended.
    """
    counted, seen = max((until - due_on).days, 0), due_on
    for sought, ended in sorted(reviews):
        last = min(ended, until)
        counted -= max((last - max(sought, seen)).days, 0)
        seen = max(seen, last)
    return counted


def put_off(ends: date, since: date, spans: Iterable[tuple[date, date]]) -> Iterator[tuple[date, date, int, date]]:
    """Give for each time that is left out of a period, the earliest first, its days, each counted once, and the end until then.

    `since` is the day from which the period counts, `ends` its last day without them; what begins after its end moves nothing.
    """
    seen = since
    for first, last in sorted(spans):
        days = max((last - max(first, seen)).days, 0) if first <= ends else 0
        seen, ends = max(seen, last), ends + timedelta(days=days)
        yield first, last, days, ends


def higher(acts: Iterable[tuple[Act, Band]]) -> tuple[Act, Band]:
    """Choose, of the acts that one doing is, the one with the higher fine (行政处罚法 29)."""
    return max(acts, key=lambda one: (one[1][1], one[1][0]))


#: For so long a weekly duty is watched after it was ordered, as recurrence is.
UPKEEP_DAYS: Final = 90
DAYS_OF_A_WEEK: Final = 7


def next_cleaning(ended: date, *, ordered_on: date) -> date | None:
    """Return the end of the week after one, or None when the duty is no longer watched."""
    following = ended + timedelta(days=DAYS_OF_A_WEEK)
    return following if (following - ordered_on).days <= UPKEEP_DAYS else None


def missed_weeks(done_on: Iterable[date], *, since: date, until: date) -> int:
    """Count the whole weeks of seven days from a day on in which a weekly duty was not done."""
    weeks = (until - since).days // DAYS_OF_A_WEEK
    kept = {(day - since).days // DAYS_OF_A_WEEK for day in done_on if since <= day}
    return sum(1 for week in range(weeks) if week not in kept)
