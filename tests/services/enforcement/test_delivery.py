"""A time runs from the day on which a paper counts as served, which each way of serving has of its own (民事诉讼法 87 to 95)."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.enforcement import calc, notes, reading
from tests.services.enforcement.test_dates import due
from tests.services.enforcement.test_papers import written
from tests.services.enforcement.test_service import FINED, room, take

__all__ = ["room"]

TRIED = "两次上门无人，登记地址已搬离，电话不通"
#: The room's first day is Monday, 2026-11-23; announced then, a paper counts as served on 2026-12-23.
ANNOUNCED = {"delivery": "announcement", "delivery_note": TRIED}


@pytest.mark.parametrize(
    ("announced_on", "served_on"),
    [
        ("2026-11-23", "2026-12-23"),
        # Its last day, 2026-10-03, is a holiday: the first working day after it.
        ("2026-09-03", "2026-10-08"),
        # Before 2022 it took sixty days.
        ("2021-11-01", "2021-12-31"),
        ("2022-01-04", "2022-02-07"),
    ],
)
def test_an_announced_paper_counts_as_served_when_its_own_time_is_over(announced_on: str, served_on: str) -> None:
    assert str(reading.until("announcement", date.fromisoformat(announced_on))) == served_on


@pytest.mark.parametrize(
    ("way", "trigger", "clock", "last"),
    [
        (("inspected",), "correction_ordered", "correction", "2026-12-30"),
        (FINED[:3], "prenotice_served", "hearing_request", "2026-12-30"),
        ((*FINED[:4], "hearing_requested"), "hearing_called", "hearing_notice", "2027-01-04"),
    ],
)
def test_the_times_of_what_was_announced_run_from_the_end_of_the_announcement(
    room: Room, way: tuple[str, ...], trigger: str, clock: str, last: str
) -> None:
    for one in way:
        take(room, one)

    take(room, trigger, **ANNOUNCED)

    assert due(room, clock) == last


def test_a_decision_that_was_announced_is_paid_and_contested_from_the_end_of_the_announcement(room: Room) -> None:
    for one in (*FINED[:4], "defence_waived", "penalised"):
        take(room, one)

    take(room, "served", way="announcement", delivery_note=TRIED)

    assert room.case("A1").details["served_on"] == "2026-12-23"
    assert (due(room, "payment"), due(room, "reconsideration")) == ("2027-01-07", "2027-02-22")
    [proof] = written(room, "proof_of_service")
    assert "自2026年11月23日起公告，公告期满即2026年12月23日视为送达" in proof.text
    assert TRIED in proof.text


def test_who_turns_up_before_the_announcement_ends_is_served_then_and_nobody_is_served_twice(room: Room) -> None:
    for one in (*FINED[:4], "defence_waived", "penalised"):
        take(room, one)
    take(room, "served", way="announcement", delivery_note=TRIED)
    room.pass_time(timedelta(days=10))

    take(room, "served", way="direct")

    assert room.case("A1").details["served_on"] == str(local_date(room.now)) == "2026-12-03"
    assert due(room, "payment") == "2026-12-18"
    with pytest.raises(RefusedError, match="was served already"):
        take(room, "served", way="direct")


def test_who_turns_up_before_the_announcement_ends_may_pay_and_contest_at_once(room: Room) -> None:
    for one in (*FINED[:4], "defence_waived", "penalised"):
        take(room, one)
    take(room, "served", way="announcement", delivery_note=TRIED)

    take(room, "remedy_sought")
    take(room, "performed", amount=None)

    assert room.state("A1") == "paid_contested"


def test_a_notice_is_served_anew_into_the_hands_of_who_turns_up(room: Room) -> None:
    for one in FINED[:3]:
        take(room, one)
    take(room, "prenotice_served", **ANNOUNCED)

    take(room, "prenotice_served")

    assert due(room, "hearing_request") == "2026-11-30"
    take(room, "defence_waived")


def test_the_defence_is_not_waived_and_nothing_decided_while_the_notice_is_announced(room: Room) -> None:
    for one in FINED[:3]:
        take(room, one)
    take(room, "prenotice_served", **ANNOUNCED)

    with pytest.raises(RefusedError, match="lies before the step that it follows"):
        take(room, "defence_waived")


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"delivery": "announcement"}, "say why, and what was tried"),
        ({"delivery": "mail"}, "name the receipt or the body"),
        ({"delivery": "entrusted_service"}, "name the receipt or the body"),
        ({"delivery": "left"}, "needs a witness"),
        ({"delivery": "electronic"}, "signed confirmation"),
    ],
)
def test_each_way_of_serving_wants_its_own_proof(room: Room, changed: dict[str, str], match: str) -> None:
    take(room, "inspected")

    with pytest.raises(RefusedError, match=match):
        take(room, "correction_ordered", **changed)
    take(room, "correction_ordered", **changed, delivery_note="回执1234", delivery_proved=True)

    assert room.state("A1") == "correction_due"


def test_a_decision_to_do_it_for_the_party_is_served_before_it_is_done(room: Room) -> None:
    for one in ("inspected", "correction_ordered", "correction_expired", "found_uncorrected", "substitute_demanded"):
        take(room, one)
    take(room, "substitute_demand_over")

    with pytest.raises(RefusedError, match="the decision is served first"):
        take(room, "substitute_decided", planned_at="2026-12-18T10:00:00+08:00", **ANNOUNCED)
    take(room, "substitute_decided", **ANNOUNCED)

    planned = date.fromisoformat(room.case("A1").details["substitute_at"][:10])
    assert planned > local_date(room.now) + timedelta(days=30)


# -- what was decided on the spot goes to the reviewing body first (行政复议法 23) --


def test_what_was_decided_on_the_spot_is_reconsidered_before_any_court(room: Room) -> None:
    for one in ("inspected", "fined_on_the_spot"):
        take(room, one)
    assert not {"reconsideration", "remedies"} & {*room.clocks("A1")}

    with pytest.raises(RefusedError, match="is reconsidered first"):
        take(room, "remedy_sought", kind="litigation")
    take(room, "remedy_sought", kind="reconsideration")
    take(room, "decision_upheld")
    take(room, "remedy_sought", kind="litigation")

    assert room.state("A1") == "contested"


def test_a_court_is_asked_from_the_end_of_the_sixty_days_where_no_suit_was_open(room: Room) -> None:
    for one in ("inspected", "fined_on_the_spot", "payment_expired", "review_time_over"):
        take(room, one)

    assert room.state("A1") == "enforceable"
    assert room.case("A1").details["window_from"] == room.case("A1").details["reconsideration_until"] == "2027-01-22"


@pytest.mark.parametrize(("day", "first"), [("2023-12-31", False), ("2024-01-01", True)])
def test_the_reviewing_body_comes_first_since_2024(day: str, *, first: bool) -> None:
    assert notes.review_comes_first(date.fromisoformat(day)) is first


def test_what_is_computed_for_an_announced_decision_and_one_on_the_spot_says_the_same() -> None:
    asked = {
        "told_on": date(2026, 11, 23),
        "announced": False,
        "decided_on_the_spot": False,
        "review_received_on": None,
    }

    announced = calc.remedies(asked | {"announced": True})
    on_the_spot = calc.remedies(asked | {"decided_on_the_spot": True})

    assert announced.result["served_on"] == date(2026, 12, 23)
    assert announced.result["reconsideration_until"] == date(2027, 2, 22)
    assert on_the_spot.result["suit_until"] is None
    assert on_the_spot.result["reconsideration_until"] == date(2027, 1, 22)
    assert any(line.basis == "行政复议法-23" for line in on_the_spot.lines)


def test_a_review_is_not_accepted_before_it_was_sought(room: Room) -> None:
    for one in FINED:
        take(room, one)
    room.pass_time(timedelta(days=2))

    with pytest.raises(RefusedError, match="accepted before it was sought"):
        take(room, "remedy_sought", accepted_on="2026-12-01")
    take(room, "remedy_sought", sought_on="2026-12-01", accepted_on="2026-12-01")


# -- served anew -------------------------------------------------------------------


def test_an_announced_warning_is_served_anew_into_the_hands_of_who_turns_up(room: Room) -> None:
    for one in (*FINED[:4], "defence_waived"):
        take(room, one)
    take(room, "penalised", penalty="warning", amount="0.00")
    take(room, "warning_served", way="announcement", delivery_note=TRIED)
    assert due(room, "reconsideration") == "2027-02-22"
    room.pass_time(timedelta(days=10))

    take(room, "warning_served", way="direct")

    assert room.case("A1").details["served_on"] == "2026-12-03"
    assert due(room, "reconsideration") == "2027-02-01"
    with pytest.raises(RefusedError, match="was served already"):
        take(room, "warning_served", way="direct")


@pytest.mark.parametrize(
    "then",
    [(), ("payment_expired",), ("payment_expired", "remedies_over"), ("payment_expired", "remedies_over", "demanded")],
)
def test_a_service_that_has_failed_is_repeated_and_all_times_run_from_it(room: Room, then: tuple[str, ...]) -> None:
    for one in (*FINED[:4], "defence_waived", "penalised"):
        take(room, one)
    take(room, "served", way="announcement", delivery_note=TRIED)
    room.pass_time(timedelta(days=31))
    for one in then:
        take(room, one)
    with pytest.raises(RefusedError, match="say why it is repeated"):
        take(room, "served", way="direct")

    take(room, "served", way="direct", repeated_because="公告前未穷尽其他送达方式，法院认定送达无效")

    today = local_date(room.now)
    assert (room.state("A1"), room.case("A1").details["served_on"]) == ("payment_due", str(today))
    assert due(room, "payment") == str(reading.until("payment", today))
    assert due(room, "remedies") == str(reading.until("remedies", today))
    assert reading.added(room.case("A1"), today) == 0
    running = {name for name, one in room.clocks("A1").items() if one.state == "running"}
    assert running & {"court_window", "demand"} == set()


@pytest.mark.parametrize(
    ("way", "trigger", "clock"),
    [
        (("inspected",), "correction_ordered", "correction"),
        ((*FINED, "payment_expired", "remedies_over"), "demanded", "demand"),
    ],
)
def test_an_order_or_a_demand_that_was_announced_is_served_anew(
    room: Room, way: tuple[str, ...], trigger: str, clock: str
) -> None:
    for one in way:
        take(room, one)
    take(room, trigger, **ANNOUNCED)
    announced = due(room, clock)
    room.pass_time(timedelta(days=3))

    take(room, trigger)

    assert due(room, clock) < announced
    with pytest.raises(RefusedError, match="in the party's hands"):
        take(room, trigger)


def test_an_order_of_a_release_that_kept_no_way_counts_as_handed_over(room: Room) -> None:
    for one in ("inspected", "correction_ordered"):
        take(room, one)
    kept = {
        name: value for name, value in reading.last(room.case("A1"), "correction_ordered").items() if name != "delivery"
    }
    view = SimpleNamespace(state="correction_due", details={"correction_ordered": kept})

    assert reading.in_hand(view, "correction_ordered")


def test_what_is_under_review_is_not_served_anew(room: Room) -> None:
    for one in (*FINED[:4], "defence_waived", "penalised"):
        take(room, one)
    take(room, "served", way="announcement", delivery_note=TRIED)
    for one in ("payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied", "court_refused"):
        take(room, one)
    take(room, "remedy_sought", kind="litigation", late_accepted=True)

    with pytest.raises(RefusedError, match="is under review"):
        take(room, "served", way="direct", repeated_because="法院认定原公告送达无效")

    take(room, "decision_upheld")
    take(room, "served", way="direct", repeated_because="法院认定原公告送达无效")
    assert room.state("A1") == "payment_due"
