"""Exports: who asks for what, who agrees, how far it is, and where its file lies until it expires."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022_exports"
down_revision = "0021_plans"

STATES = "'awaiting_approval', 'waiting', 'running', 'done', 'refused', 'failed', 'cancelled', 'interrupted', 'expired'"


def upgrade() -> None:
    op.create_table(
        "export_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("is_homes", sa.Boolean(), nullable=False),
        sa.Column("is_at_once", sa.Boolean(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("area_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows_expected", sa.Integer(), nullable=True),
        sa.Column("rows_seen", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.Column("permission_epoch", sa.BigInteger(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"state in ({STATES})", name=op.f("ck_export_run_state")),
        sa.CheckConstraint(
            "(state = 'done') = (sha256 is not null)", name=op.f("ck_export_run_done_with_file")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["account.id"], name=op.f("fk_export_run_requested_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["account.id"], name=op.f("fk_export_run_decided_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_run")),
    )
    op.create_index("ix_export_run_requested_by", "export_run", ["requested_by"])
    op.create_index("ix_export_run_decided_by", "export_run", ["decided_by"])
    op.create_index(
        "ix_export_run_unfinished",
        "export_run",
        ["created_at"],
        postgresql_where=sa.text("finished_at is null"),
    )
    op.create_index(
        "ix_export_run_expires_at_kept",
        "export_run",
        ["expires_at"],
        postgresql_where=sa.text("state = 'done'"),
    )


def downgrade() -> None:
    op.drop_table("export_run")
