"""Permits: skills that a worker has until a day only."""

from alembic import op

revision = "0034_permits"
down_revision = "0033_joint"


def upgrade() -> None:
    op.execute("alter table worker add column permits jsonb not null default '{}'")
    op.execute(
        "alter table worker add constraint ck_worker_permits "
        "check (jsonb_typeof(permits) = 'object' and permits - skills = '{}') not valid"
    )
    with op.get_context().autocommit_block():
        op.execute("alter table worker validate constraint ck_worker_permits")


def downgrade() -> None:
    op.execute("alter table worker drop column permits")
