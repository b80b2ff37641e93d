"""Numbers of cases by cell of the map and by area, for tiles that sum cases.

Triggers add a row for each case that appears, disappears or moves. The sum of the rows is the number of cases. The next
migration adds the cases that are stored already.
"""

from alembic import op

revision = "0112_tile_case_counts"
down_revision = "0110_board_own_attempts"

TABLE = """
-- Numbers of cases (`n`) in a cell, which is a tile of zoom 17, by what decides who sees them. Rows are only added, so
-- writers never wait for each other; a job folds them. A row may be negative; the sum of the rows is the number.
-- Cases about a person or unit are not counted here. `category` and `profile_version_id` are those of confidential
-- cases and of cases without a profile; all others have an empty category and the id 0.
-- `lon` and `lat` are sums of coordinates, in 1e-9 degrees.
create table tile_case_count (
  id bigint generated always as identity,
  x int not null,
  y int not null,
  scope_path ltree,
  profile_version_id uuid,
  category text not null,
  n bigint not null,
  lon bigint not null,
  lat bigint not null,
  is_folded boolean default false not null,
  constraint pk_tile_case_count primary key (id)
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
create index ix_tile_case_count_x_y on tile_case_count (x, y);
create index ix_tile_case_count_unfolded on tile_case_count (id) where not is_folded;
revoke update on tile_case_count from gridward_app;
grant delete on tile_case_count to gridward_job;
"""

FUNCTIONS = """
-- Return what a case counts for, or no row. The rules of a stored profile version never change.
create function tile_case(location geometry, path ltree, profile_id uuid, kind text, about text, deleted timestamptz)
returns table (x int, y int, scope_path ltree, profile_version_id uuid, category text, lon bigint, lat bigint)
language sql stable as $$
  select cast(floor(mercator_x(ST_X($1)) * 131072) as int), cast(floor(mercator_y(ST_Y($1)) * 131072) as int), $2,
         case when c.is_ordinary then uuid '00000000-0000-0000-0000-000000000000' else $3 end,
         case when c.is_ordinary then '' else $4 end,
         cast(round(ST_X($1) * float8 '1e9') as bigint), cast(round(ST_Y($1) * float8 '1e9') as bigint)
  from (select $3 is not null and not exists (
          select 1 from profile_version p where p.id = $3 and $4 = any (p.confidential)) as is_ordinary) c
  where $5 is null and $6 is null
$$;

-- Return what has to be added to the stored numbers, so that they are those of the cases. No row: all are right.
create function tile_case_differences()
returns table (x int, y int, scope_path ltree, profile_version_id uuid, category text, n bigint, lon bigint, lat bigint)
language sql stable as $$
  select c.x, c.y, c.scope_path, c.profile_version_id, c.category,
         cast(sum(c.n) as bigint), cast(sum(c.lon) as bigint), cast(sum(c.lat) as bigint)
  from (
    select k.x, k.y, k.scope_path, k.profile_version_id, k.category, 1 as n, k.lon, k.lat
    from incident i cross join lateral tile_case(
      i.location, i.scope_path, i.profile_version_id, i.category, i.about_kind, i.deleted_at) k
    union all
    select t.x, t.y, t.scope_path, t.profile_version_id, t.category, -t.n, -t.lon, -t.lat from tile_case_count t) c
  group by c.x, c.y, c.scope_path, c.profile_version_id, c.category
  having sum(c.n) <> 0 or sum(c.lon) <> 0 or sum(c.lat) <> 0
$$;

-- Add what is missing in the stored numbers, and return the number of rows that were added. For the cases of a database
-- before this table, and for rows that were stored while triggers were off. Reads and writes of cases go on meanwhile:
-- cases and numbers are read in one snapshot. Two calls at a time would add twice, so they wait for each other.
create function recount_tile_cases() returns bigint language plpgsql set search_path = public as $$
declare
  added bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('recount_tile_cases', 0));
  insert into tile_case_count (x, y, scope_path, profile_version_id, category, n, lon, lat, is_folded)
  select d.x, d.y, d.scope_path, d.profile_version_id, d.category, d.n, d.lon, d.lat, true from tile_case_differences() d;
  get diagnostics added = row_count;
  return added;
end $$;

create function count_cases_on_tiles() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    insert into tile_case_count (x, y, scope_path, profile_version_id, category, n, lon, lat)
    select k.x, k.y, k.scope_path, k.profile_version_id, k.category, count(*), sum(k.lon), sum(k.lat)
    from new_rows i cross join lateral tile_case(
      i.location, i.scope_path, i.profile_version_id, i.category, i.about_kind, i.deleted_at) k
    group by k.x, k.y, k.scope_path, k.profile_version_id, k.category;
  elsif tg_op = 'DELETE' then
    insert into tile_case_count (x, y, scope_path, profile_version_id, category, n, lon, lat)
    select k.x, k.y, k.scope_path, k.profile_version_id, k.category, -count(*), -sum(k.lon), -sum(k.lat)
    from old_rows i cross join lateral tile_case(
      i.location, i.scope_path, i.profile_version_id, i.category, i.about_kind, i.deleted_at) k
    group by k.x, k.y, k.scope_path, k.profile_version_id, k.category;
  else
    insert into tile_case_count (x, y, scope_path, profile_version_id, category, n, lon, lat)
    select t.x, t.y, t.scope_path, t.profile_version_id, t.category, -sum(t.n), -sum(t.lon), -sum(t.lat)
    from tile_case_count t group by t.x, t.y, t.scope_path, t.profile_version_id, t.category
    having sum(t.n) <> 0 or sum(t.lon) <> 0 or sum(t.lat) <> 0;
  end if;
  return null;
end $$;

create function count_changed_case_on_tiles() returns trigger language plpgsql set search_path = public as $$
begin
  insert into tile_case_count (x, y, scope_path, profile_version_id, category, n, lon, lat)
  select c.x, c.y, c.scope_path, c.profile_version_id, c.category, sum(c.n), sum(c.n * c.lon), sum(c.n * c.lat)
  from (
    select -1 as n, k.* from tile_case(old.location, old.scope_path, old.profile_version_id, old.category,
                                       old.about_kind, old.deleted_at) k
    union all
    select 1, k.* from tile_case(new.location, new.scope_path, new.profile_version_id, new.category,
                                 new.about_kind, new.deleted_at) k) c
  group by c.x, c.y, c.scope_path, c.profile_version_id, c.category
  having sum(c.n) <> 0 or sum(c.n * c.lon) <> 0 or sum(c.n * c.lat) <> 0;
  return null;
end $$;
"""

TRIGGERS = """
create trigger count_insert_on_tiles after insert on incident referencing new table as new_rows for each statement
  execute function count_cases_on_tiles();
create trigger count_delete_on_tiles after delete on incident referencing old table as old_rows for each statement
  execute function count_cases_on_tiles();
create trigger count_truncate_on_tiles after truncate on incident for each statement
  execute function count_cases_on_tiles();
create trigger count_update_on_tiles after update on incident for each row
  when (old.location::bytea is distinct from new.location::bytea or old.scope_path::text is distinct from new.scope_path::text
    or old.category is distinct from new.category or old.profile_version_id is distinct from new.profile_version_id
    or old.about_kind is distinct from new.about_kind or old.deleted_at is distinct from new.deleted_at)
  execute function count_changed_case_on_tiles();
"""

DROPPED = """
drop trigger count_update_on_tiles on incident;
drop trigger count_truncate_on_tiles on incident;
drop trigger count_delete_on_tiles on incident;
drop trigger count_insert_on_tiles on incident;
drop function count_changed_case_on_tiles();
drop function count_cases_on_tiles();
drop function recount_tile_cases();
drop function tile_case_differences();
drop function tile_case(geometry, ltree, uuid, text, text, timestamptz);
drop table tile_case_count;
"""


def upgrade() -> None:
    for statements in (TABLE, FUNCTIONS, TRIGGERS):
        op.execute(statements)


def downgrade() -> None:
    op.execute(DROPPED)
