"""Log the rows of phones about households that moved once for each statement, no longer once for each household.

A redraw of areas moves thousands of households, of which few or none are on phones for a notice.
"""

from alembic import op

revision = "0123_notice_households"
down_revision = "0122_board_counts"

FUNCTION = """
-- Households moved to another grid, or nobody can be told there any more. A notice comes to the new grid with its row.
-- Old and new rows are grouped and not joined: the plan is kept for the session, and one that was made for one row would
-- join thousands by nested loops. Deliveries are looked up in a lateral query with OFFSET, so that each household goes by
-- the index.
create or replace function log_notice_household() returns trigger language plpgsql as $$
begin
  if not exists (
    select from notice_delivery d
    where d.task_id is not null and d.household_id = any(array(select n.id from new_rows n))
  ) then
    return null;
  end if;
  with state as (
    select o.id, o.grid_id, false is_new,
           format('%s|%s|%s|%s|%s', o.grid_id, o.scope_path, o.deleted_at, o.moved_away_at, o.declined_at) text
    from old_rows o
    union all
    select n.id, n.grid_id, true,
           format('%s|%s|%s|%s|%s', n.grid_id, n.scope_path, n.deleted_at, n.moved_away_at, n.declined_at)
    from new_rows n),
  changed as materialized (
    select s.id, (array_agg(s.grid_id) filter (where not s.is_new))[1] was_in,
           (array_agg(s.grid_id) filter (where s.is_new))[1] is_in
    from state s group by s.id having min(s.text) <> max(s.text)),
  held as materialized (
    select c.was_in, c.is_in, d.notice_id, d.task_id
    from changed c cross join lateral (
      select t.notice_id, t.task_id from notice_delivery t
      where t.household_id = c.id and t.task_id is not null offset 0) d)
  insert into change_log (bucket, entity, row_id, op)
  select 'grid:' || h.is_in, 'notice_task', h.task_id, 'P' from held h where h.is_in is not null
  union all
  select 'grid:' || h.was_in, 'notice_task', h.task_id, 'P' from held h
  where h.was_in is not null and h.was_in is distinct from h.is_in
  union all
  select distinct 'grid:' || g.id, 'notice', h.notice_id, 'P'
  from held h cross join lateral (values (h.was_in), (h.is_in)) g(id)
  where h.was_in is distinct from h.is_in and g.id is not null;
  return null;
end $$;
"""
# As it was before.
FUNCTION_OF_ROWS = """
create or replace function log_notice_household() returns trigger language plpgsql as $$
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
"""


def upgrade() -> None:
    op.execute(FUNCTION)
    op.execute("""
      drop trigger log_notice_household on household;
      create trigger log_notice_household after update on household
        referencing old table as old_rows new table as new_rows for each statement
        execute function log_notice_household();
    """)


def downgrade() -> None:
    op.execute(FUNCTION_OF_ROWS)
    op.execute("""
      drop trigger log_notice_household on household;
      create trigger log_notice_household
        after update of grid_id, scope_path, deleted_at, moved_away_at, declined_at on household
        for each row
        when (old.grid_id is distinct from new.grid_id or old.scope_path::text is distinct from new.scope_path::text
          or old.deleted_at is distinct from new.deleted_at or old.moved_away_at is distinct from new.moved_away_at
          or old.declined_at is distinct from new.declined_at)
        execute function log_notice_household();
    """)
