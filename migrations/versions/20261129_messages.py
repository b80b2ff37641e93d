"""E-mail and SMS to people without an account: the outbox, and the addresses at which they want to be told.

A trigger adds the messages in the transaction of a change of state, because events of cases are inserted by many
statements. A case that nobody follows at an address costs one look into an index.
"""

from alembic import op

revision = "0100_messages"
down_revision = "0098_notices"

TABLES = """
-- An e-mail or SMS, to be sent at least once. Address and words are erased at the end; a dead message keeps them.
create table message (
  id bigint generated always as identity,
  message_id uuid default gen_random_uuid() not null,
  jurisdiction_id uuid not null,
  channel text not null,
  kind text not null,
  is_news boolean default false not null,
  address text,
  address_digest bytea not null,
  language text not null,
  subject_id uuid,
  topic text,
  words text,
  cause text not null,
  state text default 'waiting' not null,
  reason text,
  attempts int default 0 not null,
  created_at timestamptz not null,
  due_at timestamptz not null,
  ended_at timestamptz,
  constraint pk_message primary key (id),
  constraint ck_message_channel check (channel in ('email','sms')),
  constraint ck_message_language check (language in ('zh','en')),
  constraint ck_message_state check (state in ('waiting','sent','dropped','dead')),
  constraint ck_message_ended check ((state = 'waiting') = (ended_at is null)),
  constraint ck_message_erased check ((state in ('waiting','dead')) = (address is not null))
);
create unique index uq_message_message_id on message (message_id);
create unique index uq_message_cause on message (cause);
create index ix_message_waiting on message (is_news, due_at, id) where state = 'waiting';
create index ix_message_address_digest_sent on message (address_digest, ended_at) where state = 'sent';
create index ix_message_subject_id on message (subject_id) where address is not null;
create index ix_message_ended_at on message (ended_at) where ended_at is not null;
create index ix_message_jurisdiction_id_dead on message (jurisdiction_id) where state = 'dead';
grant delete on message to gridward_job;

-- An address at which the reporter of a report wants to be told of the case. It is used only after it was confirmed by a
-- link that was sent to it. Digests: of the secrets of the links that confirm and stop.
create table follow_contact (
  id uuid not null,
  report_id uuid not null,
  channel text not null,
  language text not null,
  address text,
  address_digest bytea not null,
  source_digest bytea,
  confirm_digest bytea not null,
  stop_digest bytea not null,
  told_state text,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  ended_at timestamptz,
  ended_because text,
  constraint pk_follow_contact primary key (id),
  constraint ck_follow_contact_channel check (channel in ('email','sms')),
  constraint ck_follow_contact_language check (language in ('zh','en')),
  constraint ck_follow_contact_ended_because check (ended_because in ('stopped','expired','over','erased')),
  constraint ck_follow_contact_ended
    check ((ended_at is null) = (ended_because is null) and (ended_at is null) = (address is not null)),
  constraint fk_follow_contact_report_id_public_report foreign key (report_id) references public_report (report_id)
);
create unique index uq_follow_contact_live on follow_contact (report_id, channel, address_digest) where ended_at is null;
create unique index uq_follow_contact_confirm_digest on follow_contact (confirm_digest);
create unique index uq_follow_contact_stop_digest on follow_contact (stop_digest);
create index ix_follow_contact_address_digest on follow_contact (address_digest, created_at);
create index ix_follow_contact_source_digest on follow_contact (source_digest, created_at)
  where source_digest is not null;
create index ix_follow_contact_ended_at on follow_contact (ended_at) where ended_at is not null;
grant delete on follow_contact to gridward_job;
"""

FUNCTIONS = """
create function wake_messages(at timestamptz) returns void language sql set search_path = public, jobs as $$
  select procrastinate_defer_jobs_v1(array[row('messages', 'messages.send', 0, null, null, '{}'::jsonb, at)
    ::procrastinate_job_to_defer_v1]);
$$;

-- A change of state, or a reply to the reporters, is told to each confirmed address of the reports of the case, and of the
-- cases merged into it.
create function message_of_event() returns trigger language plpgsql set search_path = public as $$
begin
  insert into message (jurisdiction_id, channel, kind, is_news, address, address_digest, language, subject_id, cause,
                       created_at, due_at)
  select i.jurisdiction_id, c.channel, case new.action when 'reply' then 'case_reply' else 'case_state' end, true,
    c.address, c.address_digest, c.language, c.id, 'event:' || new.seq || ':' || c.id, new.occurred_at, new.recorded_at
  from incident i join public_report p on p.incident_id = i.id join follow_contact c on c.report_id = p.report_id
  where (i.id = new.incident_id or i.merged_into = new.incident_id)
    and c.confirmed_at is not null and c.ended_at is null
  on conflict (cause) do nothing;
  if found then
    perform wake_messages(null);
  end if;
  return null;
end $$;
create trigger add_message after insert on incident_event for each row
  when (new.from_status is distinct from new.to_status or new.action = 'reply') execute function message_of_event();

-- With an address go the messages to it that are not sent.
create function end_messages() returns trigger language plpgsql set search_path = public as $$
begin
  update message set state = 'dropped', reason = 'ended', address = null, words = null,
    ended_at = coalesce(ended_at, new.ended_at)
  where subject_id = new.id and address is not null;
  return null;
end $$;
create trigger end_messages after update of ended_at on follow_contact for each row
  when (old.ended_at is null and new.ended_at is not null) execute function end_messages();

-- With a reporter go the addresses at which the reporter wanted to be told.
create function forget_follow_contacts() returns trigger language plpgsql security definer set search_path = public as $$
begin
  update follow_contact set ended_at = new.erased_at, ended_because = 'erased', address = null, source_digest = null
  where report_id in (select id from report where reporter_id = new.id) and ended_at is null;
  return null;
end $$;
revoke execute on function forget_follow_contacts from public;
create trigger forget_follow_contacts after update of erased_at on reporter for each row
  when (new.erased_at is not null and old.erased_at is null) execute function forget_follow_contacts();
"""

DROPPED = """
drop trigger forget_follow_contacts on reporter;
drop trigger add_message on incident_event;
drop function forget_follow_contacts();
drop function message_of_event();
drop table follow_contact;
drop function end_messages();
drop function wake_messages(timestamptz);
drop table message;
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
