"""Indexes of the active attempts of an account, and of the offered ones of a worker: their own work reads no ended ones."""

from alembic import op

revision = "0110_board_own_attempts"
down_revision = "0110_board_open_cases"

INDEXES = {
    "ix_assignment_account_id_active": """(account_id)
      where state in ('open', 'offered', 'queued', 'accepted', 'en_route', 'on_scene')""",
    "ix_assignment_worker_id_offered": "(worker_id) where state = 'offered'",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            op.execute(f"create index concurrently if not exists {name} on assignment {columns}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"drop index concurrently if exists {name}")
