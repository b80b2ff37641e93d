"""Who stands in for an absent worker."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_substitution"
down_revision = "0005_component_of_case"

TRIGGERS = """
create trigger raise_version before update on substitution for each row execute function raise_version();
create trigger log_change after insert or update or delete on substitution
  for each row execute function log_change('substitution', 'id', 'worker', 'worker_id', 'worker', 'substitute_id');
"""


def upgrade() -> None:
    op.create_table(
        "substitution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("worker_id <> substitute_id", name=op.f("ck_substitution_somebody_else")),
        postgresql.ExcludeConstraint(
            (sa.column("worker_id"), "="),
            (sa.column("during"), "&&"),
            where=sa.text("deleted_at is null"),
            using="gist",
            name="ex_substitution_worker_during",
        ),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_substitution_worker_id_worker")),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["worker.id"], name=op.f("fk_substitution_substitute_id_worker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    op.create_index(op.f("ix_substitution_substitute_id"), "substitution", ["substitute_id"], unique=False)
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.drop_table("substitution")
