"""The arithmetic and tables of enforcement."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.workflow import Moment, Role
from services.enforcement import bounds, reading, rules, schemas
from services.enforcement.catalogue import ACTS

if TYPE_CHECKING:
    from chassis.workflow import CaseView

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def case(**details: Any) -> CaseView:
    opened = datetime(2026, 11, 1, tzinfo=UTC)
    return SimpleNamespace(id="c", subject="A", state="s", unit="", details=details, opened_at=opened)


@pytest.mark.parametrize(
    ("act", "kind", "refused", "band"),
    [
        ("fume_unpurified", "organisation", False, (5_000, 50_000)),
        ("fume_into_sewer", "organisation", False, (5_000, 50_000)),
        ("fume_forbidden_site", "organisation", False, None),
        ("fume_forbidden_site", "organisation", True, (10_000, 100_000)),
        ("noise_over_limit", "organisation", False, (5_000, 50_000)),
        ("noise_over_limit", "organisation", True, (50_000, 200_000)),
        ("noise_social", "person", False, None),
        ("noise_social", "person", True, (200, 1_000)),
        ("noise_social", "organisation", True, (2_000, 20_000)),
        ("waste_misplaced", "person", False, (50, 200)),
        ("waste_misplaced", "organisation", False, (5_000, 50_000)),
        ("estate_forbidden_acts", "person", True, (2_000, 10_000)),
    ],
)
def test_each_act_has_the_fines_of_its_law(act: str, kind: str, refused: bool, band: tuple[int, int] | None) -> None:  # noqa: FBT001
    found = bounds.fine_band(ACTS.versions(act)[-1], kind, refused=refused)

    assert (found and (int(found[0]), int(found[1]))) == band


def test_the_least_fine_never_lies_above_the_most() -> None:
    for act in (version for code in ACTS.codes for version in ACTS.versions(code)):
        for band in (act.person, act.organisation, act.refused):
            assert band is None or band[0] <= band[1]


@pytest.mark.parametrize(
    ("measurement", "over"),
    [
        ({"kind": "noise", "value": "50.0", "zone": "2", "period": "night"}, False),
        ({"kind": "noise", "value": "50.1", "zone": "2", "period": "night"}, True),
        ({"kind": "noise", "value": "60.0", "zone": "2", "period": "day"}, False),
        ({"kind": "noise", "value": "45.1", "zone": "1", "period": "night"}, True),
        ({"kind": "fume", "value": "2.0"}, False),
        ({"kind": "fume", "value": "2.1"}, True),
    ],
)
def test_a_limit_is_exceeded_only_above_it(measurement: dict[str, str], over: bool) -> None:  # noqa: FBT001
    assert bounds.exceeds(measurement) is over


@pytest.mark.parametrize(
    ("days", "added"), [(0, "0.00"), (1, "30.00"), (10, "300.00"), (33, "990.00"), (34, "1000.00"), (400, "1000.00")]
)
def test_three_per_cent_a_day_are_added_up_to_the_fine_itself(days: int, added: str) -> None:
    assert bounds.late_fine(Decimal(1000), days) == Decimal(added)


@given(st.decimals(0, 10**8, places=2), st.integers(-10, 10_000))
def test_what_is_added_never_exceeds_the_fine_and_never_falls(fine: Decimal, days: int) -> None:
    added = bounds.late_fine(fine, days)

    assert 0 <= added <= fine
    assert added <= bounds.late_fine(fine, days + 1)


def test_days_under_review_are_not_counted_as_late() -> None:
    late = case(fine="1000", pay_by="2026-10-31")
    in_review = case(fine="1000", pay_by="2026-10-31", reviews=[{"sought_on": "2026-11-03", "ended_on": ""}])
    after_review = case(
        fine="1000", pay_by="2026-10-31", reviews=[{"sought_on": "2026-11-01", "ended_on": "2026-11-21"}]
    )

    assert reading.days_late(late, DAY) == 23
    assert reading.days_late(in_review, DAY) == 3
    assert reading.days_late(after_review, DAY) == 3
    assert reading.owed(after_review, DAY) == Decimal("1090.00")


def test_a_fine_contested_before_it_was_due_is_late_from_the_end_of_the_review_on() -> None:
    contested_early = case(
        fine="1000", pay_by="2026-10-31", reviews=[{"sought_on": "2026-10-20", "ended_on": "2026-11-13"}]
    )

    assert reading.days_late(contested_early, DAY) == 10
    assert reading.owed(contested_early, DAY) == Decimal("1300.00")


@pytest.mark.parametrize(
    ("ended", "grave", "barred"),
    [
        (None, False, False),
        (date(2024, 11, 23), False, False),
        (date(2024, 11, 22), False, True),
        (date(2024, 11, 22), True, False),
        (date(2021, 11, 22), True, True),
        (date(2024, 2, 29), False, True),
    ],
)
def test_an_act_is_barred_after_two_years_or_five(ended: date | None, grave: bool, barred: bool) -> None:  # noqa: FBT001
    form = {"continuing": ended is None, "ended_on": ended, "found_on": DAY, "health_harmed": grave}

    refused = rules.is_not_time_barred(case(), form, Moment(now=NOW, actor="p1", role=Role.LEADER))

    assert (refused is not None) is barred
    if refused is not None and ended is not None:
        years = 5 if grave else 2
        assert f"至 {reading.found_by(ended, DAY, grave=grave)} 届满" in refused.zh
        assert f"{years} 年" in refused.zh


@pytest.mark.parametrize(
    ("at", "period"),
    [
        ("2026-11-23T05:59:59+08:00", "night"),
        ("2026-11-23T06:00:00+08:00", "day"),
        ("2026-11-23T21:59:59+08:00", "day"),
        ("2026-11-23T22:00:00+08:00", "night"),
        ("2026-11-23T14:00:00+00:00", "night"),
    ],
)
def test_the_night_of_noise_is_from_ten_to_six_in_shanghai(at: str, period: str) -> None:
    assert bounds.period_of(datetime.fromisoformat(at)) == period


def test_a_noise_measured_at_night_can_t_be_held_against_the_limit_of_the_day() -> None:
    row = {"kind": "noise", "value": "58.0", "zone": "2", "instrument_no": "JC-01"}
    at = "2026-11-23T23:00:00+08:00"

    assert "period" in schemas.Measurement().validate({**row, "period": "day", "measured_at": at})
    assert not schemas.Measurement().validate({**row, "period": "night", "measured_at": at})


@pytest.mark.parametrize(
    ("filed", "day"),
    [
        ({"continuing": False, "ended_on": "2026-06-01", "found_on": "2026-07-01"}, date(2026, 6, 1)),
        ({"continuing": True, "ended_on": "2026-06-01", "found_on": "2026-07-01"}, date(2026, 7, 1)),
        ({}, date(2026, 5, 2)),
    ],
)
def test_the_law_of_the_day_counts_on_which_an_act_ended_or_was_found_to_go_on(
    filed: dict[str, Any], day: date
) -> None:
    assert reading.committed_on(case(filed=filed, inspected=[{"at": "2026-05-01T22:00:00+00:00"}])) == day


def test_an_act_that_ended_on_a_leap_day_is_barred_at_the_end_of_february() -> None:
    assert reading.found_by(date(2024, 2, 29), date(2026, 3, 1), grave=False) == date(2026, 2, 28)


def test_a_large_fine_or_a_closure_brings_the_right_to_a_hearing() -> None:
    assert bounds.needs_hearing_right("fine", Decimal(20_000), "organisation")
    assert not bounds.needs_hearing_right("fine", Decimal("19999.99"), "organisation")
    assert bounds.needs_hearing_right("closure", Decimal(0), "person")


def test_a_weekly_cleaning_that_was_left_out_is_counted() -> None:
    start = date(2026, 11, 2)
    done = [start + timedelta(days=days) for days in (0, 8, 9, 23)]

    assert bounds.missed_weeks(done, since=start, until=start + timedelta(days=28)) == 1
    assert bounds.missed_weeks([], since=start, until=start + timedelta(days=6)) == 0


@pytest.mark.parametrize(
    ("code", "said"), [("91371602MA00000000", ""), ("91371602MA00000001", "校验码不符"), ("91371602MA", "应为 18 位")]
)
def test_a_credit_code_that_was_mistyped_is_refused_with_its_reason(code: str, said: str) -> None:
    wrong = schemas.Inspection().validate({"credit_code": code}).get("credit_code", "")

    assert said in str(wrong)
