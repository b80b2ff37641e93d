"""Log changed cases once for each statement, no longer once for each case.

A redraw of areas moves hundreds of open cases. Who holds a case is looked up inside the statement of the trigger: a call of
a function was parsed and planned anew for each case, which took most of the time of a single write, too.
"""

from alembic import op

revision = "0126_case_log"
down_revision = "0123_notice_households"

# As it was, without a search path of its own: PostgreSQL puts only such a function into the plan of its caller.
HOLDERS = """
create or replace function holders_of(case_id uuid) returns table(bucket text) language sql stable {search_path} as $$
  select case when a.state = 'queued' then 'unit:' || a.unit_id else 'worker:' || coalesce(a.account_id, a.worker_id) end
  from {s}assignment a where a.incident_id = case_id and a.state in ('offered', 'queued', 'accepted', 'en_route', 'on_scene')
  union
  select 'worker:' || o.worker_id from {s}offer o join {s}assignment a on a.id = o.assignment_id
  where o.incident_id = case_id and o.state = 'offered' and a.state = 'open'
  union
  select 'worker:' || r.joined_by from {s}report r where r.incident_id = case_id and r.joined_by is not null
$$;
"""
FUNCTION = """
-- Write the changes of the cases of a statement to the change log: to the place, reporter, handler and holders of each case,
-- each bucket once. A bucket that a case leaves gets R, if nothing else keeps the case there. Most updates that other
-- triggers send find no row.
create or replace function log_case() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into change_log (bucket, entity, row_id, op)
    select distinct b.name, tg_argv[0], n.id, case when n.deleted_at is null then 'P' else 'R' end
    from new_rows n cross join lateral (values
      (coalesce('grid:' || n.grid_id, 'area:' || n.area_id)), ('worker:' || n.reported_by), ('worker:' || n.handled_by)
    ) b(name) where b.name is not null;
    return null;
  end if;
  if not exists (select from new_rows) then
    return null;
  end if;
  insert into change_log (bucket, entity, row_id, op)
  select b.name, tg_argv[0], b.id, case when bool_or(b.stays) then 'P' else 'R' end
  from (
    select n.id, s.name, n.deleted_at is null stays
    from new_rows n cross join lateral (
      values (coalesce('grid:' || n.grid_id, 'area:' || n.area_id)), ('worker:' || n.reported_by), ('worker:' || n.handled_by)
      union all select h.bucket from holders_of(n.id) h) s(name)
    union all
    select o.id, s.name, false
    from old_rows o cross join lateral (values
      (coalesce('grid:' || o.grid_id, 'area:' || o.area_id)), ('worker:' || o.reported_by), ('worker:' || o.handled_by)
    ) s(name)) b
  where b.name is not null group by b.id, b.name;
  return null;
end $$;
"""
TRIGGERS = """
drop trigger log_change on incident;
create trigger log_change after insert on incident referencing new table as new_rows for each statement
  execute function log_case('incident', 'id', 'grid', 'grid_id', 'area?', 'area_id', 'worker', 'handled_by', 'worker',
                            'reported_by', 'holders', '-');
create trigger log_change_of_changed after update on incident referencing old table as old_rows new table as new_rows
  for each statement
  execute function log_case('incident', 'id', 'grid', 'grid_id', 'area?', 'area_id', 'worker', 'handled_by', 'worker',
                            'reported_by', 'holders', '-');
"""
# As it was before.
FUNCTION_OF_ROWS = """
-- Write changes of a case to the change log: to its place, reporter, handler and holders, each bucket once. It
-- does not use to_jsonb as log_change does, because that would make text of the geometry.
create or replace function log_case() returns trigger language plpgsql as $$
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
"""
TRIGGERS_OF_ROWS = """
drop trigger log_change_of_changed on incident;
drop trigger log_change on incident;
create trigger log_change after insert or update on incident for each row
  execute function log_case('incident', 'id', 'grid', 'grid_id', 'area?', 'area_id', 'worker', 'handled_by', 'worker',
                            'reported_by', 'holders', '-');
"""


def upgrade() -> None:
    op.execute(HOLDERS.format(s="public.", search_path=""))
    op.execute(FUNCTION)
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute(FUNCTION_OF_ROWS)
    op.execute(TRIGGERS_OF_ROWS)
    op.execute(HOLDERS.format(s="", search_path="set search_path = public"))
