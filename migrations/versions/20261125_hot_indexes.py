"""Indexes that give pages of cases in their order under any scope, and what is looked up most without the table."""

from alembic import op

revision = "0009_hot_indexes"
down_revision = "0008_imports"

OPEN = "status not in ('not_filed', 'closed', 'force_closed') and deleted_at is null"

INDEXES = {
    # Beside these the planner took the exclusion constraints' indexes, which do not begin with the area: 1 ms each time.
    "ix_responsibility_area_id_live": (
        "index",
        "responsibility (area_id) include (worker_id, role, valid) where deleted_at is null",
    ),
    "ix_responsibility_worker_id_live": (
        "index",
        "responsibility (worker_id) include (area_id, role, valid) where deleted_at is null",
    ),
    "uq_area_version_present": (
        "unique index",
        "area_version (area_id) include (path) where upper_inf(valid)",
    ),
    "ix_incident_part_reported_at_id": ("index", "incident (subpath(scope_path, 0, 2), reported_at, id)"),
    "ix_incident_scope_path_reported_at_id": ("index", "incident (scope_path, reported_at, id)"),
    "ix_incident_reported_by_reported_at_id": ("index", "incident (reported_by, reported_at, id)"),
    "ix_incident_grid_id_reported_at_id": ("index", "incident (grid_id, reported_at, id)"),
    "ix_incident_open_scope_path": ("index", f"incident using gist (scope_path) where {OPEN}"),
    "ix_incident_open_reported_at_id": ("index", f"incident (reported_at, id) where {OPEN}"),
}
REPLACED = {
    "ix_responsibility_area_id": ("index", "responsibility (area_id)"),
    "uq_area_version_current": ("unique index", "area_version (area_id) where upper_inf(valid)"),
    "ix_incident_reported_by": ("index", "incident (reported_by)"),
    "ix_incident_grid_id": ("index", "incident (grid_id)"),
}


def upgrade() -> None:
    swap(INDEXES, REPLACED)


def downgrade() -> None:
    swap(REPLACED, INDEXES)


def swap(made: dict[str, tuple[str, str]], dropped: dict[str, tuple[str, str]]) -> None:
    """Beside the work that goes on: nobody waits for us, and we may wait for a long transaction."""
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name, (kind, columns) in made.items():
            op.execute(
                f"drop index concurrently if exists {name}"
            )  # an attempt that was broken off leaves one
            op.execute(f"create {kind} concurrently {name} on {columns}")
        for name in dropped:
            op.execute(f"drop index concurrently if exists {name}")
        op.execute("set lock_timeout = '5s'")
