"""Which cases were moved to another place or area since an instant is found at once: a month is counted where they lay then."""

from alembic import op

revision = "0058_moved_events"
down_revision = "0054_replies"

NAME = "ix_incident_event_moved"


def upgrade() -> None:
    # Beside the work that goes on: nobody waits for us, and we may wait for a long transaction.
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute(f"drop index concurrently if exists {NAME}")
        op.execute(
            f"create index concurrently {NAME} on incident_event (occurred_at) "
            "where action in ('relocate', 'rehome')"
        )
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"drop index concurrently if exists {NAME}")
