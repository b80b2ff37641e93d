"""Alerts: subscriptions of browsers to Web Push, and the outbox of messages to them.

Triggers add the messages in the transaction of their cause, because offers, events of cases and recipients of calls for
help are inserted by many statements. A recipient without a subscription costs one look into an index.
"""

from alembic import op

revision = "0082_alerts"
down_revision = "0081_about_operations"

TABLES = """
-- A browser of an account that receives alerts until its session ends. Endpoint and keys are erased then.
create table alert_subscription (
  id uuid not null,
  account_id uuid not null,
  session_id uuid not null,
  channel text not null,
  endpoint text,
  public_key bytea,
  secret bytea,
  created_at timestamptz not null,
  ended_at timestamptz,
  ended_because text,
  constraint pk_alert_subscription primary key (id),
  constraint ck_alert_subscription_channel check (channel in ('web_push')),
  constraint ck_alert_subscription_ended_because check (ended_because in ('unsubscribed','replaced','session','gone')),
  constraint ck_alert_subscription_erased check (ended_at is null = (endpoint is not null)),
  constraint fk_alert_subscription_account_id_account foreign key (account_id) references account (id),
  constraint fk_alert_subscription_session_id_session foreign key (session_id) references session (id)
);
create unique index uq_alert_subscription_endpoint on alert_subscription (endpoint);
create index ix_alert_subscription_account_id_live on alert_subscription (account_id) where ended_at is null;
create index ix_alert_subscription_session_id on alert_subscription (session_id);
create index ix_alert_subscription_ended_at on alert_subscription (ended_at) where ended_at is not null;
grant delete on alert_subscription to gridward_job;

-- A message to one subscription, to be sent at least once. `subject_id`: the assignment or the call for help.
create table alert (
  id bigint generated always as identity,
  subscription_id uuid not null,
  kind text not null,
  subject_id uuid not null,
  cause text not null,
  state text default 'waiting' not null,
  reason text,
  attempts int default 0 not null,
  created_at timestamptz not null,
  due_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  constraint pk_alert primary key (id),
  constraint ck_alert_kind check (kind in ('offer','urge','deadline','sos')),
  constraint ck_alert_state check (state in ('waiting','sent','dropped','dead')),
  constraint ck_alert_ended check ((state = 'waiting') = (ended_at is null)),
  constraint fk_alert_subscription_id_alert_subscription foreign key (subscription_id)
    references alert_subscription (id) on delete cascade
);
create unique index uq_alert_subscription_id_cause on alert (subscription_id, cause);
create index ix_alert_due_at_waiting on alert (due_at) where state = 'waiting';
create index ix_alert_ended_at on alert (ended_at) where ended_at is not null;
grant delete on alert to gridward_job;
"""

FUNCTIONS = """
-- Add a message for each subscription of an account, and a job that sends it. A cause adds a message once.
create function add_alerts(recipient uuid, message_kind text, subject uuid, message_cause text, at timestamptz,
                           until timestamptz)
returns void language plpgsql set search_path = public, jobs as $$
begin
  insert into alert (subscription_id, kind, subject_id, cause, created_at, due_at, expires_at)
  select s.id, message_kind, subject, message_cause, at, at, until
  from alert_subscription s where s.account_id = recipient and s.ended_at is null
  on conflict do nothing;
  if found then
    perform procrastinate_defer_jobs_v1(array[row('alerts', 'alerts.send', 0, null, null, '{}'::jsonb, null)
      ::procrastinate_job_to_defer_v1]);
  end if;
end $$;

create function alert_of_offer() returns trigger language plpgsql set search_path = public as $$
begin
  perform add_alerts(new.worker_id, 'offer', new.assignment_id, 'offer:' || new.id, new.offered_at, new.expires_at);
  return null;
end $$;
create trigger add_alert after insert on offer for each row when (new.state = 'offered')
  execute function alert_of_offer();

create function alert_of_sos() returns trigger language plpgsql set search_path = public as $$
begin
  perform add_alerts(new.recipient_id, 'sos', new.sos_id, 'sos:' || new.id, new.told_at, new.told_at + interval '1 hour');
  return null;
end $$;
create trigger add_alert after insert on sos_recipient for each row execute function alert_of_sos();

-- An urge goes to those who have the case; a notice of a deadline to the person whom its event names.
create function alert_of_event() returns trigger language plpgsql set search_path = public as $$
begin
  perform add_alerts(held.holder_id, case new.action when 'urge' then 'urge' else 'deadline' end, held.id,
                     'event:' || new.seq, new.occurred_at, new.occurred_at + interval '4 hours')
  from (select distinct on (holder_id) a.id, coalesce(a.worker_id, a.account_id) holder_id from assignment a
        where a.incident_id = new.incident_id and a.deleted_at is null
          and a.state in ('offered', 'accepted', 'en_route', 'on_scene')
        order by holder_id, a.created_at desc) held
  where case new.action when 'urge' then held.holder_id <> new.actor_id
        else held.holder_id = (new.detail ->> 'told')::uuid end;
  return null;
end $$;
create trigger add_alert after insert on incident_event for each row
  when (new.action in ('urge', 'warn', 'overdue')) execute function alert_of_event();

-- A session that ends takes its subscriptions along, whatever ended it.
create function end_subscriptions() returns trigger language plpgsql set search_path = public as $$
begin
  update alert_subscription
  set ended_at = new.revoked_at, ended_because = 'session', endpoint = null, public_key = null, secret = null
  where session_id = new.id and ended_at is null;
  return null;
end $$;
create trigger end_subscriptions after update of revoked_at on session for each row
  when (old.revoked_at is null and new.revoked_at is not null) execute function end_subscriptions();
"""

DROPPED = """
drop trigger end_subscriptions on session;
drop trigger add_alert on incident_event;
drop trigger add_alert on sos_recipient;
drop trigger add_alert on offer;
drop function end_subscriptions();
drop function alert_of_event();
drop function alert_of_sos();
drop function alert_of_offer();
drop function add_alerts(uuid, text, uuid, text, timestamptz, timestamptz);
drop table alert;
drop table alert_subscription;
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
