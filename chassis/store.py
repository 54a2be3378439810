"""The tables that every service's database has beside its own.

`letters` is the outbox and, once posted, the history; `receipts` is the inbox;
`parked` holds what could not be processed; `timeline` and `clocks` belong to cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

if TYPE_CHECKING:
    from sqlalchemy import Dialect, MetaData


class StaleError(Exception):
    """What is to be kept as the next version was changed since it was read."""


#: Sixty-four bits on PostgreSQL, the row id on SQLite.
BigId = BigInteger().with_variant(Integer, "sqlite")
#: Any JSON value; binary and indexable on PostgreSQL.
Json = JSON().with_variant(JSONB, "postgresql")


class Moments(TypeDecorator[datetime]):
    """An aware UTC time, also on SQLite, which knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"naive time {value!r}: times inside are aware UTC"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Store:
    """One service's plumbing tables."""

    letters: Table
    receipts: Table
    parked: Table
    leases: Table
    answers: Table
    timeline: Table
    clocks: Table
    reveals: Table
    marks: Table


def plumbing(metadata: MetaData) -> Store:
    """Add the plumbing tables to a service's metadata."""
    return Store(
        letters=Table(
            "letters",
            metadata,
            Column("seq", BigId, primary_key=True, autoincrement=True),
            Column("id", String(64), nullable=False, unique=True),
            Column("key", String(120), nullable=False),
            Column("subject", String(64), nullable=False, index=True),
            Column("body", LargeBinary, nullable=False),
            Column("told_at", Moments, nullable=False),
            Column("posted_at", Moments),
            Index(
                "letters_unposted",
                "seq",
                postgresql_where=text("posted_at IS NULL"),
                sqlite_where=text("posted_at IS NULL"),
            ),
        ),
        receipts=Table(
            "receipts",
            metadata,
            Column("letter_id", String(200), primary_key=True),
            Column("received_at", Moments, nullable=False),
        ),
        parked=Table(
            "parked",
            metadata,
            Column("id", String(200), primary_key=True),
            Column("key", String(200), nullable=False),
            Column("subject", String(200), nullable=False, index=True),
            Column("body", LargeBinary, nullable=False),
            Column("kind", String(40), nullable=False),
            Column("reason", Text, nullable=False),
            Column("attempts", Integer, nullable=False),
            Column("parked_at", Moments, nullable=False),
            Column("next_at", Moments, index=True),
            Column("dead", Boolean, nullable=False),
        ),
        leases=Table(
            "leases",
            metadata,
            Column("name", String(80), primary_key=True),
            Column("due_at", Moments, nullable=False),
        ),
        answers=Table(
            "answers",
            metadata,
            Column("key", String(200), primary_key=True),
            Column("request", String(64), nullable=False),
            Column("status", Integer, nullable=False),
            Column("body", Json, nullable=False),
            Column("answered_at", Moments, nullable=False, index=True),
        ),
        timeline=Table(
            "timeline",
            metadata,
            Column("case_id", String(40), primary_key=True),
            Column("seq", Integer, primary_key=True),
            Column("at", Moments, nullable=False),
            Column("actor", String(80), nullable=False),
            Column("actor_name", String(80), nullable=False),
            Column("role", String(20), nullable=False),
            Column("trigger", String(60), nullable=False),
            Column("source", String(60), nullable=False),
            Column("target", String(60), nullable=False),
            Column("form", Json, nullable=False),
            Column("cause", String(200), nullable=False),
            Column("hash", String(64), nullable=False),
        ),
        clocks=Table(
            "clocks",
            metadata,
            Column("case_id", String(40), primary_key=True),
            Column("name", String(60), primary_key=True),
            Column("kind", String(12), nullable=False),
            Column("state", String(12), nullable=False),
            Column("due_at", Moments, nullable=False),
            Column("body", Json, nullable=False),
            Index("clocks_running", "state", "due_at"),
        ),
        reveals=Table(
            "reveals",
            metadata,
            Column("id", String(40), primary_key=True),
            Column("case_id", String(40), nullable=False, index=True),
            Column("at", Moments, nullable=False),
            Column("by", String(80), nullable=False),
            Column("purpose", Text, nullable=False),
        ),
        marks=Table(
            "marks",
            metadata,
            Column("name", String(80), primary_key=True),
            Column("value", BigId, nullable=False),
        ),
    )


def evidence(metadata: MetaData) -> Table:
    """Add what staff lay to a case to a service's tables; `models.EVIDENCE` holds it. `digest` is that of what was sent."""
    return Table(
        "evidence",
        metadata,
        Column("id", String(40), primary_key=True),
        Column("case_id", String(40), nullable=False),
        Column("place", Integer, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("shows", String(200), nullable=False),
        Column("name", String(120), nullable=False),
        Column("size", Integer, nullable=False),
        Column("width", Integer, nullable=False),
        Column("height", Integer, nullable=False),
        Column("added_at", Moments, nullable=False),
        Column("by", String(80), nullable=False),
        Column("by_name", String(80), nullable=False),
        Column("whole", LargeBinary, nullable=False),
        Column("small", LargeBinary, nullable=False),
        Index("evidence_by_case", "case_id", "digest", unique=True),
    )


Row = dict[str, Any]
