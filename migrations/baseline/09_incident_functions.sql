-- Functions that triggers of cases call.

-- Set which case of its category in its grid within 30 days this is, up to 100. A case about a person or unit
-- has none.
create function count_recurrence() returns trigger language plpgsql as $$
begin
  new.recurrence := case when new.about_kind is null and new.grid_id is not null then 1 + (
    select count(*) from (
      select from incident o
      where o.grid_id = new.grid_id and o.reported_at > new.reported_at - interval '30 days'
        and o.reported_at <= new.reported_at and o.category = new.category and o.id <> new.id
        and o.about_kind is null and o.status <> 'not_filed' and o.deleted_at is null limit 99) before) end;
  return new;
end $$;

-- Set the instants at which a case was filed, accepted and handed in, and whether it was returned. An imported
-- case was filed by the other system when it was reported; its other instants are not known.
create function stamp_incident() returns trigger language plpgsql as $$
declare
  at timestamptz := coalesce(nullif(current_setting('app.now', true), ''), clock_timestamp()::text)::timestamptz;
  before text := case when tg_op = 'UPDATE' then old.status end;
begin
  if new.filed_at is null and new.status not in ('collected', 'verifying', 'not_filed') then
    new.filed_at := case when tg_op = 'INSERT' and (new.waiting_reason = 'imported'
                              or new.status = 'closed' and new.handled_by is null) then new.reported_at else at end;
  end if;
  if new.accepted_at is null and (new.status in ('accepted', 'handling')
       or tg_op = 'INSERT' and new.handled_by is not null and new.status in ('fed_back', 'checking', 'closed')) then
    new.accepted_at := at;
  end if;
  if new.handled_by is not null and new.status in ('fed_back', 'checking', 'closed')
     and coalesce(before, '') not in ('fed_back', 'checking', 'closed') then
    new.handled_at := at;
  end if;
  if new.status = 'returned' and before in ('accepted', 'handling', 'rework') then
    new.is_returned := true;
  end if;
  return new;
end $$;

-- Store the columns of a case that figures count, if they differ from the last stored state. The trigger runs at
-- the commit, because one act may change the case and its deadline.
create function keep_incident_history() returns trigger language plpgsql as $$
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

-- Write changes of a case to the change log: to its place, reporter, handler and holders, each bucket once. It
-- does not use to_jsonb as log_change does, because that would make text of the geometry.
create function log_case() returns trigger language plpgsql as $$
begin
  insert into change_log (bucket, entity, row_id, op)
  select b.name, 'incident', new.id, case when bool_or(b.stays) and new.deleted_at is null then 'P' else 'R' end
  from (
    select coalesce('grid:' || new.grid_id, 'area:' || new.area_id) name, true stays
    union all select 'worker:' || new.reported_by, true
    union all select 'worker:' || new.handled_by, true
    union all select h.bucket, true from holders_of(new.id) h where tg_op = 'UPDATE'
    union all select o.name, false from (values
      (coalesce('grid:' || old.grid_id, 'area:' || old.area_id)), ('worker:' || old.reported_by),
      ('worker:' || old.handled_by)) o(name) where tg_op = 'UPDATE') b
  where b.name is not null group by b.name;
  return null;
end $$;

-- Write a case to the change log when its deadline changes, because the deadline travels inside the case. If the
-- same transaction wrote the case, that is logged already.
create function log_case_of_deadline() returns trigger language plpgsql as $$
begin
  insert into change_log (bucket, entity, row_id, op)
  select b.name, 'incident', i.id, 'P'
  from incident i cross join lateral (
    select coalesce('grid:' || i.grid_id, 'area:' || i.area_id) name
    union select 'worker:' || i.reported_by union select 'worker:' || i.handled_by
    union select h.bucket from holders_of(i.id) h) b
  where i.id = new.incident_id and b.name is not null and i.xmin <> pg_current_xact_id()::xid;
  return null;
end $$;

-- Write a new note to the change log of all who hold the case.
create function log_note_to_holders() returns trigger language plpgsql as $$
begin
  insert into change_log (bucket, entity, row_id, op)
  select h.bucket, 'incident_note', new.id, 'P' from holders_of(new.incident_id) h;
  return null;
end $$;

-- Write a case without area and reporter to the change log. No phone holds it, but figures count it, and each
-- transaction that figures see has to be in the log.
create function log_stray() returns trigger language plpgsql as $$
begin
  insert into change_log (bucket, entity, row_id, op) values ('none', 'incident', new.incident_id, 'P');
  return null;
end $$;

-- Raise linked cases when a case ends, is opened again or changes its category, because their readers see that
-- of it.
create function tell_linked() returns trigger language plpgsql as $$
begin
  update incident set updated_at = new.updated_at
  where deleted_at is null and id in (
    select other_id from incident_link where incident_id = new.id and unlinked_at is null
    union all select incident_id from incident_link where other_id = new.id and unlinked_at is null);
  return null;
end $$;

-- Raise the cases that were merged into a case when it moves, because their reporters follow it.
create function tell_merged() returns trigger language plpgsql as $$
begin
  update incident set updated_at = new.updated_at where merged_into = new.id and deleted_at is null;
  return null;
end $$;
