"""What is found more or less urgent after its dispatch: each mechanism shows it and counts by the new promise; so do the doors."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chassis import clocks
from tests.services.test_figures import MECHANISMS, opened

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def regraded(mechanism: str, began: datetime) -> dict[str, Any]:
    promise = clocks.Clock(name="finish", started_at=began, limit=5, unit=clocks.Unit.WORKDAY)
    return {
        "mechanism": mechanism,
        "urgency": "III",
        "severity": "moderate",
        "was_urgency": "I",
        "was_severity": "serious",
        "reason": "现场核实不是险情",
        "clocks": [promise.to_dict()],
    }


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_shows_the_new_urgency_and_counts_by_the_new_promise(name: str, tmp_path: Path) -> None:
    room = opened(name, tmp_path)
    began = room.now
    short = clocks.Clock(name="finish", started_at=began, limit=2, unit=clocks.Unit.HOUR)
    again = {"mechanism": name, "granted": True, "clocks": [short.to_dict()]}
    room.hear("routing.extension_decided.v1", "A1", again)
    room.now += timedelta(minutes=5)

    room.hear("routing.appeal_regraded.v1", "A1", regraded(name, began))

    case = room.case("A1")
    assert (case.urgency, case.details["severity"]) == ("III", "moderate")
    assert room.clocks("A1")["finish"].limit == 5
    assert [one for one in room.page("A1")["timeline"] if one["trigger"] == "regraded"]
    assert room.parked() == []


def test_what_was_concluded_meanwhile_has_no_clock_that_runs(tmp_path: Path) -> None:
    room = opened("hotline", tmp_path)
    promise = clocks.Clock(name="finish", started_at=room.now, limit=5, unit=clocks.Unit.WORKDAY)
    done = {"mechanism": "hotline", "granted": True, "clocks": [promise.stop(room.now).to_dict()]}
    room.hear("routing.extension_decided.v1", "A1", done)
    room.now += timedelta(minutes=5)

    room.hear("routing.appeal_regraded.v1", "A1", regraded("hotline", room.now))

    assert room.clocks("A1")["finish"].stopped_at is not None
    assert room.case("A1").urgency == "III"


def test_a_clock_that_begins_earlier_takes_the_place_of_the_one_that_it_names(tmp_path: Path) -> None:
    room = opened("hotline", tmp_path)
    first = room.now
    room.now += timedelta(days=1)
    anew = room.now
    room.hear("routing.appeal_regraded.v1", "A1", regraded("hotline", anew))
    back = regraded("hotline", first)

    room.hear("routing.appeal_regraded.v1", "A1", back)
    assert room.clocks("A1")["finish"].started_at == anew

    back["clocks"][0]["instead_of"] = anew.isoformat()
    room.hear("routing.appeal_regraded.v1", "A1", back)
    assert room.clocks("A1")["finish"].started_at == first
