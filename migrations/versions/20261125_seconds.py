"""A case that needs two people has a second beside the lead: an attempt of its own."""

from alembic import op

revision = "0028_seconds"
down_revision = "0027_dispatch_states"

CHECK = "alter table assignment add constraint ck_assignment_role check (role in ({})) not valid"


def _replace(roles: str) -> None:
    # A wider one takes its place in the same transaction.
    op.execute(
        "-- squawk-ignore ban-drop-constraint\nalter table assignment drop constraint ck_assignment_role"
    )
    op.execute(CHECK.format(roles))
    # In a transaction of its own it blocks nobody.
    with op.get_context().autocommit_block():
        op.execute("alter table assignment validate constraint ck_assignment_role")


def upgrade() -> None:
    _replace("'handle', 'check', 'second'")


def downgrade() -> None:
    op.execute("delete from offer where assignment_id in (select id from assignment where role = 'second')")
    op.execute("delete from assignment where role = 'second'")
    _replace("'handle', 'check'")
