"""A seizure, what is done for the party, and what is dismantled by force are contested by themselves (行政强制法 8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from chassis import gauges
from chassis.clocks import Clock
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.enforcement import cautions, measures
from tests.services.enforcement.test_forcing import running
from tests.services.enforcement.test_service import room, take
from tests.services.enforcement.test_substitution import AT_ONCE

__all__ = ["room"]

FIRST = "滨彭综执扣字〔2026〕第1号"
OTHER = "滨彭综执扣字〔2026〕第2号"


def times_of(room: Room, number: str) -> dict[str, Clock]:
    """Return the clocks that are about a decision, by name."""
    return {clock.name: clock for clock in room.clocks("A1").values() if clock.of == number}


def seen(room: Room, number: str) -> dict[str, dict[str, Any]]:
    """Return the same as its page shows them."""
    return {clock["name"]: clock for clock in room.page("A1")["clocks"] if clock["of"] == number}


def last_days(room: Room, number: str) -> dict[str, str]:
    """Return the last days of those that run."""
    return {
        name: str(local_date(clock.due_at(room.blueprint.calendar)))
        for name, clock in times_of(room, number).items()
        if clock.stopped_at is None
    }


def seized(room: Room) -> None:
    """Bring a case to where things are seized."""
    for one in ("inspected", "filed", "goods_seized"):
        take(room, one)


def test_what_was_not_forced_is_not_contested(room: Room) -> None:
    take(room, "inspected")

    with pytest.raises(RefusedError, match="nothing was decided that forces"):
        take(room, "measure_contested")
    with pytest.raises(RefusedError, match="no decision that forces anything is under review"):
        take(room, "measure_contest_decided")


def test_a_seizure_is_contested_while_the_case_goes_on_and_asked_after_until_its_end(room: Room) -> None:
    seized(room)

    take(room, "measure_contested")
    assert "measure_followup" in running(room)
    room.pass_time(timedelta(days=31))
    assert "measure_followup" in running(room)
    take(room, "measure_contest_decided", ruling="upheld")

    assert room.state("A1") == "investigating"
    assert "measure_followup" not in running(room)
    [row] = room.case("A1").details["measures"]
    assert (row["measure"], row["reviewed"], row["review"]) == ("seizure", True, "")
    assert row["suit_until"] > str(local_date(room.now))
    with pytest.raises(RefusedError, match="it was reviewed already"):
        take(room, "measure_contested")
    take(room, "measure_contested", kind="litigation")


def test_things_whose_seizure_fell_are_kept_no_longer(room: Room) -> None:
    seized(room)
    take(room, "measure_contested")
    take(room, "measure_contest_decided", ruling="revoked")

    assert [one.code for one in cautions.revoked_seizure_lasts(room.case("A1"), room.now)] == ["revoked_seizure_lasts"]
    with pytest.raises(RefusedError, match="give the things back"):
        take(room, "seizure_prolonged")
    take(room, "goods_released")

    assert not [*cautions.revoked_seizure_lasts(room.case("A1"), room.now)]
    with pytest.raises(RefusedError, match="nothing was decided that forces"):
        take(room, "measure_contested")


def test_several_are_contested_by_their_numbers_and_the_other_is_still_asked_after(room: Room) -> None:
    seized(room)
    take(room, "goods_seized", notice_no=OTHER)
    for number in ("", "滨彭综执扣字〔2026〕第1号"):
        take(room, "measure_contested", of_decision_no=number)

    take(room, "measure_contest_decided", of_decision_no=OTHER, ruling="upheld", final=True)

    assert "measure_followup" in running(room)
    assert [bool(row["review"]) for row in room.case("A1").details["measures"]] == [True, False]
    with pytest.raises(RefusedError, match="none of that number"):
        take(room, "measure_contest_decided", of_decision_no=OTHER)


def test_a_seizure_is_contested_within_its_time(room: Room) -> None:
    seized(room)
    room.pass_time(timedelta(days=70))

    with pytest.raises(RefusedError, match="the sixty days are over"):
        take(room, "measure_contested")
    take(room, "measure_contested", kind="litigation")
    with pytest.raises(RefusedError, match="it was sought on"):
        take(room, "measure_contest_decided", received_on="2026-11-24")


def test_what_an_earlier_release_has_seized_may_be_contested(room: Room) -> None:
    seized(room)
    details = dict(room.case("A1").details)
    del details["measures"]

    [row] = measures.ledger(details)

    assert (row["measure"], row["decision_no"], row["review"]) == ("seizure", "滨彭综执扣字〔2026〕第1号", "")


def test_what_is_seized_is_given_back_while_the_party_is_heard_when_its_seizure_falls(room: Room) -> None:
    seized(room)
    for one in ("investigation_closed", "prenotice_served"):
        take(room, one)
    take(room, "things_sent_to_test")
    take(room, "things_tested")
    take(room, "measure_contested")
    take(room, "measure_contest_decided", ruling="revoked")

    take(room, "goods_released")

    assert room.state("A1") == "defence_open"
    assert room.clocks("A1")["seizure"].state == "stopped"
    assert not [*cautions.revoked_seizure_lasts(room.case("A1"), room.now)]


def test_each_seizure_has_its_own_times_to_be_contested_which_say_why_and_press_nobody(room: Room) -> None:
    seized(room)
    told = room.now
    room.pass_time(timedelta(days=10))
    take(room, "goods_seized", notice_no=OTHER)

    assert last_days(room, FIRST) == {"reconsideration": "2027-01-22", "remedies": "2027-05-24"}
    assert last_days(room, OTHER) == {"reconsideration": "2027-02-01", "remedies": "2027-06-03"}
    shown = seen(room, FIRST)["reconsideration"]
    assert shown["label"] == f"申请行政复议期限（{FIRST}）"
    assert "行政复议法第20条" in "".join(shown["said"])
    assert seen(room, FIRST)["remedies"]["verified"] is False

    room.pass_time(told + timedelta(days=59) - room.now)
    assert seen(room, FIRST)["reconsideration"]["light"] == "green"
    room.pass_time(timedelta(days=3))
    over = seen(room, FIRST)["reconsideration"]
    assert (over["state"], over["over"], over["ended"]["late_seconds"]) == ("stopped", "期满", None)
    assert "reconsideration" in last_days(room, OTHER)


def test_what_is_contested_no_longer_counts_and_what_is_upheld_leaves_fifteen_days(room: Room) -> None:
    seized(room)
    take(room, "goods_seized", notice_no=OTHER)

    take(room, "measure_contested", of_decision_no=FIRST)
    assert [*last_days(room, FIRST)] == ["reconsideration_decision"]
    assert {*last_days(room, OTHER)} == {"reconsideration", "remedies"}
    take(room, "measure_review_prolonged", of_decision_no=FIRST, more_days=30)
    assert last_days(room, FIRST) == {"reconsideration_longer": "2027-02-21"}
    with pytest.raises(RefusedError, match="no reconsideration runs"):
        take(room, "measure_review_prolonged", of_decision_no=FIRST)

    take(room, "measure_contest_decided", of_decision_no=FIRST, ruling="upheld")
    assert [*last_days(room, FIRST)] == ["suit_after_review"]
    [first, _] = room.case("A1").details["measures"]
    assert last_days(room, FIRST)["suit_after_review"] == first["suit_until"]
    take(room, "measure_contested", of_decision_no=FIRST, kind="litigation")
    assert last_days(room, FIRST) == {}
    take(room, "measure_contest_decided", of_decision_no=FIRST, ruling="upheld", final=True)

    assert last_days(room, FIRST) == {}
    assert {*last_days(room, OTHER)} == {"reconsideration", "remedies"}


def test_a_simple_reconsideration_has_thirty_days_and_what_falls_is_contested_no_more(room: Room) -> None:
    seized(room)

    take(room, "measure_contested", simple_procedure=True)
    assert last_days(room, FIRST) == {"reconsideration_simple": "2026-12-23"}
    with pytest.raises(RefusedError, match="no reconsideration runs"):
        take(room, "measure_review_prolonged")
    take(room, "measure_contest_decided", ruling="revoked")

    assert last_days(room, FIRST) == {}


def test_things_are_given_back_and_the_case_taken_back_and_the_times_run_to_their_own_end(room: Room) -> None:
    take(room, "inspected")
    take(room, "goods_seized_at_once")
    take(room, "measure_lifted")
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "enforcement", "reason": "诉求人撤回"})
    assert room.state("A1") == "withdrawn"

    assert {*last_days(room, FIRST)} == {"reconsideration", "remedies"}
    room.pass_time(timedelta(days=220))

    assert last_days(room, FIRST) == {}
    assert {clock["over"] for clock in seen(room, FIRST).values()} == {"期满"}


def test_what_is_done_for_the_party_and_dismantled_by_force_has_its_times_too(room: Room) -> None:
    take(room, "inspected")
    take(room, "substitute_decided", **AT_ONCE, urgent=True)

    number = room.case("A1").details["substitute_decided"]["decision_no"]

    assert {*last_days(room, number)} == {"reconsideration", "remedies"}
    take(room, "substitute_performed", urgent=True)
    assert {*last_days(room, number)} == {"reconsideration", "remedies"}


def test_two_seizures_are_not_made_under_one_number(room: Room) -> None:
    seized(room)

    with pytest.raises(RefusedError, match="under that number already"):
        take(room, "goods_seized")


def test_ops_sees_how_many_times_run_and_no_number(room: Room) -> None:
    seized(room)
    take(room, "goods_seized", notice_no=OTHER)

    with room.database.read() as session:
        gauges.show_clocks(session, room.blueprint)

    labels = {"service": "enforcement", "kind": "statutory", "clock": "reconsideration", "state": "running"}
    assert REGISTRY.get_sample_value("jiesu_clocks", labels) == 2
