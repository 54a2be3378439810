"""The board counts each appeal once, where it stands, in whatever order the facts arrive."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from chassis import wire
from chassis.clocks import ClockRule, Unit, start
from chassis.testing import START, Room
from services.portal.board import Board, board
from services.portal.service import PortalService


@pytest.fixture
def portal(tmp_path: Path, database_address: str) -> Iterator[Room]:
    room = Room(PortalService, tmp_path, database_address)
    yield room
    room.database.close()


def seen(portal: Room) -> Board:
    """Look at the board."""
    with portal.database.read() as session:
        return board(session, portal.now)


def promise(portal: Room, hours: int) -> dict[str, Any]:
    """Make the clock of a promise, as it travels."""
    rule = ClockRule(name="finish", limit=hours, unit=Unit("hour"))
    body: dict[str, Any] = start(rule, portal.now, portal.blueprint.calendar).to_dict()
    return body


def dispatch(portal: Room, subject: str, mechanism: str = "mediation", hours: int = 24) -> None:
    """Send an appeal to a mechanism."""
    portal.hear(
        "routing.appeal_dispatched.v1",
        subject,
        {"mechanism": mechanism, "lead_unit": "north", "clocks": [promise(portal, hours)]},
    )


def later(portal: Room) -> None:
    """Let a minute pass."""
    portal.now += timedelta(minutes=1)


def test_an_appeal_goes_through_the_four_stages(portal: Room) -> None:
    stages = []
    for key, data in [
        ("intake.appeal_registered.v1", {}),
        ("routing.appeal_ledgered.v1", {}),
        ("routing.appeal_dispatched.v1", {"mechanism": "relief", "lead_unit": "north"}),
        ("relief.case_accepted.v1", {}),
        ("relief.case_concluded.v1", {}),
        ("feedback.rework_ordered.v1", {"reason": "x"}),
        ("relief.case_concluded.v1", {}),
        ("feedback.appeal_closed.v1", {}),
    ]:
        portal.hear(key, "A1", data)
        later(portal)
        shown = seen(portal)
        [*stage] = [name for name, count in shown.stages.items() if count.open]
        stages += stage or ["ended"]
        assert shown.came == 1

    assert stages == [
        *("collect", "analyse", "handle", "handle"),
        *("feedback", "handle", "feedback", "ended"),
    ]
    assert not portal.parked()


def test_counts_are_kept_per_mechanism_and_overdue_ones_are_counted(portal: Room) -> None:
    dispatch(portal, "A1", "mediation", hours=1)
    dispatch(portal, "A2", "mediation", hours=48)
    dispatch(portal, "A3", "relief", hours=1)
    portal.hear("intake.appeal_registered.v1", "A4", {})

    portal.now += timedelta(hours=2)

    shown = seen(portal).as_dict()
    assert shown["mechanisms"] == {
        "mediation": {"open": 2, "overdue": 1},
        "relief": {"open": 1, "overdue": 1},
    }
    assert shown["stages"]["handle"] == {"open": 3, "overdue": 2}
    assert shown["stages"]["collect"] == {"open": 1, "overdue": 0}
    assert (shown["came"], shown["open"], shown["overdue"], shown["ended"]) == (4, 4, 2, 0)


def test_a_mechanism_nobody_knew_before_has_its_counts_too(portal: Room) -> None:
    dispatch(portal, "A1", "street_lights")
    portal.hear("street_lights.case_concluded.v1", "A1", {})

    assert seen(portal).mechanisms["street_lights"].open == 1


def test_a_concluded_appeal_is_overdue_no_more_and_a_reworked_one_has_a_new_promise(portal: Room) -> None:
    dispatch(portal, "A1", hours=1)
    portal.now += timedelta(hours=2)
    assert seen(portal).total.overdue == 1

    portal.hear("mediation.case_concluded.v1", "A1", {})
    assert seen(portal).total.overdue == 0

    later(portal)
    portal.hear("feedback.rework_ordered.v1", "A1", {"reason": "x", "clocks": [promise(portal, 5)]})
    assert seen(portal).total.overdue == 0
    portal.now += timedelta(hours=6)
    assert seen(portal).total.overdue == 1


@pytest.mark.parametrize("late", [False, True])
def test_what_is_opened_again_stands_open_until_it_is_closed_once_more_in_whatever_order_it_is_told(
    portal: Room, *, late: bool
) -> None:
    dispatch(portal, "A1")
    later(portal)
    closing = portal.now
    if not late:
        portal.hear("feedback.appeal_closed.v1", "A1", {})
        assert seen(portal).ended == 1
    later(portal)
    told = {"reason": "x", "reopens": True, "clocks": [promise(portal, 5)]}
    portal.hear("feedback.rework_ordered.v1", "A1", told)
    if late:
        reopened, portal.now = portal.now, closing
        portal.hear("feedback.appeal_closed.v1", "A1", {})
        portal.now = reopened

    assert (seen(portal).ended, seen(portal).stages["handle"].open) == (0, 1)
    later(portal)
    portal.hear("mediation.case_concluded.v1", "A1", {})
    portal.hear("feedback.appeal_closed.v1", "A1", {})
    assert (seen(portal).ended, seen(portal).total.open) == (1, 0)


def test_a_granted_extension_moves_the_promise_and_a_refused_one_does_not(portal: Room) -> None:
    for subject, granted in (("A1", True), ("A2", False)):
        dispatch(portal, subject, hours=1)
        portal.hear(
            "routing.extension_decided.v1",
            subject,
            {"mechanism": "mediation", "granted": granted, "clocks": [promise(portal, 48)]},
        )

    portal.now += timedelta(hours=2)

    assert seen(portal).total.overdue == 1


def test_a_promise_that_stands_still_is_not_overdue_before_its_new_end(portal: Room) -> None:
    dispatch(portal, "A1", hours=1)
    portal.hear("routing.promise_moved.v1", "A1", {"due_at": (portal.now + timedelta(hours=9)).isoformat()})

    portal.now += timedelta(hours=2)
    assert seen(portal).total.overdue == 0
    portal.now += timedelta(hours=8)
    assert seen(portal).total.overdue == 1


@pytest.mark.parametrize("first", ["reply", "dispatch"])
def test_after_an_interim_reply_an_appeal_is_overdue_when_the_law_s_time_is_over(portal: Room, first: str) -> None:
    sent = portal.now
    until = (sent + timedelta(days=60)).isoformat()
    for what in ("dispatch", "reply") if first == "dispatch" else ("reply", "dispatch"):
        portal.now = sent if what == "dispatch" else sent + timedelta(minutes=5)
        if what == "dispatch":
            dispatch(portal, "A1", hours=1)
        else:
            portal.hear("mediation.case_interim_replied.v1", "A1", {"due_at": until})

    portal.now = sent + timedelta(days=59)
    assert seen(portal).total.overdue == 0
    portal.now += timedelta(days=2)
    assert seen(portal).total.overdue == 1


@pytest.mark.parametrize("order", [*permutations(("dispatch", "reply", "moved"))], ids="-".join)
def test_what_moves_a_promise_after_its_interim_reply_leaves_the_law_s_time(
    portal: Room, order: tuple[str, ...]
) -> None:
    sent = portal.now
    until, moved = ((sent + timedelta(days=days)).isoformat() for days in (60, 3))
    minutes = {"dispatch": 0, "reply": 5, "moved": 6}
    for what in order:
        portal.now = sent + timedelta(minutes=minutes[what])
        if what == "dispatch":
            dispatch(portal, "A1", hours=1)
        elif what == "reply":
            portal.hear("mediation.case_interim_replied.v1", "A1", {"due_at": until})
        else:
            extended = {"mechanism": "mediation", "granted": True, "clocks": [promise(portal, 48)]}
            portal.hear("routing.extension_decided.v1", "A1", extended)
            portal.hear("routing.promise_moved.v1", "A1", {"due_at": moved})

    portal.now = sent + timedelta(days=59)
    assert seen(portal).total.overdue == 0
    portal.now += timedelta(days=2)
    assert seen(portal).total.overdue == 1


def test_a_rework_after_an_interim_reply_promises_anew_and_may_be_extended(portal: Room) -> None:
    dispatch(portal, "A1", hours=1)
    later(portal)
    until = (portal.now + timedelta(days=60)).isoformat()
    portal.hear("mediation.case_interim_replied.v1", "A1", {"due_at": until})
    later(portal)
    portal.hear("feedback.rework_ordered.v1", "A1", {"reason": "x", "clocks": [promise(portal, 24)]})
    later(portal)
    extended = {"mechanism": "mediation", "granted": True, "clocks": [promise(portal, 48)]}
    portal.hear("routing.extension_decided.v1", "A1", extended)

    portal.now += timedelta(hours=47)
    assert seen(portal).total.overdue == 0
    portal.now += timedelta(hours=2)
    assert seen(portal).total.overdue == 1


@pytest.mark.parametrize(
    "end",
    [
        "intake.appeal_withdrawn.v1",
        "intake.appeal_merged.v1",
        "intake.appeal_not_accepted.v1",
        "intake.appeal_followed_up.v1",
        "feedback.appeal_closed.v1",
    ],
)
def test_an_ended_appeal_stays_ended_though_a_fact_crossed_it_on_the_way(portal: Room, end: str) -> None:
    portal.hear(end, "A1", {})
    later(portal)
    portal.hear("mediation.case_accepted.v1", "A1", {})

    assert (seen(portal).ended, seen(portal).total.open) == (1, 0)


def test_a_relayed_emergency_is_open_until_it_was_followed_up(portal: Room) -> None:
    portal.hear("intake.appeal_relayed.v1", "A1", {})
    assert (seen(portal).ended, seen(portal).stages["handle"].open) == (0, 1)
    later(portal)

    portal.hear("intake.appeal_followed_up.v1", "A1", {})

    assert (seen(portal).ended, seen(portal).total.open) == (1, 0)


def test_an_appeal_answered_on_the_spot_waits_for_its_callback(portal: Room) -> None:
    portal.hear("intake.appeal_answered.v1", "A1", {})

    assert seen(portal).stages["feedback"].open == 1


def test_of_facts_told_at_one_time_the_furthest_counts_whichever_comes_first(portal: Room) -> None:
    facts = ["routing.appeal_dispatched.v1", "routing.appeal_ledgered.v1"]
    for key in facts:
        portal.hear(key, "A1", {"mechanism": "relief"})
    for key in reversed(facts):
        portal.hear(key, "A2", {"mechanism": "relief"})

    assert seen(portal).stages["handle"].open == 2


def story(subject: str, at: datetime) -> list[tuple[bytes, str]]:
    """Write all letters of an appeal that is handled twice and then closed or left open."""
    told: list[tuple[str, dict[str, Any]]] = [
        ("intake.appeal_registered.v1", {}),
        ("routing.appeal_ledgered.v1", {}),
        ("routing.appeal_dispatched.v1", {"mechanism": "property", "lead_unit": "north"}),
        ("property.case_accepted.v1", {}),
        ("property.case_concluded.v1", {}),
    ]
    if subject.endswith("1"):
        told.append(("feedback.appeal_closed.v1", {}))
    letters = []
    for number, (key, data) in enumerate(told):
        # Routing tells both facts in one transaction, so at one time.
        time = at + timedelta(seconds=1 if key.startswith("routing") else number)
        letter = wire.Letter(id=f"{subject}-{number}", key=key, subject=subject, time=time, data=data)
        letters.append((wire.encode(letter), key))
    return letters


@pytest.mark.parametrize("batch", [1, 7, 50])
def test_letters_in_any_order_twice_and_in_any_batches_end_in_the_same_board(portal: Room, batch: int) -> None:
    chance = random.Random(batch)
    letters = [letter for number in range(40) for letter in story(f"A{number}", START)] * 2
    chance.shuffle(letters)

    for first in range(0, len(letters), batch):
        portal.inbox.take(letters[first : first + batch])

    shown = seen(portal)
    assert (shown.came, shown.ended) == (40, 4)
    assert shown.stages["feedback"].open == 36
    assert shown.mechanisms["property"].open == 36
    assert not portal.parked()


@pytest.mark.parametrize("batch", [1, 7, 50])
@pytest.mark.parametrize(
    ("told", "open_in", "ended"),
    [
        (("intake.appeal_withdrawn.v1", "mediation.case_accepted.v1"), "", 1),
        (("mediation.case_concluded.v1", "feedback.appeal_closed.v1", "feedback.rework_ordered.v1"), "handle", 0),
        (
            (
                *("mediation.case_concluded.v1", "feedback.appeal_closed.v1", "feedback.rework_ordered.v1"),
                "mediation.case_concluded.v1",
            ),
            "feedback",
            0,
        ),
        (("intake.appeal_merged.v1", "intake.appeal_unmerged.v1", "routing.appeal_dispatched.v1"), "handle", 0),
        (
            (
                *("feedback.appeal_closed.v1", "intake.appeal_reopened.v1", "mediation.case_concluded.v1"),
                "feedback.appeal_closed.v1",
            ),
            "",
            1,
        ),
    ],
    ids=["crossed", "opened again", "opened again and concluded", "taken out and sent", "closed once more"],
)
def test_what_began_again_stands_where_it_is_now_in_whatever_order_and_batches_its_letters_come(
    portal: Room, batch: int, told: tuple[str, ...], open_in: str, ended: int
) -> None:
    orders = [*permutations(range(len(told)))]
    letters = []
    for subject, order in enumerate(orders):
        for place in order:
            at, key = START + timedelta(minutes=place), told[place]
            data = {"mechanism": "mediation", "lead_unit": "north", "reason": "x", "reopens": True}
            one = wire.Letter(id=f"{subject}-{place}", key=key, subject=f"A{subject}", time=at, data=data)
            letters.append((wire.encode(one), key))

    for first in range(0, len(letters), batch):
        portal.inbox.take(letters[first : first + batch])

    shown = seen(portal)
    assert not portal.parked()
    assert (shown.ended, shown.total.open) == (len(orders) * ended, len(orders) * (1 - ended))
    assert not open_in or shown.stages[open_in].open == len(orders)


def test_a_bad_letter_in_a_batch_harms_only_itself(portal: Room) -> None:
    good = story("A1", START)
    bad = wire.Letter(id="bad", key="routing.appeal_dispatched.v1", subject="A2", time=START, data={})

    portal.inbox.take([*good, (wire.encode(bad), bad.key)])

    assert seen(portal).came == 1
    [parked] = portal.parked()
    assert "mechanism" in parked.reason


def test_a_letter_whose_clock_makes_no_sense_is_parked_and_the_others_count(portal: Room) -> None:
    bad = wire.Letter(
        id="bad",
        key="routing.appeal_dispatched.v1",
        subject="A2",
        time=START,
        data={"mechanism": "relief", "clocks": [{"name": "finish"}]},
    )

    portal.inbox.take([*story("A1", START), (wire.encode(bad), bad.key)])

    assert seen(portal).came == 1
    assert [row.id for row in portal.parked()] == ["bad"]


def test_what_is_regraded_is_overdue_by_its_new_promise(portal: Room) -> None:
    dispatch(portal, "A1", hours=1)
    told = {"mechanism": "mediation", "urgency": "III", "clocks": [promise(portal, 48)]}
    portal.hear("routing.appeal_regraded.v1", "A1", told)
    dispatch(portal, "A2", hours=1)
    portal.hear("routing.appeal_regraded.v1", "A2", {**told, "clocks": []})

    portal.now += timedelta(hours=2)

    assert seen(portal).total.overdue == 1
