"""Periods end when the law says, clocks move only for their own reasons, and both say why."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.clocks import (
    Bound,
    Clock,
    ClockError,
    ClockRule,
    Ends,
    Light,
    Period,
    Roll,
    Suspension,
    Unit,
    add,
    add_months,
    counting_rule,
    explain,
    start,
)
from chassis.workcalendar import ZONE, Overrides, WorkCalendar, standard_calendar

CALENDAR = standard_calendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def due(begin: str, period: str, roll: Roll = Roll.NONE) -> str:
    found = add(date.fromisoformat(begin), Period.parse(period), calendar=CALENDAR, roll=roll)
    return found.due_at.date().isoformat()


def clock(begin: str, limit: int, unit: Unit, **more: object) -> Clock:
    return Clock(name="test", started_at=at(begin), limit=limit, unit=unit, **more)  # type: ignore[arg-type]


def due_of(running: Clock, now: datetime | None = None) -> str:
    return running.due_at(CALENDAR, now).astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("begin", "period", "roll", "expected"),
    [
        ("2022-09-30", "5wd", Roll.NONE, "2022-10-12"),
        ("2026-09-30", "5wd", Roll.NONE, "2026-10-13"),
        ("2022-01-26", "5wd", Roll.NONE, "2022-02-07"),
        ("2026-02-13", "2wd", Roll.NONE, "2026-02-24"),
        ("2026-02-13", "5wd", Roll.NONE, "2026-02-27"),
        ("2022-04-29", "5wd", Roll.NONE, "2022-05-10"),
        ("2022-04-29", "7wd", Roll.NONE, "2022-05-12"),
        ("2026-04-30", "15wd", Roll.NONE, "2026-05-25"),
        ("2022-03-01", "60wd", Roll.NONE, "2022-05-26"),
        ("2022-03-01", "90wd", Roll.NONE, "2022-07-08"),
        ("2022-09-01", "30d", Roll.NEXT, "2022-10-08"),
        ("2022-09-01", "30d", Roll.NONE, "2022-10-01"),
        ("2026-09-16", "15d", Roll.NEXT, "2026-10-08"),
        ("2022-07-03", "90d", Roll.NONE, "2022-10-01"),
        ("2026-01-31", "1m", Roll.NONE, "2026-02-28"),
        ("2024-01-31", "1m", Roll.NONE, "2024-02-29"),
        ("2024-02-29", "2y", Roll.NONE, "2026-02-28"),
        ("2026-01-31", "1m+5d", Roll.NONE, "2026-03-05"),
        ("2026-03-15", "6m", Roll.NONE, "2026-09-15"),
    ],
)
def test_periods_end_on_the_days_that_the_rules_name(begin: str, period: str, roll: Roll, expected: str) -> None:
    assert due(begin, period, roll) == expected


@pytest.mark.parametrize(
    ("begin", "period", "expected"),
    [
        ("2026-11-20T17:00", "24h", "2026-11-21T17:00:00+08:00"),
        ("2026-11-20T17:00", "4wh", "2026-11-23T12:00:00+08:00"),
        ("2026-11-20T08:30", "4wh", "2026-11-20T14:00:00+08:00"),
        ("2026-11-20T06:00", "4wh", "2026-11-20T14:00:00+08:00"),
        ("2026-11-20T13:00", "4wh", "2026-11-20T17:30:00+08:00"),
        ("2026-09-30T16:30", "2wh", "2026-10-08T09:30:00+08:00"),
        ("2026-11-20T23:10", "15d", "2026-12-05T23:59:59+08:00"),
        ("2026-11-20T23:10", "1d+2h", "2026-11-22T02:00:00+08:00"),
    ],
)
def test_hours_count_from_the_moment_and_work_hours_only_while_people_work(
    begin: str, period: str, expected: str
) -> None:
    assert add(at(begin), Period.parse(period), calendar=CALENDAR).due_at.isoformat() == expected


@pytest.mark.parametrize("begin", ["2026-11-20T09:00", "2026-11-20T20:00", "2026-11-21T10:00", "2026-11-22T23:00"])
def test_what_arrives_after_hours_or_on_a_day_off_counts_from_the_next_working_day(begin: str) -> None:
    assert add(at(begin), Period(1, Unit.WORKDAY), calendar=CALENDAR).due_at.date() == date(2026, 11, 23)


def test_a_period_can_end_at_the_close_of_business() -> None:
    found = add(date(2026, 11, 20), Period(1, Unit.WORKDAY), calendar=CALENDAR, ends=Ends.CLOSE)

    assert found.due_at == at("2026-11-23T17:30")


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 200))
def test_months_end_on_the_corresponding_day_or_the_months_last(day: date, count: int) -> None:
    end = add_months(day, count)

    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == count
    assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)


@given(st.dates(date(2010, 1, 1), date(2026, 12, 31)), st.integers(1, 400))
def test_a_rolled_end_is_the_first_day_worked_from_the_unrolled_one(day: date, count: int) -> None:
    rolled = add(day, Period(count, Unit.DAY), calendar=CALENDAR, roll=Roll.NEXT)

    oracle = day + timedelta(days=count)
    while not CALENDAR.day(oracle).is_workday:
        oracle += timedelta(days=1)
    assert rolled.due_at.date() == oracle
    assert rolled.unrolled == day + timedelta(days=count)


@pytest.mark.parametrize(
    ("begin", "period", "roll", "provisional"),
    [
        ("2026-12-20", "5wd", Roll.NONE, False),
        ("2026-12-28", "5wd", Roll.NONE, True),
        ("2026-12-28", "5d", Roll.NONE, False),
        ("2026-12-28", "5d", Roll.NEXT, True),
        ("2026-12-20", "5d", Roll.NEXT, False),
        ("2026-12-28", "24h", Roll.NONE, False),
        ("2026-12-31", "9wh", Roll.NONE, True),
    ],
)
def test_only_what_rests_on_a_guessed_year_is_provisional(
    begin: str, period: str, roll: Roll, *, provisional: bool
) -> None:
    found = add(date.fromisoformat(begin), Period.parse(period), calendar=CALENDAR, roll=roll)

    assert found.provisional is provisional


def test_a_clock_follows_a_calendar_that_learns_the_years_notice() -> None:
    running = clock("2026-12-28T10:00", 5, Unit.WORKDAY)

    learned = WorkCalendar(Overrides((), {2027: "notice"}))

    assert running.deadline(CALENDAR).provisional
    assert not running.deadline(learned).provisional


@pytest.mark.parametrize("text", ["", "5", "wd", "-5wd", "0wd", "5.5d", "5wd+", "5 weeks", "9999999d", "٣d"])
def test_a_period_that_cannot_be_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(ClockError, match=r"期间.* / "):
        Period.parse(text)


@given(st.integers(1, 100_000), st.sampled_from(Unit))
def test_a_period_reads_back_what_it_writes(count: int, unit: Unit) -> None:
    assert Period.parse(str(Period(count, unit))) == (Period(count, unit),)


@pytest.mark.parametrize("period", ["100000y", "99999m", "100000wd+100000wd+100000wd+100000wd+100000wd+100000wd"])
def test_an_end_out_of_range_is_refused(period: str) -> None:
    begin = date(2026, 1, 1) if period.endswith(("y", "m")) else date(9000, 1, 1)

    with pytest.raises(ClockError, match="range"):
        add(begin, Period.parse(period), calendar=CALENDAR)


@pytest.mark.parametrize(
    ("basis", "working"),
    [
        ("行政处罚法-85", {2, 3, 5, 7}),
        ("行政处罚法", {2, 3, 5, 7}),
        ("《行政处罚法》第85条", {2, 3, 5, 7}),
        ("行政处罚法第八十五条", {2, 3, 5, 7}),
        ("国令423", set()),
        ("行政强制法-69", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}),
        ("行政复议法-88", {3, 5, 7, 10}),
        ("劳动争议调解仲裁法-29", {3, 5, 10}),
        ("国令423-17", set()),
    ],
)
def test_each_act_says_which_days_are_working_days(basis: str, working: set[int]) -> None:
    rule = counting_rule(basis)

    assert rule is not None
    assert {n for n in range(1, 100) if rule.applied(Period(n, Unit.DAY)).unit is Unit.WORKDAY} == working


def test_an_act_leaves_other_units_alone_and_an_unknown_act_has_no_rule() -> None:
    rule = counting_rule("行政处罚法")

    assert rule is not None
    assert rule.applied(Period(5, Unit.MONTH)) == Period(5, Unit.MONTH)
    assert counting_rule("某某办法-3") is None
    assert counting_rule("") is None


@pytest.mark.parametrize(
    ("begin", "limit", "unit", "stopped", "resumed", "expected"),
    [
        ("2026-11-02T10:00", 5, Unit.WORKDAY, "2026-11-04T10:00", "2026-11-06T15:00", "2026-11-11 23:59:59"),
        ("2026-11-02T10:00", 5, Unit.WORKDAY, "2026-11-06T18:00", "2026-11-08T15:00", "2026-11-09 23:59:59"),
        ("2026-11-02T10:00", 10, Unit.DAY, "2026-11-06T18:00", "2026-11-08T15:00", "2026-11-14 23:59:59"),
        ("2026-11-02T10:00", 1, Unit.MONTH, "2026-11-06T18:00", "2026-11-16T15:00", "2026-12-12 23:59:59"),
        ("2026-11-02T10:00", 24, Unit.HOUR, "2026-11-02T11:00", "2026-11-02T11:45", "2026-11-03 10:45:00"),
        ("2026-11-02T10:00", 4, Unit.WORK_HOUR, "2026-11-02T11:00", "2026-11-03T09:00", "2026-11-03 12:00:00"),
    ],
)
def test_a_suspension_moves_the_end_by_its_length_in_the_clocks_own_unit(
    begin: str, limit: int, unit: Unit, stopped: str, resumed: str, expected: str
) -> None:
    running = clock(begin, limit, unit).suspend(at(stopped), "鉴定").resume(at(resumed))

    assert due_of(running) == expected


@given(
    st.sampled_from([Unit.WORKDAY, Unit.DAY, Unit.HOUR, Unit.WORK_HOUR]),
    st.integers(8, 40),
    st.integers(0, 7 * 60),
    st.integers(0, 60 * 24 * 20),
)
def test_what_is_left_when_a_clock_is_suspended_is_left_when_it_resumes(
    unit: Unit, limit: int, before: int, length: int
) -> None:
    running = clock("2026-03-02T09:00", limit, unit)
    halt = at("2026-03-02T09:00") + timedelta(minutes=before)
    resume = halt + timedelta(minutes=length)

    again = running.suspend(halt).resume(resume)

    assert again.remaining(CALENDAR, resume).amount == pytest.approx(running.remaining(CALENDAR, halt).amount)
    assert again.remaining(CALENDAR, resume).total == pytest.approx(running.remaining(CALENDAR, halt).total)


def test_a_suspended_clock_moves_on_with_the_time_and_is_not_late() -> None:
    halted = clock("2026-11-02T10:00", 2, Unit.WORKDAY).suspend(at("2026-11-03T10:00"), "鉴定")

    assert halted.state == "suspended"
    assert due_of(halted) == "2026-11-04 23:59:59"
    assert due_of(halted, at("2026-11-20T10:00")) == "2026-11-23 23:59:59"
    assert not halted.is_overdue(CALENDAR, at("2026-11-20T10:00"))


def test_a_suspension_after_the_end_makes_a_late_clock_no_less_late() -> None:
    late = clock("2026-11-02T10:00", 1, Unit.WORKDAY).suspend(at("2026-11-10T10:00")).resume(at("2026-11-20T10:00"))

    assert due_of(late) == "2026-11-03 23:59:59"
    assert late.light(CALENDAR, at("2026-11-20T11:00")) is Light.RED


def test_what_was_done_to_a_clock_before_it_was_begun_anew_counts_from_its_start_on() -> None:
    first = clock("2026-11-02T10:00", 10, Unit.WORKDAY).extend(
        at("2026-11-02T11:00"), Period(5, Unit.WORKDAY), CALENDAR
    )
    first = first.suspend(at("2026-11-03T10:00")).resume(at("2026-11-04T10:00"))
    anew = replace(first.suspend(at("2026-11-05T10:00")), started_at=at("2026-11-05T14:00"), limit=2, unit=Unit.HOUR)

    assert anew.is_suspended
    resumed = anew.resume(at("2026-11-05T15:00"))
    assert resumed.due_at(CALENDAR) == at("2026-11-05T17:00")
    said = "".join(resumed.explain(CALENDAR))
    assert "2026-11-05 14:00 至 2026-11-05 15:00 中止计算" in said
    assert "延长" not in said
    assert replace(resumed, started_at=first.started_at).suspensions[0] == first.suspensions[0]


def test_suspending_twice_or_resuming_a_running_or_stopped_clock_changes_nothing() -> None:
    running = clock("2026-11-02T10:00", 5, Unit.WORKDAY)
    halted = running.suspend(at("2026-11-03T10:00"))
    stopped = running.stop(at("2026-11-03T10:00"))

    assert halted.suspend(at("2026-11-04T10:00")) is halted
    assert running.resume(at("2026-11-04T10:00")) is running
    assert stopped.suspend(at("2026-11-04T10:00")) is stopped
    assert stopped.resume(at("2026-11-04T10:00")) is stopped
    assert stopped.stop(at("2026-11-04T10:00")) is stopped


@given(named=st.permutations([(3, 5), (4, 9), (1, 2), (9, 11), (-4, 1), (20, 20), (-9, -2)]), last=st.booleans())
def test_times_in_which_a_clock_stood_still_count_once_in_whatever_order_they_are_named(
    *, named: list[tuple[int, int]], last: bool
) -> None:
    begin = at("2026-11-02T00:00")
    running = clock("2026-11-02T00:00", 30, Unit.DAY).suspend(at("2026-11-25T10:00"))
    spans = [(begin + timedelta(days=a), begin + timedelta(days=b)) for a, b in named]
    open_one = [(begin + timedelta(days=10), None)] if last else []

    stood = running.stood_still([*open_one, *spans], "鉴定")

    days = {day for a, b in named for day in range(a, b) if day >= 0} | ({10, 11} if last else set())
    now = begin + timedelta(days=12)
    assert stood.is_suspended is last
    assert stood.due_at(CALENDAR, now) == running.due_at(CALENDAR) + timedelta(days=len(days))
    # So do those that are told of when it is stopped, up to that.
    late = running.stood_still([]).stop(now).stood_still([*open_one, *spans], "鉴定")
    assert late.due_at(CALENDAR) == running.due_at(CALENDAR) + timedelta(days=len({day for day in days if day < 12}))
    assert late.stopped_at == now


def test_acts_leave_the_clock_itself_as_it_was() -> None:
    running = clock("2026-11-02T10:00", 5, Unit.WORKDAY)
    before = running.to_dict()

    running.suspend(at("2026-11-03T10:00")).resume(at("2026-11-04T10:00")).stop(at("2026-11-05T10:00"))
    running.extend(at("2026-11-03T10:00"), Period(5, Unit.WORKDAY), CALENDAR)

    assert running.to_dict() == before


def test_a_suspension_that_is_told_of_late_counts_from_its_own_moment() -> None:
    running = clock("2026-11-02T00:00", 30, Unit.DAY)
    known = running.suspend(at("2026-11-03T10:00")).resume(at("2026-11-04T10:00"))
    known = known.suspend(at("2026-11-10T10:00")).resume(at("2026-11-12T10:00"))
    known = known.extend(at("2026-11-20T10:00"), Period(5, Unit.DAY), CALENDAR)

    told = known.suspend(at("2026-11-08T10:00"), "鉴定")

    assert told.suspensions[1:] == (Suspension(at("2026-11-08T10:00"), None, "鉴定"),)
    ended = told.resume(at("2026-11-13T10:00"))
    # One day of the first time, and five from the eighth to the thirteenth.
    assert ended.due_at(CALENDAR) - running.due_at(CALENDAR) == timedelta(days=1 + 5 + 5)
    assert told.resume(at("2026-11-07T10:00")).due_at(CALENDAR) - running.due_at(CALENDAR) == timedelta(days=1 + 5)
    assert running.suspend(at("2026-10-01T10:00")).suspensions == (Suspension(running.started_at, None),)


def test_an_act_before_the_last_one_or_without_a_zone_is_refused() -> None:
    running = clock("2026-11-02T10:00", 5, Unit.WORKDAY).suspend(at("2026-11-04T10:00"))

    with pytest.raises(ClockError, match="before the clock's last entry"):
        running.stop(at("2026-11-03T10:00"))
    with pytest.raises(ClockError, match="no zone"):
        running.resume(datetime(2026, 11, 5))  # noqa: DTZ001 - that is the point


def test_an_extension_adds_to_the_limit_and_must_be_asked_for_before_the_end() -> None:
    running = clock("2026-11-02T10:00", 5, Unit.WORKDAY)

    longer = running.extend(at("2026-11-09T23:59:59"), Period(10, Unit.WORKDAY), CALENDAR, "需现场勘验")

    assert due_of(longer) == "2026-11-23 23:59:59"
    with pytest.raises(ClockError, match=r"延期须在到期前提出.* / .*before the end"):
        running.extend(at("2026-11-10T00:00:00"), Period(10, Unit.WORKDAY), CALENDAR)
    with pytest.raises(ClockError, match="stopped"):
        running.stop(at("2026-11-03T10:00")).extend(at("2026-11-04T10:00"), Period(1, Unit.WORKDAY), CALENDAR)


def test_months_extended_are_counted_from_the_start_and_other_units_from_the_end() -> None:
    running = clock("2026-01-31T10:00", 1, Unit.MONTH)

    by_month = running.extend(at("2026-02-10T10:00"), Period(1, Unit.MONTH), CALENDAR)
    by_workday = running.extend(at("2026-02-10T10:00"), Period(2, Unit.WORKDAY), CALENDAR)

    assert due_of(by_month).startswith("2026-03-31")
    assert due_of(by_workday).startswith("2026-03-03")


@pytest.mark.parametrize(
    ("now", "light"),
    [
        ("2026-11-02T10:00", Light.GREEN),
        ("2026-11-04T10:00", Light.GREEN),
        ("2026-11-09T10:00", Light.URGE_FIRST),
        ("2026-11-12T10:00", Light.URGE_AGAIN),
        ("2026-11-13T10:00", Light.YELLOW),
        ("2026-11-16T23:59:59", Light.YELLOW),
        ("2026-11-17T00:00:00", Light.RED),
    ],
)
def test_a_clock_of_ten_working_days_passes_through_all_lights(now: str, light: Light) -> None:
    assert clock("2026-11-02T10:00", 10, Unit.WORKDAY).light(CALENDAR, at(now)) is light


@pytest.mark.parametrize(
    ("minutes", "light"),
    [
        (0, Light.GREEN),
        (59, Light.GREEN),
        (60, Light.URGE_FIRST),
        (96, Light.YELLOW),
        (120, Light.YELLOW),
        (121, Light.RED),
    ],
)
def test_a_clock_of_two_hours_turns_yellow_with_a_fifth_left(minutes: int, light: Light) -> None:
    running = clock("2026-11-07T22:00", 2, Unit.HOUR)

    assert running.light(CALENDAR, running.started_at + timedelta(minutes=minutes)) is light


def test_a_clock_of_one_working_day_is_green_on_the_day_it_starts() -> None:
    running = clock("2026-11-06T10:00", 1, Unit.WORKDAY)

    assert running.light(CALENDAR, at("2026-11-06T17:00")) is Light.GREEN
    assert running.light(CALENDAR, at("2026-11-09T08:00")) is Light.YELLOW


def test_a_calendar_clock_ending_in_a_holiday_warns_on_the_last_working_day_before() -> None:
    running = clock("2022-07-03T10:00", 90, Unit.DAY)

    assert running.light(CALENDAR, at("2022-09-29T10:00")) is Light.YELLOW
    assert running.light(CALENDAR, at("2022-09-28T10:00")) is Light.URGE_AGAIN


def test_a_stopped_clock_keeps_the_light_it_had() -> None:
    running = clock("2026-11-02T10:00", 10, Unit.WORKDAY)

    assert running.stop(at("2026-11-03T10:00")).light(CALENDAR, at("2027-01-01T10:00")) is Light.GREEN
    assert running.stop(at("2026-11-20T10:00")).light(CALENDAR, at("2027-01-01T10:00")) is Light.RED


ACTS = st.lists(st.tuples(st.sampled_from(["suspend", "resume", "extend", "stop"]), st.integers(0, 4000)), max_size=8)


@given(st.sampled_from(Unit), st.integers(1, 30), st.sampled_from(Roll), ACTS)
def test_any_life_of_a_clock_survives_json_and_never_ends_before_its_plain_end(
    unit: Unit, limit: int, roll: Roll, acts: list[tuple[str, int]]
) -> None:
    begun = lived = clock("2026-03-02T09:00", limit, unit, roll=roll)
    now = begun.started_at
    for act, minutes in acts:
        now += timedelta(minutes=minutes)
        if act == "extend":
            try:
                lived = lived.extend(now, Period(3, unit), CALENDAR, "需要")
            except ClockError:
                assert lived.stopped_at or lived.is_overdue(CALENDAR, now)
        else:
            lived = getattr(lived, act)(now)

    assert Clock.from_dict(json.loads(json.dumps(lived.to_dict()))) == lived
    assert lived.due_at(CALENDAR, now) >= begun.due_at(CALENDAR)
    assert lived.due_at(CALENDAR).tzinfo is UTC
    assert lived.explain(CALENDAR, "zh", now)
    assert lived.explain(CALENDAR, "en", now)
    assert lived.light(CALENDAR, now) in Light


def test_a_rule_starts_a_clock_that_carries_its_basis() -> None:
    rule = ClockRule(
        name="reply",
        limit=5,
        unit=Unit.WORKDAY,
        basis="某办法-3",
        zh="答复",
        effective_from=date(2021, 1, 1),
        verified=False,
    )

    running = start(rule, at("2026-09-30T10:00").astimezone(UTC), CALENDAR)

    assert due_of(running) == "2026-10-13 23:59:59"
    assert running.explain(CALENDAR)[-1] == "依据：某办法-3（未经核实）。"


def test_an_explanation_names_what_was_counted_what_was_skipped_and_the_make_up_saturday() -> None:
    zh = explain(date(2026, 9, 30), Period.parse("5wd"), calendar=CALENDAR)
    en = explain(date(2026, 9, 30), Period.parse("5wd"), calendar=CALENDAR, lang="en")

    assert zh == [
        "自 2026-09-30（周三）起，当日不计入，从下一工作日 2026-10-08（周四）起算 5个工作日。",
        "计入：10-08、10-09、10-10、10-12、10-13。",
        "不计：国庆节 2026-10-01 至 2026-10-07；周末 1 天。",
        "按工作日计：2026-10-10（周六） 国庆节调休上班。",
        "截止时间：2026-10-13（周二） 24:00。",
    ]
    assert en[3] == "Counted as worked: 2026-10-10 (Sat) make-up working day for National Day."


def test_an_explanation_says_whether_the_end_was_moved_and_what_that_means() -> None:
    rolled = explain(date(2022, 9, 1), Period.parse("30d"), calendar=CALENDAR, roll=Roll.NEXT)
    fixed = explain(date(2022, 7, 3), Period.parse("90d"), calendar=CALENDAR, lang="en")

    assert "最后一日 2022-10-01（周六）为国庆节，顺延至 2022-10-08（周六），该日为国庆节调休上班。" in rolled
    assert any("does not move; finish by 2022-09-30 (Fri)" in sentence for sentence in fixed)


def test_an_explanation_tells_of_suspensions_extensions_and_guesses() -> None:
    lived = (
        clock("2026-12-14T10:00", 5, Unit.WORKDAY)
        .suspend(at("2026-12-16T10:00"), "鉴定")
        .resume(at("2026-12-18T10:00"))
        .extend(at("2026-12-21T10:00"), Period(10, Unit.WORKDAY), CALENDAR, "情况复杂")
    )

    said = lived.explain(CALENDAR)

    assert "2026-12-16 10:00 至 2026-12-18 10:00 中止计算（鉴定），顺延 2个工作日。" in said
    assert "2026-12-21 10:00 延期 10个工作日（情况复杂）。" in said
    assert said[-1].startswith("暂定：2027 年放假调休安排尚未录入")


def test_an_explanation_of_mixed_periods_counts_hours_from_the_end_of_the_day() -> None:
    said = explain(date(2026, 1, 31), Period.parse("1m+2h"), calendar=CALENDAR)

    assert said[-2:] == ["自 2026-03-01 00:00 起算 2小时，昼夜连续计算。", "截止时间：2026-03-01 02:00。"]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 999_999), st.integers(0, 23), st.sampled_from([Unit.MINUTE, Unit.HOUR, Unit.WORK_HOUR]))
def test_the_lights_of_a_clock_end_with_red_also_where_it_began_between_two_seconds(
    microsecond: int, hour: int, unit: Unit
) -> None:
    started = datetime(2026, 11, 24, hour, 0, 0, microsecond, tzinfo=UTC)
    clock = Clock(name="sign_in", started_at=started, limit=4, unit=unit)

    turns = clock.turns(standard_calendar())

    assert turns[-1][0] is Light.RED
    assert clock.is_overdue(standard_calendar(), turns[-1][1])
    assert turns[-1][1] - clock.due_at(standard_calendar()) <= timedelta(seconds=2)


# -- an end that somebody outside has set --------------------------------------

BOUND = Bound(at("2026-11-25 17:00"), "来源工单 N-1 的截止时间", "Deadline of work order N-1")


def test_an_earlier_end_set_outside_counts_and_is_explained_after_the_own_one() -> None:
    own = clock("2026-11-23 10:00", 5, Unit.WORKDAY)
    bounded = replace(own, bound=BOUND)

    assert bounded.due_at(CALENDAR) == BOUND.at
    assert bounded.explain(CALENDAR)[:-1] == own.explain(CALENDAR)
    assert bounded.explain(CALENDAR)[-1] == "来源工单 N-1 的截止时间：2026-11-25 17:00，早于上述时间，以此为准。"
    assert "and counts" in bounded.explain(CALENDAR, "en")[-1]
    assert bounded.is_overdue(CALENDAR, at("2026-11-25 17:01"))
    assert not bounded.is_overdue(CALENDAR, at("2026-11-25 17:00"))


def test_a_later_end_set_outside_leaves_the_own_one_and_says_so() -> None:
    own = clock("2026-11-23 10:00", 1, Unit.WORKDAY)
    bounded = replace(own, bound=BOUND)

    assert bounded.deadline(CALENDAR) == own.deadline(CALENDAR)
    assert bounded.explain(CALENDAR)[-1].endswith("晚于上述时间，仍以上述时间为准。")


def test_neither_a_suspension_nor_an_extension_moves_what_was_set_outside() -> None:
    bounded = clock("2026-11-23 10:00", 2, Unit.WORKDAY, bound=BOUND)

    longer = bounded.extend(at("2026-11-24 09:00"), Period(5, Unit.WORKDAY), CALENDAR)
    still = bounded.suspend(at("2026-11-24 09:00"))

    assert longer.due_at(CALENDAR) == BOUND.at
    assert still.due_at(CALENDAR, at("2026-12-24 09:00")) == BOUND.at


def test_what_was_due_outside_before_it_began_here_is_overdue_at_once() -> None:
    late = clock("2026-11-26 10:00", 5, Unit.WORKDAY, bound=BOUND)

    assert late.light(CALENDAR, late.started_at) is Light.RED
    assert late.turns(CALENDAR) == [(Light.RED, late.started_at)]
    assert late.due_at(CALENDAR) == BOUND.at


@pytest.mark.parametrize("unit", [Unit.WORKDAY, Unit.HOUR, Unit.WORK_HOUR])
def test_a_bounded_clock_turns_until_it_is_overdue(unit: Unit) -> None:
    bounded = clock("2026-11-23 10:00", 100, unit, bound=BOUND)

    lights = bounded.turns(CALENDAR)

    assert lights[-1] == (Light.RED, BOUND.at.astimezone(UTC) + timedelta(seconds=1))
    assert [moment for _, moment in lights] == sorted(moment for _, moment in lights)


def test_an_end_set_outside_is_kept_with_the_clock_and_only_where_there_is_one() -> None:
    bounded = clock("2026-11-23 10:00", 5, Unit.WORKDAY, bound=BOUND)

    assert Clock.from_dict(json.loads(json.dumps(bounded.to_dict()))) == bounded
    assert "bound" not in replace(bounded, bound=None).to_dict()


def test_nobody_is_hurried_in_a_time_that_is_given_to_another() -> None:
    posted = Clock(name="publicity", started_at=datetime(2026, 11, 28, 9, tzinfo=ZONE), limit=7, unit=Unit.DAY)

    own, given_to_others = ("".join(posted.explain(standard_calendar(), lapses=lapses)) for lapses in (False, True))

    assert "最后一个工作日 2026-12-04（周五）办结" in own
    assert "照常计入，期满为止" in given_to_others
    assert "办结" not in given_to_others


def test_a_clock_that_is_about_something_says_so_and_is_kept_beside_the_others_of_its_name() -> None:
    rule = ClockRule(name="remedies", limit=60, unit=Unit.DAY, zh="申请复议", en="Contest it")
    at = datetime(2026, 11, 23, 1, tzinfo=UTC)

    plain, first, second = (start(rule, at, standard_calendar(), of) for of in ("", "扣字1号", "扣字2号"))

    assert (plain.key, plain.to_dict().get("of")) == ("remedies", None)
    assert (first.zh, first.en) == ("申请复议（扣字1号）", "Contest it (扣字1号)")
    assert len({plain.key, first.key, second.key}) == 3
    assert first.key.partition(":")[0] == first.name == "remedies"
    assert Clock.from_dict(first.to_dict()) == first
    assert plain.about("扣字1号") == first
