"""What workers contest of the figures about them."""

import sqlalchemy as sa
from alembic import op

revision = "0030_contests"
down_revision = "0029_figures"

TRIGGERS = """
create trigger raise_version before update on figure_contest for each row execute function raise_version();
create trigger log_change after insert or update or delete on figure_contest
  for each row execute function log_change('figure_contest', 'id', 'worker', 'worker_id');
"""


def upgrade() -> None:
    op.create_table(
        "figure_contest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("figure in ('load','declined','expired')", name=op.f("ck_figure_contest_figure")),
        sa.CheckConstraint("outcome in ('upheld','dismissed')", name=op.f("ck_figure_contest_outcome")),
        sa.CheckConstraint(
            "(resolved_at is null) = (outcome is null) and (resolved_at is null) = (reason is null)",
            name=op.f("ck_figure_contest_resolved"),
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_figure_contest_worker_id_worker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_contest")),
    )
    op.create_index("ix_figure_contest_worker_id", "figure_contest", ["worker_id"])
    op.create_index(
        "uq_figure_contest_open",
        "figure_contest",
        ["worker_id", "figure"],
        unique=True,
        postgresql_where=sa.text("resolved_at is null and deleted_at is null"),
    )
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.drop_table("figure_contest")
