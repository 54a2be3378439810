"""Periods and clocks: when something is due, how near that is, and why.

Pure: no I/O, and the time is an argument. How periods are counted:

- the day on which a period starts is not counted, so what arrives today, also after
  hours or on a day off, counts from the next day, or the next working day;
- months and years end on the corresponding day, or on the month's last day;
- a period of days ends at 24:00 of its last day, written 23:59:59 so that the date reads
  right, or at the close of business (`Ends.CLOSE`);
- hours count from the moment itself, day and night; work hours only while people work;
- with `Roll.NEXT` a last day that is not worked moves to the next working day.

民法典 200-203, 民事诉讼法 85. Which numbers of days an act means as working days is data:
see `CountingRule` and `counting.toml`.
"""

from __future__ import annotations

import calendar as gregorian
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from hashlib import blake2s
from pathlib import Path
from typing import Any, Final, Literal

from chassis.workcalendar import (
    ZONE,
    CalendarError,
    Day,
    DayKind,
    WorkCalendar,
    local,
    local_date,
    utc,
)

Lang = Literal["zh", "en"]

_MOST: Final = 100_000
_LAST_SECOND: Final = time(23, 59, 59)
_SHOWN: Final = 12
_URGE_FIRST: Final = 0.5
_URGE_AGAIN: Final = 0.8
_WEEKDAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


class ClockError(ValueError):
    """A period or an act on a clock that can't be; `zh` and `en` say what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class Unit(StrEnum):
    """What a period is counted in."""

    DAY = "day"
    WORKDAY = "workday"
    MINUTE = "minute"
    HOUR = "hour"
    WORK_HOUR = "work_hour"
    MONTH = "month"
    YEAR = "year"

    @classmethod
    def _missing_(cls, value: object) -> Unit | None:
        """Read the short forms too: d, wd, h, wh, m, y, and `calendar_day`, `working_day`."""
        return _ALIASES.get(str(value).lower())

    @property
    def is_of_days(self) -> bool:
        """Whether it ends with a day rather than at a moment."""
        return self not in {Unit.MINUTE, Unit.HOUR, Unit.WORK_HOUR}

    def say(self, count: int, lang: Lang) -> str:
        """Write a number of it, such as 5个工作日 or 5 working days."""
        zh, en = _UNITS[self]
        if lang == "zh":
            return f"{count}{zh}"
        return f"{count} {en}" + ("" if count == 1 else "s")


_ALIASES: Final = {
    "d": Unit.DAY,
    "wd": Unit.WORKDAY,
    "min": Unit.MINUTE,
    "h": Unit.HOUR,
    "wh": Unit.WORK_HOUR,
    "m": Unit.MONTH,
    "y": Unit.YEAR,
    "calendar": Unit.DAY,
    "calendar_day": Unit.DAY,
    "working": Unit.WORKDAY,
    "working_day": Unit.WORKDAY,
}
_UNITS: Final = {
    Unit.DAY: ("日", "calendar day"),
    Unit.WORKDAY: ("个工作日", "working day"),
    Unit.MINUTE: ("分钟", "minute"),
    Unit.HOUR: ("小时", "hour"),
    Unit.WORK_HOUR: ("个工作小时", "working hour"),
    Unit.MONTH: ("个月", "month"),
    Unit.YEAR: ("年", "year"),
}


class Roll(StrEnum):
    """What happens to a last day that is not worked. Rolling protects the one who must act."""

    NEXT = "next"
    NONE = "none"


class Ends(StrEnum):
    """At which hour of its last day a period of days ends."""

    MIDNIGHT = "midnight"
    CLOSE = "close"


class Light(StrEnum):
    """How near a clock's end is, from calm to late."""

    GREEN = "green"
    URGE_FIRST = "urge_50"
    URGE_AGAIN = "urge_80"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Period:
    """A number of units, at least 1."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse what is not a whole number from 1 to 100,000."""
        if type(self.count) is not int or not 0 < self.count <= _MOST:
            zh = f"期间必须是 1 到 {_MOST} 的整数，收到 {self.count}。"
            en = f"A period must be a whole number from 1 to {_MOST}, not {self.count}."
            raise ClockError(zh, en)

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        short = {unit: name for name, unit in reversed(_ALIASES.items()) if len(name) <= 3}  # noqa: PLR2004
        return f"{self.count}{short[self.unit]}"

    @staticmethod
    def parse(text: str) -> tuple[Period, ...]:
        """Read periods such as `5wd`, `24h` or `1m+5d`."""
        found = []
        for part in text.split("+"):
            match = re.fullmatch(r"\s*(\d{1,6})\s*(wd|wh|min|d|h|m|y)\s*", part, re.ASCII | re.IGNORECASE)
            if match is None:
                zh = (
                    f"期间“{part.strip()}”无法识别；请写数字加单位：5wd（工作日）、15d（日）、24h（小时）、"
                    "30min（分钟）、4wh（工作小时）、1m（月）、2y（年），多个用 + 连接。"
                )
                en = (
                    f"The period {part.strip()!r} can't be read; write a number and a unit: 5wd (working days),"
                    " 15d (days), 24h (hours), 30min (minutes), 4wh (working hours), 1m (months), 2y (years), joined with +."
                )
                raise ClockError(zh, en)
            found.append(Period(int(match[1]), Unit(match[2])))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class CountingRule:
    """Which periods written in days an act means as working days.

    Those in `working`, and all up to `up_to`. `article` says so.
    """

    code: str
    zh: str
    en: str
    article: str = ""
    working: frozenset[int] = frozenset()
    up_to: int = 0
    aliases: tuple[str, ...] = ()
    verified: bool = True

    def applied(self, period: Period) -> Period:
        """Return a period as the act means it."""
        if period.unit is Unit.DAY and (period.count in self.working or period.count <= self.up_to):
            return Period(period.count, Unit.WORKDAY)
        return period


@cache
def counting_rules() -> Mapping[str, CountingRule]:
    """Read the acts' counting rules, by code and alias."""
    table = tomllib.loads(Path(__file__).with_name("counting.toml").read_text(encoding="utf-8"))
    found: dict[str, CountingRule] = {}
    for row in table["rule"]:
        rule = CountingRule(
            **{
                **row,
                "working": frozenset(row.get("working", ())),
                "aliases": tuple(row.get("aliases", ())),
            }
        )
        for code in (rule.code, *rule.aliases):
            found[code] = rule
    return found


def counting_rule(basis: str) -> CountingRule | None:
    """Return the counting rule of the act that a basis such as `行政处罚法-85` names, if one is known."""
    act = re.sub(r"(\s*[-－]\s*\d.*|第[\d一二三四五六七八九十百零]+条.*)$", "", basis.strip())
    return counting_rules().get(act.strip("《》 "))


# -- counting ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a period ends: the moment (in Asia/Shanghai), its day before rolling, and how sure that is."""

    due_at: datetime
    unrolled: date
    provisional: bool

    @property
    def rolled(self) -> bool:
        """Whether the last day was moved."""
        return self.due_at.date() != self.unrolled


def add_months(day: date, count: int) -> date:
    """Return the corresponding day so many months later, or that month's last day."""
    years, month = divmod(day.month - 1 + count, 12)
    year = day.year + years
    if year >= date.max.year:
        zh, en = f"期间超出可计算范围（{year} 年）。", f"The period ends out of range, in the year {year}."
        raise ClockError(zh, en)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def add(
    start: datetime | date,
    periods: Period | tuple[Period, ...],
    *,
    calendar: WorkCalendar,
    roll: Roll = Roll.NONE,
    ends: Ends = Ends.MIDNIGHT,
) -> Deadline:
    """Count periods, one after another, from a start that is itself not counted.

    Raises ClockError when the end is out of range.
    """
    try:
        return _add(start, (periods,) if isinstance(periods, Period) else periods, calendar, roll, ends)
    except CalendarError as error:
        raise ClockError(error.zh, error.en) from error
    except OverflowError as error:
        zh, en = "期间超出可计算的日期范围，请减小数值。", "The period ends out of range; make it smaller."
        raise ClockError(zh, en) from error


def _add(
    start: datetime | date, periods: tuple[Period, ...], calendar: WorkCalendar, roll: Roll, ends: Ends
) -> Deadline:
    if not periods:
        raise ClockError("没有给出期间。", "No period is given.")
    at, day, provisional = local(start), local_date(start), False
    moment: datetime | None = at if isinstance(start, datetime) else None
    for period in periods:
        before = day
        if period.unit.is_of_days:
            day, moment = _add_days(day, period, calendar), None
        else:
            begin = moment or local(day if day == local_date(start) else day + timedelta(days=1))
            moment = _add_hours(begin, period, calendar)
            day = moment.date()
        if period.unit in {Unit.WORKDAY, Unit.WORK_HOUR}:
            provisional = provisional or _guesses(calendar, before, day)
    if moment is not None:
        return Deadline(moment, day, provisional)
    last = day
    if roll is Roll.NEXT:
        last = calendar.next_workday(day)
        provisional = provisional or _guesses(calendar, day, last)
    return Deadline(_end_of(last, ends, calendar), day, provisional)


def _add_days(day: date, period: Period, calendar: WorkCalendar) -> date:
    match period.unit:
        case Unit.WORKDAY:
            return calendar.add_workdays(day, period.count)
        case Unit.MONTH:
            return add_months(day, period.count)
        case Unit.YEAR:
            return add_months(day, 12 * period.count)
        case _:
            return day + timedelta(days=period.count)


def _add_hours(moment: datetime, period: Period, calendar: WorkCalendar) -> datetime:
    length = timedelta(minutes=period.count) if period.unit is Unit.MINUTE else timedelta(hours=period.count)
    if period.unit is Unit.WORK_HOUR:
        return calendar.add_work_time(moment, length)
    return (utc(moment) + length).astimezone(ZONE)


def _end_of(day: date, ends: Ends, calendar: WorkCalendar) -> datetime:
    if ends is Ends.CLOSE:
        return calendar.closes_at(day)
    return datetime.combine(day, _LAST_SECOND, ZONE)


def _guesses(calendar: WorkCalendar, start: date, end: date) -> bool:
    return any(calendar.is_provisional(date(year, 12, 31)) for year in range(start.year, end.year + 1))


# -- clocks ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time during which a clock stood still; `end` is None while it does."""

    start: datetime
    end: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """More time, and when and why it was asked for."""

    at: datetime
    period: Period
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """An end that somebody outside has set: the clock is due then at the latest, whatever is suspended or extended.

    `zh` and `en` name it.
    """

    at: datetime
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left, below zero when overdue: in the clock's unit (months and years in days), and by the wall.

    `total` is the whole length in the same unit, without the time suspended.
    """

    amount: float
    total: float
    unit: Unit
    wall: timedelta


class Kind(StrEnum):
    """Whose time it is: the law's, or what the office has promised or set itself."""

    STATUTORY = "statutory"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Running:
    """A clock of a case: `kind` is service (the promise) or statutory (the law); nobody is late where it `lapses`."""

    kind: str
    clock: Clock
    due_at: datetime
    lapses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRule:
    """What a clock is, as data: one `[[clock]]` row of a `legal.toml`; `case_kind` is the kind of case that it is for."""

    name: str
    limit: int
    unit: Unit
    case_kind: str = ""
    roll: Roll = Roll.NONE
    roll_basis: str = ""
    ends: Ends = Ends.MIDNIGHT
    basis: str = ""
    verified: bool = True
    zh: str = ""
    en: str = ""
    note: str = ""
    extend: str = ""
    suspends: tuple[str, ...] = ()
    kind: Kind = Kind.STATUTORY
    lapses: bool = False
    effective_from: date = date.min
    effective_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One running, suspended or stopped clock. Immutable: acts on it return a new one.

    Nothing that the calendar decides is kept, so `due_at` follows a calendar that learns more. `of` says what it is about,
    such as the number of a decision, where a case has several of one name at once. Of a clock that was begun anew, the acts
    from before its start are kept, and count for nothing.
    """

    name: str
    started_at: datetime
    limit: int
    unit: Unit
    roll: Roll = Roll.NONE
    ends: Ends = Ends.MIDNIGHT
    basis: str = ""
    verified: bool = True
    zh: str = ""
    en: str = ""
    suspensions: tuple[Suspension, ...] = ()
    extensions: tuple[Extension, ...] = ()
    bound: Bound | None = None
    stopped_at: datetime | None = None
    of: str = ""
    case_kind: str = ""
    roll_basis: str = ""

    def __post_init__(self) -> None:
        """Refuse a limit below 1 and a naive start."""
        Period(self.limit, self.unit)
        _aware(self.started_at)

    @property
    def key(self) -> str:
        """What it is kept under among the clocks of its case: its name, with a digest of what it is about."""
        return f"{self.name}:{blake2s(self.of.encode(), digest_size=4).hexdigest()}" if self.of else self.name

    # -- acts ----------------------------------------------------------------

    def about(self, of: str) -> Clock:
        """Say, also in its words, what it is about."""
        return replace(self, of=of, zh=f"{self.zh}（{of}）", en=f"{self.en} ({of})") if of else self

    @property
    def state(self) -> str:
        """`running`, `suspended` or `stopped`."""
        if self.stopped_at is not None:
            return "stopped"
        return "suspended" if self.is_suspended else "running"

    @property
    def is_suspended(self) -> bool:
        """Whether it stands still."""
        return bool(self.suspensions) and self.suspensions[-1].end is None

    @property
    def touched_at(self) -> datetime:
        """When the last of its acts was: no later one lies before."""
        acts = (*(one.end or one.start for one in self.suspensions), *(one.at for one in self.extensions))
        return max((self.started_at, *acts))

    def suspend(self, at: datetime, reason: str = "") -> Clock:
        """Make it stand still from a moment on; one that does, or is stopped, stays as it is.

        What is told of late may lie before times in which it stood still: what follows that moment is one time with it.
        """
        if self.stopped_at is not None or self.is_suspended:
            return self
        _aware(at)
        before = tuple(one for one in self.suspensions if one.end is not None and one.end <= at)
        begun = min((at, *(one.start for one in self.suspensions[len(before) :])))
        return replace(self, suspensions=(*before, Suspension(max(begun, self.started_at), None, reason)))

    def resume(self, at: datetime) -> Clock:
        """Let it run again, at the earliest when it came to stand still; one that runs, or is stopped, stays as it is."""
        if self.stopped_at is not None or not self.is_suspended:
            return self
        *before, last = self.suspensions
        return replace(self, suspensions=(*before, replace(last, end=max(_aware(at), last.start))))

    def stood_still(self, spans: Iterable[tuple[datetime, datetime | None]], reason: str = "") -> Clock:
        """Name all the times in which it stood still, until None where it still does.

        They take the place of those that it kept, and may overlap, in any order; what lies before its start, or after it was
        stopped, does not count.
        """
        kept: list[Suspension] = []
        for begun, end in sorted(spans, key=lambda span: span[0]):
            start, last = max(begun, self.started_at), kept[-1] if kept else None
            until = end if self.stopped_at is None else min(end or self.stopped_at, self.stopped_at)
            if until is not None and until <= start:
                continue
            if last is None or (last.end is not None and last.end < start):
                kept.append(Suspension(start, until, reason))
            elif last.end is not None and (until is None or until > last.end):
                kept[-1] = replace(last, end=until)
        return replace(self, suspensions=tuple(kept))

    def extend(self, at: datetime, period: Period, calendar: WorkCalendar, reason: str = "") -> Clock:
        """Give it more time. Raises ClockError when it is stopped or was due before that was asked for."""
        if self.stopped_at is not None:
            zh = f"时限“{self.zh or self.name}”已停止，不能延期。"
            en = f"The clock {self.name!r} is stopped and can't be extended."
            raise ClockError(zh, en)
        self._check(at)
        due = self.due_at(calendar, at)
        if _late(at, due):
            zh = f"延期须在到期前提出：“{self.zh or self.name}”已于 {local(due):%Y-%m-%d %H:%M} 到期。"
            en = f"An extension must be asked for before the end: {self.name!r} was due at {local(due):%Y-%m-%d %H:%M}."
            raise ClockError(zh, en)
        return replace(self, extensions=(*self.extensions, Extension(at, period, reason)))

    def days_more(self, count: int) -> Period:
        """Return so many more days as this clock counts them: round the clock where it runs by the wall, else working days."""
        if self.unit in (Unit.MINUTE, Unit.HOUR):
            return Period(24 * count, Unit.HOUR)
        return Period(count, Unit.WORKDAY)

    def stop(self, at: datetime) -> Clock:
        """End it, because what it waits for was done; one that is stopped stays as it is."""
        if self.stopped_at is not None:
            return self
        self._check(at)
        return replace(self.resume(at), stopped_at=at)

    def _check(self, at: datetime) -> None:
        _aware(at)
        if at < (latest := self.touched_at):
            zh = f"时间 {local(at):%Y-%m-%d %H:%M} 早于该时限最近一次记录 {local(latest):%Y-%m-%d %H:%M}。"
            en = f"{local(at):%Y-%m-%d %H:%M} lies before the clock's last entry, {local(latest):%Y-%m-%d %H:%M}."
            raise ClockError(zh, en)

    # -- answers -------------------------------------------------------------

    def due_at(self, calendar: WorkCalendar, now: datetime | None = None) -> datetime:
        """Return when it is due, in UTC.

        While it is suspended that moves on with `now`; without `now` it is the earliest possible
        moment, as if it were resumed at once.
        """
        return utc(self.deadline(calendar, now).due_at)

    def deadline(self, calendar: WorkCalendar, now: datetime | None = None) -> Deadline:
        """Return the same with the day before rolling and whether it is provisional.

        A suspension that began, or an extension asked for, after the end changes nothing.
        """
        found = self._walk(calendar, now)[0]
        return self._bounded(found) or found

    def _bounded(self, found: Deadline) -> Deadline | None:
        """Return the end that was set outside where it comes before the one that is counted."""
        if self.bound is None or utc(found.due_at) <= utc(self.bound.at):
            return None
        end = local(self.bound.at)
        return Deadline(end, end.date(), provisional=False)

    def _walk(self, calendar: WorkCalendar, now: datetime | None) -> tuple[Deadline, timedelta]:
        """Go through the acts in order; return the deadline and the length of the suspensions."""
        acts: list[Suspension | Extension] = [*self._stood_still(), *self._extended()]
        acts.sort(key=lambda act: act.start if isinstance(act, Suspension) else act.at)
        periods: tuple[Period, ...] = (Period(self.limit, self.unit),)
        shift = timedelta()
        found = self._count(periods, shift, calendar)
        for act in acts:
            if isinstance(act, Suspension):
                end = act.end or now or act.start
                if _late(act.start, found.due_at) or end <= act.start:
                    continue
                shift += self._length(act.start, end, calendar)
            else:
                if _late(act.at, found.due_at):
                    continue
                periods = _joined(periods, act.period)
            found = self._count(periods, shift, calendar)
        return found, shift

    def _stood_still(self) -> list[Suspension]:
        """Return its suspensions from its start on: what it took the place of may have stood still before."""
        began = self.started_at
        return [
            one if one.start >= began else replace(one, start=began)
            for one in self.suspensions
            if one.end is None or one.end > began
        ]

    def _extended(self) -> list[Extension]:
        """Return the extensions that were asked for since its start."""
        return [one for one in self.extensions if one.at >= self.started_at]

    def _length(self, start: datetime, end: datetime, calendar: WorkCalendar) -> timedelta:
        """Measure a time in the clock's own unit; working days and days are given as days."""
        match self.unit:
            case Unit.MINUTE | Unit.HOUR:
                return end - start
            case Unit.WORK_HOUR:
                return calendar.work_time_between(start, end)
            case Unit.WORKDAY:
                return timedelta(days=calendar.workdays_between(local_date(start), local_date(end)))
            case _:
                return local_date(end) - local_date(start)

    def _count(self, periods: tuple[Period, ...], shift: timedelta, calendar: WorkCalendar) -> Deadline:
        unit = self.unit
        if not shift:
            return add(self.started_at, periods, calendar=calendar, roll=self.roll, ends=self.ends)
        if unit is Unit.WORKDAY:
            periods = (Period(periods[0].count + shift.days, unit), *periods[1:])
        elif unit.is_of_days:
            periods = _joined(periods, Period(shift.days, Unit.DAY))
        else:
            found = add(self.started_at, periods[0], calendar=calendar)
            moved = (
                (utc(found.due_at) + shift).astimezone(ZONE)
                if unit is not Unit.WORK_HOUR
                else calendar.add_work_time(found.due_at, shift)
            )
            guessed = found.provisional or (
                unit is Unit.WORK_HOUR and _guesses(calendar, found.due_at.date(), moved.date())
            )
            if len(periods) == 1:
                return Deadline(moved, moved.date(), guessed)
            rest = add(moved, periods[1:], calendar=calendar, roll=self.roll, ends=self.ends)
            return replace(rest, provisional=rest.provisional or guessed)
        return add(self.started_at, periods, calendar=calendar, roll=self.roll, ends=self.ends)

    def remaining(self, calendar: WorkCalendar, now: datetime) -> Remaining:
        """Return what is left at a moment; once stopped, what was left then.

        Days are counted without today: 0 on the last day. Hours are in hours.
        """
        now = self._seen(now)
        found, shift = self._walk(calendar, now)
        due = utc((self._bounded(found) or found).due_at)
        left, total = self._length(now, due, calendar), self._length(self.started_at, due, calendar) - shift
        step = timedelta(days=1) if self.unit.is_of_days else timedelta(hours=1)
        return Remaining(left / step, total / step, self.unit, due - now)

    def _seen(self, now: datetime) -> datetime:
        return now if self.stopped_at is None else min(now, self.stopped_at)

    def is_overdue(self, calendar: WorkCalendar, now: datetime) -> bool:
        """Whether its end has passed; once stopped, whether it had then."""
        now = self._seen(now)
        return _late(now, self.due_at(calendar, now))

    def light(self, calendar: WorkCalendar, now: datetime) -> Light:
        """Return how near the end is at a moment.

        Red when overdue. Yellow with a fifth or less left of a clock of hours, or one working day or
        less left of a clock of days, though never on the very first day. Before that urged
        at half and at four fifths of the time.
        """
        now = self._seen(now)
        due = self.due_at(calendar, now)
        if _late(now, due):
            return Light.RED
        left = self.remaining(calendar, now)
        used = 1 - left.amount / left.total if left.total else 1.0
        workdays = calendar.workdays_between(local_date(now), local_date(due)) if self.unit.is_of_days else None
        if (used > 0 and workdays <= 1) if workdays is not None else used >= _URGE_AGAIN:
            return Light.YELLOW
        if used >= _URGE_AGAIN:
            return Light.URGE_AGAIN
        return Light.URGE_FIRST if used >= _URGE_FIRST else Light.GREEN

    def turns(self, calendar: WorkCalendar) -> list[tuple[Light, datetime]]:
        """Return the lights that it shows one after the other until it is overdue, green apart, each with its first moment.

        A short clock has fewer: where the first light is yellow, nothing is urged before.
        """
        if self.stopped_at is not None:
            return replace(self, stopped_at=None).turns(calendar)
        last = self.due_at(calendar) + timedelta(seconds=1)
        at, light = self.started_at, self.light(calendar, self.started_at)
        # It is overdue from the start where its bound had passed by then.
        found: list[tuple[Light, datetime]] = [(light, at)] if light is Light.RED else []
        while light is not Light.RED:
            at = self._turns_after(at, last, calendar)
            light = self.light(calendar, at)
            found.append((light, at))
        return found

    def _turns_after(self, at: datetime, last: datetime, calendar: WorkCalendar) -> datetime:
        """Return the next moment at which its light differs, or `last`: days turn at midnight, hours to the second."""
        light = self.light(calendar, at)
        if self.unit.is_of_days:
            day = local_date(at)
            while (midnight := utc(_start_of(day := day + timedelta(days=1)))) < last:
                if self.light(calendar, midnight) is not light:
                    return midnight
            return last
        # Rounded up: a start that is not on the second would else never come to the last one.
        low, high = 0, math.ceil((last - at).total_seconds())
        while high - low > 1:
            middle = (low + high) // 2
            same = self.light(calendar, at + timedelta(seconds=middle)) is light
            low, high = (middle, high) if same else (low, middle)
        return at + timedelta(seconds=high)

    def explain(
        self, calendar: WorkCalendar, lang: Lang = "zh", now: datetime | None = None, *, lapses: bool = False
    ) -> list[str]:
        """Say in sentences for people how the end was arrived at; what `lapses` is given to another, nobody hurries in it."""
        found = self._walk(calendar, now)[0]
        own = (Period(self.limit, self.unit),)
        base = add(self.started_at, own, calendar=calendar)
        said = _counted(self.started_at, own[0], base, calendar, lang)
        said += [self._say_suspension(act, calendar, lang) for act in self._stood_still()]
        said += [_say_extension(act, lang) for act in self._extended()]
        roll = None if lapses and self.roll is Roll.NONE else self.roll
        days = _ends_with_day(self)
        said += _say_end(found, calendar, roll=roll, ends=self.ends, days=days, lang=lang, by=self.roll_basis)
        said += _say_basis(self.basis, lang, verified=self.verified) + _say_guess(found, lang)
        return said + _say_bound(self.bound, lang, counts=self._bounded(found) is not None)

    def _say_suspension(self, act: Suspension, calendar: WorkCalendar, lang: Lang) -> str:
        start = f"{local(act.start):%Y-%m-%d %H:%M}"
        why = act.reason
        if act.end is None:
            zh = f"自 {start} 起中止计算{f'（{why}）' if why else ''}，尚未恢复。"
            return zh if lang == "zh" else f"Suspended since {start}{f' ({why})' if why else ''}, not yet resumed."
        length = self._length(act.start, act.end, calendar)
        unit = Unit.DAY if self.unit in {Unit.MONTH, Unit.YEAR} else self.unit
        if unit.is_of_days:
            amount = unit.say(length.days, lang)
        else:
            hours = f"{length / timedelta(hours=1):g}"
            amount = f"{hours}{_UNITS[unit][0]}" if lang == "zh" else f"{hours} {_UNITS[unit][1]}s"
        end = f"{local(act.end):%Y-%m-%d %H:%M}"
        if lang == "zh":
            return f"{start} 至 {end} 中止计算{f'（{why}）' if why else ''}，顺延 {amount}。"
        return f"Suspended from {start} to {end}{f' ({why})' if why else ''}: moved on by {amount}."

    # -- storage -------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can keep it, times as ISO 8601 with offset."""
        return {
            "name": self.name,
            "started_at": self.started_at.isoformat(),
            "limit": self.limit,
            "unit": self.unit.value,
            "roll": self.roll.value,
            **({"roll_basis": self.roll_basis} if self.roll_basis else {}),
            "ends": self.ends.value,
            "basis": self.basis,
            "verified": self.verified,
            "zh": self.zh,
            "en": self.en,
            "suspensions": [
                {"start": s.start.isoformat(), "end": s.end.isoformat() if s.end else None, "reason": s.reason}
                for s in self.suspensions
            ],
            "extensions": [
                {"at": e.at.isoformat(), "count": e.period.count, "unit": e.period.unit.value, "reason": e.reason}
                for e in self.extensions
            ],
            "stopped_at": self.stopped_at.isoformat() if self.stopped_at else None,
            **({"case_kind": self.case_kind} if self.case_kind else {}),
            **(
                {"bound": {"at": self.bound.at.isoformat(), "zh": self.bound.zh, "en": self.bound.en}}
                if self.bound
                else {}
            ),
            **({"of": self.of} if self.of else {}),
        }

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Clock:
        """Read what `to_dict` wrote, also an older form of it."""
        bound = body.get("bound")
        return cls(
            name=body["name"],
            started_at=datetime.fromisoformat(body["started_at"]),
            limit=body["limit"],
            unit=Unit(body["unit"]),
            roll=Roll(body.get("roll", Roll.NONE)),
            roll_basis=body.get("roll_basis", ""),
            ends=Ends(body.get("ends", Ends.MIDNIGHT)),
            basis=body.get("basis", ""),
            verified=body.get("verified", True),
            zh=body.get("zh", ""),
            en=body.get("en", ""),
            suspensions=tuple(
                Suspension(datetime.fromisoformat(s["start"]), _moment(s.get("end")), s.get("reason", ""))
                for s in body.get("suspensions", ())
            ),
            extensions=tuple(
                Extension(datetime.fromisoformat(e["at"]), Period(e["count"], Unit(e["unit"])), e.get("reason", ""))
                for e in body.get("extensions", ())
            ),
            bound=Bound(datetime.fromisoformat(bound["at"]), bound["zh"], bound["en"]) if bound else None,
            stopped_at=_moment(body.get("stopped_at")),
            of=body.get("of", ""),
            case_kind=body.get("case_kind", ""),
        )


def start(rule: ClockRule, at: datetime, calendar: WorkCalendar, of: str = "") -> Clock:
    """Set a clock going; its words say what it is about. Raises ClockError when its end can't be computed."""
    clock = Clock(
        name=rule.name,
        started_at=utc(_aware(at)),
        limit=rule.limit,
        unit=rule.unit,
        roll=rule.roll,
        roll_basis=rule.roll_basis,
        ends=rule.ends,
        basis=rule.basis,
        verified=rule.verified,
        zh=rule.zh,
        en=rule.en,
        case_kind=rule.case_kind,
    )
    clock.due_at(calendar)
    return clock.about(of)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ClockError(f"时间 {at} 缺少时区。", f"The time {at} has no zone; give it one.")
    return at


def _late(at: datetime, due: datetime) -> bool:
    """Whether a moment lies after an end; an end at 23:59:59 includes its whole last second."""
    return at.astimezone(UTC).replace(microsecond=0) > due.astimezone(UTC)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _joined(periods: tuple[Period, ...], more: Period) -> tuple[Period, ...]:
    """Add a period: to the last one where the units agree, else after it."""
    last = periods[-1]
    if last.unit is more.unit:
        return (*periods[:-1], Period(last.count + more.count, last.unit))
    return (*periods, more)


def _ends_with_day(clock: Clock) -> bool:
    return (clock.extensions[-1].period.unit if clock.extensions else clock.unit).is_of_days


# -- sentences ---------------------------------------------------------------


def explain(
    start: datetime | date,
    periods: tuple[Period, ...],
    *,
    calendar: WorkCalendar,
    roll: Roll = Roll.NONE,
    ends: Ends = Ends.MIDNIGHT,
    lang: Lang = "zh",
) -> list[str]:
    """Say in sentences how `add` arrives at its answer."""
    said: list[str] = []
    begin: datetime | date = start
    for index, period in enumerate(periods):
        if index and not period.unit.is_of_days and not isinstance(begin, datetime):
            begin = local(begin + timedelta(days=1))
        found = add(begin, period, calendar=calendar)
        said += _counted(begin, period, found, calendar, lang)
        begin = found.unrolled if period.unit.is_of_days else found.due_at
    found = add(start, periods, calendar=calendar, roll=roll, ends=ends)
    days = periods[-1].unit.is_of_days
    return said + _say_end(found, calendar, roll=roll, ends=ends, days=days, lang=lang) + _say_guess(found, lang)


def _say_day(day: date, lang: Lang) -> str:
    name = _WEEKDAYS[lang][day.weekday()]
    return f"{day}（{name}）" if lang == "zh" else f"{day} ({name})"


def _say_why(day: Day, lang: Lang) -> str:
    named = day.zh if lang == "zh" else day.en or day.zh
    match day.kind:
        case DayKind.HOLIDAY:
            return named or ("法定休假日" if lang == "zh" else "public holiday")
        case DayKind.MAKE_UP:
            return f"{named}调休上班" if lang == "zh" else "make-up working day" + (f" for {named}" if named else "")
        case DayKind.WEEKEND:
            return "周末" if lang == "zh" else "weekend"
        case _:
            return "工作日" if lang == "zh" else "working day"


def _counted(start: datetime | date, period: Period, found: Deadline, calendar: WorkCalendar, lang: Lang) -> list[str]:
    begin, last, zh = local_date(start), found.unrolled, lang == "zh"
    length = period.unit.say(period.count, lang)
    if not period.unit.is_of_days:
        moment = f"{local(start):%Y-%m-%d %H:%M}"
        how = {
            Unit.MINUTE: ("昼夜连续计算", "counted day and night"),
            Unit.HOUR: ("昼夜连续计算", "counted day and night"),
            Unit.WORK_HOUR: (f"只计工作时间 {calendar.hours}", f"counted in working hours only, {calendar.hours}"),
        }[period.unit]
        said = [f"自 {moment} 起算 {length}，{how[0]}。" if zh else f"{length} from {moment}, {how[1]}."]
        return said + (_skipped(begin, last, calendar, lang) if period.unit is Unit.WORK_HOUR else [])
    following = _say_day(begin + timedelta(days=1), lang)
    if period.unit is not Unit.WORKDAY:
        if zh:
            return [f"自 {_say_day(begin, lang)}起，当日不计入，从次日 {following}起算 {length}，至 {last}。"]
        return [f"From {_say_day(begin, lang)}, not counted itself: {length} from {following} to {last}."]
    first = _say_day(calendar.add_workdays(begin, 1), lang)
    if zh:
        said = [f"自 {_say_day(begin, lang)}起，当日不计入，从下一工作日 {first}起算 {length}。"]
    else:
        said = [f"From {_say_day(begin, lang)}, not counted itself: {length} from the next working day, {first}."]
    return said + _listed(begin, period.count, calendar, lang) + _skipped(begin, last, calendar, lang)


def _listed(begin: date, count: int, calendar: WorkCalendar, lang: Lang) -> list[str]:
    """Name the days counted; of many, those at both ends."""
    numbers = range(1, count + 1) if count <= _SHOWN else (1, 2, 3, 0, count - 1, count)
    names = []
    for number in numbers:
        if not number:
            names.append("…")
            continue
        day = calendar.add_workdays(begin, number)
        names.append(f"{day:%m-%d}" if day.year == begin.year else f"{day}")
    return [f"计入：{'、'.join(names)}。" if lang == "zh" else f"Counted: {', '.join(names)}."]


def _skipped(begin: date, last: date, calendar: WorkCalendar, lang: Lang) -> list[str]:
    """Name the days off between, holidays by name, and the make-up days that were worked."""
    runs: list[tuple[str, date, date]] = []
    make_ups: list[str] = []
    weekends = 0
    for ordinal in range(begin.toordinal() + 1, last.toordinal() + 1):
        day = calendar.day(date.fromordinal(ordinal))
        if day.kind is DayKind.MAKE_UP:
            make_ups.append(f"{_say_day(day.date, lang)} {_say_why(day, lang)}")
        elif day.kind is DayKind.WEEKEND:
            weekends += 1
        elif day.kind is DayKind.HOLIDAY:
            name = _say_why(day, lang)
            if runs and runs[-1][0] == name and (day.date - runs[-1][2]).days == 1:
                runs[-1] = (name, runs[-1][1], day.date)
            else:
                runs.append((name, day.date, day.date))
    zh, said = lang == "zh", []
    to = " 至 " if zh else " to "
    parts = [f"{name} {first}" + (f"{to}{end}" if end != first else "") for name, first, end in runs]
    if weekends:
        parts.append(f"周末 {weekends} 天" if zh else f"{weekends} weekend day" + "s" * (weekends > 1))
    if parts:
        said.append(f"不计：{'；'.join(parts)}。" if zh else f"Skipped: {'; '.join(parts)}.")
    if make_ups:
        said.append(f"按工作日计：{'、'.join(make_ups)}。" if zh else f"Counted as worked: {', '.join(make_ups)}.")
    return said


def _say_end(
    found: Deadline, calendar: WorkCalendar, *, roll: Roll | None, ends: Ends, days: bool, lang: Lang, by: str = ""
) -> list[str]:
    """Say when it ends, and what becomes of a last day off, by which article; without a `roll` it counts like any other."""
    zh, last = lang == "zh", found.due_at.date()
    if not days:
        moment = f"{found.due_at:%Y-%m-%d %H:%M}"
        return [f"截止时间：{moment}。" if zh else f"Due at {moment}."]
    said = []
    end = calendar.day(found.unrolled)
    if not end.is_workday:
        day, why = _say_day(found.unrolled, lang), _say_why(end, lang)
        if found.rolled:
            moved = _say_why(calendar.day(last), lang)
            said.append(
                f"最后一日 {day}为{why}，{f'依据{by}' if by else ''}顺延至 {_say_day(last, lang)}，该日为{moved}。"
                if zh
                else f"The last day, {day}, is a day off ({why}): moved to {_say_day(last, lang)}, a {moved}"
                f"{f' ({by})' if by else ''}."
            )
        elif roll is Roll.NONE:
            before = _say_day(calendar.previous_workday(found.unrolled), lang)
            said.append(
                f"最后一日 {day}为{why}，不顺延，请在此前最后一个工作日 {before}办结。"
                if zh
                else f"The last day, {day}, is a day off ({why}) and does not move; finish by {before}, worked."
            )
        elif roll is None:
            said.append(
                f"最后一日 {day}为{why}，照常计入，期满为止。"
                if zh
                else f"The last day, {day}, is a day off ({why}) and counts: the time runs to its end."
            )
    hour = "24:00" if ends is Ends.MIDNIGHT else f"{calendar.hours.closes:%H:%M}"
    said.append(f"截止时间：{_say_day(last, lang)} {hour}。" if zh else f"Due on {_say_day(last, lang)} at {hour}.")
    return said


def _say_extension(act: Extension, lang: Lang) -> str:
    at, length = f"{local(act.at):%Y-%m-%d %H:%M}", act.period.unit.say(act.period.count, lang)
    if lang == "zh":
        return f"{at} 延期 {length}{f'（{act.reason}）' if act.reason else ''}。"
    return f"Extended by {length} at {at}{f' ({act.reason})' if act.reason else ''}."


def _say_basis(basis: str, lang: Lang, *, verified: bool) -> list[str]:
    if not basis:
        return []
    if lang == "zh":
        return [f"依据：{basis}{'' if verified else '（未经核实）'}。"]
    return [f"Basis: {basis}{'' if verified else ' (not verified)'}."]


def _say_bound(bound: Bound | None, lang: Lang, *, counts: bool) -> list[str]:
    if bound is None:
        return []
    at = f"{local(bound.at):%Y-%m-%d %H:%M}"
    if lang == "zh":
        which = "早于上述时间，以此为准" if counts else "晚于上述时间，仍以上述时间为准"
        return [f"{bound.zh}：{at}，{which}。"]
    which = "which comes before the end above and counts" if counts else "which comes after the end above; that counts"
    return [f"{bound.en}: {at}, {which}."]


def _say_guess(found: Deadline, lang: Lang) -> list[str]:
    if not found.provisional:
        return []
    year = found.due_at.year
    if lang == "zh":
        return [f"暂定：{year} 年放假调休安排尚未录入，按周一至周五扣除法定节假日推算，录入后可能变化。"]
    guess = "counted on Monday to Friday less the statutory holidays, and may change"
    return [f"Provisional: the holiday notice for {year} is not entered; {guess}."]
