"""Appeals by their number in the ledger: whoever calls is looked up by it, and so is the evidence about a caller."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the index."""
    numbered = sa.text("number <> ''")
    op.create_index("cases_by_number", "cases", ["number"], postgresql_where=numbered, sqlite_where=numbered)
