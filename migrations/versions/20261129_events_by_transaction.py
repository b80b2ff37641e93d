"""Index of the history of cases by transaction, with which webhooks and /incidents/events read it as a log."""

from alembic import op

revision = "0090_events_by_transaction"
down_revision = "0089_webhooks"

_INDEX = "create index concurrently if not exists ix_incident_event_xid_seq on incident_event (xid, seq)"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(_INDEX)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists ix_incident_event_xid_seq")
