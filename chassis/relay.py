"""Letters out: rows that are not yet posted go to the broker, which confirms them.

Several relays of one service may run: each locks the rows it posts and skips those
that another has locked. A letter may be posted twice (when a relay dies between the
confirm and its commit), never not at all; readers know it by its id.

The broker confirms a letter that no mailbox takes, too. It is asked to return it first. What nobody
has ever read is history, and done with. What somebody read before is held back until a
mailbox is there again (`Relay.hold`).
"""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import amqp
import orjson
import structlog
from amqp.transport import TCPTransport
from kombu import Connection, Exchange, Queue, binding
from sqlalchemy import BigInteger, any_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from chassis import metrics
from chassis.blueprint import address
from chassis.wire import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint
    from chassis.database import Database
    from chassis.inbox import Inbox

log = structlog.get_logger(__name__)


class _Exchange(Exchange):  # type: ignore[misc] # kombu has no types
    """An exchange that is made only where it is missing: the broker user of a service may look, but not make."""

    def declare(self, **how: Any) -> None:
        if not _is_there(how.get("channel") or self.channel, super().declare):
            super().declare(**how)


class _Mailbox(Queue):  # type: ignore[misc] # kombu has no types
    """A queue that is made only where it is missing."""

    def queue_declare(self, **how: Any) -> None:
        if not _is_there(how.get("channel") or self.channel, super().queue_declare):
            super().queue_declare(**how)


def _is_there(channel: Any, declare: Callable[..., object]) -> bool:
    """Look on a channel of its own, since the broker closes the one on which something was missed."""
    try:
        with channel.connection.client.channel() as probe:
            declare(passive=True, channel=probe)
    except amqp.ChannelError:
        return False
    return True


EXCHANGE = _Exchange("jiesu", type="topic", durable=True)
EXTERNAL = _Exchange("jiesu.external", type="topic", durable=True)
EXCHANGES = (EXCHANGE, EXTERNAL)
AT_ONCE = 500
_CONFIRM_SECONDS = 30.0
_HEARTBEAT = 30
#: RabbitMQ 4 throws a message away when it was returned twenty times, as by a worker killed again and again.
_NO_LIMIT = 2_000_000_000
#: How long letters that no mailbox takes are held back until the next try, and how old they must be to be given up.
_HELD_SECONDS = 5.0
_HELD_AT_MOST = timedelta(days=2)
#: After an outage of days, letters are old and mailboxes may still be on their way.
_HELD_AT_LEAST = timedelta(hours=1)
_TAKEN = "taken:"
#: Bytes that are asked of a connection, or given to it, at once.
_AHEAD = 16 * 1024
_WRITTEN_AT_ONCE = 64 * 1024
_LONGEST_MARK = 80

#: Set when a service has letters to post; the relay of the same process waits for it.
_wakers: dict[str, threading.Event] = {}


def is_memory(url: str) -> bool:
    """Say whether letters travel inside this process only."""
    return url.startswith("memory:")


def waker(service: str) -> threading.Event:
    """Return the event that wakes a service's relay in this process."""
    return _wakers.setdefault(service, threading.Event())


def mailbox_queue(blueprint: Blueprint, *, sorts: bool = True) -> Queue:
    """Describe a service's mailbox: one durable quorum queue bound to all it reads.

    A broker that `sorts` knows second routing keys, and brings only what is addressed to the service.
    """
    exchanges = {exchange.name: exchange for exchange in EXCHANGES}
    return _Mailbox(
        blueprint.mailbox,
        bindings=[
            binding(exchanges[item.exchange], routing_key=item.address if sorts else item.binding)
            for item in blueprint.subscriptions
        ],
        durable=True,
        queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": _NO_LIMIT},
    )


def declare(url: str, blueprints: Iterable[Blueprint]) -> None:
    """Declare the exchanges and the mailboxes, so that no fact is told before its reader is there."""
    with Connection(url) as connection:
        channel = connection.default_channel
        for exchange in EXCHANGES:
            exchange(channel).declare()
        for blueprint in blueprints:
            mailbox_queue(blueprint, sorts=not is_memory(url))(channel).declare()


def read_ahead(connection: Any) -> None:
    """Let an AMQP connection take all that has arrived: py-amqp asks for each frame in three parts, nine times a letter.

    What is more than it asked for it keeps for the next time. TLS reads ahead by itself.
    """
    transport = getattr(connection, "transport", None)
    if isinstance(transport, TCPTransport):
        receive = transport.sock.recv
        transport._quick_recv = lambda _wanted: receive(_AHEAD)  # noqa: SLF001 - it has no other place for this


@contextmanager
def written_together(connection: Any) -> Iterator[None]:
    """Let the frames of many letters leave an AMQP connection by few writes; nobody else may write meanwhile."""
    transport = connection.transport
    write, waiting = transport._write, bytearray()  # noqa: SLF001 - as above

    def gather(frame: bytes | memoryview) -> None:
        waiting.extend(frame)
        if len(waiting) >= _WRITTEN_AT_ONCE:
            gathered = bytes(waiting)
            waiting.clear()
            write(gathered)

    transport._write = gather  # noqa: SLF001
    try:
        yield
    finally:
        transport._write = write  # noqa: SLF001
    if waiting:
        transport.write(bytes(waiting))


class Post(Protocol):
    """Takes letters to the broker."""

    def send(self, letters: Sequence[Any], mailbox: str | None = None) -> Collection[str] | None:
        """Return when all letters are safe with the broker; raise otherwise.

        `mailbox` sends them to that one queue instead of the exchange. The answer names by id the letters that no
        mailbox took; None when that can't be known.
        """

    def beat(self) -> None:
        """Keep the connection alive while there is nothing to post."""

    def close(self) -> None:
        """Hang up."""


def line_of(letter: Any, addressed: Mapping[str, str]) -> str:
    """Return the narrowest routing key of a letter: the one to whom it is for, or the only one."""
    field = addressed.get(letter.key)
    if field is None:
        return str(letter.key)
    addressee = orjson.loads(letter.body)["data"]
    for word in field.split("."):
        addressee = (addressee or {}).get(word)
    return address(letter.key, *filter(None, [addressee]))


class BrokerPost:
    """Posts to RabbitMQ, with all confirms of a batch awaited together.

    `addressed` names the field of a letter's data that says whom it is for, by the letter's key. Such a letter
    has a second routing key (https://www.rabbitmq.com/docs/sender-selected), so that a mailbox of which it is
    none of its business never sees it.
    """

    def __init__(self, url: str, addressed: Mapping[str, str] = MappingProxyType({})) -> None:
        self.url = url
        self.addressed = addressed
        self._connection: Connection | None = None
        self._channel: Any = None
        self._unconfirmed: set[int] = set()
        self._refused: set[int] = set()
        self._returned: set[str] = set()

    def send(self, letters: Sequence[Any], mailbox: str | None = None) -> Collection[str]:
        """Publish all, then wait until all are confirmed; return those that came back, since no queue takes them."""
        try:
            return self._send(letters, mailbox)
        except BaseException:
            self.close()
            raise

    def _send(self, letters: Sequence[Any], mailbox: str | None) -> Collection[str]:
        channel = self._open()
        self._returned.clear()
        with written_together(channel.connection):
            for letter in letters:
                self._publish(channel, letter, mailbox)
        while self._unconfirmed:
            channel.connection.drain_events(timeout=_CONFIRM_SECONDS)
        if self._refused:
            message = f"the broker refused {len(self._refused)} letters"
            raise ConnectionError(message)
        return frozenset(self._returned)

    def _publish(self, channel: Any, letter: Any, mailbox: str | None) -> None:
        message = amqp.Message(
            bytes(letter.body),
            content_type=CONTENT_TYPE,
            delivery_mode=2,
            message_id=letter.id,
            application_headers=self._copies(letter) if mailbox is None else {},
            channel=channel,
        )
        exchange, key = (EXCHANGE.name, letter.key) if mailbox is None else ("", mailbox)
        channel.basic_publish(message, exchange, key, mandatory=True)
        self._sent += 1
        self._unconfirmed.add(self._sent)

    def _copies(self, letter: Any) -> dict[str, list[str]]:
        line = line_of(letter, self.addressed)
        return {"CC": [line]} if line != letter.key else {}

    def _open(self) -> Any:
        if self._channel is not None:
            return self._channel
        self._connection = Connection(self.url, heartbeat=_HEARTBEAT)
        self._connection.connect()
        channel = self._connection.channel()
        read_ahead(channel.connection)
        EXCHANGE(channel).declare()
        channel.confirm_select()
        channel.events["basic_ack"].add(self._confirmed)
        channel.events["basic_nack"].add(self._nacked)
        channel.events["basic_return"].add(self._came_back)
        self._sent = 0
        self._unconfirmed.clear()
        self._refused.clear()
        self._channel = channel
        return channel

    def _settled(self, tag: int, multiple: bool) -> set[int]:  # noqa: FBT001 - amqp calls it so
        return {sent for sent in self._unconfirmed if sent <= tag} if multiple else {tag}

    def _confirmed(self, tag: int, multiple: bool) -> None:  # noqa: FBT001
        self._unconfirmed -= self._settled(tag, multiple)

    def _nacked(self, tag: int, multiple: bool) -> None:  # noqa: FBT001
        settled = self._settled(tag, multiple)
        self._refused |= settled
        self._unconfirmed -= settled

    def _came_back(self, _why: object, _exchange: str, _key: str, message: Any) -> None:
        """Note a letter that no queue takes; the broker confirms it only after this."""
        self._returned.add(message.properties["message_id"])

    def beat(self) -> None:
        """Keep the connection alive while there is nothing to post."""
        if self._connection is not None:
            try:
                self._connection.heartbeat_check()
            except Exception:  # noqa: BLE001 - a dead connection is opened anew by the next send
                self.close()

    def close(self) -> None:
        """Hang up; the next send connects anew."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            try:
                connection.release()
            except OSError as error:
                log.debug("hang_up_failed", error=str(error))


class MemoryPost:
    """Posts within this process."""

    def __init__(self, url: str) -> None:
        self._connection = Connection(url)
        self._producer = self._connection.Producer(auto_declare=False)

    def send(self, letters: Sequence[Any], mailbox: str | None = None) -> None:
        """Publish all; a queue in memory has nothing to confirm, and nothing comes back."""
        for letter in letters:
            self._producer.publish(
                bytes(letter.body),
                routing_key=letter.key if mailbox is None else mailbox,
                exchange=EXCHANGE.name if mailbox is None else "",
                content_type=CONTENT_TYPE,
                content_encoding="binary",
            )

    def beat(self) -> None:
        """Do nothing: memory needs no heartbeat."""

    def close(self) -> None:
        """Hang up."""
        self._connection.release()


def make_post(url: str, blueprint: Blueprint) -> BrokerPost | MemoryPost:
    """Return what posts a service's letters to the broker of an address."""
    return MemoryPost(url) if is_memory(url) else BrokerPost(url, blueprint.addressed)


class Relay:
    """Posts one service's letters."""

    def __init__(self, database: Database, blueprint: Blueprint, post: Post, *, now: Callable[[], datetime]) -> None:
        self.database = database
        self.blueprint = blueprint
        self.post = post
        self.now = now
        #: Keys of letters that no mailbox takes, and until when they are held back.
        self._held: dict[str, float] = {}
        #: Lines that a mailbox took, as is on record, and those that none takes any more, by when that was noticed.
        self._taken: set[str] = set()
        self._missed: dict[str, datetime] = {}
        table = blueprint.store.letters
        unposted = table.c.posted_at.is_(None)
        # Asked several times a second for as long as the worker lives: made once.
        self._any = select(table.c.seq).where(unposted).limit(1)
        self._waiting = select(table.c.seq, table.c.id, table.c.key, table.c.body, table.c.told_at).where(unposted)
        self._waiting = self._waiting.order_by(table.c.seq).limit(bindparam("most")).with_for_update(skip_locked=True)
        mine = (
            table.c.seq == any_(bindparam("seqs", type_=ARRAY(BigInteger)))
            if database.dialect == "postgresql"
            else table.c.seq.in_(bindparam("seqs", expanding=True))
        )
        self._posted = update(table).where(mine).values(posted_at=bindparam("now", type_=table.c.posted_at.type))

    def post_waiting(self, limit: int = AT_ONCE) -> int:
        """Post up to `limit` letters; return how many. Raises when broker or database is away."""
        waiting, now = self._waiting, time.monotonic()
        self._held = {key: until for key, until in self._held.items() if until > now}
        if self._held:
            waiting = waiting.where(self.blueprint.store.letters.c.key.not_in(sorted(self._held)))
        with self.database.write() as session:
            connection = session.connection()
            letters = connection.execute(waiting, {"most": limit}).all()
            if not letters:
                return 0
            returned = self.post.send(letters)
            taken, held = self.hold(session, letters, returned) if returned is not None else (set(), set())
            seqs = [letter.seq for letter in letters if letter.id not in held]
            connection.execute(self._posted, {"seqs": seqs, "now": self.now()})
        # Not before the commit: what was rolled back is on no record.
        self._taken |= taken
        metrics.LETTERS_POSTED.labels(self.blueprint.name).inc(len(seqs))
        return len(seqs)

    def hold(self, session: Session, letters: Sequence[Any], returned: Collection[str]) -> tuple[set[str], set[str]]:
        """Return the lines that were taken, and the ids of letters to hold back: returned ones that somebody read before.

        Who reads a fact is not known here. So it is remembered which lines a mailbox ever took; only those are missed.
        After two days nobody is waited for any more: the reader is gone for good, and finds the history if not.
        """
        name, marks = self.blueprint.name, self.blueprint.store.marks
        lines = {letter.id: line_of(letter, self.blueprint.addressed) for letter in letters}
        taken = {line for letter_id, line in lines.items() if letter_id not in returned}
        if news := taken - self._taken:
            rows = [{"name": _mark(line), "value": 1} for line in sorted(news)]
            session.execute(self.blueprint.upsert(marks).values(rows).on_conflict_do_nothing())
        self._missed = {line: since for line, since in self._missed.items() if line not in taken}
        lost = [letter for letter in letters if letter.id in returned]
        if not lost:
            return taken, set()
        missed = self._known(session, {lines[letter.id] for letter in lost})
        for letter in lost:
            metrics.LETTERS_RETURNED.labels(name, letter.key, str(lines[letter.id] in missed).lower()).inc()
        self._missed = {**dict.fromkeys(missed, self.now()), **self._missed}
        old = {lines[letter.id] for letter in lost if letter.told_at < self.now() - _HELD_AT_MOST}
        given_up = {line for line in old & missed if self._missed[line] <= self.now() - _HELD_AT_LEAST}
        if given_up:
            session.execute(delete(marks).where(marks.c.name.in_([_mark(line) for line in given_up])))
            self._taken -= given_up
            log.error("reader_given_up", service=name, keys=sorted(given_up))
        if awaited := missed - given_up:
            log.warning("mailbox_missing", service=name, keys=sorted(awaited))
        held = [letter for letter in lost if lines[letter.id] in awaited]
        self._held |= dict.fromkeys((letter.key for letter in held), time.monotonic() + _HELD_SECONDS)
        return taken - given_up, {letter.id for letter in held}

    def _known(self, session: Session, lines: Collection[str]) -> set[str]:
        """Return those lines of which it is on record that a mailbox took them."""
        marks = self.blueprint.store.marks
        found = session.scalars(select(marks.c.name).where(marks.c.name.in_([_mark(line) for line in lines])))
        known = {*found}
        return {line for line in lines if _mark(line) in known}

    def any_waiting(self) -> bool:
        """Say whether there is a letter to post, taking no lock."""
        with self.database.reads.connect() as connection:
            return connection.execute(self._any).first() is not None

    def waiting(self) -> tuple[int, float]:
        """Return how many letters wait, and the age of the oldest in seconds."""
        table = self.blueprint.store.letters
        with self.database.read() as session:
            row = session.execute(
                select(func.count(), func.min(table.c.told_at)).where(table.c.posted_at.is_(None))
            ).one()
        oldest = row[1]
        return row[0], max(0.0, (self.now() - oldest).total_seconds()) if oldest else 0.0


def replay(database: Database, blueprint: Blueprint, post: Post, reader: Blueprint, *, step: int = AT_ONCE) -> int:
    """Post the whole history that `reader` reads to its mailbox; return how many letters."""
    table = blueprint.store.letters
    last, sent = 0, 0
    while True:
        with database.read() as session:
            rows = session.execute(
                select(table)
                .where(table.c.seq > last, table.c.posted_at.is_not(None))
                .order_by(table.c.seq)
                .limit(step)
            ).all()
        if not rows:
            return sent
        last = rows[-1].seq
        wanted = [row for row in rows if reader.reader(row.key) is not None]
        if wanted:
            if post.send(wanted, reader.mailbox):
                message = f"the broker has no {reader.mailbox}: jiesu migrate {reader.name} declares it"
                raise ConnectionError(message)
            sent += len(wanted)


def _mark(line: str) -> str:
    """Name a line among the marks, by its hash where it is too long for them."""
    name = _TAKEN + line
    return name if len(name) <= _LONGEST_MARK else _TAKEN + hashlib.sha256(line.encode()).hexdigest()


class DirectPost:
    """Hands letters straight to a reader's inbox: for history within one machine."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox

    def send(self, letters: Sequence[Any], mailbox: str | None = None) -> None:
        """Let the inbox take the letters; its receipts drop what it already has."""
        del mailbox
        self.inbox.take([(bytes(letter.body), letter.key) for letter in letters])

    def beat(self) -> None:
        """Do nothing: there is no connection."""

    def close(self) -> None:
        """Do nothing."""
