"""Engines and sessions: PostgreSQL, or an SQLite file when embedded.

PostgreSQL: each service lives in the schema that bears its name. psycopg's compiled
wait would block eventlet's hub, so workers call `cooperate()` once at start.
SQLite: write-ahead log with full synchronisation, and transactions that take the
write lock when they begin, so that none fails half-way for want of it.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from chassis.wire import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

_POOL = 10
#: How SQLite writes: what is committed outlives a power cut. Tests that kill nothing put OFF here.
SYNCHRONOUS = "FULL"
#: PostgreSQL's class for what is too large or too complex: it will be so tomorrow.
_BEYOND_LIMITS = "54"
#: One turn per SQLite file: the doors and the worker of an embedded service each have a Database of it.
_turns: dict[str, threading.Lock] = {}
_WRITES = {"isolation_level": "READ COMMITTED"}
_READS = {"isolation_level": "AUTOCOMMIT", "jiesu_begins": ""}
_LOOKS: dict[str, dict[str, Any]] = {
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "sqlite": {"jiesu_begins": "BEGIN"},
}


def cooperate() -> None:
    """Make psycopg wait through `select`, which eventlet makes cooperative."""
    from psycopg import waiting  # noqa: PLC0415 - only where PostgreSQL is used

    waiting.wait = waiting.wait_select


def is_outage(error: BaseException) -> bool:
    """Say whether an error means that the database is away, not that the work is bad."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, OperationalError) and str(getattr(error.orig, "sqlstate", "") or "").startswith(
        _BEYOND_LIMITS
    ):
        return False
    return isinstance(error, (OperationalError, InterfaceError, PoolTimeoutError))


def make_engine(url: str, schema: str) -> Engine:
    """Make the engine of one service's database."""
    common: dict[str, Any] = {
        "json_serializer": lambda value: dumps(value).decode(),
        "json_deserializer": orjson.loads,
        # Parameters hold personal data, and errors end up in logs and among the parked.
        "hide_parameters": True,
    }
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(url, common)
    return create_engine(
        url,
        # A door's one statement is the commonest transaction by far; going in and out of this for it would cost more than it.
        isolation_level="AUTOCOMMIT",
        pool_size=_POOL,
        max_overflow=_POOL * 4,
        pool_pre_ping=False,
        insertmanyvalues_page_size=1000,
        connect_args={
            "options": f"-csearch_path={schema} -cjit=off -ctimezone=UTC",
            "connect_timeout": 10,
            "application_name": f"jiesu-{schema}",
        },
        **common,
    )


def _sqlite(url: str, common: dict[str, Any]) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 30},
        pool_size=_POOL,
        max_overflow=_POOL,
        **common,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", f"synchronous={SYNCHRONOUS}", "foreign_keys=ON", "cache_size=-4000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if how := connection.get_execution_options().get("jiesu_begins", "BEGIN IMMEDIATE"):
            connection.exec_driver_sql(how)

    return engine


class Database:
    """One service's database: sessions that write, and sessions that only read."""

    def __init__(self, url: str, schema: str) -> None:
        engine = make_engine(url, schema)
        self.dialect = engine.dialect.name
        self.engine = engine.execution_options(**_WRITES) if self.dialect == "postgresql" else engine
        self.reads = engine if self.dialect == "postgresql" else engine.execution_options(**_READS)
        self._looks = engine.execution_options(**_LOOKS[self.dialect])
        # SQLite waits for its write lock without letting other green threads run, so
        # threads of one process queue up here instead.
        self._turn = _turns.setdefault(url, threading.Lock()) if self.dialect == "sqlite" else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Run one transaction: committed at the end, rolled back on any error."""
        with (
            self._turn,
            Session(self.engine, autoflush=False, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Run reads that take no lock, each of which sees what is committed by then."""
        with Session(self.reads, autoflush=False, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Session]:
        """Run reads that take no lock and all see the same moment: what is shown together belongs together."""
        with Session(self._looks, autoflush=False, expire_on_commit=False) as session:
            yield session

    def ready(self) -> bool:
        """Say whether the database answers."""
        with self.read() as session:
            return session.execute(text("SELECT 1")).scalar() == 1

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
