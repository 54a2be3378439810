"""A distributed street, its servers, and what happens to them in these tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from kombu import Connection

from tests.faults.checks import MECHANISMS, faults_when_calm
from tests.faults.residents import Residents
from tests.nodes.node import wait_until
from tests.nodes.street import Street

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.nodes.postgres import Postgres
    from tests.nodes.rabbit import Rabbit

OTHERS = ("feedback", "portal", *sorted(MECHANISMS))
APPEALS = 500
_AT_ONCE = 200


class Place(Street):
    """A street whose account goes on from test to test: what one accepted is still there after the next."""

    def __init__(self, rabbit: Rabbit, postgres: Postgres, folder: Path) -> None:
        self.rabbit = rabbit
        self.postgres = postgres
        super().__init__(rabbit.url, postgres.url, folder, services=("intake", "routing", *OTHERS), together=[OTHERS])
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
    def reports(self, number: int = APPEALS) -> Iterator[Residents]:
        """Let residents report, and wait in the end until each of them was answered by a 201."""
        with Residents(self.port, number) as residents:
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
        with psycopg.connect(self.postgres.url) as holder:
            holder.execute(f"LOCK TABLE {service}.{table} IN {mode} MODE")
            with psycopg.connect(self.postgres.url, autocommit=True) as watch:
                wait_until(
                    lambda: _stands(watch, service, "Lock") > 0,
                    seconds=30,
                    what=f"A transaction of {service} that stands still",
                )
            yield
            holder.rollback()

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
                    lambda: _stands(owner, service, "IPC") >= number,
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


def _stands(watch: psycopg.Connection[Any], service: str, why: str) -> int:
    found = watch.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name = %s AND wait_event_type = %s AND (wait_event = 'SyncRep' OR %s = 'Lock')",
        [f"jiesu-{service}", why, why],
    ).fetchone()
    return int(found[0]) if found else 0
