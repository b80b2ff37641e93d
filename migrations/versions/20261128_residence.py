"""Whether a resident is registered here, and lives here, may be unknown; residents are counted by both."""

from alembic import op

revision = "0070_residence"
down_revision = "0073_premises_merge"


def upgrade() -> None:
    for column in ("is_registered_here", "lives_here"):
        op.execute(
            f"-- squawk-ignore ban-drop-not-null\nalter table resident alter column {column} drop not null"
        )
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists ix_resident_residence")
        op.execute(
            "create index concurrently ix_resident_residence on resident "
            "(is_registered_here, lives_here, household_id) where deleted_at is null"
        )
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    op.drop_index("ix_resident_residence", "resident")
    # The release before knows no unknown, and recorded whoever it knew nothing of as registered and living here.
    op.execute(
        "update resident set is_registered_here = coalesce(is_registered_here, registered_at is null), "
        "lives_here = coalesce(lives_here, true) where is_registered_here is null or lives_here is null"
    )
    op.alter_column("resident", "is_registered_here", nullable=False)
    op.alter_column("resident", "lives_here", nullable=False)
