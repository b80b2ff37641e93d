"""Index of the open cases that an account reported: a list of open cases has them beside those of the reader's areas.

Without it PostgreSQL combined all open cases of the city with all cases that the account ever reported.
"""

from alembic import op

revision = "0116_open_reported"
down_revision = "0116_parallel_figures"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            """create index concurrently if not exists ix_incident_open_reported_by_reported_at_id
               on incident (reported_by, reported_at, id)
               where status not in ('not_filed', 'closed', 'force_closed') and deleted_at is null"""
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists ix_incident_open_reported_by_reported_at_id")
