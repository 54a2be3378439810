"""Somebody between the exchange and the mailboxes, who delivers late, twice, in any order, and mixes poison in."""

from __future__ import annotations

import hashlib
import heapq
import random
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import TYPE_CHECKING, Any, Self

import amqp
import orjson

from chassis.relay import EXCHANGE, mailbox_queue
from tests.nodes.node import wait_until
from tests.nodes.rabbit import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from chassis.blueprint import Blueprint
    from tests.nodes.street import Street

TAP = "postman"
PERSISTENT = 2
_BIG = 10 * 1024 * 1024
_AT_ONCE = 200
_TICK = 0.02


@dataclass(frozen=True, slots=True)
class Poison:
    """A message that nobody can read: the mailbox it goes to, and what it has to be parked as."""

    service: str
    kind: str
    id: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Postman:
    """Stands between the exchange and the mailboxes of a street while the context lasts."""

    def __init__(
        self, street: Street, *, copies: int = 1, late: float = 0.0, poison_every: int = 0, seed: int = 1
    ) -> None:
        self.street = street
        self.copies = copies
        self.late = late
        self.poison_every = poison_every
        self.delivered = 0
        self.poison: list[Poison] = []
        self._dice = random.Random(seed)
        self._making = poisons([street.blueprint(name) for name in street.services], self._dice)
        self._bag: list[tuple[float, int, str, amqp.Message]] = []
        self._ties = count()
        self._seen = 0
        self._over = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._walk, daemon=True)

    def __enter__(self) -> Self:
        with connect(self.street.settings.amqp_url) as connection:
            channel = connection.channel()
            channel.exchange_declare(TAP, "topic", durable=True, auto_delete=False)
            channel.queue_declare(TAP, durable=True, auto_delete=False)
            channel.queue_bind(TAP, EXCHANGE.name, "#")
            for mailbox, key in self._bindings():
                channel.queue_bind(mailbox, TAP, key)
                channel.queue_unbind(mailbox, EXCHANGE.name, key)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(60)
        with connect(self.street.settings.amqp_url) as connection:
            channel = connection.channel()
            for mailbox, key in self._bindings():
                channel.queue_bind(mailbox, EXCHANGE.name, key)
            channel.queue_unbind(TAP, EXCHANGE.name, "#")
            self._empty(channel)
            channel.queue_delete(TAP)
            channel.exchange_delete(TAP)
        if self._error is not None:
            raise self._error

    def await_empty_bag(self, seconds: float = 60.0) -> None:
        """Wait until all that was told was delivered."""
        wait_until(lambda: not self._bag and not self.street.waiting(), seconds=seconds, what="The last delivery")

    def _bindings(self) -> Iterator[tuple[str, str]]:
        for service in self.street.services:
            mailbox = mailbox_queue(self.street.blueprint(service))
            for binding in mailbox.bindings:
                if binding.exchange.name == EXCHANGE.name:
                    yield mailbox.name, binding.routing_key

    def _walk(self) -> None:
        try:
            with connect(self.street.settings.amqp_url) as connection:
                channel = connection.channel()
                channel.basic_qos(0, _AT_ONCE, a_global=False)
                channel.basic_consume(TAP, callback=lambda message: self._collect(channel, message))
                while not self._over.is_set():
                    with suppress(TimeoutError):
                        connection.drain_events(timeout=_TICK)
                    self._deliver(channel)
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            self._error = error

    def _collect(self, channel: Any, message: amqp.Message) -> None:
        key = message.delivery_info["routing_key"]
        for _ in range(self.copies):
            due = time.monotonic() + self._dice.random() * self.late
            heapq.heappush(self._bag, (due, next(self._ties), key, _again(message)))
        self._seen += 1
        if self.poison_every and self._seen % self.poison_every == 0:
            self._mix_in(channel)
        channel.basic_ack(message.delivery_tag)

    def _deliver(self, channel: Any) -> None:
        while self._bag and self._bag[0][0] <= time.monotonic():
            _due, _tie, key, letter = self._bag[0]
            channel.basic_publish(letter, TAP, key)
            heapq.heappop(self._bag)
            self.delivered += 1

    def _mix_in(self, channel: Any) -> None:
        poison = next(self._making)
        message = _message(poison.body, application_headers=poison.headers)
        channel.basic_publish(message, "", self.street.blueprint(poison.service).mailbox)
        self.poison.append(poison)

    def _empty(self, channel: Any) -> None:
        while (message := channel.basic_get(TAP)) is not None:
            channel.basic_publish(_again(message), TAP, message.delivery_info["routing_key"])
            channel.basic_ack(message.delivery_tag)
        for _due, _tie, key, letter in self._bag:
            channel.basic_publish(letter, TAP, key)
        self._bag.clear()


def _message(body: bytes, **properties: Any) -> amqp.Message:
    return amqp.Message(body, content_type="application/cloudevents+json", delivery_mode=PERSISTENT, **properties)


def _again(message: amqp.Message) -> amqp.Message:
    """Make a message anew as it came, with whom it is for."""
    body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
    return _message(body, application_headers=message.headers)


# -- poison ---------------------------------------------------------------------


def poisons(specs: list[Blueprint], dice: random.Random) -> Iterator[Poison]:
    """Make poison without end, each kind in turn, for one mailbox or another."""
    for make in cycle((_no_json, _wrong_type, _missing_fields, _unknown_version, _big, _no_letter, _no_text, _packed)):
        found = None
        while found is None:
            found = make(dice.choice(specs))
        yield found


def _no_json(spec: Blueprint) -> Poison:
    return _nameless(spec, "malformed", b"{this is no JSON: " + uuid.uuid4().bytes)


def _wrong_type(spec: Blueprint) -> Poison | None:
    for subscription in spec.subscriptions:
        names = [
            name for name, one in subscription.schema.fields.items() if one.required and name not in subscription.only
        ]
        if names and "*" not in subscription.pattern:
            event = _event(subscription.binding, {**{name: [{}] for name in names}, **subscription.only})
            return Poison(spec.name, "invalid", event["id"], orjson.dumps(event))
    return None


def _missing_fields(spec: Blueprint) -> Poison | None:
    for subscription in spec.subscriptions:
        required = any(one.required for one in subscription.schema.fields.values())
        if (required or subscription.only) and "*" not in subscription.pattern:
            event = _event(subscription.binding, {})
            return Poison(spec.name, "invalid", event["id"], orjson.dumps(event))
    return None


def _unknown_version(spec: Blueprint) -> Poison:
    known = next(one.binding for one in spec.subscriptions if "*" not in one.pattern)
    return _nameless(spec, "unreadable", orjson.dumps(_event(known.replace(".v1", ".v9"), {})))


def _big(spec: Blueprint) -> Poison:
    known = next(one.binding for one in spec.subscriptions if "*" not in one.pattern)
    return _nameless(spec, "too_large", orjson.dumps(_event(known, {"text": "长" * (_BIG // 3)})))


def _no_letter(spec: Blueprint) -> Poison:
    return _nameless(spec, "malformed", orjson.dumps([{"id": uuid.uuid4().hex}, 5, None]))


def _no_text(spec: Blueprint) -> Poison:
    # PostgreSQL can't store the first character of this subject, and the id is no text at all.
    known = next(one.binding for one in spec.subscriptions if "*" not in one.pattern)
    return _nameless(spec, "malformed", orjson.dumps({**_event(known, {}), "subject": "\0" + uuid.uuid4().hex}))


def _packed(spec: Blueprint) -> Poison:
    body = uuid.uuid4().bytes
    return Poison(spec.name, "malformed", _hash(body), body, {"compression": "application/x-unheard-of"})


def _nameless(spec: Blueprint, kind: str, body: bytes) -> Poison:
    return Poison(spec.name, kind, _hash(body), body)


def _hash(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _event(key: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": f"/jiesu/{key.partition('.')[0]}",
        "type": f"cn.jiesu.{key}",
        "subject": uuid.uuid4().hex,
        "time": "2026-11-23T09:00:00+08:00",
        "data": data,
    }
