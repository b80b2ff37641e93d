"""Triggers of the register that write change log and history once for each statement, no longer once for each row.

An import stores a thousand rows with one statement, and a redraw of areas moves thousands.
"""

from alembic import op

revision = "0117_register_triggers"
down_revision = "0116_open_reported"

FUNCTIONS = """
-- Write the changes of the rows of a statement to the change log of their grids. The table has the columns id, grid_id
-- and deleted_at. A row that leaves a grid writes R there; a row that stays or comes writes P. Old and new rows are
-- grouped and not joined: the plan is kept for the session, and one that was made for one row would join thousands by
-- nested loops.
-- Arguments of the trigger: the entity, then as for log_change `id`, `grid`, `grid_id`.
create function log_grid_changes() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into change_log (bucket, entity, row_id, op)
    select 'grid:' || n.grid_id, tg_argv[0], n.id, case when n.deleted_at is null then 'P' else 'R' end
    from new_rows n where n.grid_id is not null;
  elsif tg_op = 'DELETE' then
    insert into change_log (bucket, entity, row_id, op)
    select 'grid:' || o.grid_id, tg_argv[0], o.id, 'R' from old_rows o where o.grid_id is not null;
  else
    insert into change_log (bucket, entity, row_id, op)
    select 'grid:' || c.grid_id, tg_argv[0], c.id, case when bool_or(c.stays) then 'P' else 'R' end
    from (select o.id, o.grid_id, false as stays from old_rows o
          union all select n.id, n.grid_id, n.deleted_at is null from new_rows n) c
    where c.grid_id is not null group by c.id, c.grid_id;
  end if;
  return null;
end $$;

-- Store the new states of the rows of a statement in `fact_history`.
create function keep_histories() returns trigger language plpgsql as $$
begin
  insert into fact_history (entity, row_id, version, row, occurred_at)
  select tg_argv[0], n.id, n.version, to_jsonb(n),
         coalesce(nullif(current_setting('app.now', true), ''), clock_timestamp()::text)::timestamptz
  from new_rows n;
  return null;
end $$;
"""
# As keep_histories, for premises. PostgreSQL looks up how a geometry becomes JSON anew for each row of which it makes
# JSON, and once for a statement that names the column.
PREMISES_HISTORY = """
create function keep_premises_histories() returns trigger language plpgsql as $$
begin
  insert into fact_history (entity, row_id, version, row, occurred_at)
  select tg_argv[0], n.id, n.version, to_jsonb(r),
         coalesce(nullif(current_setting('app.now', true), ''), clock_timestamp()::text)::timestamptz
  from new_rows n cross join lateral (select {columns}, cast(n.location as jsonb) as location offset 0) r;
  return null;
end $$;
"""
PREMISES_COLUMNS = (
    "id", "jurisdiction_id", "grid_id", "scope_path", "kind", "name", "province", "city", "county", "town", "community",
    "grid", "compound", "building", "unit", "room", "address", "is_generated", "external_ref", "created_at", "version",
    "deleted_at", "possible_double_of", "same_address_reason", "merged_into",
)  # fmt: skip
DROPPED_FUNCTIONS = """
drop function keep_premises_histories();
drop function keep_histories();
drop function log_grid_changes();
"""
LOGGED = ("premises", "household", "resident", "care_tag", "consent", "visit")
WITH_HISTORY = ("premises", "household", "resident", "care_tag", "consent")
LOG_OF_STATEMENTS = """
drop trigger log_change on {table};
create trigger log_change after insert on {table} referencing new table as new_rows for each statement
  execute function log_grid_changes('{table}', 'id', 'grid', 'grid_id');
create trigger log_change_of_changed after update on {table} referencing old table as old_rows new table as new_rows
  for each statement execute function log_grid_changes('{table}', 'id', 'grid', 'grid_id');
create trigger log_change_of_deleted after delete on {table} referencing old table as old_rows for each statement
  execute function log_grid_changes('{table}', 'id', 'grid', 'grid_id');
"""
LOG_OF_ROWS = """
drop trigger log_change_of_deleted on {table};
drop trigger log_change_of_changed on {table};
drop trigger log_change on {table};
create trigger log_change after insert or delete or update on {table} for each row
  execute function log_change('{table}', 'id', 'grid', 'grid_id');
"""
HISTORY_OF_STATEMENTS = """
drop trigger keep_history on {table};
create trigger keep_history after insert on {table} referencing new table as new_rows for each statement
  execute function {function}('{table}');
create trigger keep_history_of_changed after update on {table} referencing new table as new_rows for each statement
  execute function {function}('{table}');
"""
HISTORY_OF_ROWS = """
drop trigger keep_history_of_changed on {table};
drop trigger keep_history on {table};
create trigger keep_history after insert or update on {table} for each row execute function keep_history('{table}');
"""
# Households of premises that the unique index by premises leaves out.
INDEX = """create index concurrently if not exists ix_household_deleted_premises_id on household (premises_id)
  where deleted_at is not null"""


def upgrade() -> None:
    op.execute(FUNCTIONS)
    for table in LOGGED:
        op.execute(LOG_OF_STATEMENTS.replace("{table}", table))
    op.execute(PREMISES_HISTORY.replace("{columns}", ", ".join(f"n.{name}" for name in PREMISES_COLUMNS)))
    for table in WITH_HISTORY:
        function = "keep_premises_histories" if table == "premises" else "keep_histories"
        op.execute(HISTORY_OF_STATEMENTS.replace("{table}", table).replace("{function}", function))
    with op.get_context().autocommit_block():
        op.execute(INDEX)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists ix_household_deleted_premises_id")
    for table in WITH_HISTORY:
        op.execute(HISTORY_OF_ROWS.replace("{table}", table))
    for table in LOGGED:
        op.execute(LOG_OF_ROWS.replace("{table}", table))
    op.execute(DROPPED_FUNCTIONS)
