"""The kinds of people that the ledger is narrowed by, an index of what few lines have, and a look at what is watched now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_COLUMNS = ("state", "mechanism", "unit", "category", "urgency", "severity", "channel", "person_kind")
_OPEN, _RARE = sa.text("ended_at IS NULL"), sa.text("person_kind <> '' OR urgency = 'I'")
_FILL = {
    "postgresql": """
UPDATE cases SET person_kind =
  ',' || (SELECT string_agg(kind, ',') FROM jsonb_array_elements_text(details -> 'person_kinds') kind) || ','
WHERE jsonb_typeof(details -> 'person_kinds') = 'array' AND details -> 'person_kinds' <> '[]'
""",
    "sqlite": """
UPDATE cases SET person_kind =
  ',' || (SELECT group_concat(value, ',') FROM json_each(cases.details, '$.person_kinds')) || ','
WHERE json_array_length(details, '$.person_kinds') > 0
""",
}
#: By when a leader requires an answer on the spot that is given again was watched by nobody.
_LOOK = """
UPDATE cases SET look_at = updated_at WHERE state = 'answer_due' AND EXISTS (
  SELECT 1 FROM clocks WHERE clocks.case_id = cases.id AND clocks.name = 'required' AND clocks.state <> 'stopped')
"""


def upgrade() -> None:
    """Add the column with what the lines say already, and read pages by it."""
    op.execute(_LOOK)
    op.add_column("cases", sa.Column("person_kind", sa.String(400), nullable=False, server_default=""))
    op.execute(_FILL[op.get_bind().dialect.name])
    for name, columns, where in (
        ("cases_open", ("opened_at", "id", "due_at"), _OPEN),
        ("cases_open_by_due", ("due_at", "id", "opened_at"), _OPEN),
        ("cases_rare", ("opened_at", "id"), _RARE),
    ):
        if where is _OPEN:
            op.drop_index(name, "cases")
        op.create_index(name, "cases", [*columns, *_COLUMNS], postgresql_where=where, sqlite_where=where)
