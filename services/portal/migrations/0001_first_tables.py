"""The portal's first tables."""

import sqlalchemy as sa
from alembic import op

from chassis.store import BigId, Json, Moments

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("login", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("services", Json, nullable=False),
        sa.Column("units", Json, nullable=False),
        sa.Column("lang", sa.String(length=5), nullable=False),
        sa.Column("added_at", Moments(), nullable=False),
        sa.Column("changed_at", Moments(), nullable=False),
        sa.Column("disabled_at", Moments(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_table(
        "answers",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("answered_at", Moments(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_answers_answered_at"), "answers", ["answered_at"], unique=False)
    op.create_table(
        "appeals",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("state_at", Moments(), nullable=False),
        sa.Column("mechanism", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("sent_at", Moments(), nullable=True),
        sa.Column("due_at", Moments(), nullable=True),
        sa.Column("due_set_at", Moments(), nullable=True),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_index("appeals_open", "appeals", ["ended", "stage", "mechanism", "due_at"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Moments(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_attempts_last_at"), "attempts", ["last_at"], unique=False)
    op.create_table(
        "clocks",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_at", Moments(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "name"),
    )
    op.create_index("clocks_running", "clocks", ["state", "due_at"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("due_at", Moments(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "letters",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("told_at", Moments(), nullable=False),
        sa.Column("posted_at", Moments(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(op.f("ix_letters_subject"), "letters", ["subject"], unique=False)
    op.create_index(
        "letters_unposted",
        "letters",
        ["seq"],
        unique=False,
        postgresql_where=sa.text("posted_at IS NULL"),
        sqlite_where=sa.text("posted_at IS NULL"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", BigId, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "parked",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked_at", Moments(), nullable=False),
        sa.Column("next_at", Moments(), nullable=True),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_parked_next_at"), "parked", ["next_at"], unique=False)
    op.create_index(op.f("ix_parked_subject"), "parked", ["subject"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("letter_id", sa.String(length=200), nullable=False),
        sa.Column("received_at", Moments(), nullable=False),
        sa.PrimaryKeyConstraint("letter_id"),
    )
    op.create_table(
        "reveals",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("at", Moments(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_reveals_case_id"), "reveals", ["case_id"], unique=False)
    op.create_table(
        "timeline",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Moments(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("actor_name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("trigger", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("form", Json, nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "seq"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("opened_at", Moments(), nullable=False),
        sa.Column("last_at", Moments(), nullable=False),
        sa.Column("ended_at", Moments(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret"),
    )
    op.create_index("sign_ins_by_account", "sign_ins", ["account_id", "address", "last_at"], unique=False)


def downgrade() -> None:
    op.drop_index("sign_ins_by_account", table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_table("timeline")
    op.drop_index(op.f("ix_reveals_case_id"), table_name="reveals")
    op.drop_table("reveals")
    op.drop_table("receipts")
    op.drop_index(op.f("ix_parked_subject"), table_name="parked")
    op.drop_index(op.f("ix_parked_next_at"), table_name="parked")
    op.drop_table("parked")
    op.drop_table("marks")
    op.drop_index(
        "letters_unposted",
        table_name="letters",
        postgresql_where=sa.text("posted_at IS NULL"),
        sqlite_where=sa.text("posted_at IS NULL"),
    )
    op.drop_index(op.f("ix_letters_subject"), table_name="letters")
    op.drop_table("letters")
    op.drop_table("leases")
    op.drop_index("clocks_running", table_name="clocks")
    op.drop_table("clocks")
    op.drop_index(op.f("ix_attempts_last_at"), table_name="attempts")
    op.drop_table("attempts")
    op.drop_index("appeals_open", table_name="appeals")
    op.drop_table("appeals")
    op.drop_index(op.f("ix_answers_answered_at"), table_name="answers")
    op.drop_table("answers")
    op.drop_table("accounts")
