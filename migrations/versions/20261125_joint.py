"""Several units handle a case together: each joint unit's part is an attempt of its own, one live for each case and unit."""

from alembic import op

revision = "0033_joint"
down_revision = "0032_duplicates"

CHECK = "alter table assignment add constraint ck_assignment_role check (role in ({})) not valid"
LIVE = "state in ('open', 'offered', 'queued', 'accepted', 'en_route', 'on_scene')"
ONE = "unique index concurrently {} on assignment (incident_id, role) where {}"
MORE = {
    "uq_assignment_joint": "unique index concurrently uq_assignment_joint on assignment (incident_id, unit_id) "
    f"where role = 'joint' and {LIVE}",
    # What a unit's members see: as the clause says it.
    "ix_assignment_unit_id_tasked": "index concurrently ix_assignment_unit_id_tasked on assignment (unit_id) "
    "where state in ('queued', 'accepted', 'en_route', 'on_scene') or role = 'joint' and state = 'done'",
}


def upgrade() -> None:
    roles("'handle', 'check', 'second', 'verify', 'joint'")
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name, index in MORE.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create {index}")
        one_of_a_role(f"role <> 'joint' and {LIVE}")
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("delete from assignment where role = 'joint'")
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        one_of_a_role(LIVE)
        for name in MORE:
            op.execute(f"drop index concurrently if exists {name}")
        op.execute("set lock_timeout = '5s'")
    roles("'handle', 'check', 'second', 'verify'")


def roles(allowed: str) -> None:
    # A wider one takes its place in the same transaction.
    op.execute(
        "-- squawk-ignore ban-drop-constraint\nalter table assignment drop constraint ck_assignment_role"
    )
    op.execute(CHECK.format(allowed))
    with op.get_context().autocommit_block():
        op.execute("alter table assignment validate constraint ck_assignment_role")


def one_of_a_role(condition: str) -> None:
    """The unique index takes the place of another one of its name: there is always one."""
    name = "uq_assignment_active"
    op.execute(f"drop index concurrently if exists {name}_next")  # an attempt that was broken off leaves one
    op.execute(f"create {ONE.format(f'{name}_next', condition)}")
    op.execute(f"drop index concurrently if exists {name}")
    op.execute(f"-- squawk-ignore renaming-object\nalter index if exists {name}_next rename to {name}")
