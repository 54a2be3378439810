"""A second round in one case: another company, another election, another plan; and of several votes each by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chassis.testing import Room
from chassis.workflow import RefusedError
from tests.services.property.test_service import NO_FIGURES, TO_SITE
from tests.services.property.test_ways_on import CHANGE, COVENANT, DISMISS, REWORK, running

Walk = Callable[..., None]
TO_MATTER = (*TO_SITE, "common_decision_needed")
CHOOSE: dict[str, dict[str, Any]] = {name: {"item": "choose_company"} for name in ("vote_announced", "votes_counted")}
VOTED = ("vote_announced", "votes_counted", "decision_posted")


def dismissed_and_chosen(walk: Walk) -> None:
    """Have the owners dismiss their company, and choose the next by a vote of its own."""
    walk(*TO_MATTER, *VOTED, "vote_repeated", **DISMISS)
    walk(*VOTED, **CHOOSE)


def again(room: Room, walk: Walk, number: int = 1) -> None:
    """Have the result not accepted, and the matter looked at from the beginning."""
    room.hear("feedback.rework_ordered.v1", "A1", REWORK | {"round": number})
    walk("rework_taken", *TO_SITE[1:], classified=CHANGE)


def test_what_the_owners_decided_on_one_company_decides_nothing_on_the_next(room: Room, walk: Walk) -> None:
    dismissed_and_chosen(walk)
    unvoted = {"contract_ended": NO_FIGURES, "successor_took_over": NO_FIGURES}
    walk("contract_ended", "estate_handed_over", "successor_took_over", "contract_filed", "concluded", **unvoted)
    again(room, walk)

    with pytest.raises(RefusedError, match="a vote of its own"):
        walk("contract_ended", **unvoted)
    walk("common_decision_needed", *VOTED, "contract_ended", "estate_handed_over", **DISMISS, **unvoted)
    with pytest.raises(RefusedError, match="a vote of its own"):
        walk("successor_took_over", **unvoted)
    walk("successor_not_chosen", "handed_over", "concluded_as_handed_over")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK | {"round": 2})
    walk("takeover_resumed")

    assert room.state("A1") == "takeover_due"


def test_what_the_owners_decided_after_a_change_of_company_is_gone_on_with_when_the_case_comes_back(
    room: Room, walk: Walk
) -> None:
    dismissed_and_chosen(walk)
    walk("contract_ended", "estate_handed_over", "successor_took_over", "contract_filed", "concluded")
    again(room, walk)
    walk("common_decision_needed", *VOTED, "decision_failed", "handed_over", "concluded_as_handed_over", **COVENANT)
    room.hear("feedback.rework_ordered.v1", "A1", REWORK | {"round": 2})
    walk("decision_resumed")

    assert room.state("A1") == "owners_decided"
    with pytest.raises(RefusedError, match="somebody follows already"):
        walk("successor_took_over")


def test_a_dismissal_stands_also_where_the_vote_on_the_next_company_is_lost(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, "vote_repeated", **DISMISS)
    lost = {"item": "choose_company", "ballots": [{"room": "1-1-101", "choice": "agree", "confirmed": True}]}
    walk("vote_announced", "votes_counted", "vote_failed", vote_announced=CHOOSE["vote_announced"], votes_counted=lost)

    walk("decision_pursued", "contract_ended", contract_ended=NO_FIGURES)

    assert room.state("A1") == "exit_running"


def test_who_gives_up_the_vote_on_the_next_company_goes_on_without_it(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, "contract_ended", "estate_handed_over", "successor_put_to_vote", **DISMISS)
    walk("takeover_pursued")

    assert room.state("A1") == "takeover_due"
    with pytest.raises(RefusedError, match="has not come so far"):
        walk("successor_put_to_vote", "decision_pursued")


def test_of_several_decisions_the_one_that_is_meant_is_revoked_and_the_others_stand(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, "vote_repeated", classified=CHANGE, **COVENANT)
    counted = room.now.date()
    room.now += timedelta(days=20)
    called = {"posted_on": counted.isoformat()}
    walk(*VOTED, **{**DISMISS, "vote_announced": DISMISS["vote_announced"] | called})
    with pytest.raises(RefusedError, match="which decision"):
        walk("decision_revoked")

    # What was decided first was revoked before the second was counted, and is told of late.
    revoked = {"which_decision": "management_covenant", "revoked_on": (counted + timedelta(5)).isoformat()}
    walk("decision_revoked", decision_revoked=revoked | {"posted_on": room.now.date().isoformat()})

    kept = room.case("A1").details
    assert (room.state("A1"), {*kept["owners_decisions"]}) == ("owner_vote_due", {"dismiss_company"})
    assert kept["vote_result"]["carried"]
    assert [fact["item"] for fact in room.told("owners_vote_annulled.v1")] == ["management_covenant"]
    assert "change_notice" not in running(room)
    walk("decision_pursued", "contract_ended", contract_ended=NO_FIGURES)
    assert room.state("A1") == "exit_running"


def test_a_dismissal_that_is_revoked_takes_no_change_along_of_which_nobody_was_told(room: Room, walk: Walk) -> None:
    walk(*TO_MATTER, *VOTED, "vote_repeated", classified=CHANGE, **COVENANT)
    walk(*VOTED, "contract_ended", contract_ended=NO_FIGURES, **{k: v for k, v in DISMISS.items() if k != "classified"})
    assert "change_notice" in running(room)

    walk("dismissal_revoked")

    assert "change_notice" in running(room)
