"""Messages that come twice, in any order, or can't be read at all."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.place import Place
from tests.faults.postman import Postman

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]


def test_every_message_delivered_twice_has_its_effects_once(place: Place) -> None:
    with Postman(place, copies=2, late=0.5) as postman:
        with place.reports():
            pass
        postman.await_empty_bag()
        assert place.faults() == []
        assert place.take_on() > 0
        postman.await_empty_bag()

    assert place.faults() == []
    assert postman.delivered > 2 * 500


def test_messages_in_any_order_lead_to_the_same_end(place: Place) -> None:
    with Postman(place, late=2.0) as postman:
        with place.reports():
            pass
        postman.await_empty_bag()
        assert place.faults() == []
        assert place.take_on() > 0
        postman.await_empty_bag()

    assert place.faults() == []


def test_poison_harms_only_itself_and_is_parked_with_its_reason(place: Place) -> None:
    with Postman(place, poison_every=20) as postman:
        with place.reports():
            pass
        postman.await_empty_bag()
    place.poison |= {poison.id for poison in postman.poison}

    assert place.faults() == []
    report = place.command("parked", "list")
    parked = [row for row in report["parked"] if row["id"] in place.poison]
    assert {(row["service"], row["id"], row["kind"]) for row in parked} == {
        (poison.service, poison.id, poison.kind) for poison in postman.poison
    }
    assert {"malformed", "invalid", "unreadable", "too_large"} == {*Counter(poison.kind for poison in postman.poison)}
    assert all(row["reason"] and row["dead"] for row in parked)
