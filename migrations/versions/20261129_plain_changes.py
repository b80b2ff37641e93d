"""Index of the changes of the state of cases by the time of recording, for lists of what became of public cases."""

from alembic import op

revision = "0097_plain_changes"
down_revision = "0092_public_door"

_INDEX = """create index concurrently if not exists ix_incident_event_changed
  on incident_event (recorded_at, seq) where from_status is distinct from to_status"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(_INDEX)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists ix_incident_event_changed")
