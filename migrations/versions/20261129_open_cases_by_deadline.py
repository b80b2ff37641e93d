"""Index of the open cases by their deadline, for the list that begins with the case that is due first."""

from alembic import op

revision = "0083_open_cases_by_deadline"
down_revision = "0082_worker_phone"

_INDEX = """create index concurrently if not exists ix_incident_open_due_at_id
  on incident (coalesce(due_at, 'infinity'::timestamptz), id)
  where status not in ('not_filed', 'closed', 'force_closed') and deleted_at is null"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(_INDEX)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists ix_incident_open_due_at_id")
