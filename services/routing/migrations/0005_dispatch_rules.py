"""The versions of the dispatch rules; the shipped catalogue is the first."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from chassis.store import BigId, Moments

revision = "0005"
down_revision = "0004"

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_SHIPPED = Path(__file__).parents[1] / "data" / "catalogue.toml"


def upgrade() -> None:
    """Create the tables, and keep the catalogue as it is at the installation, so that a later release does not change it."""
    texts = op.create_table(
        "rule_texts",
        sa.Column("version", BigId, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("by_name", sa.String(80), nullable=False),
        sa.Column("at", Moments),
    )
    turns = op.create_table(
        "rule_turns",
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column("version", BigId, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("begins_at", Moments, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("by_name", sa.String(80), nullable=False),
        sa.Column("at", Moments, nullable=False),
    )
    op.create_index("rule_turns_by_begin", "rule_turns", ["begins_at", "seq"])
    text = _SHIPPED.read_text(encoding="utf-8")
    first = {"version": 1, "digest": hashlib.sha256(text.encode()).hexdigest(), "by": "", "by_name": ""}
    op.bulk_insert(texts, [{**first, "text": text, "note": "", "at": None}])
    op.bulk_insert(turns, [{**first, "reason": "", "begins_at": _ALWAYS, "at": _ALWAYS}])
