"""Each city reads its own areas, by code and by id, in their order, whatever other cities there are."""

from alembic import op

revision = "0079_own_areas"
down_revision = "0075_reporter_erasure"
BY_CODE, BY_ID = "ix_area_version_jurisdiction_id_code", "ix_area_version_jurisdiction_id_area_id"


def upgrade() -> None:
    # Beside the work that goes on: nobody waits for us, and we may wait for a long transaction.
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name, columns in (
            (BY_CODE, "(jurisdiction_id, code, area_id)"),
            (BY_ID, "(jurisdiction_id, area_id) where upper_inf(valid)"),
        ):
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on area_version {columns}")
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"drop index concurrently if exists {BY_ID}")
        op.execute(f"drop index concurrently if exists {BY_CODE}")
