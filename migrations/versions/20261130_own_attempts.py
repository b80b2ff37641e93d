"""Indexes of what is read often and is little: an account's active attempts, and the open cases of a part of a city.

A worker's own list reads no attempts that ended, and a street's list of open cases no cases of other streets.
"""

from alembic import op

revision = "0110_board_own_attempts"
down_revision = "0110_board_open_cases"

INDEXES = {
    "ix_assignment_account_id_active": """assignment (account_id)
      where state in ('open', 'offered', 'queued', 'accepted', 'en_route', 'on_scene')""",
    "ix_assignment_worker_id_offered": "assignment (worker_id) where state = 'offered'",
    "ix_incident_open_part_reported_at_id": """incident (subpath(scope_path, 0, 2), reported_at, id)
      where status not in ('not_filed', 'closed', 'force_closed') and deleted_at is null""",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, what in INDEXES.items():
            op.execute(f"create index concurrently if not exists {name} on {what}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"drop index concurrently if exists {name}")
