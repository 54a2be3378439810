"""Intake, routing and the mechanisms in one process, over SQLite and a broker of a few lines, to be careless with."""

from __future__ import annotations

import random
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from chassis import blueprint, catalogue
from chassis.codes import id_of, new_code
from chassis.database import Database
from chassis.inbox import Inbox
from chassis.keys import KeyFolder, generate
from chassis.relay import Relay
from chassis.work import Work
from services.intake import register
from tests.faults.checks import MECHANISMS
from tests.faults.residents import TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chassis.blueprint import Blueprint

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
_BATCH = 20
_MOST_ROUNDS = 500


class KilledError(BaseException):
    """The process ends here, as by kill -9: nothing may catch it."""


class Village:
    """Services that read each other's letters. `copies` and `shuffled` say how the broker delivers.

    Wherever KilledError is raised, the service's process is gone and starts again: what it had not committed is
    rolled back, and what it had not acknowledged is delivered again.
    """

    def __init__(
        self,
        folder: Path,
        *,
        inbox: type[Inbox] = Inbox,
        relay: type[Relay] = Relay,
        copies: int = 1,
        shuffled: bool = False,
        acknowledge_first: bool = False,
    ) -> None:
        self.services = ["intake", "routing", *sorted(MECHANISMS)]
        self.copies = copies
        self.shuffled = shuffled
        self.acknowledge_first = acknowledge_first
        self.now = START
        self.deaths = 0
        self.dice = random.Random(7)
        #: How many more letters may be sent before the sender is killed, once; and batches taken before the reader is.
        self.sends_left = -1
        self.takes_left = -1
        generate(folder / "keys", self.services)
        self.keys = KeyFolder(folder / "keys")
        self.mailboxes: dict[str, deque[tuple[bytes, str]]] = {name: deque() for name in self.services}
        self._specs = {name: blueprint.read(catalogue.service(name)) for name in self.services}
        self._databases = {name: self._made(name, folder) for name in self.services}
        self.inboxes = {
            name: inbox(self._databases[name], spec, _Mortal(self, catalogue.service(name)()), now=lambda: self.now)
            for name, spec in self._specs.items()
        }
        self.relays = {
            name: relay(self._databases[name], spec, self, now=lambda: self.now) for name, spec in self._specs.items()
        }

    def _made(self, name: str, folder: Path) -> Database:
        database = Database(f"sqlite:///{folder / name}.sqlite3", name)
        # Nobody cuts the power here, so nothing need wait for the disk.
        event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        self._specs[name].dialect = database.dialect
        self._specs[name].metadata.create_all(database.engine)
        return database

    def close(self) -> None:
        """Let go of the databases, and be no broker any more."""
        for database in self._databases.values():
            database.close()

    # -- what the account looks into ---------------------------------------------

    def blueprint(self, service: str) -> Blueprint:
        return self._specs[service]

    def database(self, service: str) -> Database:
        return self._databases[service]

    # -- what happens --------------------------------------------------------------

    def report(self, number: int) -> list[str]:
        """Register appeals; return their ids."""
        with self._databases["intake"].write() as session:
            work = Work(session, self._specs["intake"], self.now)
            accepted = [self._report(work, serial) for serial in range(number)]
            work.record()
        return accepted

    def _report(self, work: Work, serial: int) -> str:
        title, text = TEXTS[serial % len(TEXTS)]
        code = new_code()
        sent = register.Submission(
            code=code,
            appeal_id=id_of(code),
            matter=None,
            channel="web",
            title=title,
            text=f"{text}（第 {serial} 件）",
            anonymous=True,
            submitted_at=self.now,
        )
        register.register(work, self.keys, sent)
        return sent.appeal_id

    def send(self, letters: Sequence[Any], mailbox: str | None = None) -> None:
        """Be the broker: keep a copy, or two, for each mailbox that reads a letter."""
        del mailbox
        for letter in letters:
            for name, spec in self._specs.items():
                if spec.reader(letter.key) is not None:
                    self.mailboxes[name].extend([(bytes(letter.body), letter.key)] * self.copies)
            if self.sends_left >= 0:
                self.sends_left -= 1
                if self.sends_left < 0:
                    raise KilledError

    def beat(self) -> None:
        """Do nothing: nobody hangs up here."""

    def run(self) -> None:
        """Let all services work until nothing moves any more; those that are killed begin again."""
        for _ in range(_MOST_ROUNDS):
            moved = [self._survive(relay.post_waiting) for relay in self.relays.values()]
            moved += [self._survive(lambda name=name: self._work_off(name)) for name in self.services]
            if not any(moved):
                self.now += timedelta(seconds=10)
                if not any(inbox.heal() for inbox in self.inboxes.values()):
                    return
        message = f"still not calm after {_MOST_ROUNDS} rounds"
        raise TimeoutError(message)

    def _survive(self, work: Any) -> bool:
        try:
            return bool(work())
        except KilledError:
            self.deaths += 1
            return True

    def _work_off(self, name: str) -> bool:
        mailbox = self.mailboxes[name]
        if self.shuffled:
            self.dice.shuffle(mailbox)
        batch = [mailbox.popleft() for _ in range(min(_BATCH, len(mailbox)))]
        if not batch:
            return False
        if self.acknowledge_first:
            self.inboxes[name].take(batch)
            return True
        try:
            self.inboxes[name].take(batch)
        except KilledError:
            mailbox.extendleft(reversed(batch))
            raise
        return True


class _Mortal:
    """A service that is killed in the middle of a batch when its village says so."""

    def __init__(self, village: Village, service: object) -> None:
        self._village = village
        self._service = service

    def __getattr__(self, name: str) -> Any:
        village = self._village
        if village.takes_left >= 0 and name.startswith("on_"):
            village.takes_left -= 1
            if village.takes_left < 0:
                raise KilledError
        return getattr(self._service, name)
