"""Letters in: a batch is receipted, handled and recorded in one transaction.

    bytes -> letters -> receipts -> handlers -> record -> commit -> (caller acks)
                |            |          |
                +-> parked   +-> done   +-> parked, or the batch again one by one

A letter that can't be processed is parked with its reason, in the same transaction,
so that it is neither lost nor spinning. A database outage parks nothing: it is
raised, and the caller tries the same batch again later. Nothing else is ever raised:
whatever the bytes are, they end as a receipt.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from marshmallow import ValidationError
from sqlalchemy import bindparam, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY

from chassis import metrics, wire
from chassis.blueprint import EXTERNAL
from chassis.database import is_outage
from chassis.store import Json
from chassis.work import NotYetError, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint, Subscription
    from chassis.database import Database

log = structlog.get_logger(__name__)

#: A waiting letter is dead after so many attempts, but never before it has waited so long:
#: each letter about the same subject has it tried at once.
MOST_ATTEMPTS = 16
#: Parked letters tried in one round.
HEALED_AT_ONCE = 50
PATIENCE = timedelta(days=2)
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(hours=6)
_REASON_LENGTH = 2000
#: Reasons that time can heal; all others are dead at once.
_WAITING = frozenset({"not_yet", "failed"})


@dataclass(slots=True)
class Item:
    """One letter of a batch on its way through."""

    body: bytes
    letter: wire.Letter | None = None
    reader: Subscription | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    kind: str = ""
    reason: str = ""
    key: str = ""

    @property
    def id(self) -> str:
        """The letter's id; a body that nobody here reads is known by its hash."""
        if self.letter is None or self.reader is None:
            return _digest(self.body)
        if self.reader.exchange == EXTERNAL:
            # Outside systems number their letters as they like; an id is unique within its source only.
            source = self.key.partition(".")[0]
            return _digest(f"{source}:{self.letter.id}".encode())
        return self.letter.id


class _Hasty(Exception):  # noqa: N818 - no error, but a second look
    """A letter said that it has to wait while others of its batch had changed things.

    It may have changed something too before it said so. The batch is rolled back and
    taken again without it.
    """


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, NotYetError) else f"{type(error).__name__}: {error}"


def _storable(reason: str) -> str:
    return reason.replace("\x00", "\\0")[:_REASON_LENGTH]


def wait_after(attempts: int, jitter: float) -> timedelta:
    """Return how long a parked letter waits: doubling, with jitter in 0..1."""
    wait = min(_FIRST_WAIT * 2**attempts, _LONGEST_WAIT)
    waited: timedelta = wait * (0.75 + jitter / 2)
    return waited


def _receipting(blueprint: Blueprint) -> Any:
    """Return the statement that receipts any number of letters and says which are new, the same text for all numbers."""
    table = blueprint.store.receipts
    if blueprint.dialect == "postgresql":
        ids: Any = func.unnest(bindparam("ids", type_=ARRAY(table.c.letter_id.type)))
    else:
        ids = func.json_each(bindparam("ids", type_=Json)).table_valued("value").c.value
    # SQLite needs the WHERE to tell the ON CONFLICT of the INSERT from the ON of a join.
    rows = select(ids, bindparam("received_at", type_=table.c.received_at.type)).where(true())
    upsert = blueprint.upsert(table).from_select(["letter_id", "received_at"], rows)
    return upsert.on_conflict_do_nothing().returning(table.c.letter_id)


class Inbox:
    """Takes letters into a service's database."""

    def __init__(
        self,
        database: Database,
        blueprint: Blueprint,
        service: object,
        *,
        now: Callable[[], datetime],
        wake: Callable[[], object] = lambda: None,
    ) -> None:
        self.database = database
        self.blueprint = blueprint
        self.service = service
        self.now = now
        self.wake = wake
        self._receipts = _receipting(blueprint)
        parked = blueprint.store.parked
        self._alive = select(parked.c.id, parked.c.next_at).where(parked.c.dead.is_(False))
        self._alive = self._alive.order_by(parked.c.next_at).limit(bindparam("most"))
        #: Whether letters may be waiting here; looked up anew by each `heal`.
        self._waiting = True

    def take(self, bodies: Sequence[tuple[bytes, str]]) -> None:
        """Take a batch of (body, routing key), whole or one by one.

        Raises the database's error in an outage; then nothing was taken.
        """
        items = [self._open(body, key) for body, key in bodies]
        items = [item for item in items if item.kind or self._is_ours(item)]
        if not items:
            return
        metrics.BATCHES.labels(self.blueprint.name).observe(len(items))
        with metrics.BATCH_SECONDS.labels(self.blueprint.name).time():
            self._take_together(items)

    def _take_together(self, items: Sequence[Item]) -> None:
        try:
            try:
                self._take_all(items, alone=len(items) == 1)
            except _Hasty:
                self._take_all(items, alone=False)
        except Exception as error:
            if is_outage(error):
                raise
            if len(items) > 1:
                metrics.BATCH_RETRIES.labels(self.blueprint.name, "error").inc()
            for item in items:
                self._take_one(item)

    def _open(self, body: bytes, key: str) -> Item:
        item = Item(body, key=key.replace("\x00", ""))
        if len(body) > wire.MOST_BYTES:
            item.kind, item.reason = "too_large", f"{len(body)} bytes, at the most {wire.MOST_BYTES} are read"
            return item
        try:
            item.letter = letter = wire.decode(body)
        except wire.MalformedLetterError as error:
            item.kind, item.reason = "malformed", str(error)
            return item
        if key not in (letter.key, self.blueprint.mailbox, ""):
            item.kind, item.reason = "malformed", f"type says {letter.key!r} but it came as {key!r}"
            if self.blueprint.reader(letter.key) is None:
                item.kind, item.reason = "unreadable", self._no_reader(letter.key)
            return item
        item.key = letter.key
        item.reader = reader = self.blueprint.reader(letter.key)
        if reader is None:
            item.kind, item.reason = "unreadable", self._no_reader(letter.key)
            return item
        missing = [name for name in reader.only if name not in letter.data]
        if missing:
            item.kind, item.reason = "invalid", f"data of {letter.key} lacks {', '.join(missing)}"
            return item
        if not self._is_ours(item):
            return item
        try:
            item.data = reader.schema.load(letter.data)
        except ValidationError as error:
            item.kind, item.reason = "invalid", f"data does not fit {letter.key}: {error.messages}"
        except Exception as error:  # noqa: BLE001 - a reader that breaks must not stop the mailbox
            item.kind, item.reason = "failed", _said(error)
        return item

    def _no_reader(self, key: str) -> str:
        return f"{self.blueprint.name} has no reader for {key!r}"

    @staticmethod
    def _is_ours(item: Item) -> bool:
        if item.letter is None or item.reader is None:
            return True
        data = item.letter.data
        return all(data.get(name) == value for name, value in item.reader.only.items())

    def _take_one(self, item: Item) -> None:
        if item.kind in _WAITING:
            # What it waited for may have been among the letters before it.
            item.kind, item.reason = "", ""
        try:
            self._take_all([item], alone=True)
        except Exception as error:
            if is_outage(error):
                raise
            log.warning("letter_failed", service=self.blueprint.name, letter=item.id, key=item.key, exc_info=error)
            item.kind = "not_yet" if isinstance(error, NotYetError) else "failed"
            item.reason = _said(error)
            self._put_aside(item)

    def _put_aside(self, item: Item) -> None:
        """Park a letter that failed; if even its name can't be stored, under the hash of its bytes."""
        try:
            self._take_all([item], alone=True)
        except Exception as error:
            if is_outage(error):
                raise
            item.kind, item.letter, item.reader, item.key = "malformed", None, None, ""
            item.reason = f"{item.reason}; nor can it be parked as it is: {_said(error)}"
            self._take_all([item], alone=True)

    def _take_all(self, items: Sequence[Item], *, alone: bool) -> None:
        with self.database.write() as session:
            fresh = self._receipt(session, items)
            work = Work(session, self.blueprint, self.now())
            work.prefetch(item.letter.subject for item in fresh if item.letter is not None and not item.kind)
            hasty = False
            for item in fresh:
                hasty |= self._handle(work, item)
            structlog.contextvars.unbind_contextvars("letter", "correlation")
            if hasty and not alone:
                raise _Hasty
            told = bool(work.letters)
            work.record()
            self._park(session, [item for item in fresh if item.kind], work.now)
            self._nudge(session, fresh, work.now)
        if told:
            self.wake()
        name = self.blueprint.name
        for key, count in Counter(item.key for item in fresh if not item.kind).items():
            metrics.LETTERS_READ.labels(name, key).inc(count)
        if len(items) > len(fresh):
            metrics.LETTERS_REPEATED.labels(name).inc(len(items) - len(fresh))

    def _receipt(self, session: Session, items: Sequence[Item]) -> list[Item]:
        """Record the receipts; return the items that were not here before."""
        unique = {item.id: item for item in items}
        # In order, so that two workers with the same letters wait for each other instead of falling into a deadlock.
        inserted = session.execute(self._receipts, {"ids": sorted(unique), "received_at": self.now()})
        known = {letter_id for (letter_id,) in inserted}
        return [item for letter_id, item in unique.items() if letter_id in known]

    def _handle(self, work: Work, item: Item) -> bool:
        """Let the service handle a letter; return whether it may have changed things and has to wait all the same."""
        if item.kind or item.reader is None:
            return False
        work.cause = item.letter
        if item.letter is not None:
            structlog.contextvars.bind_contextvars(letter=item.letter.id, correlation=item.letter.correlation)
        before = work.changes
        try:
            getattr(self.service, item.reader.method)(work, item.data)
        except NotYetError as error:
            if work.changes != before:
                raise
            item.kind, item.reason = "not_yet", str(error)
            return before > 0
        return False

    def _park(self, session: Session, items: Sequence[Item], now: datetime) -> None:
        if not items:
            return
        rows = []
        for item in items:
            waiting = item.kind in _WAITING
            wait = wait_after(0, random.random())  # noqa: S311 - jitter, no secret
            rows.append(
                {
                    "id": item.id,
                    "key": item.key[:200],
                    "subject": item.letter.subject if item.letter else "",
                    "body": item.body,
                    "kind": item.kind,
                    "reason": _storable(item.reason),
                    "attempts": 0,
                    "parked_at": now,
                    "next_at": now + wait if waiting else None,
                    "dead": not waiting,
                }
            )
            self._waiting |= waiting
            metrics.LETTERS_PARKED.labels(self.blueprint.name, item.kind).inc()
            log.warning("letter_parked", service=self.blueprint.name, letter=item.id, key=item.key, kind=item.kind)
        table = self.blueprint.store.parked
        upsert = self.blueprint.upsert(table)
        session.execute(upsert.on_conflict_do_nothing(), rows)

    def _nudge(self, session: Session, items: Sequence[Item], now: datetime) -> None:
        """Let letters that waited for these subjects be tried again at once."""
        subjects = {item.letter.subject for item in items if item.letter and not item.kind} - {""}
        table = self.blueprint.store.parked
        if subjects and self._waiting:
            session.execute(
                update(table)
                .where(table.c.subject.in_(subjects), table.c.dead.is_(False), table.c.next_at > now)
                .values(next_at=now)
            )

    # -- parked letters ------------------------------------------------------

    def heal(self, limit: int = HEALED_AT_ONCE) -> int:
        """Try parked letters whose wait is over; return how many were tried."""
        with self.database.reads.connect() as connection:
            waiting = connection.execute(self._alive, {"most": limit}).all()
        self._waiting, now = bool(waiting), self.now()
        ids = [row.id for row in waiting if row.next_at <= now]
        for letter_id in ids:
            self.retry(letter_id)
        if ids:
            self.wake()
        return len(ids)

    def retry(self, letter_id: str, *, force: bool = False) -> bool:
        """Try one parked letter again; return whether it was handled."""
        try:
            return self._retry(letter_id, force=force)
        except Exception as error:
            if is_outage(error):
                raise
            log.warning("letter_failed_again", service=self.blueprint.name, letter=letter_id, exc_info=error)
            kind = "not_yet" if isinstance(error, NotYetError) else "failed"
            with self.database.write() as session:
                self._wait_longer(session, letter_id, kind, _said(error))
            return False

    def _retry(self, letter_id: str, *, force: bool) -> bool:
        table = self.blueprint.store.parked
        with self.database.write() as session:
            mine = select(table).where(table.c.id == letter_id).with_for_update(skip_locked=True)
            row = session.execute(mine).one_or_none()
            if row is None or (row.dead and not force):
                return False
            item = self._open(bytes(row.body), row.key)
            if not item.kind and self._is_ours(item):
                work = Work(session, self.blueprint, self.now())
                self._handle(work, item)
                work.record()
            if item.kind:
                self._wait_longer(session, letter_id, item.kind, item.reason)
                return False
            session.execute(delete(table).where(table.c.id == letter_id))
            self._nudge(session, [item], self.now())
        metrics.LETTERS_HEALED.labels(self.blueprint.name).inc()
        return True

    def _wait_longer(self, session: Session, letter_id: str, kind: str, reason: str) -> None:
        table = self.blueprint.store.parked
        row = session.execute(select(table.c.attempts, table.c.parked_at).where(table.c.id == letter_id)).one_or_none()
        if row is None:
            return
        attempts = row.attempts + 1
        tired = attempts >= MOST_ATTEMPTS and self.now() - row.parked_at >= PATIENCE
        dead = kind not in _WAITING or tired
        wait = wait_after(attempts, random.random())  # noqa: S311 - jitter, no secret
        session.execute(
            update(table)
            .where(table.c.id == letter_id)
            .values(
                attempts=attempts,
                kind=kind,
                reason=_storable(reason),
                dead=dead,
                next_at=None if dead else self.now() + wait,
            )
        )

    def parked_counts(self) -> dict[bool, int]:
        """Count the parked letters, those that wait and those that are dead."""
        table = self.blueprint.store.parked
        with self.database.read() as session:
            rows = session.execute(select(table.c.dead, func.count()).group_by(table.c.dead))
            return {False: 0, True: 0} | {bool(dead): count for dead, count in rows}
