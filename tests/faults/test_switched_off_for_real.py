"""The account can fail over a real broker and database too: the same faults, with workers that are careless.

Both tests spoil one street; each tells what the other one can't.
"""

from __future__ import annotations

import pytest

from tests.faults.checks import faults
from tests.faults.place import Place
from tests.faults.postman import Postman

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]

TWICE = "letters had an effect on intake twice"
NOBODY = "dispatched appeals are with no mechanism"


def run_carelessly(place: Place, which: str) -> None:
    for worker in {*place.workers.values()}:
        worker.kill()
        worker.run_as("tests.faults.careless", which)
        worker.start()


def told(place: Place, what: str) -> list[str]:
    place.hang_up()
    place.await_quiet()
    return [sentence for sentence in faults(place, place.accepted) if what in sentence]


def test_with_letters_written_after_the_commit_a_killed_worker_has_told_nobody(other_street: Place) -> None:
    run_carelessly(other_street, "letters-after")
    with other_street.reports() as residents:
        residents.await_accepted(200)
        with other_street.held_up("routing", "INSERT"):
            other_street.workers["routing"].kill()
        other_street.workers["routing"].start()

    assert told(other_street, NOBODY)
    assert not told(other_street, TWICE)


def test_without_receipts_what_comes_twice_has_its_effects_twice(other_street: Place) -> None:
    run_carelessly(other_street, "no-receipts")
    with Postman(other_street, copies=2, late=0.5) as postman:
        with other_street.reports():
            pass
        postman.await_empty_bag()
        other_street.await_quiet()
        postman.await_empty_bag()

    assert told(other_street, TWICE)
