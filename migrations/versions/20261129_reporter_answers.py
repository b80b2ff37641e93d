"""What the reporters of a case answered, beside the case and in the record that figures count.

A case has `reporter_answers` if a reporter or supporter without an account has a secret link to it. Functions of triggers
write it.
"""

from alembic import op

# ruff: noqa: E501 (the function as it was, so that a downgrade restores its text)

revision = "0103_reporter_answers"
down_revision = "0102_thing_codes"

COLUMNS = """
alter table incident add column reporter_answers jsonb;
alter table incident_history add column reporter_answers jsonb;
"""

# The function as it was, and with the new column.
HISTORY_BEFORE = """
create or replace function keep_incident_history() returns trigger language plpgsql as $$
declare
  case_id uuid;
begin
  if tg_table_name = 'incident' then
    case_id := new.id;
  else
    case_id := new.incident_id;
  end if;
  insert into incident_history (incident_id, jurisdiction_id, profile_version_id, category, status, scope_path, owner_unit_id, about_kind, about_id, reported_at, due_at, outcome, is_handled, rework_count, is_deleted, filed_at, accepted_at, handled_at, is_returned, is_merged, handling_unit_id, extended_count, recurrence, occurred_at)
  select s.*, coalesce(nullif(current_setting('app.now', true), ''), clock_timestamp()::text)::timestamptz
  from (
select i.id, i.jurisdiction_id, i.profile_version_id, i.category, i.status, i.scope_path, i.owner_unit_id, i.about_kind,
       i.about_id, i.reported_at, d.due_at, d.outcome, i.handled_by is not null is_handled, i.rework_count,
       i.deleted_at is not null is_deleted, i.filed_at, i.accepted_at, i.handled_at, i.is_returned, i.merged_into is not null is_merged, i.handling_unit_id, i.extended_count, i.recurrence
from incident i left join lateral (
  select d.due_at, d.outcome from deadline d
  where d.incident_id = i.id and d.stage = 'handle' and d.deleted_at is null and d.outcome is distinct from 'replaced'
  order by d.started_at desc, d.id desc limit 1) d on true
 where i.id = case_id) s
  where not exists (
    select 1 from (select * from incident_history h where h.incident_id = case_id order by h.seq desc limit 1) last
    where row(last.jurisdiction_id, last.profile_version_id, last.category, last.status, last.scope_path, last.owner_unit_id, last.about_kind, last.about_id, last.reported_at, last.due_at, last.outcome, last.is_handled, last.rework_count, last.is_deleted, last.filed_at, last.accepted_at, last.handled_at, last.is_returned, last.is_merged, last.handling_unit_id, last.extended_count, last.recurrence)
          is not distinct from row(s.jurisdiction_id, s.profile_version_id, s.category, s.status, s.scope_path, s.owner_unit_id, s.about_kind, s.about_id, s.reported_at, s.due_at, s.outcome, s.is_handled, s.rework_count, s.is_deleted, s.filed_at, s.accepted_at, s.handled_at, s.is_returned, s.is_merged, s.handling_unit_id, s.extended_count, s.recurrence));
  return null;
end $$;
"""
HISTORY = (
    HISTORY_BEFORE.replace(
        "extended_count, recurrence, occurred_at)",
        "extended_count, recurrence, reporter_answers, occurred_at)",
    )
    .replace("i.extended_count, i.recurrence\n", "i.extended_count, i.recurrence, i.reporter_answers\n")
    .replace(
        "last.extended_count, last.recurrence)",
        "last.extended_count, last.recurrence, last.reporter_answers)",
    )
    .replace("s.extended_count, s.recurrence)", "s.extended_count, s.recurrence, s.reporter_answers)")
)

ANSWERS = """
-- Compute what the reporters with a secret link said of a case and of the cases that were merged into it. An answer
-- counts for the present end of the case only. Of several answers the worst counts.
create function answers_of(case_id uuid) returns jsonb language sql stable as $$
  select case when count(*) > 0 then jsonb_strip_nulls(jsonb_build_object(
    'followers', count(*), 'answers', count(r.report_id),
    'solved', case when bool_or(r.solved = 'no') then 'no' when bool_or(r.solved = 'partly') then 'partly'
                   when bool_or(r.solved = 'yes') then 'yes' end,
    'score', min(r.score),
    'reply_minutes', (
      select ceil(extract(epoch from greatest(e.occurred_at - c.reported_at, interval '0')) / 60)::int
      from incident_event e join incident c on c.id = e.incident_id
      where e.incident_id = case_id and e.action = 'reply' order by e.seq limit 1))) end
  from public_report p
    join incident o on o.id = p.incident_id join incident i on i.id = case_id and i.merged_into is null
    left join public_rating r on r.report_id = p.report_id and r.ended_at = i.closed_at
  where (o.id = case_id or o.merged_into = case_id)
    and exists (select from follow_link f where f.report_id = p.report_id)
$$;

create function store_answers(case_id uuid) returns void language sql as $$
  update incident i set reporter_answers = a.answers from (select answers_of(case_id) answers) a
  where i.id = case_id and i.reporter_answers is distinct from a.answers
$$;

create function store_answers_of_report() returns trigger language plpgsql as $$
begin
  perform store_answers(coalesce(i.merged_into, i.id))
  from public_report p join incident i on i.id = p.incident_id where p.report_id = new.report_id;
  return null;
end $$;

create function store_answers_of_case() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'incident_event' then
    perform store_answers(new.incident_id) where exists (
      select from incident where id = new.incident_id and reporter_answers is not null);
    return null;
  end if;
  if new.reporter_answers is not null or new.merged_into is distinct from old.merged_into then
    perform store_answers(c.id) from (select new.id union select new.merged_into union select old.merged_into) c(id)
    where c.id is not null;
  end if;
  return null;
end $$;
"""

TRIGGERS = """
create trigger store_answers after insert on follow_link for each row execute function store_answers_of_report();
create trigger store_answers after insert or update on public_rating for each row
  execute function store_answers_of_report();
create trigger store_answers after insert on incident_event for each row when (new.action = 'reply')
  execute function store_answers_of_case();
create trigger store_answers after update of closed_at, merged_into on incident for each row
  when (old.closed_at is distinct from new.closed_at or old.merged_into is distinct from new.merged_into)
  execute function store_answers_of_case();
create constraint trigger keep_answers after update of reporter_answers on incident deferrable initially deferred
  for each row when (old.reporter_answers is distinct from new.reporter_answers)
  execute function keep_incident_history();
"""

# Reports of people without an account are recent and few.
FILLED = """
update incident i set reporter_answers = answers_of(i.id)
where i.id in (select coalesce(c.merged_into, c.id) from public_report p join incident c on c.id = p.incident_id)
  and answers_of(i.id) is not null;
"""

DROPPED = """
drop trigger keep_answers on incident;
drop trigger store_answers on incident;
drop trigger store_answers on incident_event;
drop trigger store_answers on public_rating;
drop trigger store_answers on follow_link;
drop function store_answers_of_case();
drop function store_answers_of_report();
drop function store_answers(uuid);
drop function answers_of(uuid);
alter table incident_history drop column reporter_answers;
alter table incident drop column reporter_answers;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(COLUMNS)
    run(HISTORY)
    run(ANSWERS)
    run(TRIGGERS)
    run(FILLED)


def downgrade() -> None:
    run(HISTORY_BEFORE)
    run(DROPPED)
