"""Mediation's times are counted from the day on which something was done, not from that on which it was put on record."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select

from chassis.clocks import Clock
from chassis.examples import example
from chassis.testing import Room
from chassis.workflow import RefusedError
from services.mediation import cautions, rules, schemas
from tests.services.mediation.test_service import TO_AGREEMENT, TO_SESSION, go, room

__all__ = ["room"]

#: The room's first day is Monday, 2026-11-23.
FIRST = "2026-11-23"
SIGNED: dict[str, Any] = {
    "signatures": [{"party": party, "way": "signature", "on": FIRST} for party in ("居民甲", "居民乙")]
}
ITEM: dict[str, Any] = example(schemas.Item)
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
    with pytest.raises(RefusedError, match="lies before it was registered"):
        go(room, "agreement_signed", agreement_signed={"signatures": early})


def test_a_court_s_times_end_after_the_holidays_and_what_it_is_given_more_counts_from_there(room: Room) -> None:
    # Thirty days from 2026-12-02 end on New Year's Day; fifteen from 2026-12-18 on Saturday 2027-01-02.
    room.pass_time(timedelta(days=9))
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_accepted")
    assert due(room, "special_procedure") == str(rules.last_day(date(2027, 1, 1)))

    go(room, "court_prolonged", court_prolonged={"days": 30})
    first = rules.last_day(rules.last_day(date(2027, 1, 1)) + timedelta(days=30))
    assert due(room, "special_procedure") == str(first)
    go(room, "court_prolonged", court_prolonged={"days": 7})

    assert due(room, "special_procedure") == str(rules.last_day(first + timedelta(days=7)))


def test_ten_days_more_count_from_the_end_of_the_court_s_fifteen(room: Room) -> None:
    room.pass_time(timedelta(days=25))
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_accepted")
    assert due(room, "court_review") == str(rules.last_day(date(2027, 1, 2)))

    go(room, "court_extended")

    assert due(room, "court_extension") == str(rules.last_day(rules.last_day(date(2027, 1, 2)) + timedelta(days=10)))


@pytest.mark.parametrize("passed", [5, 20])
def test_what_all_agree_to_go_on_for_comes_on_top_of_what_is_left(room: Room, passed: int) -> None:
    go(room, *TO_SESSION)
    room.pass_time(timedelta(days=passed))

    go(room, "continuation_agreed", continuation_agreed={"days": 10})
    assert due(room, "continuation") == "2027-01-02"
    go(room, "continuation_agreed", continuation_agreed={"days": 5})

    assert due(room, "continuation") == "2027-01-07"


def test_an_agreement_takes_effect_with_the_seal_where_that_comes_last(room: Room) -> None:
    go(room, *TO_AGREEMENT[:-1])
    room.pass_time(timedelta(days=3))
    with pytest.raises(RefusedError, match="dated in the future"):
        go(room, "agreement_signed", agreement_signed={**SIGNED, "sealed_on": "2026-11-27"})

    go(room, "agreement_signed", agreement_signed={**SIGNED, "sealed_on": "2026-11-25"})

    assert room.case("A1").details["effective_on"] == "2026-11-25"
    assert due(room, "judicial_confirmation") == "2026-12-25"
    room.pass_time(timedelta(days=29))
    go(room, "confirmation_applied", confirmation_applied={"applied_on": "2026-12-24"})


def test_an_agent_signs_by_powers_that_held_on_the_day_of_his_signature(room: Room) -> None:
    go(room, *TO_AGREEMENT[:-1], "agent_authorised", agent_authorised={"party": "居民乙", "until": "2026-11-24"})
    room.pass_time(timedelta(days=5))
    first, second = SIGNED["signatures"]
    late = [first, {**second, "by_agent": True, "on": "2026-11-25"}]
    with pytest.raises(RefusedError, match="still valid"):
        go(room, "agreement_signed", agreement_signed={"signatures": late})

    go(room, "agreement_signed", agreement_signed={"signatures": [first, {**second, "by_agent": True}]})

    assert room.state("A1") == "performing"


def test_nothing_is_reported_or_authorised_ahead(room: Room) -> None:
    go(room, *TO_SESSION)

    with pytest.raises(RefusedError, match="dated in the future"):
        go(room, "escalation_reported", escalation_reported={"reported_at": "2026-11-25T10:00:00+08:00"})
    with pytest.raises(RefusedError, match="can't have happened after today"):
        go(room, "agent_authorised", agent_authorised={"party": "居民乙", "signed_on": "2026-11-25"})


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


@pytest.mark.parametrize(
    ("way", "trigger", "changed"),
    [
        (TO_SESSION, "session_held", {"held_at": "2025-11-23T09:00:00+08:00"}),
        ((*TO_SESSION, "session_held"), "agreement_drafted", {"items": [ITEM | {"due_on": "2025-12-31"}]}),
        ((*TO_SESSION, "session_held"), "agreed_by_word", {"items": [ITEM | {"due_on": "2025-12-31"}]}),
        (TO_AGREEMENT, "item_performed", {"performed_on": "2025-11-23"}),
    ],
)
def test_no_act_is_of_a_year_before_the_mediation(
    room: Room, way: tuple[str, ...], trigger: str, changed: dict[str, Any]
) -> None:
    go(room, *way)

    with pytest.raises(RefusedError, match="lies before it was registered, on 2026-11-23"):
        go(room, trigger, **{trigger: changed})


def test_nobody_is_asked_to_come_on_a_day_that_is_over(room: Room) -> None:
    go(room, *TO_SESSION)

    with pytest.raises(RefusedError, match="the day is over"):
        go(room, "session_arranged", session_arranged={"meets_at": "2025-11-24T15:00:00+08:00"})


def test_an_appointment_that_is_moved_stands_on_the_agenda_once(room: Room) -> None:
    first, second = "2026-11-24T15:00:00+08:00", "2026-11-26T09:00:00+08:00"
    go(room, *TO_SESSION)
    with pytest.raises(RefusedError, match="nothing is arranged"):
        go(room, "session_called_off")
    go(room, "session_arranged", session_arranged={"meets_at": first})
    go(room, "session_arranged", session_arranged={"meets_at": second})
    with pytest.raises(RefusedError, match="say which appointment it is"):
        go(room, "session_called_off")

    go(room, "session_called_off", session_called_off={"which_appointment": "1"})

    case = room.case("A1")
    assert [one.at.isoformat() for one in rules.meetings(case.state, case.details)] == [second]
    assert case.details["appointments"][0]["called_off"] == "当事人临时有事，另行约定时间"
    go(room, "mediation_terminated", mediation_terminated={"routes": ["lawsuit", "police"]})
    ended = room.case("A1")
    assert not [*rules.meetings(ended.state, ended.details)]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("period_ran_out", "has not run out"),
        ("police_matter", "reported to them first"),
        ("agreement_invalid", "no court has ruled"),
    ],
)
def test_a_mediation_ends_for_no_reason_that_its_file_does_not_bear_out(room: Room, reason: str, why: str) -> None:
    ending = {"reason": reason, "routes": ["lawsuit", "police"]}
    go(room, *TO_SESSION)

    with pytest.raises(RefusedError, match=why):
        go(room, "mediation_terminated", mediation_terminated=ending)
    if reason == "period_ran_out":
        room.pass_time(timedelta(days=32))
    if reason == "police_matter":
        go(room, "escalation_reported")
    if reason != "agreement_invalid":
        go(room, "mediation_terminated", mediation_terminated=ending)
        assert room.state("A1") == "terminated"


@pytest.mark.parametrize("state", ["breached", "not_performed", "court_overdue"])
def test_what_is_not_performed_yet_stays_on_the_agenda_and_is_warned_of(room: Room, state: str) -> None:
    go(room, *TO_AGREEMENT)
    case = room.case("A1")
    case.state = state

    assert [one.what for one in rules.meetings(state, case.details)] == ["performance_falls_due"]
    assert [one.code for one in cautions.late(case, room.now + timedelta(days=60))] == ["items_overdue"]


def test_times_that_run_when_it_is_upgraded_end_after_the_holidays_too(room: Room) -> None:
    go(room, *TO_AGREEMENT, "confirmation_applied", "court_confirmed")
    now = {name: room.clocks("A1")[name] for name in ("limitation", "enforcement_application")}
    table = room.blueprint.store.clocks
    with room.database.write() as session:
        for row in session.execute(select(table).where(table.c.name.in_([*now]))).all():
            body = {**row.body, "roll": "none"}
            before = Clock.from_dict(body).due_at(room.blueprint.calendar)
            session.execute(table.update().where(table.c.name == row.name).values(body=body, due_at=before))
    assert due(room, "enforcement_application") == "2028-12-31"
    migration = import_module("services.mediation.migrations.0006_rolled_times")

    with room.database.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    assert {name: room.clocks("A1")[name] for name in now} == now
