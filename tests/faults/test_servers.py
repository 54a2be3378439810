"""The broker and the database go away and come back, while residents report."""

from __future__ import annotations

import pytest

from tests.faults.place import TOGETHER, Place
from tests.nodes.node import wait_until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]


def test_a_broker_that_is_away_for_a_while_stops_no_resident_and_loses_nothing(place: Place) -> None:
    with place.reports() as residents:
        residents.await_accepted(100)
        place.rabbit.stop()
        residents.await_accepted(400)
        place.rabbit.start()

    assert place.faults() == []


def test_a_broker_killed_while_its_mailboxes_are_full_loses_nothing(place: Place) -> None:
    readers = [worker for name, worker in place.workers.items() if name in ("routing", *(one[0] for one in TOGETHER))]
    for worker in readers:
        worker.kill()
    with place.reports() as residents:
        residents.await_accepted(residents.number)
        wait_until(lambda: place.mailbox("routing") >= residents.number, seconds=60, what="A full mailbox")
        place.rabbit.settle()

        place.rabbit.kill()
        place.rabbit.start()
        for worker in readers:
            worker.start()

    assert place.faults() == []


def test_a_database_restarted_and_killed_under_load_loses_and_doubles_nothing(place: Place) -> None:
    with place.reports() as residents:
        residents.await_accepted(100)
        place.postgres.restart()
        residents.await_accepted(300)
        place.postgres.kill()
        place.postgres.start()

    assert place.faults() == []
