"""The time of expert opinions does not count, in whatever order they come and are put on record."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.mediation.models import Case
from tests.services.mediation.test_service import TO_SESSION, go, room

__all__ = ["room"]

ASKED, CAME, ONE_CAME = "appraisal_commissioned", "appraisal_received", "one_appraisal_received"
GIVEN_UP, ONE_GIVEN_UP = "appraisal_abandoned", "one_appraisal_abandoned"
FIELD = {ASKED: "commissioned_on", CAME: "received_on", ONE_CAME: "received_on"}


def enter(room: Room, *entries: tuple[int, str, int, str]) -> timedelta:
    """Put acts on record: on which day since now, which, of which day, on which opinion; return how far the time has moved."""
    begin, before = room.now, end(room)
    for entered, trigger, of, number in entries:
        room.pass_time(begin + timedelta(days=entered) - room.now)
        day = str(local_date(begin) + timedelta(days=of))
        form = {FIELD.get(trigger, "abandoned_on"): day, **({"which_appraisal": number} if number else {})}
        go(room, trigger, **{trigger: form})
    return end(room) - before


def end(room: Room) -> datetime:
    """Return when the time of mediation is over."""
    return room.clocks("A1")["mediation_period"].due_at(room.blueprint.calendar)


@pytest.mark.parametrize(
    ("entries", "days"),
    [
        pytest.param(
            [(12, ASKED, 10, ""), (12, ASKED, 5, ""), (20, ONE_CAME, 14, "1"), (20, CAME, 18, "")],
            13,
            id="the earlier request is entered second",
        ),
        pytest.param(
            [(12, ASKED, 5, ""), (12, CAME, 10, ""), (12, ASKED, 2, ""), (12, CAME, 4, "")],
            7,
            id="what was over before is entered second",
        ),
        pytest.param(
            [(12, ASKED, 5, ""), (12, CAME, 10, ""), (12, ASKED, 3, ""), (12, CAME, 7, "")],
            7,
            id="what overlaps from before is entered second",
        ),
        pytest.param(
            [(12, ASKED, 3, ""), (12, ASKED, 5, ""), (12, ONE_CAME, 10, "2"), (12, CAME, 4, "")],
            6,
            id="the last result is entered first, and nobody waited between the two",
        ),
        pytest.param(
            [(3, ASKED, 2, ""), (4, ASKED, 3, ""), (20, ONE_GIVEN_UP, 6, "2"), (20, CAME, 9, "")],
            7,
            id="one is given up, the other came later",
        ),
        pytest.param(
            [(3, ASKED, 2, ""), (4, ASKED, 3, ""), (20, ONE_CAME, 9, "1"), (20, GIVEN_UP, 6, "")],
            7,
            id="one came, the other was given up earlier",
        ),
        pytest.param([(3, ASKED, 2, ""), (20, GIVEN_UP, 8, "")], 6, id="given up before that is entered"),
    ],
)
def test_only_the_days_on_which_an_opinion_was_awaited_do_not_count(
    room: Room, entries: list[tuple[int, str, int, str]], days: int
) -> None:
    go(room, *TO_SESSION)

    assert enter(room, *entries) == timedelta(days=days)


def test_while_one_is_awaited_still_the_time_in_between_counts(room: Room) -> None:
    go(room, *TO_SESSION)

    enter(room, (12, ASKED, 3, ""), (12, ASKED, 9, ""), (12, ONE_CAME, 5, "1"))

    first, second = room.clocks("A1")["mediation_period"].suspensions
    assert (first.end, second.end) == (first.start + timedelta(days=2), None)
    assert second.start == first.start + timedelta(days=6)


def test_the_time_is_over_where_an_opinion_had_come_long_before_that_was_entered(room: Room) -> None:
    go(room, *TO_SESSION)
    enter(room, (3, ASKED, 2, ""), (60, CAME, 5, ""))

    room.pass_time(timedelta(minutes=10))

    assert room.state("A1") == "period_over"


OTHER = {"mediators": [{"mediator": "调解员丁", "standing": "engaged", "chosen_by": "parties"}]}


def as_an_earlier_release_kept_it(room: Room) -> None:
    """Keep the only opinion as it was before several could be awaited."""
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        [row] = case.details["appraisals"]
        kept = {name: value for name, value in case.details.items() if not name.startswith("apprais")}
        asked = {name: row[name] for name in ("subject", "appraiser", "commissioned_on")}
        case.details = {**kept, "appraisal_commissioned": asked}


@pytest.mark.parametrize("earlier", [False, True])
def test_who_mediates_is_replaced_while_an_opinion_is_awaited_and_the_time_stands_still_until_that_has_come(
    room: Room, *, earlier: bool
) -> None:
    go(room, *TO_SESSION)
    begun = end(room)
    enter(room, (3, ASKED, 3, ""))
    if earlier:
        as_an_earlier_release_kept_it(room)
    ask_by = room.clocks("A1")["appraisal_follow_up"].due_at(room.blueprint.calendar)

    room.pass_time(timedelta(days=2))
    go(room, "mediator_challenged")

    clocks = room.clocks("A1")
    assert (room.state("A1"), clocks["mediation_period"].state) == ("rights_notified", "suspended")
    assert clocks["appraisal_follow_up"].due_at(room.blueprint.calendar) == ask_by
    with pytest.raises(RefusedError, match="replaced in this dispute"):
        go(room, "mediators_set_amid_appraisal")
    with pytest.raises(RefusedError, match="an opinion is awaited"):
        go(room, "mediators_set", mediators_set=OTHER)
    with pytest.raises(RefusedError, match="an opinion is awaited"):
        go(room, "party_joined")
    go(room, "mediators_set_amid_appraisal", mediators_set_amid_appraisal=OTHER)
    case = room.case("A1")
    assert (room.state("A1"), case.handlers) == ("appraising", "调解员丁")
    assert case.details["mediators_set"]["mediators"][0]["mediator"] == "调解员丁"
    room.pass_time(timedelta(days=2))
    go(room, CAME)
    assert room.state("A1") == "investigating"
    assert end(room) - begun == timedelta(days=4)


def test_an_opinion_that_comes_while_there_is_no_mediator_is_recorded_and_the_time_runs_on(room: Room) -> None:
    go(room, *TO_SESSION)
    begun = end(room)
    enter(room, (3, ASKED, 3, ""), (3, ASKED, 3, ""))
    go(room, "mediator_challenged", "appraisal_asked", appraisal_asked={"which_appraisal": "1"})

    enter(room, (2, ONE_CAME, 2, "1"), (4, GIVEN_UP, 4, ""))

    assert (room.state("A1"), room.clocks("A1")["mediation_period"].state) == ("rights_notified", "running")
    assert end(room) - begun == timedelta(days=4)
    with pytest.raises(RefusedError, match="no opinion is awaited"):
        go(room, "mediators_set_amid_appraisal", mediators_set_amid_appraisal=OTHER)
    go(room, "mediators_set", mediators_set=OTHER)
    assert room.state("A1") == "investigating"


def as_left_by_an_earlier_release(room: Room) -> None:
    """Put the opinion on file as it was before mediation that ended also ended the waiting."""
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        [row] = case.details["appraisals"]
        left = {name: value for name, value in row.items() if name not in {"ended_on", "reason"}}
        case.details = {**case.details, "appraisals": [{**left, "waits": True}]}


def test_who_mediates_is_not_chosen_amid_what_an_earlier_mediation_waited_for(room: Room) -> None:
    go(room, *TO_SESSION, ASKED, "mediation_terminated", "mediation_asked_again", "consent_given")
    as_left_by_an_earlier_release(room)

    go(room, "rights_explained", "mediators_set")

    assert room.state("A1") == "investigating"


@pytest.mark.parametrize(("trigger", "state"), [("mediators_set", "investigating"), ("party_joined", "consent_due")])
def test_what_is_left_as_awaited_while_the_time_runs_holds_nobody_up(room: Room, trigger: str, state: str) -> None:
    go(room, *TO_SESSION, ASKED, "mediation_terminated", "mediation_asked_again", "consent_given", "rights_explained")
    as_left_by_an_earlier_release(room)
    with pytest.raises(RefusedError, match="no opinion is awaited"):
        go(room, "mediators_set_amid_appraisal")

    go(room, trigger)

    assert room.state("A1") == state


@pytest.mark.parametrize(("of", "why"), [(4, "after today"), (1, "lies before the step that it follows")])
def test_an_opinion_is_given_up_neither_ahead_nor_before_it_was_asked_for(room: Room, of: int, why: str) -> None:
    go(room, *TO_SESSION)
    enter(room, (3, ASKED, 2, ""))

    with pytest.raises(RefusedError, match=why):
        go(room, GIVEN_UP, appraisal_abandoned={"abandoned_on": str(local_date(room.now) + timedelta(days=of - 3))})


def test_what_an_earlier_mediation_waited_for_does_not_move_this_one(room: Room) -> None:
    go(room, *TO_SESSION, ASKED, "mediation_terminated", "concluded_unsettled")
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": "mediation", "reason": "漏水没有解决", "round": 1})
    room.pass_time(timedelta(days=10))
    go(room, "rework_taken", *TO_SESSION[1:])
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        [row] = case.details["appraisals"]
        # As it was before mediation that ended also ended the waiting.
        left = {name: value for name, value in row.items() if name not in {"ended_on", "reason"}}
        case.details = {**case.details, "appraisals": [{**left, "waits": True}]}

    assert enter(room, (9, ASKED, 2, ""), (9, CAME, 5, "")) == timedelta(days=3)


def test_what_was_given_up_before_its_day_was_kept_moves_the_time_by_what_it_did(room: Room) -> None:
    go(room, *TO_SESSION)
    begun = end(room)
    enter(room, (3, ASKED, 2, ""), (20, GIVEN_UP, 8, ""))
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        [row] = case.details["appraisals"]
        kept = {name: value for name, value in case.details.items() if not name.startswith("apprais")}
        old = {name: row[name] for name in ("subject", "appraiser", "commissioned_on")}
        case.details = {**kept, "appraisal_commissioned": old, "appraisal_abandoned": {"reason": row["reason"]}}

    enter(room, (2, ASKED, 0, ""), (2, CAME, 2, ""))

    assert end(room) - begun == timedelta(days=6 + 2)
