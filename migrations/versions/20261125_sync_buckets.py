"""What the field apps hold tells of its changes where it is held: cases at those who have them, rules and units as one row."""

from alembic import op

revision = "0012_sync_buckets"
down_revision = "0011_events"

# table -> arguments of log_change before, and now. A row that travels inside another one is logged as that one.
RENAMED = {
    "jurisdiction": ("'jurisdiction', 'id', 'global', '-'", "'profile', 'id', 'global', '-'"),
    "profile_version": (
        "'profile_version', 'id', 'global', '-'",
        "'profile', 'jurisdiction_id', 'global', '-'",
    ),
    "unit_competence": ("'unit_competence', 'id', 'global', '-'", "'unit', 'unit_id', 'global', '-'"),
    "area_version": ("'area_version', 'area_id', 'area', 'area_id'", "'area', 'area_id', 'area', 'area_id'"),
    "account_grant": (
        "'account_grant', 'id', 'worker', 'account_id'",
        "'account', 'account_id', 'worker', 'account_id'",
    ),
    "assignment": (
        "'assignment', 'id', 'worker', 'worker_id'",
        "'assignment', 'id', 'worker', 'worker_id', 'worker?', 'account_id', 'unit', 'unit_id'",
    ),
}

# Where a case goes besides its place: to whoever is asked or has it, or to the queue of a unit.
HOLDERS = """
create function holders_of(case_id uuid) returns table (bucket text) language sql stable set search_path = public as $$
  select case when a.state = 'queued' then 'unit:' || a.unit_id else 'worker:' || coalesce(a.account_id, a.worker_id) end
  from assignment a where a.incident_id = case_id and a.state in ('offered', 'queued', 'accepted')
$$;

-- As log_change says it of a case's place, reporter and handler, and of its holders: each bucket once. Not by to_jsonb,
-- which makes text of the place.
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

create function log_note_to_holders() returns trigger language plpgsql as $$
begin
  insert into change_log (bucket, entity, row_id, op)
  select h.bucket, 'incident_note', new.id, 'P' from holders_of(new.incident_id) h;
  return null;
end $$;

-- A case comes and goes with its assignment, and what was noted for those who have it goes along.
create function log_case_to_holder() returns trigger language plpgsql as $$
declare
  was text := case when tg_op = 'UPDATE' then case when old.state = 'queued' then 'unit:' || old.unit_id
                else 'worker:' || coalesce(old.account_id, old.worker_id) end end;
  is_now text := case when new.state = 'queued' then 'unit:' || new.unit_id
                else 'worker:' || coalesce(new.account_id, new.worker_id) end;
  stays text := case when new.state in ('offered', 'queued', 'accepted') then 'P' else 'R' end;
begin
  if is_now is not null then
    insert into change_log (bucket, entity, row_id, op) values (is_now, 'incident', new.incident_id, stays);
  end if;
  if was is distinct from is_now and was is not null then
    insert into change_log (bucket, entity, row_id, op) values (was, 'incident', new.incident_id, 'R');
  end if;
  if exists (select 1 from incident_note n where n.incident_id = new.incident_id) then
    insert into change_log (bucket, entity, row_id, op)
    select b.name, 'incident_note', n.id, case when b.name = is_now then stays else 'R' end
    from (select is_now name union select was) b, incident_note n
    where n.incident_id = new.incident_id and b.name is not null;
  end if;
  return null;
end $$;

-- The deadline travels inside its case. Where the case was written by the same transaction, that is told already.
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
"""

TO_HOLDERS = """
drop trigger log_change on deadline;
create trigger log_change after insert or update on deadline for each row
  execute function log_case_of_deadline('incident', 'incident_id', 'its case', '-');
drop trigger log_change on incident;
create trigger log_change after insert or update on incident for each row execute function
  log_case('incident', 'id', 'grid', 'grid_id', 'area?', 'area_id', 'worker', 'handled_by', 'worker', 'reported_by',
           'holders', '-');
create trigger log_change after insert on incident_note for each row
  execute function log_note_to_holders('incident_note', 'id', 'holders', '-');
create trigger log_case_to_holder after insert or update on assignment for each row
  execute function log_case_to_holder();
"""

BACK = """
drop trigger log_case_to_holder on assignment;
drop trigger log_change on incident_note;
drop trigger log_change on incident;
create trigger log_change after insert or update or delete on incident for each row
  execute function log_change('incident', 'id', 'grid', 'grid_id', 'area?', 'area_id', 'worker', 'handled_by');
drop trigger log_change on deadline;
create trigger log_change after insert or update or delete on deadline for each row
  execute function log_change('deadline', 'id', 'incident', 'incident_id');
drop function log_case_of_deadline, log_case_to_holder, log_case, log_note_to_holders, holders_of;
"""

# Who begins anew asks for all rows of a grid.
INDEXES = {"ix_care_tag_grid_id": "care_tag (grid_id)", "ix_consent_grid_id": "consent (grid_id)"}


def upgrade() -> None:
    # What was pruned reached up to here: a client that saw less begins anew.
    op.execute("alter table sync_epoch add column pruned_below xid8 not null default '0'")
    rename(1)
    op.execute(HOLDERS)
    op.execute(TO_HOLDERS)
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name, columns in INDEXES.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name in INDEXES:
            op.execute(f"drop index concurrently if exists {name}")
        op.execute("set lock_timeout = '5s'")
    op.execute(BACK)
    rename(0)
    op.execute("alter table sync_epoch drop column pruned_below")


def rename(to: int) -> None:
    for table, arguments in RENAMED.items():
        op.execute(f"drop trigger log_change on {table}")
        op.execute(
            f"create trigger log_change after insert or update or delete on {table} "
            f"for each row execute function log_change({arguments[to]})"
        )
