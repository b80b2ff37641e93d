"""What an account has sent in the last hour and day is found at once, however much it sent before."""

from alembic import op

revision = "0062_upload_quota"
down_revision = "0061_durable_snapshots"

NAME = "ix_media_uploaded_by_created_at"


def upgrade() -> None:
    # Beside the work that goes on: nobody waits for us, and we may wait for a long transaction.
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute(f"drop index concurrently if exists {NAME}")
        op.execute(f"create index concurrently {NAME} on media (uploaded_by, created_at)")
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"drop index concurrently if exists {NAME}")
