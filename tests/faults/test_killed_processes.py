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

    assert place.faults() == []


def test_a_relay_killed_between_post_and_commit_loses_and_doubles_nothing(place: Place) -> None:
    with place.reports() as residents:
        residents.await_accepted(100)
        # The relay may lock its rows and post them, but not write down that it did.
        with place.blocked("routing", "letters", "SHARE"):
            place.workers["routing"].kill()
        place.workers["routing"].start()

    assert place.faults() == []


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
