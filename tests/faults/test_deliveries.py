"""Messages that come twice, in any order, or can't be read at all."""

from __future__ import annotations

import random
from itertools import islice

import amqp
import pytest

from tests.faults.place import Place
from tests.faults.postman import Postman, poisons
from tests.nodes.node import wait_until
from tests.nodes.rabbit import connect

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
    assert {"malformed", "invalid", "unreadable", "too_large"} == {poison.kind for poison in postman.poison}
    assert all(row["dead"] for row in parked)
    reasons = {row["id"]: row["reason"] for row in parked}
    wrong = [(poison, reasons[poison.id]) for poison in postman.poison if poison.says not in reasons[poison.id]]
    assert [(poison.kind, poison.says, reason) for poison, reason in wrong] == []


def test_the_command_shows_poison_can_not_heal_it_and_drops_it(place: Place) -> None:
    poison = {one.says: one for one in islice(poisons([place.blueprint("routing")], random.Random(5)), 8)}
    with connect(place.settings.amqp_url) as connection:
        channel = connection.channel()
        for one in poison.values():
            message = amqp.Message(one.body, delivery_mode=2, application_headers=one.headers)
            channel.basic_publish(message, "", place.blueprint("routing").mailbox)
    ids = {one.id for one in poison.values()}
    wait_until(lambda: ids <= {row.id for row in place.parked("routing")}, seconds=30, what="All poison is parked")

    listed = {row["id"]: row["reason"] for row in place.command("parked", "list", "--service", "routing")["parked"]}
    assert all(one.says in listed[one.id] for one in poison.values())
    some = poison["has no reader for"]
    shown = place.command("parked", "show", some.id)
    assert (shown["service"], shown["kind"], shown["reason"]) == ("routing", "unreadable", listed[some.id])
    assert "intake.appeal_registered.v9" in shown["body"]
    done = place.said("parked", "replay", *ids)
    assert (done.returncode, done.stdout.strip()) == (1, f"0 healed, {len(ids)} still parked")
    assert {row.id: row.reason for row in place.parked("routing") if row.id in ids} == {i: listed[i] for i in ids}
    assert place.said("parked", "drop", *ids).returncode == 2
    assert place.said("parked", "drop", *ids, "--reason", "poison of a test").returncode == 0

    assert not ids & {row.id for row in place.parked("routing")}
    assert place.faults() == []
