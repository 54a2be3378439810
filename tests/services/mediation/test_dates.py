"""Mediation's times are counted from the day on which something was done, not from that on which it was put on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis.testing import Room
from chassis.workflow import RefusedError
from services.mediation import rules
from tests.services.mediation.test_service import TO_AGREEMENT, TO_SESSION, go, room

__all__ = ["room"]

#: The room's first day is Monday, 2026-11-23.
FIRST = "2026-11-23"
SIGNED = {"signatures": [{"party": party, "way": "signature", "on": FIRST} for party in ("居民甲", "居民乙")]}
CONFIRMING = (*TO_AGREEMENT, "confirmation_applied")


def due(room: Room, clock: str) -> str:
    """Return the day on which a clock is due."""
    return str(room.clocks("A1")[clock].due_at(room.blueprint.calendar).date())


@pytest.mark.parametrize(
    ("way", "trigger", "changed", "clock", "last"),
    [
        (TO_SESSION[:3], "consent_given", {"registered_on": FIRST}, "mediation_period", "2026-12-23"),
        (TO_AGREEMENT[:-1], "agreement_signed", SIGNED, "judicial_confirmation", "2026-12-23"),
        (TO_AGREEMENT, "confirmation_applied", {"applied_on": FIRST}, "court_acceptance", "2026-11-26"),
        (CONFIRMING, "court_accepted", {"accepted_on": FIRST}, "court_review", "2026-12-08"),
        (CONFIRMING, "court_accepted", {"accepted_on": FIRST}, "special_procedure", "2026-12-23"),
        ((*TO_AGREEMENT, "breach_found"), "performance_urged", {"urged_on": FIRST, "days": 7}, "urging", "2026-11-30"),
    ],
)
def test_a_time_runs_from_the_act_that_is_put_on_record_a_day_later(
    room: Room, way: tuple[str, ...], trigger: str, changed: dict[str, Any], clock: str, last: str
) -> None:
    more: dict[str, dict[str, Any]] = {"agreement_signed": SIGNED, "breach_found": {"kind": "refused"}}
    go(room, *way, **more)
    room.pass_time(timedelta(days=1))

    go(room, trigger, **{trigger: changed})

    assert due(room, clock) == last


@pytest.mark.parametrize(
    ("way", "trigger", "field"),
    [
        (CONFIRMING, "court_accepted", "accepted_on"),
        ((*CONFIRMING, "court_accepted"), "court_confirmed", "ruled_on"),
        ((*CONFIRMING, "court_accepted"), "court_extended", "approved_on"),
        ((*TO_AGREEMENT, "performance_verified"), "follow_up_visited", "visited_on"),
    ],
)
def test_an_act_lies_neither_ahead_nor_before_the_one_that_it_follows(
    room: Room, way: tuple[str, ...], trigger: str, field: str
) -> None:
    go(room, *way)

    for day, why in (("2026-11-24", "can't have happened after today"), ("2026-11-22", "lies before the step")):
        with pytest.raises(RefusedError, match=why):
            go(room, trigger, **{trigger: {field: day}})
    go(room, trigger)


def test_a_mediation_is_registered_after_the_last_consent_and_signed_after_that(room: Room) -> None:
    go(room, *TO_SESSION[:3])
    consents = [{"party": party, "agrees": True, "way": "in_writing", "on": FIRST} for party in ("居民甲", "居民乙")]

    with pytest.raises(RefusedError, match="before all parties have agreed"):
        go(room, "consent_given", consent_given={"consents": consents, "registered_on": "2026-11-20"})
    go(room, "consent_given", *TO_SESSION[4:], "session_held", "agreement_drafted")
    early = [{**row, "on": "2026-11-22"} for row in SIGNED["signatures"]]
    with pytest.raises(RefusedError, match="nobody signs before it was registered"):
        go(room, "agreement_signed", agreement_signed={"signatures": early})


def test_signatures_without_a_day_are_of_today_and_kept_so(room: Room) -> None:
    go(room, *TO_AGREEMENT)

    kept = room.case("A1").details

    assert {row["on"] for row in kept["agreement_signed"]["signatures"]} == {FIRST}
    assert kept["effective_on"] == FIRST


def test_an_agenda_reads_off_a_case_when_its_parties_meet_and_what_falls_due(room: Room) -> None:
    go(
        room,
        *TO_SESSION,
        "session_arranged",
        session_arranged={"meets_at": "2026-11-24T15:00:00+08:00", "place": "三楼"},
    )
    go(room, "session_held", "agreement_drafted", "agreement_signed")

    case = room.case("A1")
    met, due_on = rules.meetings(case.state, case.details)

    assert (met.what, met.place, met.at.isoformat()) == ("session_arranged", "三楼", "2026-11-24T15:00:00+08:00")
    assert (due_on.what, str(due_on.at)) == ("performance_falls_due", "2026-12-31")
