"""Webhooks: subscriptions of accounts to events of cases, and the messages to them.

A statement that adds events of cases adds a job that sends messages, where a subscription is active and no such job waits.
"""

from alembic import op

revision = "0089_webhooks"
down_revision = "0088_account_kinds"

TABLES = """
-- A subscription of an account to events of cases. The URL is erased at its end.
create table webhook_subscription (
  id uuid not null,
  account_id uuid not null,
  url text,
  description text not null,
  types text[] not null,
  categories text[] not null,
  area_id uuid,
  secret_number int default 1 not null,
  former_until timestamptz,
  state text default 'active' not null,
  paused_because text,
  cursor text not null,
  due_at timestamptz not null,
  failures int default 0 not null,
  failing_since timestamptz,
  last_sent_at timestamptz,
  created_at timestamptz not null,
  ended_at timestamptz,
  constraint pk_webhook_subscription primary key (id),
  constraint ck_webhook_subscription_state check (state in ('active','paused','ended')),
  constraint ck_webhook_subscription_paused_because
    check (paused_because in ('by_person','failing','gone','not_permitted')),
  constraint ck_webhook_subscription_paused check ((state = 'paused') = (paused_because is not null)),
  constraint ck_webhook_subscription_ended
    check ((state = 'ended') = (url is null) and (url is null) = (ended_at is not null)),
  constraint fk_webhook_subscription_account_id_account foreign key (account_id) references account (id),
  constraint fk_webhook_subscription_area_id_area foreign key (area_id) references area (id)
);
create index ix_webhook_subscription_account_id on webhook_subscription (account_id);
create index ix_webhook_subscription_due_at_active on webhook_subscription (due_at) where state = 'active';
grant delete on webhook_subscription to gridward_job;

-- A message to one subscription, to be delivered at least once. `incident_id` is null in a test. It is no foreign key: its
-- check would lock cases in another order than those who change them.
create table webhook_delivery (
  id bigint generated always as identity,
  subscription_id uuid not null,
  event_id uuid not null,
  type text not null,
  incident_id uuid,
  event_seq bigint,
  action text,
  from_status text,
  to_status text,
  occurred_at timestamptz not null,
  state text default 'waiting' not null,
  reason text,
  attempts int default 0 not null,
  created_at timestamptz not null,
  due_at timestamptz not null,
  ended_at timestamptz,
  constraint pk_webhook_delivery primary key (id),
  constraint ck_webhook_delivery_state check (state in ('waiting','sent','dropped','dead')),
  constraint ck_webhook_delivery_ended check ((state = 'waiting') = (ended_at is null)),
  constraint fk_webhook_delivery_subscription_id_webhook_subscription foreign key (subscription_id)
    references webhook_subscription (id) on delete cascade
);
create unique index uq_webhook_delivery_subscription_id_event_id on webhook_delivery (subscription_id, event_id);
create index ix_webhook_delivery_waiting on webhook_delivery (subscription_id, id) where state = 'waiting';
create index ix_webhook_delivery_waiting_due_at on webhook_delivery (subscription_id, due_at) where state = 'waiting';
create index ix_webhook_delivery_dead on webhook_delivery (subscription_id, id) where state = 'dead';
create index ix_webhook_delivery_ended_at on webhook_delivery (ended_at) where ended_at is not null;
grant delete on webhook_delivery to gridward_job;
"""

# A job that waits does the work of this transaction, too, if it begins after the commit. If it begins before, the job that
# runs four times a minute does it.
FUNCTIONS = """
create function wake_webhooks() returns trigger language plpgsql set search_path = public, jobs as $$
begin
  if exists (select from webhook_subscription where state = 'active')
     and not exists (select from procrastinate_jobs where queue_name = 'webhooks' and status = 'todo'
                     and task_name = 'webhooks.send' and scheduled_at is null) then
    perform procrastinate_defer_jobs_v1(array[row('webhooks', 'webhooks.send', 0, null, null, '{}'::jsonb, null)
      ::procrastinate_job_to_defer_v1]);
  end if;
  return null;
end $$;
create trigger wake_webhooks after insert on incident_event for each statement execute function wake_webhooks();
"""

DROPPED = """
drop trigger wake_webhooks on incident_event;
drop function wake_webhooks();
drop table webhook_delivery;
drop table webhook_subscription;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(TABLES)
    run(FUNCTIONS)


def downgrade() -> None:
    run(DROPPED)
