"""The calendar of working days and working hours that every clock counts on.

Days come from `chinese_calendar` (the yearly notice of the State Council, with the
make-up working Saturdays and Sundays) and from an override table of one's own. A year
whose notice is not known is guessed: Monday to Friday less the statutory holidays, and
every answer that rests on such a year says that it is provisional.

The override table is TOML:

    [[published]]            # the notice of this year is entered below in full
    year = 2027
    source = "notice of the State Council office, 2026"

    [[day]]
    date = 2027-02-20
    is_workday = true
    source = "notice of the State Council office, 2026"
    name = "春节"            # optional: the holiday's name, for days off

or CSV with the columns `date,is_workday,source` and optionally `name`, where a bare
year as date (`2027,,source`) says that the year's notice is entered in full.
"""

from __future__ import annotations

import calendar as gregorian
import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import chinese_calendar

ZONE: Final = ZoneInfo("Asia/Shanghai")

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_MICROSECOND: Final = timedelta(microseconds=1)
_MOST_WORKDAYS: Final = 100_000

_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "New Year's Day": ("元旦", "New Year's Day"),
    "Spring Festival": ("春节", "Spring Festival"),
    "Tomb-sweeping Day": ("清明节", "Tomb-sweeping Day"),
    "Labour Day": ("劳动节", "Labour Day"),
    "Dragon Boat Festival": ("端午节", "Dragon Boat Festival"),
    "National Day": ("国庆节", "National Day"),
    "Mid-autumn Festival": ("中秋节", "Mid-autumn Festival"),
    "Anti-Fascist 70th Day": ("抗战胜利70周年纪念日", "70th anniversary of victory in the war"),
}

#: First days of Spring Festival, Dragon Boat and Mid-autumn days, for guesses only: the lunar
#: calendar is astronomy and known ahead, the notice that moves weekends around them is not.
_LUNAR: Final[Mapping[int, tuple[date, date, date]]] = {
    2027: (date(2027, 2, 6), date(2027, 6, 9), date(2027, 9, 15)),
    2028: (date(2028, 1, 26), date(2028, 5, 28), date(2028, 10, 3)),
    2029: (date(2029, 2, 13), date(2029, 6, 16), date(2029, 9, 22)),
    2030: (date(2030, 2, 3), date(2030, 6, 5), date(2030, 9, 12)),
    2031: (date(2031, 1, 23), date(2031, 6, 24), date(2031, 10, 1)),
    2032: (date(2032, 2, 11), date(2032, 6, 12), date(2032, 9, 19)),
    2033: (date(2033, 1, 31), date(2033, 6, 1), date(2033, 9, 8)),
    2034: (date(2034, 2, 19), date(2034, 6, 20), date(2034, 9, 27)),
    2035: (date(2035, 2, 8), date(2035, 6, 10), date(2035, 9, 16)),
    2036: (date(2036, 1, 28), date(2036, 5, 30), date(2036, 10, 4)),
}


class DayKind(StrEnum):
    """Why a day is worked or not."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"


class CalendarError(ValueError):
    """A table or a date that no calendar can be made of; `zh` and `en` say what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Override:
    """One day that differs from the base, and who says so."""

    date: date
    is_workday: bool
    source: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Overrides:
    """A table of such days, and the years whose notice it holds in full."""

    days: tuple[Override, ...] = ()
    published: Mapping[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What a calendar knows of one day."""

    date: date
    is_workday: bool
    kind: DayKind
    zh: str
    en: str
    source: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class WorkHours:
    """The hours worked on each working day, as spans in order that don't overlap."""

    spans: tuple[tuple[time, time], ...] = (
        (time(8, 30), time(12, 0)),
        (time(13, 30), time(17, 30)),
    )

    def __post_init__(self) -> None:
        """Refuse spans that are empty, reversed or overlapping."""
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            zh = f"工作时间无效：{self}。请按先后顺序填写，例如 08:30-12:00,13:30-17:30。"
            en = f"Working hours {self} are not valid: write spans in order, such as 08:30-12:00,13:30-17:30."
            raise CalendarError(zh, en)

    def __str__(self) -> str:
        """Write the spans as `parse` reads them."""
        return ",".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in self.spans)

    @classmethod
    def parse(cls, text: str) -> WorkHours:
        """Read spans such as `08:30-12:00,13:30-17:30`."""
        spans = []
        for part in text.replace("–", "-").split(","):
            opens, _, closes = part.strip().partition("-")
            try:
                spans.append((time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())))
            except ValueError as error:
                zh = f"工作时间“{part}”无法识别，请写成 08:30-12:00 的形式。"
                en = f"Working hours {part!r} can't be read: write them like 08:30-12:00."
                raise CalendarError(zh, en) from error
        return cls(tuple(spans))

    @property
    def closes(self) -> time:
        """The close of business."""
        return self.spans[-1][1]


@dataclass(frozen=True, slots=True)
class _Year:
    """One year, compiled: `rank[i]` working days lie before its day i; `workdays` are ordinals."""

    first: int
    rank: tuple[int, ...]
    workdays: tuple[int, ...]


def local(moment: datetime | date) -> datetime:
    """Return a moment in Asia/Shanghai; a date or a naive time is taken to be there already."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), ZONE)
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment.astimezone(ZONE)


def local_date(moment: datetime | date) -> date:
    """Return the day that a moment falls on in Asia/Shanghai."""
    return local(moment).date() if isinstance(moment, datetime) else moment


def statutory_holidays(year: int) -> dict[date, str]:
    """Return a year's statutory holidays as far as they are known ahead, by their English names.

    The days are those of 全国年节及纪念日放假办法 (revised 2024, in force 2025-01-01). Lunar ones are
    known to 2036; later years have the fixed ones and Tomb-sweeping Day only.
    """
    found = {date(year, 1, 1): "New Year's Day"}
    found |= {date(year, 5, day): "Labour Day" for day in (1, 2)}
    found |= {date(year, 10, day): "National Day" for day in (1, 2, 3)}
    if 1900 <= year <= 2100:  # noqa: PLR2004 - the range of the formula behind the solar terms
        terms = chinese_calendar.get_solar_terms(date(year, 4, 1), date(year, 4, 30))
        found |= {day: "Tomb-sweeping Day" for day, term in terms if term == "清明"}
    if year in _LUNAR:
        spring, dragon, autumn = _LUNAR[year]
        found |= {spring + timedelta(days=shift): "Spring Festival" for shift in (-1, 0, 1, 2)}
        found |= {dragon: "Dragon Boat Festival"}
        found.setdefault(autumn, "Mid-autumn Festival")
    return found


class WorkCalendar:
    """Working days and hours in Asia/Shanghai; immutable, and safe to share between threads.

    `first` and `last` bound the years that the base has the notices of.
    """

    def __init__(
        self,
        overrides: Overrides | Iterable[Override] = (),
        *,
        hours: WorkHours | None = None,
        base: Any = chinese_calendar,
    ) -> None:
        table = overrides if isinstance(overrides, Overrides) else Overrides(tuple(overrides))
        self.hours = hours or WorkHours()
        self._holidays: Mapping[date, str] = base.constants.holidays
        self._make_ups: Mapping[date, str] = base.constants.workdays
        self.first = min(self._holidays).year
        self.last = max(self._holidays).year
        # 2005-12-31 was worked for New Year's Day 2006 (the notice of 2005); the base misses it.
        self._overrides = {date(2005, 12, 31): Override(date(2005, 12, 31), is_workday=True, source="2006 notice")}
        self._overrides |= {override.date: override for override in table.days}
        self._published = dict(table.published or {})
        self._years: dict[int, _Year] = {}
        self._guessed: dict[int, dict[date, str]] = {}
        self._spans = tuple((_since_midnight(opens), _since_midnight(closes)) for opens, closes in self.hours.spans)
        self.workday_length = sum((closes - opens for opens, closes in self._spans), timedelta())

    # -- days ----------------------------------------------------------------

    def is_provisional(self, day: date) -> bool:
        """Whether a day's year is guessed because its notice is not known."""
        return not (self.first <= day.year <= self.last or day.year in self._published)

    def day(self, day: date) -> Day:
        """Return what is known of a day."""
        override = self._overrides.get(day)
        source = override.source if override else self._published.get(day.year, "")
        holiday = self._holiday(day)
        weekend = day.weekday() >= _SATURDAY
        zh, en = _NAMES.get(holiday, (holiday, holiday))
        if override:
            worked = override.is_workday
            zh, en = (override.name or zh, override.name or en)
        else:
            worked = day in self._make_ups or not (weekend or holiday)
        kind = DayKind.WEEKDAY
        if worked and weekend:
            kind = DayKind.MAKE_UP
            named = _NAMES.get(self._make_ups.get(day, ""), ("", ""))
            zh, en = (override.name if override else "") or named[0], named[1]
        elif not worked:
            kind = DayKind.HOLIDAY if holiday or not weekend or (override and override.name) else DayKind.WEEKEND
        return Day(day, worked, kind, zh, en, source, self.is_provisional(day))

    def is_workday(self, day: date) -> bool:
        """Whether a day is worked."""
        year = self._year(day.year)
        index = day.toordinal() - year.first
        return year.rank[index + 1] > year.rank[index]

    def add_workdays(self, day: date, count: int) -> date:
        """Return the count-th working day after a day, which itself is not counted.

        `count` is 0 to 100,000; 0 returns the day itself. Takes a look-up for each year passed.
        """
        if not 0 <= count <= _MOST_WORKDAYS:
            zh = f"工作日数必须在 0 到 {_MOST_WORKDAYS} 之间，收到 {count}。"
            en = f"The number of working days must be 0 to {_MOST_WORKDAYS}, not {count}."
            raise CalendarError(zh, en)
        if count == 0:
            return day
        number = day.year
        year = self._year(number)
        count += year.rank[day.toordinal() - year.first + 1]
        while count > len(year.workdays):
            count -= len(year.workdays)
            number += 1
            year = self._year(number)
        return date.fromordinal(year.workdays[count - 1])

    def workdays_between(self, after: date, until: date) -> int:
        """Count the working days after one day up to and including another; negative if reversed."""
        if until < after:
            return -self.workdays_between(until, after)
        start, end = self._year(after.year), self._year(until.year)
        count = end.rank[until.toordinal() - end.first + 1] - start.rank[after.toordinal() - start.first + 1]
        return count + sum(len(self._year(number).workdays) for number in range(after.year, until.year))

    def next_workday(self, day: date) -> date:
        """Return a day itself if it is worked, or the first one after it that is."""
        return day if self.is_workday(day) else self.add_workdays(day, 1)

    def previous_workday(self, day: date) -> date:
        """Return a day itself if it is worked, or the last one before it that is."""
        while not self.is_workday(day):
            day -= _DAY
        return day

    # -- hours ---------------------------------------------------------------

    def add_work_time(self, start: datetime, length: timedelta) -> datetime:
        """Return the earliest moment by which so much working time has passed since the start."""
        moment = local(start)
        day, at = moment.date(), _since_midnight(moment.time())
        if length < timedelta():
            zh, en = f"工作时长不能为负：{length}。", f"A length of working time can't be negative: {length}."
            raise CalendarError(zh, en)
        if length == timedelta():
            return moment
        left = self._worked_after(at) if self.is_workday(day) else timedelta()
        if length <= left:
            return self._reach(day, (self.workday_length - left) + length)
        days, rest = divmod(length - left - _MICROSECOND, self.workday_length)
        return self._reach(self.add_workdays(day, days + 1), rest + _MICROSECOND)

    def work_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from one moment to another; negative if reversed."""
        if end < start:
            return -self.work_time_between(end, start)
        a, b = local(start), local(end)
        whole = self.workdays_between(a.date(), b.date()) * self.workday_length
        head = self._worked_after(_since_midnight(a.time())) if self.is_workday(a.date()) else timedelta()
        tail = self._worked_after(_since_midnight(b.time())) if self.is_workday(b.date()) else timedelta()
        return whole + head - tail

    def closes_at(self, day: date) -> datetime:
        """Return a day's close of business."""
        return datetime.combine(day, self.hours.closes, ZONE)

    # -- inside --------------------------------------------------------------

    def _worked_after(self, at: timedelta) -> timedelta:
        return sum((max(closes - max(opens, at), timedelta()) for opens, closes in self._spans), timedelta())

    def _reach(self, day: date, worked: timedelta) -> datetime:
        at = timedelta()
        for opens, closes in self._spans:
            at = opens + worked
            if at <= closes:
                break
            worked -= closes - opens
        # Wall-clock arithmetic: a zone's own shifts don't move opening hours.
        return datetime.combine(day, time(), ZONE) + at

    def _holiday(self, day: date) -> str:
        if self.first <= day.year <= self.last:
            return self._holidays.get(day, "")
        if day.year not in self._guessed:
            self._guessed[day.year] = statutory_holidays(day.year)
        return self._guessed[day.year].get(day, "")

    def _year(self, number: int) -> _Year:
        year = self._years.get(number)
        return year if year is not None else self._compile(number)

    def _compile(self, number: int) -> _Year:
        if not date.min.year < number < date.max.year:
            zh, en = f"年份 {number} 超出可计算范围。", f"The year {number} is out of range."
            raise CalendarError(zh, en)
        first = date(number, 1, 1).toordinal()
        rank, workdays = [0], []
        for ordinal in range(first, first + 365 + gregorian.isleap(number)):
            if self.day(date.fromordinal(ordinal)).is_workday:
                workdays.append(ordinal)
            rank.append(len(workdays))
        year = self._years[number] = _Year(first, tuple(rank), tuple(workdays))
        return year


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def read_overrides(path: Path) -> Overrides:
    """Read an override table, TOML or CSV by its suffix. Raises CalendarError naming the row."""
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _toml_rows(path)
    days: dict[date, Override] = {}
    published: dict[int, str] = {}
    for where, row in rows:
        source = str(row.get("source") or "").strip()
        if not source:
            zh = f"{path.name} {where}：缺少 source（依据），请写明放假通知的文号或名称。"
            en = f"{path.name} {where}: `source` is missing; name the notice."
            raise CalendarError(zh, en)
        if row.get("year"):
            published[int(row["year"])] = source
            continue
        override = _override(path, where, row, source)
        if override.date in days:
            zh = f"{path.name} {where}：{override.date} 重复，请只保留一行。"
            en = f"{path.name} {where}: {override.date} stands there twice; keep one row."
            raise CalendarError(zh, en)
        days[override.date] = override
    return Overrides(tuple(days.values()), published)


def _override(path: Path, where: str, row: Mapping[str, Any], source: str) -> Override:
    worked = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}.get(
        str(row.get("is_workday")).strip().lower()
    )
    try:
        day = date.fromisoformat(str(row.get("date")))
    except ValueError:
        worked = None
        day = date.min
    if worked is None:
        zh = f"{path.name} {where}：date 须为 YYYY-MM-DD，is_workday 须为 true 或 false。"
        en = f"{path.name} {where}: `date` must be YYYY-MM-DD and `is_workday` true or false."
        raise CalendarError(zh, en)
    return Override(day, worked, source, str(row.get("name") or "").strip())


def _toml_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        zh, en = f"{path.name} 不是有效的 TOML：{error}", f"{path.name} is not valid TOML: {error}"
        raise CalendarError(zh, en) from error
    for key in ("published", "day"):
        for index, row in enumerate(table.get(key, []), start=1):
            yield f"[[{key}]] {index}", row


def _csv_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            stamp = (row.get("date") or "").strip()
            if stamp.isdigit() and len(stamp) == 4:  # noqa: PLR2004 - a bare year
                yield f"line {line}", {"year": stamp, "source": row.get("source")}
            else:
                yield f"line {line}", {**row, "date": stamp}


def load_calendar(path: Path | None = None, *, hours: WorkHours | None = None) -> WorkCalendar:
    """Make a calendar from an override table, or the standard one without."""
    return WorkCalendar(read_overrides(path) if path else (), hours=hours)


@cache
def standard_calendar() -> WorkCalendar:
    """Return the calendar without overrides and with the usual hours; always the same one."""
    return WorkCalendar()


def utc(moment: datetime) -> datetime:
    """Return a moment in UTC, as everything inside keeps it."""
    return moment.astimezone(UTC)
