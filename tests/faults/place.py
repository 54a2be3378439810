"""A distributed street, its servers, and what happens to them in these tests."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

import psycopg
from kombu import Connection
from sqlalchemy import select

from tests.faults.checks import MECHANISMS, faults_when_calm
from tests.faults.residents import TEXTS, Residents
from tests.nodes.node import wait_until
from tests.nodes.street import Street

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from tests.nodes.postgres import Postgres
    from tests.nodes.rabbit import Rabbit

#: Which services share a worker process; intake and routing have one each.
TOGETHER = (
    ("feedback", "portal"),
    ("mediation", "hotline", "wage_recovery"),
    ("enforcement", "property", "relief"),
)
APPEALS = 500
_AT_ONCE = 200
_GATE = 12_345


class Place(Street):
    """A street whose account goes on from test to test: what one accepted is still there after the next."""

    def __init__(
        self,
        rabbit: Rabbit,
        postgres: Postgres,
        folder: Path,
        *,
        urls: tuple[str, str] | None = None,
        together: Sequence[Sequence[str]] = TOGETHER,
    ) -> None:
        self.rabbit = rabbit
        self.postgres = postgres
        amqp_url, self.database_url = urls or (rabbit.url, postgres.url)
        services = dict.fromkeys(("intake", "routing", *chain.from_iterable(TOGETHER)))
        super().__init__(amqp_url, self.database_url, folder, services, together)
        self.accepted: set[str] = set()
        self.poison: set[str] = set()

    def begin(self) -> None:
        """Make good what a failed test may have left, so that it fails alone."""
        self.rabbit.start()
        self.postgres.start()
        self.start()
        self.accepted = {*self.states("intake")}
        self.poison = {row.id for name in self.services for row in self.parked(name)}

    @contextmanager
    def reports(self, number: int = APPEALS, *, texts: Sequence[tuple[str, str]] = TEXTS) -> Iterator[Residents]:
        """Let residents report, and wait in the end until each of them was answered by a 201."""
        with Residents(self.port, number, texts=texts) as residents:
            yield residents
        self.accepted |= set(residents.ids)
        assert not residents.complaints
        assert len(set(residents.ids)) == number

    def faults(self, seconds: float = 180.0) -> list[str]:
        """Return what is wrong with the account when everything has come to rest."""
        self.hang_up()
        return faults_when_calm(self, self.accepted, poison=self.poison, seconds=seconds)

    @contextmanager
    def blocked(self, service: str, table: str, mode: str) -> Iterator[None]:
        """Lock a table so that a process of a service stands still in the middle of a transaction; wait until it does."""
        with psycopg.connect(self.database_url) as holder:
            holder.execute(f"LOCK TABLE {service}.{table} IN {mode} MODE")
            self._await_standstill(service)
            yield
            holder.rollback()

    @contextmanager
    def held_up(self, service: str, what: str) -> Iterator[None]:
        """Let a service stand still as it makes an INSERT or UPDATE of its letters; wait until it does.

        Everybody else goes on. An UPDATE is made by the relay alone, after the broker's confirms and before its
        commit; an INSERT of a worker that reads is the last thing in its transaction.
        """
        with psycopg.connect(self.database_url, autocommit=True) as keeper:
            keeper.execute("SELECT pg_advisory_lock(%s)", [_GATE])
            keeper.execute(
                f"CREATE FUNCTION {service}.wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN PERFORM pg_advisory_xact_lock_shared({_GATE}); RETURN NULL; END $$"
            )
            keeper.execute(
                f"CREATE TRIGGER gate BEFORE {what} ON {service}.letters"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {service}.wait_at_the_gate()"
            )
            try:
                self._await_standstill(service, "advisory")
                yield
            finally:
                keeper.execute("SELECT pg_advisory_unlock(%s)", [_GATE])
                keeper.execute(f"DROP TRIGGER gate ON {service}.letters")
                keeper.execute(f"DROP FUNCTION {service}.wait_at_the_gate")

    def _await_standstill(self, service: str, event: str = "") -> None:
        with psycopg.connect(self.database_url, autocommit=True) as watch:
            wait_until(
                lambda: _stands(watch, service, "Lock", event) > 0,
                seconds=30,
                what=f"A transaction of {service} that stands still",
            )

    def unmarked(self, service: str) -> set[str]:
        """Return the ids of the letters that a service has not written down as posted."""
        letters = self.blueprint(service).store.letters
        with self.database(service).read() as session:
            return set(session.scalars(select(letters.c.id).where(letters.c.posted_at.is_(None))))

    def received(self, service: str, letters: Collection[str]) -> set[str]:
        """Return which of these letters a service has received."""
        receipts = self.blueprint(service).store.receipts
        with self.database(service).read() as session:
            wanted = select(receipts.c.letter_id).where(receipts.c.letter_id.in_(letters))
            return set(session.scalars(wanted))

    @contextmanager
    def unanswered_commits(self, service: str, number: int) -> Iterator[None]:
        """Make every commit durable without returning, and wait until a service waits for so many of its own.

        They wait for a standby that does not exist, which PostgreSQL asks after the commit is written.
        """
        with psycopg.connect(self.postgres.url, autocommit=True) as owner:
            owner.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            owner.execute("SELECT pg_reload_conf()")
            try:
                wait_until(
                    lambda: _stands(owner, service, "IPC", "SyncRep") >= number,
                    seconds=30,
                    what=f"Unanswered commits of {service}",
                )
                yield
            finally:
                owner.execute("ALTER SYSTEM RESET synchronous_standby_names")
                owner.execute("SELECT pg_reload_conf()")

    def count(self, service: str) -> int:
        """Return how many cases a service has."""
        return len(self.states(service))

    def mailbox(self, service: str) -> int:
        """Return how many messages wait in a mailbox."""
        with Connection(self.settings.amqp_url) as connection:
            queue = connection.default_channel.queue_declare(self.blueprint(service).mailbox, passive=True)
            return int(queue.message_count)

    def take_on(self) -> int:
        """Let handlers accept all cases that they have received, and contact the residents; return how many."""
        token, done = self.token("handler"), 0
        for name in sorted(MECHANISMS & {*self.services}):
            case = self.blueprint(name).case
            with self.database(name).read() as session:
                ids = [row.id for row in session.query(case.id).filter(case.state == "received")]
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                self._act(name, token, some, "case_accepted", {})
                self._act(name, token, some, "contact_made", {"way": "phone", "note": "已电话联系诉求人"})
            done += len(ids)
        return done

    def _act(self, name: str, token: str, ids: list[str], trigger: str, form: dict[str, Any]) -> None:
        actions = [{"case_id": case_id, "trigger": trigger, "form": form} for case_id in ids]
        status, body = self.request("POST", f"/{name}/api/v1/actions", {"actions": actions}, token=token)
        assert status == 200, body
        assert [result for result in body["results"] if "problem" in result] == []


def _stands(watch: psycopg.Connection[Any], service: str, why: str, event: str = "") -> int:
    found = watch.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = %s AND wait_event_type = %s AND (wait_event = %s OR %s = '')",
        [f"jiesu-{service}", why, event, event],
    ).fetchone()
    return int(found[0]) if found else 0
