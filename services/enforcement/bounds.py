"""Sums, limits and spans that the law sets, without a case, pure like the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Final

from chassis.workcalendar import ZONE
from chassis.workflow import Values
from services.enforcement.catalogue import ACTS, BESIDE_A_FINE, LIMITS, Act, Band

CENT: Final = Decimal("0.01")

# -- acts ---------------------------------------------------------------------


def fine_band(act: Act, suspect_kind: str, *, refused: bool) -> Band | None:
    """Return the least and most of a fine for an act, or None where there is none (yet)."""
    if act.after_refusal and not refused:
        return None
    if refused and act.refused:
        return act.refused
    return act.person if suspect_kind == "person" else act.organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """By which version of its law an act is punished, None where it is not, and how that was found, in Chinese and English.

    `other` is the version that is not applied; nothing is said where there is one version only. Who is `competent` to
    punish it is who is when it is decided. `repealed`: it was punished then, and is not when it is decided.
    """

    act: Act | None
    other: Act | None = None
    competent: str = ""
    repealed: bool = False
    lines: tuple[tuple[str, str], ...] = ()

    @property
    def why(self) -> tuple[str, str]:
        """The last line, which says what comes of the others."""
        return self.lines[-1] if self.lines else ("", "")


def lawful(code: str, suspect_kind: str, *, refused: bool, committed_on: date, decided_on: date) -> Applied:
    """Choose the law of the day of the act, or that of the day of the decision if it is lighter, or punishes it no more (行政处罚法 37).

    Lighter is a lower fine, by its most and then its least, that no heavier penalty beside it makes up for; what is lighter in
    one and heavier in the other is not.
    """
    then, now = ACTS.on(code, committed_on), ACTS.on(code, decided_on)
    if then is None:
        zh = f"依据目录中没有行为发生时（{committed_on}）有效的规定，不得处罚"
        return Applied(
            act=None, other=now, lines=((zh, f"no law on file punished it on {committed_on}: it can't be punished"),)
        )
    competent = (now or then).competent
    # One row of the acts is one law, also where that was renumbered or renamed since.
    if now and replace(now, law=then.law) == then:
        return Applied(act=then, competent=competent)
    lines = [_version_said(then, suspect_kind, refused=refused, when="行为发生时", day=committed_on)]
    if now is None:
        zh = f"该规定到作出决定时（{decided_on}）已经废止，依据目录中没有新的规定：不认为违法的，不予处罚；有新规定的，先补入 data/acts.toml"
        en = f"that was repealed by {decided_on}, and no new law is on file: not punished; if there is one, add it to data/acts.toml"
        return Applied(act=None, other=then, repealed=True, lines=(*lines, (zh, en)))
    lines.append(_version_said(now, suspect_kind, refused=refused, when="作出决定时", day=decided_on))
    (fine, beside), (new_fine, new_beside) = (_weight(act, suspect_kind, refused=refused) for act in (then, now))
    lighter_in_one = new_fine < fine or new_beside < beside
    if lighter_in_one and new_fine <= fine and new_beside <= beside:
        zh, en = f"新的规定处罚较轻，适用新的规定“{_named(now, 'zh')}”", "the new law is lighter: it applies"
        return Applied(act=now, other=then, competent=competent, lines=(*lines, (zh, en)))
    zh = "新的规定有的较轻、有的较重，不能认定为较轻" if lighter_in_one else "新的规定处罚不较轻"
    zh, en = (
        f"{zh}，适用行为发生时的规定“{_named(then, 'zh')}”",
        "the new law is not lighter: the one of the day of the act applies",
    )
    return Applied(act=then, other=now, competent=competent, lines=(*lines, (zh, en)))


def _weight(act: Act, suspect_kind: str, *, refused: bool) -> tuple[tuple[Decimal, Decimal], int]:
    """Return how much a version may fine, most and least, and the heaviest that it names beside."""
    least, most = fine_band(act, suspect_kind, refused=refused) or (Decimal(0), Decimal(0))
    beside = (*act.also, *(act.also_refused if refused else ()))
    return (most, least), max(map(BESIDE_A_FINE.index, beside), default=0)


def _version_said(act: Act, suspect_kind: str, *, refused: bool, when: str, day: date) -> tuple[str, str]:
    band, begins = fine_band(act, suspect_kind, refused=refused), act.law and act.law.effective_from
    zh = f"罚款 {band[0]} 元至 {band[1]} 元" if band else "此时不得罚款"
    en = f"a fine of {band[0]} to {band[1]} yuan" if band else "no fine"
    return (
        f"{when}（{day}）的规定“{_named(act, 'zh')}”（{begins} 起施行）：{zh}",
        f"{_named(act, 'en')}, valid on {day}: {en}",
    )


def _named(act: Act, lang: str) -> str:
    return act.law.said(lang) if act.law else act.basis


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
