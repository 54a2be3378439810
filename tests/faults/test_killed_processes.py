"""kill -9 of the platform's processes, at moments that hurt."""

from __future__ import annotations

import random

import pytest

from tests.faults.place import Place
from tests.nodes.node import wait_until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]


def test_a_worker_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(place: Place) -> None:
    with place.reports() as residents:
        residents.await_accepted(100)
        with place.blocked("routing", "ledger_numbers", "ACCESS EXCLUSIVE"):
            place.workers["routing"].kill()
        place.workers["routing"].start()
        residents.await_accepted(300)
        # All is done but the letters.
        with place.held_up("routing", "INSERT"):
            place.workers["routing"].kill()
        place.workers["routing"].start()

    assert place.faults() == []


def test_a_relay_killed_between_post_and_commit_loses_and_doubles_nothing(place: Place) -> None:
    with place.reports() as residents:
        residents.await_accepted(100)
        with place.held_up("routing", "UPDATE"):
            # What the broker has of these letters it has handed out, and their readers have read it.
            posted = read_though_unmarked(place)
            place.workers["routing"].kill()
        assert posted <= place.unmarked("routing")
        place.workers["routing"].start()

    assert place.faults() == []
    assert place.received("portal", posted) == posted


def read_though_unmarked(place: Place) -> set[str]:
    """Wait until the portal has read letters that routing has not written down as posted; return them."""
    found: set[str] = set()

    def some() -> bool:
        found.update(place.received("portal", place.unmarked("routing")))
        return len(found) > 0

    wait_until(some, seconds=30, what="A letter that was posted and is not marked so")
    return found


def test_workers_killed_again_and_again_while_everybody_works_lose_and_double_nothing(place: Place) -> None:
    dice = random.Random(20)
    with place.reports() as residents:
        for share in range(60, residents.number, 120):
            residents.await_accepted(share)
            worker = place.workers[dice.choice(("intake", "routing", "mediation"))]
            worker.kill()
            worker.start()

    assert place.faults() == []
    assert place.take_on() > 0
    place.workers["mediation"].kill()
    place.workers["mediation"].start()
    assert place.faults() == []


def test_the_web_killed_between_commit_and_answer_answers_the_same_when_asked_again(place: Place) -> None:
    with place.reports() as residents:
        residents.await_accepted(200)
        with place.unanswered_commits("intake", 4):
            place.web.kill()
        answered = len(place.accepted) + len(residents.accepted)
        wait_until(lambda: place.count("intake") > answered, seconds=10, what="An appeal without an answer")
        place.start()

    residents.ask_all_again()
    assert residents.complaints == []
    assert place.faults() == []


def test_the_web_killed_again_and_again_under_load_takes_each_appeal_once(place: Place) -> None:
    with place.reports() as residents:
        for share in (80, 300):
            residents.await_accepted(share)
            place.web.kill()
            place.start()

    assert residents.asked_again > 0
    assert place.faults() == []
