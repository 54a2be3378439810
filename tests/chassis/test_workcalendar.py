"""Days and hours are counted as a slow walker counts them, and guesses say that they are guesses."""

import time as stopwatch
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.workcalendar import (
    ZONE,
    CalendarError,
    DayKind,
    Override,
    Overrides,
    WorkCalendar,
    WorkHours,
    load_calendar,
    local_date,
    read_overrides,
    standard_calendar,
    statutory_holidays,
)

CALENDAR = standard_calendar()
DAYS = st.dates(date(2004, 1, 2), date(2029, 12, 31))
MINUTES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 3, 1)).map(  # noqa: DTZ001 - the zone is set at once
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=ZONE)
)


def walk_days(start: date, count: int) -> date:
    day = start
    while count:
        day += timedelta(days=1)
        count -= CALENDAR.day(day).is_workday
    return day


def is_open(moment: datetime) -> bool:
    return CALENDAR.day(moment.date()).is_workday and any(
        opens <= moment.time() < closes for opens, closes in CALENDAR.hours.spans
    )


def walk_minutes(start: datetime, minutes: int) -> datetime:
    moment = start
    while minutes:
        minutes -= is_open(moment)
        moment += timedelta(minutes=1)
    return moment


@given(DAYS, st.integers(0, 130))
def test_working_days_are_added_as_a_day_walker_adds_them(start: date, count: int) -> None:
    assert CALENDAR.add_workdays(start, count) == walk_days(start, count)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_last_working_day_of_a_year_is_reached_and_passed(count: int) -> None:
    assert CALENDAR.add_workdays(date(2025, 12, 30), count) == walk_days(date(2025, 12, 30), count)


@given(DAYS, DAYS)
def test_working_days_between_are_counted_as_a_day_walker_counts_them(a: date, b: date) -> None:
    first, last = sorted((a, min(b, a + timedelta(days=500))))

    between = sum(CALENDAR.day(first + timedelta(days=shift)).is_workday for shift in range(1, (last - first).days + 1))

    assert CALENDAR.workdays_between(first, last) == between
    assert CALENDAR.workdays_between(last, first) == -between


@given(MINUTES, st.integers(1, 1500))
def test_working_time_is_added_as_a_minute_walker_adds_it(start: datetime, minutes: int) -> None:
    assert CALENDAR.add_work_time(start, timedelta(minutes=minutes)) == walk_minutes(start, minutes)


@given(MINUTES, st.integers(0, 6000))
def test_working_time_between_is_counted_as_a_minute_walker_counts_it(start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)

    worked = timedelta(minutes=sum(is_open(start + timedelta(minutes=minute)) for minute in range(minutes)))

    assert CALENDAR.work_time_between(start, end) == worked
    assert CALENDAR.work_time_between(end, start) == -worked


@pytest.mark.parametrize("year", range(2004, 2027))
def test_every_published_day_is_the_one_in_the_notices(year: int) -> None:
    import chinese_calendar  # noqa: PLC0415

    day = date(year, 1, 1)
    while day.year == year:
        expected = day == date(2005, 12, 31) or bool(chinese_calendar.is_workday(day))
        assert CALENDAR.is_workday(day) is expected, day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "kind", "zh"),
    [
        (date(2026, 10, 1), DayKind.HOLIDAY, "国庆节"),
        (date(2026, 10, 10), DayKind.MAKE_UP, "国庆节"),
        (date(2026, 10, 11), DayKind.WEEKEND, ""),
        (date(2026, 10, 12), DayKind.WEEKDAY, ""),
        (date(2026, 2, 14), DayKind.MAKE_UP, "春节"),
    ],
)
def test_a_day_says_why_it_is_worked_or_not(day: date, kind: DayKind, zh: str) -> None:
    known = CALENDAR.day(day)

    assert (known.kind, known.zh) == (kind, zh)


def test_a_year_without_a_notice_is_guessed_and_says_so() -> None:
    assert not CALENDAR.is_workday(date(2027, 2, 8))  # the third day of Spring Festival, a Monday
    assert not CALENDAR.is_workday(date(2027, 4, 5))  # Tomb-sweeping Day, a Monday
    assert CALENDAR.is_workday(date(2027, 2, 10))
    assert CALENDAR.is_provisional(date(2027, 2, 10))
    assert not CALENDAR.is_provisional(date(2026, 12, 31))


def test_lunar_days_are_guessed_only_as_far_as_they_are_known() -> None:
    names = set(statutory_holidays(2040).values())

    assert names == {"New Year's Day", "Tomb-sweeping Day", "Labour Day", "National Day"}
    assert "Spring Festival" in statutory_holidays(2036).values()


def test_a_published_year_is_no_longer_provisional_and_follows_its_table() -> None:
    table = Overrides(
        (
            Override(date(2027, 2, 20), is_workday=True, source="notice", name="春节"),
            Override(date(2027, 2, 10), is_workday=False, source="notice", name="春节"),
        ),
        {2027: "notice"},
    )

    calendar = WorkCalendar(table)

    assert not calendar.is_provisional(date(2027, 2, 10))
    assert calendar.day(date(2027, 2, 20)).kind is DayKind.MAKE_UP
    assert calendar.day(date(2027, 2, 10)).kind is DayKind.HOLIDAY
    assert calendar.day(date(2027, 2, 10)).source == "notice"


def test_the_same_table_is_read_from_toml_and_csv(tmp_path: Path) -> None:
    toml, csv = tmp_path / "days.toml", tmp_path / "days.csv"
    toml.write_text(
        '[[published]]\nyear = 2027\nsource = "notice"\n'
        '[[day]]\ndate = 2027-02-20\nis_workday = true\nsource = "notice"\nname = "春节"\n',
        encoding="utf-8",
    )
    csv.write_text("date,is_workday,source,name\n2027,,notice,\n2027-02-20,是,notice,春节\n", encoding="utf-8")

    assert read_overrides(toml) == read_overrides(csv)
    assert load_calendar(csv).is_workday(date(2027, 2, 20))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2027-02-30,true,notice", "line 2"),
        ("2027-02-20,perhaps,notice", "true or false"),
        ("2027-02-20,true,", "`source` is missing"),
        ("2027-02-20,true,notice\n2027-02-20,false,notice", "line 3"),
    ],
)
def test_a_table_with_a_bad_row_is_refused_by_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "days.csv"
    path.write_text(f"date,is_workday,source\n{text}\n", encoding="utf-8")

    with pytest.raises(CalendarError, match=complaint):
        read_overrides(path)


def test_broken_toml_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "days.toml"
    path.write_text("[[day", encoding="utf-8")

    with pytest.raises(CalendarError, match=r"days\.toml"):
        read_overrides(path)


def test_working_hours_are_read_and_written_alike() -> None:
    hours = WorkHours.parse("09:00-12:00, 14:00–18:00")

    assert str(hours) == "09:00-12:00,14:00-18:00"
    assert hours.closes == time(18)


@pytest.mark.parametrize("text", ["", "9-5", "12:00-09:00", "08:00-12:00,11:00-15:00"])
def test_working_hours_that_make_no_day_are_refused(text: str) -> None:
    with pytest.raises(CalendarError):
        WorkHours.parse(text)


def test_counts_below_zero_and_years_out_of_range_are_refused_in_both_languages() -> None:
    with pytest.raises(CalendarError, match=r"工作日数.* / .*working days"):
        CALENDAR.add_workdays(date(2026, 1, 5), -1)
    with pytest.raises(CalendarError, match="negative"):
        CALENDAR.add_work_time(datetime(2026, 1, 5, tzinfo=ZONE), timedelta(hours=-1))
    with pytest.raises(CalendarError, match="out of range"):
        CALENDAR.add_workdays(date(9998, 12, 31), 1)


def test_a_moment_late_in_utc_belongs_to_the_next_day_in_shanghai() -> None:
    assert local_date(datetime.fromisoformat("2026-09-30T16:30:00+00:00")) == date(2026, 10, 1)


def test_sixty_working_days_are_added_in_less_than_twenty_microseconds() -> None:
    start = date(2026, 3, 2)
    CALENDAR.add_workdays(start, 60)

    def once() -> float:
        before = stopwatch.perf_counter()
        for _ in range(1000):
            CALENDAR.add_workdays(start, 60)
        return (stopwatch.perf_counter() - before) / 1000

    assert min(once() for _ in range(5)) < 20e-6
