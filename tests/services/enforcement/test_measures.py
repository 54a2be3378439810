"""A seizure, what is done for the party, and what is dismantled by force are contested by themselves (行政强制法 8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.enforcement import cautions, measures
from tests.services.enforcement.test_forcing import running
from tests.services.enforcement.test_service import room, take

__all__ = ["room"]

OTHER = "滨彭综执扣字〔2026〕第2号"


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
