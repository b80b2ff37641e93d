"""Open cases in narrow rows, for boards: the columns that boards count, and those of the attempt and the deadlines.

Triggers of cases, assignments and deadlines write the rows. They run with the rights of the owner, because nothing else
may.
"""

from alembic import op

revision = "0110_board_open_cases"
down_revision = "0110_board_area_words"

TABLE = """
create table open_case (
  id uuid not null,
  scope_path ltree,
  status text not null,
  attempt text,
  waiting_reason text,
  owner_unit_id uuid,
  about_kind text,
  about_id uuid,
  is_urgent boolean not null,
  is_waiting boolean not null,
  is_supervised boolean not null,
  is_extension_asked boolean not null,
  reported_at timestamptz not null,
  due_at timestamptz,
  warned_until timestamptz,
  stage_due_at timestamptz,
  verify_due_at timestamptz,
  is_escalated boolean not null,
  constraint pk_open_case primary key (id)
) with (fillfactor = 80);
create index ix_open_case_scope_path on open_case using gist (scope_path);
revoke insert, update on open_case from gridward_app, gridward_job;
"""

# What the running deadlines of a case, or of each case, say.
_LIMITS = """max(d.due_at) filter (where d.warned_at is not null) warned_until,
      min(d.due_at) filter (where d.stage not in ('handle', 'verify')) stage_due_at,
      min(d.due_at) filter (where d.stage = 'verify') verify_due_at,
      coalesce(bool_or(d.escalated > 0), false) is_escalated"""
_IS_RUNNING = "d.stopped_at is null and d.paused_at is null and d.deleted_at is null"

FUNCTIONS = """
-- Return the state of the active assignment to the role that a case in this state needs.
create function attempt_at(case_id uuid, case_status text) returns text language plpgsql stable as $$
begin
  return (select a.state from assignment a where a.incident_id = case_id
    and a.role = case when case_status in ('collected', 'verifying') then 'verify'
                      when case_status in ('fed_back', 'checking') then 'check' else 'handle' end
    and a.state in ('open', 'offered', 'queued', 'accepted', 'en_route', 'on_scene'));
end $$;

-- Store the columns of a case that boards count. A case that has ended has no row.
create function keep_open_case() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'DELETE' then
    delete from open_case where id = old.id;
  elsif new.deleted_at is not null or new.status in ('not_filed', 'closed', 'force_closed') then
    delete from open_case where id = new.id;
  else
    insert into open_case (id, scope_path, status, attempt, waiting_reason, owner_unit_id, about_kind, about_id,
      is_urgent, is_waiting, is_supervised, is_extension_asked, reported_at, due_at,
      warned_until, stage_due_at, verify_due_at, is_escalated)
    select new.id, new.scope_path, new.status, attempt_at(new.id, new.status), new.waiting_reason, new.owner_unit_id,
      new.about_kind, new.about_id, new.priority = 1, new.waiting_since is not null, new.supervised_at is not null,
      new.extension_asked_at is not null, new.reported_at, new.due_at, l.*
    from (select {limits} from deadline d where d.incident_id = new.id and {is_running}) l
    on conflict (id) do update set scope_path = excluded.scope_path, status = excluded.status,
      attempt = excluded.attempt, waiting_reason = excluded.waiting_reason, owner_unit_id = excluded.owner_unit_id,
      about_kind = excluded.about_kind, about_id = excluded.about_id, is_urgent = excluded.is_urgent,
      is_waiting = excluded.is_waiting, is_supervised = excluded.is_supervised,
      is_extension_asked = excluded.is_extension_asked, reported_at = excluded.reported_at, due_at = excluded.due_at;
  end if;
  return null;
end $$;

-- Store the state of the attempt at an open case after one of its assignments changed.
create function keep_attempt() returns trigger language plpgsql security definer set search_path = public as $$
begin
  update open_case o set attempt = attempt_at(o.id, o.status)
  where o.id in (new.incident_id, old.incident_id) and o.attempt is distinct from attempt_at(o.id, o.status);
  return null;
end $$;

-- Store what the running deadlines of an open case say after one of them changed.
create function keep_limits() returns trigger language plpgsql security definer set search_path = public as $$
begin
  update open_case o set warned_until = l.warned_until, stage_due_at = l.stage_due_at,
    verify_due_at = l.verify_due_at, is_escalated = l.is_escalated
  from (select o.id, {limits} from open_case o left join deadline d on d.incident_id = o.id and {is_running}
        where o.id in (new.incident_id, old.incident_id) group by o.id) l
  where o.id = l.id and (o.warned_until, o.stage_due_at, o.verify_due_at, o.is_escalated)
    is distinct from (l.warned_until, l.stage_due_at, l.verify_due_at, l.is_escalated);
  return null;
end $$;

-- Store all open cases anew, after cases were copied without their triggers. It joins whole tables, because they may
-- have no indexes yet.
create function fill_open_cases() returns void language sql as $$
  truncate open_case;
  insert into open_case (id, scope_path, status, attempt, waiting_reason, owner_unit_id, about_kind, about_id,
    is_urgent, is_waiting, is_supervised, is_extension_asked, reported_at, due_at,
    warned_until, stage_due_at, verify_due_at, is_escalated)
  select i.id, i.scope_path, i.status, a.state, i.waiting_reason, i.owner_unit_id, i.about_kind,
    i.about_id, i.priority = 1, i.waiting_since is not null, i.supervised_at is not null,
    i.extension_asked_at is not null, i.reported_at, i.due_at,
    l.warned_until, l.stage_due_at, l.verify_due_at, coalesce(l.is_escalated, false)
  from incident i
  left join (select d.incident_id, {limits} from deadline d where {is_running} group by d.incident_id) l
    on l.incident_id = i.id
  left join assignment a on a.incident_id = i.id and a.state in ('open', 'offered', 'queued', 'accepted', 'en_route',
    'on_scene') and a.role = case when i.status in ('collected', 'verifying') then 'verify'
                                  when i.status in ('fed_back', 'checking') then 'check' else 'handle' end
  where i.status not in ('not_filed', 'closed', 'force_closed') and i.deleted_at is null;
$$;
""".replace("{limits}", _LIMITS).replace("{is_running}", _IS_RUNNING)

# The locks of the triggers keep writers out until the table is filled. Most deadlines are for handling, and no warning
# was sent: the row of their case says nothing of them.
TRIGGERS = """
create trigger keep_open_case after insert or delete on incident for each row execute function keep_open_case();
create trigger keep_open_case_changed after update on incident for each row
  when (old.status is distinct from new.status or old.deleted_at is distinct from new.deleted_at
  or old.scope_path::text is distinct from new.scope_path::text or old.waiting_reason is distinct from new.waiting_reason
  or old.owner_unit_id is distinct from new.owner_unit_id or old.about_kind is distinct from new.about_kind
  or old.about_id is distinct from new.about_id or old.priority is distinct from new.priority
  or old.waiting_since is distinct from new.waiting_since or old.supervised_at is distinct from new.supervised_at
  or old.extension_asked_at is distinct from new.extension_asked_at or old.reported_at is distinct from new.reported_at
  or old.due_at is distinct from new.due_at)
  execute function keep_open_case();
create trigger keep_attempt after insert or delete or update of incident_id, role, state on assignment for each row
  execute function keep_attempt();
create trigger keep_limits after insert on deadline for each row
  when (new.stage <> 'handle' or new.warned_at is not null or new.escalated > 0) execute function keep_limits();
create trigger keep_limits_changed after update on deadline for each row
  when ((old.stage <> 'handle' or old.warned_at is not null or old.escalated > 0
    or new.stage <> 'handle' or new.warned_at is not null or new.escalated > 0)
  and (old.due_at is distinct from new.due_at or old.warned_at is distinct from new.warned_at
    or old.escalated is distinct from new.escalated or old.stopped_at is distinct from new.stopped_at
    or old.paused_at is distinct from new.paused_at or old.deleted_at is distinct from new.deleted_at
    or old.stage is distinct from new.stage or old.incident_id is distinct from new.incident_id))
  execute function keep_limits();
create trigger keep_limits_deleted after delete on deadline for each row execute function keep_limits();
select fill_open_cases();
"""

DROPPED = """
drop trigger keep_limits_deleted on deadline;
drop trigger keep_limits_changed on deadline;
drop trigger keep_limits on deadline;
drop trigger keep_attempt on assignment;
drop trigger keep_open_case_changed on incident;
drop trigger keep_open_case on incident;
drop function fill_open_cases();
drop function keep_limits();
drop function keep_attempt();
drop function keep_open_case();
drop function attempt_at(uuid, text);
drop table open_case;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(TABLE)
    run(FUNCTIONS)
    run(TRIGGERS)


def downgrade() -> None:
    run(DROPPED)
