"""Indexes that give pages of components, premises and households in the order of their ids under any scope."""

from alembic import op

revision = "0025_map_order"
down_revision = "0024_check_lots"

INDEXES = {
    f"ix_{table}_{name}_id": f"{table} ({column}, id)"
    for table in ("component", "premises", "household")
    for name, column in (("scope_path", "scope_path"), ("part", "subpath(scope_path, 0, 2)"))
}


def upgrade() -> None:
    """Beside the work that goes on: nobody waits for us, and we may wait for a long transaction."""
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name, columns in INDEXES.items():
            op.execute(
                f"drop index concurrently if exists {name}"
            )  # an attempt that was broken off leaves one
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name in INDEXES:
            op.execute(f"drop index concurrently if exists {name}")
        op.execute("set lock_timeout = '5s'")
