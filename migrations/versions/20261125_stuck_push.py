"""At which operation a phone's pushes run into the limit of a statement, and how often: none is to hold up a queue for ever."""

from alembic import op

revision = "0023_stuck_push"
down_revision = "0022_exports"


def upgrade() -> None:
    op.execute(
        "alter table sync_device add column stuck_key text, add column stuck_times integer default 0 not null"
    )


def downgrade() -> None:
    op.execute("alter table sync_device drop column stuck_key, drop column stuck_times")
