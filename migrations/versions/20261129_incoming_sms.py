"""SMS that come in by the gateway: each is stored and applied once."""

from alembic import op

revision = "0101_incoming_sms"
down_revision = "0100_messages"

TABLE = """
create table incoming_sms (
  id bigint generated always as identity,
  account_id uuid not null,
  message_id text not null,
  jurisdiction_id uuid,
  body_digest bytea not null,
  phone text,
  words text,
  sender_id uuid,
  outcome text not null,
  code text,
  incident_id uuid,
  reply text,
  received_at timestamptz not null,
  constraint pk_incoming_sms primary key (id),
  constraint ck_incoming_sms_outcome
    check (outcome in ('reported','accepted','done','words_added','confirmed','stopped','refused','help'))
);
create unique index uq_incoming_sms_account_id_message_id on incoming_sms (account_id, message_id);
create index ix_incoming_sms_received_at on incoming_sms (received_at) where words is not null;
grant delete on incoming_sms to gridward_job;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(TABLE)


def downgrade() -> None:
    run("drop table incoming_sms")
