"""What the ledger is narrowed and searched by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chassis.store import BigId

revision = "0006"
down_revision = "0005"

_OPEN, _SILENT = sa.text("ended_at IS NULL"), sa.text("ended_at IS NULL AND silent_at IS NOT NULL")
_PAIRS = """
CREATE OR REPLACE FUNCTION ledger_pairs(words text) RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg((ascii(a) << 16) | (ascii(b) & 65535))
  FROM unnest(string_to_array(words, NULL), (string_to_array(words, NULL))[2:]) AS pair(a, b) WHERE b IS NOT NULL
$$
"""
_COLUMNS = ("state", "mechanism", "unit", "category", "urgency", "severity", "channel")


def upgrade() -> None:
    """Put indexes that hold every column of the list in the place of those that held one each, and make room for words.

    The words of the lines that are there follow by a chore.
    """
    for name in ("cases_by_opened", "cases_by_state", "cases_by_due", "cases_by_mechanism"):
        op.drop_index(name, "cases")
    op.create_index("cases_by_opened", "cases", ["opened_at", "id", *_COLUMNS])
    for name, columns, only in (
        ("cases_open", ["opened_at", "id", "due_at", *_COLUMNS], _OPEN),
        ("cases_open_by_due", ["due_at", "id", "opened_at", *_COLUMNS], _OPEN),
        ("cases_silent", ["opened_at", "id"], _SILENT),
    ):
        op.create_index(name, "cases", columns, postgresql_where=only, sqlite_where=only)
    op.create_index("cases_by_number", "cases", ["number"])
    op.add_column("ledger_numbers", sa.Column("searchable", BigId, nullable=False, server_default="0"))
    op.create_table(
        "ledger_words",
        sa.Column("case_id", sa.String(40), primary_key=True),
        sa.Column("words", sa.Text, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_PAIRS)
        op.execute("CREATE INDEX ledger_words_by_pair ON ledger_words USING gin (ledger_pairs(words))")
