"""Steps that the migrations of several services have in common, frozen by number.

A revision of a service calls the step of the time when it was written; a change of the
plumbing is a new step here and a new revision in each service, never an edit of an old one.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from chassis.store import BigId, Json, Moments

_UNPOSTED = sa.text("posted_at IS NULL")


def plumbing_1() -> None:
    """Create letters, receipts, parked, leases, answers, timeline, clocks, reveals and marks."""
    op.create_table(
        "letters",
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False, index=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("told_at", Moments, nullable=False),
        sa.Column("posted_at", Moments),
    )
    op.create_index("letters_unposted", "letters", ["seq"], postgresql_where=_UNPOSTED, sqlite_where=_UNPOSTED)
    op.create_table(
        "receipts",
        sa.Column("letter_id", sa.String(200), primary_key=True),
        sa.Column("received_at", Moments, nullable=False),
    )
    op.create_table(
        "parked",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False, index=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("parked_at", Moments, nullable=False),
        sa.Column("next_at", Moments, index=True),
        sa.Column("dead", sa.Boolean, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("due_at", Moments, nullable=False),
    )
    op.create_table(
        "answers",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("answered_at", Moments, nullable=False, index=True),
    )
    op.create_table(
        "timeline",
        sa.Column("case_id", sa.String(40), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at", Moments, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("actor_name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("trigger", sa.String(60), nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("target", sa.String(60), nullable=False),
        sa.Column("form", Json, nullable=False),
        sa.Column("cause", sa.String(200), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "clocks",
        sa.Column("case_id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("due_at", Moments, nullable=False),
        sa.Column("body", Json, nullable=False),
    )
    op.create_index("clocks_running", "clocks", ["state", "due_at"])
    op.create_table(
        "reveals",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("case_id", sa.String(40), nullable=False, index=True),
        sa.Column("at", Moments, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("value", BigId, nullable=False),
    )


def cases_1(*own: sa.Column[Any]) -> None:
    """Create the table of cases, with a service's own columns behind the shared ones."""
    op.create_table(
        "cases",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("subject", sa.String(64), nullable=False, unique=True),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("unit", sa.String(60), nullable=False),
        sa.Column("urgency", sa.String(10), nullable=False),
        sa.Column("opened_at", Moments, nullable=False),
        sa.Column("updated_at", Moments, nullable=False),
        sa.Column("ended_at", Moments),
        sa.Column("due_at", Moments),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Column("details", Json, nullable=False),
        *own,
    )
    op.create_index("cases_by_opened", "cases", ["opened_at", "id"])
    op.create_index("cases_by_state", "cases", ["state", "opened_at", "id"])
    op.create_index("cases_by_due", "cases", ["due_at", "id"])


def figures_1() -> None:
    """Create the table of what cases count."""
    op.create_table(
        "figures",
        sa.Column("case_id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("of", sa.String(80), primary_key=True),
        sa.Column("hundredths", sa.BigInteger, nullable=False),
    )
    op.create_index("figures_summed", "figures", ["name", "of", "hundredths"])


def evidence_1() -> None:
    """Create the table of what staff lay to a case."""
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("shows", sa.String(200), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("added_at", Moments, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("by_name", sa.String(80), nullable=False),
        sa.Column("whole", sa.LargeBinary, nullable=False),
        sa.Column("small", sa.LargeBinary, nullable=False),
    )
    op.create_index("evidence_by_case", "evidence", ["case_id", "digest"], unique=True)


def papers_1() -> None:
    """Create the register of documents."""
    op.create_table(
        "papers",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("case_id", sa.String(40), nullable=False, index=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("number", sa.String(80), nullable=False, index=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("issued_at", Moments, nullable=False, index=True),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("by_name", sa.String(80), nullable=False),
        sa.Column("head", Json, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("served", Json, nullable=False),
        sa.UniqueConstraint("case_id", "name", "version"),
    )
