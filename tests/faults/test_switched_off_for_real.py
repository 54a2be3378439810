"""The account can fail over a real broker and database too: the same faults, with workers that are careless."""

from __future__ import annotations

import pytest

from tests.faults.checks import faults
from tests.faults.place import Place
from tests.faults.postman import Postman

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]


@pytest.mark.parametrize("careless_street", ["no-receipts"], indirect=True)
def test_without_receipts_what_comes_twice_has_its_effects_twice(careless_street: Place) -> None:
    with Postman(careless_street, copies=2, late=0.5) as postman:
        with careless_street.reports():
            pass
        postman.await_empty_bag()
    careless_street.await_quiet()

    found = faults(careless_street, careless_street.accepted)
    assert [sentence for sentence in found if "letters had an effect on intake twice" in sentence], found


@pytest.mark.parametrize("careless_street", ["letters-after"], indirect=True)
def test_with_letters_written_after_the_commit_a_killed_worker_has_told_nobody(careless_street: Place) -> None:
    with careless_street.reports() as residents:
        residents.await_accepted(300)
        with careless_street.held_up("routing", "INSERT"):
            careless_street.workers["routing"].kill()
        careless_street.workers["routing"].start()
    careless_street.await_quiet()

    found = faults(careless_street, careless_street.accepted)
    assert [sentence for sentence in found if "dispatched appeals are with no mechanism" in sentence], found
