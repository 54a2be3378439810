"""Letters out: posted in order, never marked before the broker has them, by one relay at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kombu import Connection

from chassis import wire
from chassis.relay import BrokerPost, DirectPost, MemoryPost, Relay, declare, mailbox_queue, make_post, replay
from chassis.testing import Room
from tests.chassis.conftest import Thing
from tests.nodes.rabbit import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Letterbox:
    """A broker of a few lines. What it is told to do after it has a batch, it does once."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.then: Callable[[], None] | None = None

    def send(self, letters: Sequence[Any], mailbox: str | None = None) -> None:
        del mailbox
        self.got += [letter.id for letter in letters]
        then, self.then = self.then, None
        if then is not None:
            then()

    def beat(self) -> None:
        """Do nothing: the line is always open."""

    def close(self) -> None:
        """Hang up."""


def tell(room: Room, number: int) -> list[str]:
    """Let things hear words, and return the ids of the letters that tell of it."""
    room.hear("teller.thing_opened.v1", "A", {"title": "a thing"})
    for serial in range(number):
        room.hear("teller.thing_said.v1", "A", {"words": f"word {serial}"})
    table = room.blueprint.store.letters
    with room.database.read() as session:
        return [row.id for row in session.execute(table.select().order_by(table.c.seq))]


def relay_of(room: Room, post: Any) -> Relay:
    return Relay(room.database, room.blueprint, post, now=lambda: room.now)


def refuse() -> None:
    message = "the line is dead"
    raise ConnectionError(message)


def test_letters_are_posted_once_in_the_order_they_were_told(room: Thing) -> None:
    ids, box = tell(room, 5), Letterbox()
    relay = relay_of(room, box)

    assert relay.waiting()[0] == 5
    assert [relay.post_waiting(limit=3), relay.post_waiting(limit=3), relay.post_waiting(limit=3)] == [3, 2, 0]
    assert box.got == ids
    assert relay.waiting() == (0, 0.0)


def test_a_relay_that_dies_after_posting_posts_again_and_readers_act_once(room: Thing) -> None:
    ids, box = tell(room, 3), Letterbox()
    relay, box.then = relay_of(room, box), refuse

    with pytest.raises(ConnectionError):
        relay.post_waiting()
    assert relay.waiting()[0] == 3
    relay.post_waiting()

    assert box.got == ids * 2


def test_letters_told_while_others_are_posted_are_posted_the_next_time(big: Thing) -> None:
    tell(big, 2)
    box = Letterbox()
    relay = relay_of(big, box)

    def hear() -> None:
        big.hear("teller.thing_said.v1", "A", {"words": "meanwhile"})

    box.then = hear

    assert relay.post_waiting() == 2
    assert relay.post_waiting() == 1


def test_competing_relays_skip_what_another_one_has_in_hand(big: Thing) -> None:
    ids, one, two = tell(big, 4), Letterbox(), Letterbox()
    first, second = relay_of(big, one), relay_of(big, two)
    posted_meanwhile: list[int] = []
    one.then = lambda: posted_meanwhile.append(second.post_waiting())

    first.post_waiting(limit=2)

    assert posted_meanwhile == [2]
    assert one.got == ids[:2]
    assert two.got == ids[2:]
    assert first.post_waiting() == 0


def test_history_is_given_to_one_reader_and_only_what_it_reads(small: Thing) -> None:
    tell(small, 7)
    box = Letterbox()
    relay_of(small, box).post_waiting()
    small.hear("teller.thing_said.v1", "A", {"words": "not posted"})
    again = Letterbox()

    assert replay(small.database, small.blueprint, again, small.blueprint, step=2) == 0
    reader = type("Reader", (), {"mailbox": "reader.mailbox", "reader": staticmethod(lambda _key: True)})
    assert replay(small.database, small.blueprint, again, reader, step=2) == 7  # type: ignore[arg-type]
    assert again.got == box.got


def test_history_goes_straight_into_an_inbox_and_is_known_there(small: Thing) -> None:
    body = wire.encode(
        wire.Letter(id="1", key="teller.thing_opened.v1", subject="A", time=small.now, data={"title": "a thing"})
    )
    row = type("Row", (), {"body": body, "key": "teller.thing_opened.v1", "id": "1"})

    DirectPost(small.inbox).send([row, row])
    DirectPost(small.inbox).send([row])

    assert small.state("A") == "open"
    assert small.service.asked == ["A"]


# -- over a real broker ---------------------------------------------------------------


def test_posted_letters_are_with_the_broker_when_send_returns(small: Thing, amqp_url: str) -> None:
    spec = small.blueprint
    declare(amqp_url, [spec])
    small.hear("teller.thing_opened.v1", "A", {"title": "a thing"})
    letters = [
        type("Row", (), {"id": str(number), "key": "teller.thing_said.v1", "body": b"%d" % number})
        for number in range(300)
    ]
    post = make_post(amqp_url, spec)
    assert isinstance(post, BrokerPost)

    post.send(letters)
    post.send(letters[:1], spec.mailbox)
    post.close()

    with connect(amqp_url) as connection:
        channel = connection.channel()
        got = [channel.basic_get(spec.mailbox, no_ack=True) for _ in range(301)]
        assert channel.basic_get(spec.mailbox) is None
    assert [bytes(message.body) for message in got] == [b"%d" % number for number in range(300)] + [b"0"]
    assert all(message.properties["delivery_mode"] == 2 for message in got)


def test_a_letter_for_one_service_is_brought_to_no_other_that_waits_for_its_own(amqp_url: str, small: Thing) -> None:
    declare(amqp_url, [small.blueprint])
    post = BrokerPost(amqp_url, {"teller.thing_sent.v1": "to"})
    letters = [
        type("Row", (), {"id": str(at), "key": key, "body": wire.dumps({"data": {"to": to}})})
        for at, (key, to) in enumerate(
            [
                ("teller.thing_sent.v1", "somebody_else"),
                ("teller.thing_sent.v1", "made_up"),
                ("teller.thing_said.v1", "somebody_else"),
            ]
        )
    ]

    post.send(letters)
    post.close()

    with connect(amqp_url) as connection:
        channel = connection.channel()
        got = [channel.basic_get(small.blueprint.mailbox, no_ack=True) for _ in range(3)]
    assert [(one.delivery_info["routing_key"], one.body) if one else None for one in got] == [
        ("teller.thing_sent.v1", letters[1].body),  # type: ignore[attr-defined]
        ("teller.thing_said.v1", letters[2].body),  # type: ignore[attr-defined]
        None,
    ]


def test_an_unreachable_broker_is_an_error_and_the_next_send_connects_anew(amqp_url: str, small: Thing) -> None:
    declare(amqp_url, [small.blueprint])
    letter = type("Row", (), {"id": "1", "key": "teller.thing_said.v1", "body": b"one"})
    post = BrokerPost("amqp://guest:guest@127.0.0.1:1//")

    with pytest.raises(OSError, match="refused"):
        post.send([letter])
    post.url = amqp_url
    post.send([letter])
    post.beat()
    post.close()

    with connect(amqp_url) as connection:
        assert connection.channel().basic_get(small.blueprint.mailbox).body == b"one"


def test_a_mailbox_is_a_durable_quorum_queue_that_throws_nothing_away(small: Thing) -> None:
    queue = mailbox_queue(small.blueprint)

    assert queue.durable
    assert queue.queue_arguments["x-queue-type"] == "quorum"
    assert queue.queue_arguments["x-delivery-limit"] > 1_000_000
    assert {(one.exchange.name, one.routing_key) for one in queue.bindings} == {
        ("jiesu", "teller.thing_opened.v1"),
        ("jiesu", "teller.thing_said.v1"),
        ("jiesu", "*.case_said.v1"),
        ("jiesu", "teller.thing_waited.v1"),
        ("jiesu", "teller.thing_sent.v1.to.made_up"),
        ("jiesu.external", "*.thing_submitted.v1"),
    }


def test_within_a_process_letters_reach_every_declared_mailbox(small: Thing) -> None:
    url = "memory://test-relay"
    declare(url, [small.blueprint])
    post = make_post(url, small.blueprint)
    assert isinstance(post, MemoryPost)

    post.send([type("Row", (), {"id": "1", "key": "teller.thing_said.v1", "body": b"one"})])

    with Connection(url) as connection:
        message = connection.SimpleQueue(mailbox_queue(small.blueprint)).get(timeout=1)
        assert message.body in (b"one", "one")
        message.ack()
    post.beat()
    post.close()
