"""What moves a promise, apart from what makes or closes one; when an appeal ended and began again, apart from where it stands."""

import sqlalchemy as sa
from alembic import op

from chassis.store import Moments

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BEFORE = ("ended", "stage", "mechanism", "due_at")


def upgrade() -> None:
    op.add_column("appeals", sa.Column("lawful", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("appeals", sa.Column("moved_to", Moments()))
    op.add_column("appeals", sa.Column("moved_at", Moments()))
    op.add_column("appeals", sa.Column("ended_at", Moments()))
    op.add_column("appeals", sa.Column("again_at", Moments()))
    op.execute("UPDATE appeals SET ended_at = state_at WHERE ended")
    op.execute("UPDATE appeals SET again_at = state_at WHERE rank = 100")
    op.drop_index("appeals_open", table_name="appeals")
    op.create_index("appeals_open", "appeals", [*_BEFORE, "due_set_at", "lawful", "moved_to", "moved_at"])


def downgrade() -> None:
    op.drop_index("appeals_open", table_name="appeals")
    op.create_index("appeals_open", "appeals", [*_BEFORE])
    for name in ("again_at", "ended_at", "moved_at", "moved_to", "lawful"):
        op.drop_column("appeals", name)
