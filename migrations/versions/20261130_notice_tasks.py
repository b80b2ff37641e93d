"""Households to tell, as rows that phones store: an id for each, and triggers that log their changes.

A row of a phone is a delivery through the channel `visit` with a `task_id`. It is in the bucket of the grid in which its
household is now. Its notice is in the buckets of all grids with such a row.
"""

from alembic import op

revision = "0119_notice_tasks"
down_revision = "0118_notice_publication"

_INDEXES = {
    "uq_notice_delivery_task_id": """create unique index concurrently if not exists uq_notice_delivery_task_id
        on notice_delivery (task_id) where task_id is not null""",
    "ix_notice_delivery_household_id_task": """create index concurrently if not exists ix_notice_delivery_household_id_task
        on notice_delivery (household_id, notice_id) where task_id is not null""",
    "ix_notice_delivery_untasked": """create index concurrently if not exists ix_notice_delivery_untasked
        on notice_delivery (notice_id, household_id) where channel = 'visit' and task_id is null""",
}

FUNCTIONS = """
-- Log the rows of phones about a household: in a grid, or (null) in the grid where it is now.
create function log_notice_rows(of_household uuid, grid uuid) returns void language sql as $$
  insert into change_log (bucket, entity, row_id, op)
  select 'grid:' || coalesce(grid, h.grid_id), 'notice_task', d.task_id, 'P'
  from notice_delivery d join household h on h.id = d.household_id
  where d.household_id = of_household and d.task_id is not null and coalesce(grid, h.grid_id) is not null
$$;

-- Households came on phones: log each row, and the notice in each of the grids.
create function log_notice_tasks() returns trigger language plpgsql as $$
begin
  with given as materialized (
    select n.notice_id, n.task_id, h.grid_id
    from new_rows n join old_rows o using (notice_id, household_id, channel) join household h on h.id = n.household_id
    where n.task_id is distinct from o.task_id and n.task_id is not null and h.grid_id is not null)
  insert into change_log (bucket, entity, row_id, op)
  select distinct 'grid:' || grid_id, 'notice', notice_id, 'P' from given
  union all select 'grid:' || grid_id, 'notice_task', task_id, 'P' from given;
  return null;
end $$;

create function log_notice_state() returns trigger language plpgsql as $$
begin
  perform log_notice_rows(new.household_id, null);
  return null;
end $$;

create function log_notice_opt_out() returns trigger language plpgsql as $$
begin
  perform log_notice_rows(new.household_id, null);
  return null;
end $$;

-- A household moved to another grid, or nobody can be told there any more. The notice comes to the new grid with it.
create function log_notice_household() returns trigger language plpgsql as $$
begin
  perform log_notice_rows(new.id, null);
  if new.grid_id is distinct from old.grid_id then
    if old.grid_id is not null then
      perform log_notice_rows(new.id, old.grid_id);
    end if;
    insert into change_log (bucket, entity, row_id, op)
    select 'grid:' || g.id, 'notice', d.notice_id, 'P'
    from notice_delivery d, (values (old.grid_id), (new.grid_id)) g(id)
    where d.household_id = new.id and d.task_id is not null and g.id is not null;
  end if;
  return null;
end $$;

-- A notice was withdrawn: its row and those of its households leave the phones.
create function log_notice() returns trigger language plpgsql as $$
begin
  with held as materialized (
    select d.task_id, h.grid_id from notice_delivery d join household h on h.id = d.household_id
    where d.notice_id = new.id and d.task_id is not null and h.grid_id is not null)
  insert into change_log (bucket, entity, row_id, op)
  select distinct 'grid:' || grid_id, 'notice', new.id, 'R' from held
  union all select 'grid:' || grid_id, 'notice_task', task_id, 'R' from held;
  return null;
end $$;
"""

TRIGGERS = """
create trigger log_notice_tasks after update on notice_delivery
  referencing old table as old_rows new table as new_rows for each statement execute function log_notice_tasks();
create trigger log_notice_state after update of state on notice_household for each row
  when (old.state is distinct from new.state) execute function log_notice_state();
create trigger log_notice_opt_out after insert or update of withdrawn_at on notice_opt_out for each row
  execute function log_notice_opt_out();
create trigger log_notice_household after update of grid_id, scope_path, deleted_at, moved_away_at, declined_at on household
  for each row
  when (old.grid_id is distinct from new.grid_id or old.scope_path::text is distinct from new.scope_path::text
    or old.deleted_at is distinct from new.deleted_at or old.moved_away_at is distinct from new.moved_away_at
    or old.declined_at is distinct from new.declined_at)
  execute function log_notice_household();
create trigger log_notice after update of state on notice for each row
  when (old.state = 'published' and new.state <> 'published') execute function log_notice();
"""


def upgrade() -> None:
    op.execute("alter table notice_delivery add column task_id uuid")
    op.execute(FUNCTIONS)
    op.execute(TRIGGERS)
    # In transactions of their own, so that reads and writes go on meanwhile.
    with op.get_context().autocommit_block():
        for statement in _INDEXES.values():
            op.execute(statement)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in _INDEXES:
            op.execute(f"drop index concurrently if exists {name}")
    op.execute("""
      drop trigger log_notice on notice;
      drop trigger log_notice_household on household;
      drop trigger log_notice_opt_out on notice_opt_out;
      drop trigger log_notice_state on notice_household;
      drop trigger log_notice_tasks on notice_delivery;
      drop function log_notice, log_notice_household, log_notice_opt_out, log_notice_state, log_notice_tasks,
        log_notice_rows;
    """)
    op.execute("alter table notice_delivery drop column task_id")
