"""Letters out: posted in order, never marked before the broker has them, by one relay at a time."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from kombu import Connection
from prometheus_client import REGISTRY

from chassis import wire
from chassis.relay import (
    EXCHANGE,
    BrokerPost,
    DirectPost,
    MemoryPost,
    Relay,
    declare,
    line_of,
    mailbox_queue,
    make_post,
    read_ahead,
    replay,
    written_together,
)
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


class Exchange(Letterbox):
    """A broker that returns, of what it is sent, the letters that fit no mailbox."""

    def __init__(self, *, mailboxes: bool = True, returns: Callable[[Any], bool] | None = None) -> None:
        super().__init__()
        self.mailboxes = mailboxes
        self.returns = returns or (lambda _letter: not self.mailboxes)

    def send(self, letters: Sequence[Any], mailbox: str | None = None) -> set[str]:  # type: ignore[override]
        super().send(letters, mailbox)
        return {letter.id for letter in letters if self.returns(letter)}


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


# -- on the line ------------------------------------------------------------------------


class Line:
    """What py-amqp writes frames to."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self._write: Callable[[bytes], object] = self.writes.append

    def write(self, frame: bytes) -> None:
        self._write(frame)


def test_many_frames_leave_by_few_writes_whole_and_in_their_order() -> None:
    line = Line()
    frames = [b"%d:" % number + b"x" * (37 * number % 5000) for number in range(200)]

    with written_together(SimpleNamespace(transport=line)):
        for frame in frames:
            line.write(frame)
    line.write(b"by itself")

    assert b"".join(line.writes[:-1]) == b"".join(frames)
    assert 1 < len(line.writes[:-1]) < 10
    assert line.writes[-1] == b"by itself"


def test_when_a_letter_cannot_be_written_those_before_it_do_not_leave_either() -> None:
    line = Line()

    def write_some() -> None:
        with written_together(SimpleNamespace(transport=line)):
            line.write(b"a letter")
            refuse()

    with pytest.raises(ConnectionError):
        write_some()
    line.write(b"a goodbye")

    assert line.writes == [b"a goodbye"]


# -- over a real broker ---------------------------------------------------------------


def test_letters_of_every_size_go_out_and_come_in_whole(small: Thing, amqp_url: str) -> None:
    declare(amqp_url, [small.blueprint])
    bodies = [bytes([65 + at % 26]) * size for at, size in enumerate([1, 16_000, 70_000, 400_000, 0, 5, 131_072, 3000])]
    key = "teller.thing_said.v1"
    post = BrokerPost(amqp_url)

    post.send([type("Row", (), {"id": str(at), "key": key, "body": body}) for at, body in enumerate(bodies)])
    post.close()

    with connect(amqp_url) as connection:
        read_ahead(connection)
        channel = connection.channel()
        got: list[Any] = []
        channel.basic_consume(small.blueprint.mailbox, no_ack=True, callback=got.append)
        while len(got) < len(bodies):
            connection.drain_events(timeout=10)
    assert [bytes(message.body or b"") for message in got] == bodies


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


def returned(key: str, *, missed: bool) -> float:
    labels = {"service": "made_up", "key": key, "missed": str(missed).lower()}
    return REGISTRY.get_sample_value("jiesu_letters_returned_total", labels) or 0.0


def test_letters_whose_readers_mailbox_is_gone_are_held_back_until_it_is_there_again(big: Thing, amqp_url: str) -> None:
    key = "made_up.thing_echoed.v1"
    post, before = BrokerPost(amqp_url), returned(key, missed=True)
    relay = relay_of(big, post)
    with connect(amqp_url) as connection:
        channel = connection.channel()
        bind(channel, "reader.mailbox", key)
        bind(channel, "another.mailbox", "made_up.thing_painted.v1")
        [first] = tell(big, 1)
        assert relay.post_waiting() == 1
        paint(big)
        relay.post_waiting()

        channel.queue_delete("reader.mailbox")
        second = tell(big, 40)[2:]
        assert relay.post_waiting() == 0
        paint(big)
        assert relay.post_waiting() == 1
        assert (relay.waiting()[0], relay.post_waiting()) == (40, 0)
        assert returned(key, missed=True) - before == 40

        bind(channel, "reader.mailbox", key)
        relay._held.clear()
        assert relay.post_waiting() == 40
        got = [channel.basic_get("reader.mailbox", no_ack=True) for _ in range(40)]
        assert channel.basic_get("reader.mailbox") is None
    post.close()
    assert [message.properties["message_id"] for message in got] == [one for one in second if one != first]


def test_a_mailbox_that_took_letters_is_missed_also_where_the_first_of_them_was_rolled_back(room: Thing) -> None:
    box = Exchange()
    relay = relay_of(room, box)
    tell(room, 1)
    relay.now = refuse  # type: ignore[assignment] # the database goes away before the commit
    with pytest.raises(ConnectionError):
        relay.post_waiting()
    relay.now = lambda: room.now
    assert relay.post_waiting() == 1

    box.mailboxes = False
    tell(room, 1)

    assert (relay.post_waiting(), relay.waiting()[0]) == (0, 1)


def test_letters_that_grew_old_while_the_broker_was_away_are_not_given_up_before_mailboxes_can_be_there(
    room: Thing,
) -> None:
    box = Exchange()
    tell(room, 1)
    relay_of(room, box).post_waiting()
    tell(room, 1)
    room.now += timedelta(days=3)
    box.mailboxes = False
    relay = relay_of(room, box)

    assert (relay.post_waiting(), relay.waiting()[0]) == (0, 1)

    room.now += timedelta(hours=2)
    relay._held.clear()
    assert (relay.post_waiting(), relay.waiting()[0]) == (1, 0)


def test_letters_to_one_that_never_had_a_mailbox_hold_up_none_to_the_others(room: Thing) -> None:
    room.blueprint.addressed = {"made_up.thing_echoed.v1": "words"}
    box = Exchange(returns=lambda letter: line_of(letter, room.blueprint.addressed).endswith(".to.nobody"))
    relay = relay_of(room, box)
    room.hear("teller.thing_opened.v1", "A", {"title": "a thing"})
    for words in ("somebody", "nobody", "somebody"):
        room.hear("teller.thing_said.v1", "A", {"words": words})
        assert (relay.post_waiting(), relay.waiting()[0]) == (1, 0)


def test_a_fact_with_the_longest_name_is_posted_and_missed(room: Thing) -> None:
    key = f"made_up.{'x' * 108}.v1"
    box = Exchange()
    relay = relay_of(room, box)
    letters = room.blueprint.store.letters
    for number, mailboxes in enumerate((True, False)):
        box.mailboxes = mailboxes
        with room.database.write() as session:
            row = {"id": str(number), "key": key, "subject": "A", "body": b"{}", "told_at": room.now}
            session.execute(letters.insert(), row)

        assert relay.post_waiting() == int(mailboxes)


def test_a_relay_that_was_started_again_still_knows_who_read_before(big: Thing, amqp_url: str) -> None:
    with connect(amqp_url) as connection:
        channel = connection.channel()
        bind(channel, "reader.mailbox", "made_up.thing_echoed.v1")
        tell(big, 1)
        before = BrokerPost(amqp_url)
        relay_of(big, before).post_waiting()
        before.close()
        channel.queue_delete("reader.mailbox")

    tell(big, 1)
    post = BrokerPost(amqp_url)

    assert (relay_of(big, post).post_waiting(), relay_of(big, post).waiting()[0]) == (0, 1)
    post.close()


def test_letters_that_nobody_ever_read_are_history_at_once(big: Thing, amqp_url: str) -> None:
    key = "made_up.thing_echoed.v1"
    tell(big, 3)
    post, before = BrokerPost(amqp_url), returned(key, missed=False)

    assert relay_of(big, post).post_waiting() == 3
    post.close()
    assert relay_of(big, post).waiting() == (0, 0.0)
    assert returned(key, missed=False) - before == 3


def test_a_reader_that_is_gone_for_two_days_is_waited_for_no_longer(big: Thing, amqp_url: str) -> None:
    with connect(amqp_url) as connection:
        channel = connection.channel()
        bind(channel, "reader.mailbox", "made_up.thing_echoed.v1")
        post = BrokerPost(amqp_url)
        relay = relay_of(big, post)
        tell(big, 1)
        relay.post_waiting()
        channel.queue_delete("reader.mailbox")
    tell(big, 1)
    assert relay.post_waiting() == 0

    big.now += timedelta(days=3)
    relay._held.clear()
    assert relay.post_waiting() == 1
    tell(big, 1)
    assert relay.post_waiting() == 1
    post.close()


def test_history_for_a_mailbox_that_is_not_there_is_an_error(big: Thing, amqp_url: str) -> None:
    tell(big, 2)
    relay_of(big, Letterbox()).post_waiting()
    reader = type("Reader", (), {"name": "x", "mailbox": "x.mailbox", "reader": staticmethod(lambda _key: True)})
    post = BrokerPost(amqp_url)

    with pytest.raises(ConnectionError, match=r"has no x\.mailbox"):
        replay(big.database, big.blueprint, post, reader)  # type: ignore[arg-type]
    post.close()


def bind(channel: Any, queue: str, key: str) -> None:
    channel.exchange_declare(EXCHANGE.name, "topic", durable=True, auto_delete=False)
    channel.queue_declare(queue, durable=True, auto_delete=False)
    channel.queue_bind(queue, "jiesu", key)


def paint(room: Thing) -> None:
    room.act("A", "painted", {"colour": "blue"})


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
