"""Homes that move: their pairs of letters are made by loops, and their premises are read by their ids.

A function of SQL with a FROM of its own is begun anew for each row of an index: 12 and 14 microseconds of each home that
an import stores or a redraw moves. The results are the same sets; an index of them keeps each entry once. The trigger that
notes changed homes for tiles read all premises of a city with fewer than some hundred thousand.
"""

from pathlib import Path

from alembic import op

revision = "0128_moved_homes"
down_revision = "0128_place_moves"

# An index calls the functions when a dump is restored: so they use only functions of pg_catalog, and no search path.
FUNCTIONS = """
-- Return all pairs of neighbouring characters, each once. Chinese words often have two characters, which trigrams cannot
-- find.
create or replace function letter_pairs(address text, name text) returns text[]
language plpgsql immutable parallel safe as $$
declare
  words constant text := pg_catalog.lower(address || ' ' || coalesce(name, ''));
  size constant int := coalesce(pg_catalog.length(words), 0);
  pairs text[] := '{}';
  pair text;
  n int := 0;
begin
  if size > 100 then
    return (select array_agg(distinct pg_catalog.substr(words, i, 2)) from pg_catalog.generate_series(1, size - 1) i);
  end if;
  for i in 1 .. size - 1 loop
    pair := pg_catalog.substr(words, i, 2);
    if pg_catalog.strpos(words, pair) = i then  -- it is here for the first time
      n := n + 1;
      pairs[n] := pair;
    end if;
  end loop;
  return pairs;
end $$;

-- Return the hash of each pair with the label of the second level of a path. Pairs may come twice.
create or replace function area_letter_pairs(path text, address text, name text) returns int[]
language plpgsql immutable parallel safe as $$
declare
  part constant text := pg_catalog.split_part(coalesce(path, ''), '.', 2) || ' ';
  words constant text := pg_catalog.lower(address || ' ' || coalesce(name, ''));
  hashes int[] := '{}';
begin
  for i in 1 .. coalesce(pg_catalog.length(words), 0) - 1 loop
    hashes[i] := (pg_catalog.hashtextextended(part || pg_catalog.substr(words, i, 2), 0) & 2147483647)::int;
  end loop;
  return hashes;
end $$;
"""
TILES = """
-- Count changes of households in the cells of their premises. The premises are locked: a move at the same time
-- would leave the change in the wrong cell. They are named by an array, so that they are read by their ids.
create or replace function note_homes_on_tiles() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'INSERT' then
      with held as materialized (
        select p.location from premises p where p.id = any(array(
          select premises_id from new_rows)) order by p.id for share of p),
      cells as materialized (
        select distinct cast(floor(mercator_x(ST_X(location)) * 16384) as int) x,
                        cast(floor(mercator_y(ST_Y(location)) * 16384) as int) y
        from held where location is not null),
      many as materialized (select count(*) > 256 is_true from cells)
      insert into tile_change (layer, x, y)
      select tg_argv[0], x, y from cells, many where not is_true
      union all select tg_argv[0], -1, -1 from many where is_true;
  elsif tg_op = 'UPDATE' then
      with held as materialized (
        select p.location from premises p where p.id = any(array(
          select premises_id from new_rows union select premises_id from old_rows)) order by p.id for share of p),
      cells as materialized (
        select distinct cast(floor(mercator_x(ST_X(location)) * 16384) as int) x,
                        cast(floor(mercator_y(ST_Y(location)) * 16384) as int) y
        from held where location is not null),
      many as materialized (select count(*) > 256 is_true from cells)
      insert into tile_change (layer, x, y)
      select tg_argv[0], x, y from cells, many where not is_true
      union all select tg_argv[0], -1, -1 from many where is_true;
  elsif tg_op = 'DELETE' then
      with held as materialized (
        select p.location from premises p where p.id = any(array(
          select premises_id from old_rows)) order by p.id for share of p),
      cells as materialized (
        select distinct cast(floor(mercator_x(ST_X(location)) * 16384) as int) x,
                        cast(floor(mercator_y(ST_Y(location)) * 16384) as int) y
        from held where location is not null),
      many as materialized (select count(*) > 256 is_true from cells)
      insert into tile_change (layer, x, y)
      select tg_argv[0], x, y from cells, many where not is_true
      union all select tg_argv[0], -1, -1 from many where is_true;
  end if;
  return null;
end $$;
"""
# As they were before.
FUNCTIONS_BEFORE = """
create or replace function letter_pairs(address text, name text) returns text[] language sql immutable parallel safe as $$
  select coalesce(array_agg(distinct pg_catalog.substr(s, i, 2)), '{}')
  from pg_catalog.lower(address || ' ' || coalesce(name, '')) s,
       pg_catalog.generate_series(1, pg_catalog.length(s) - 1) i
$$;

create or replace function area_letter_pairs(path text, address text, name text) returns int[]
language sql immutable parallel safe as $$
  select coalesce(pg_catalog.array_agg(distinct
    (pg_catalog.hashtextextended(part || ' ' || pg_catalog.substr(s, i, 2), 0) & 2147483647)::int), '{}')
  from pg_catalog.split_part(coalesce(path, ''), '.', 2) part,
       pg_catalog.lower(address || ' ' || coalesce(name, '')) s,
       pg_catalog.generate_series(1, pg_catalog.length(s) - 1) i
$$;
"""
BASELINE = Path(__file__).parents[1] / "baseline" / "18_tiles.sql"
TILES_HEAD = "create function note_homes_on_tiles("


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(FUNCTIONS)
    run(TILES)


def downgrade() -> None:
    body, end, _ = BASELINE.read_text(encoding="utf-8").partition(TILES_HEAD)[2].partition("$$;\n")
    run(TILES_HEAD.replace("create", "create or replace") + body + end)
    run(FUNCTIONS_BEFORE)
