"""Telephone of a worker, under which supervisors reach them, first of all after a call for help."""

from alembic import op

revision = "0082_worker_phone"
down_revision = "0082_alerts"


def upgrade() -> None:
    op.execute("alter table worker add column phone text")


def downgrade() -> None:
    op.execute("alter table worker drop column phone")
