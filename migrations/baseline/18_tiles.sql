-- Map tiles: where on the map something changed.
-- Two functions have spaces at ends of lines. They stay: the text of a function is compared byte by byte.

-- Numbers of changes (`n`) of a layer in a cell. Rows are only added, so writers never wait for each other; a
-- job folds them and keeps their sum, which is the version of each tile over the cell.
create table tile_change (
  id bigint generated always as identity,
  layer text not null,
  x int not null,
  y int not null,
  n bigint default 1 not null,
  constraint pk_tile_change primary key (id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
create index ix_tile_change_layer_x_y on tile_change (layer, x, y) include (n);
revoke update on tile_change from gridward_app;
grant delete on tile_change to gridward_job;

-- Fractions of the square of Web Mercator, counted from its north-west corner. Cells and tiles use the same
-- formulas.
create function mercator_x(lon float8) returns float8 language sql immutable parallel safe
  return least(greatest((lon + 180) / 360, 0), 1 - 1e-12);

-- The same for the latitude.
create function mercator_y(lat float8) returns float8 language sql immutable parallel safe
  return least(greatest(
    (1 - asinh(tan(radians(least(greatest(lat, -85.06), 85.06)))) / pi()) / 2, 0), 1 - 1e-12);

-- Count changes of rows with a column `location` in their cells. A change in more than 256 cells counts for the
-- whole layer (-1, -1).
create function note_points_on_tiles() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'INSERT' then 
      with cells as materialized (
        select distinct cast(floor(mercator_x(ST_X(location)) * 16384) as int) x,
                        cast(floor(mercator_y(ST_Y(location)) * 16384) as int) y
        from (select location from new_rows) r where location is not null),
      many as materialized (select count(*) > 256 is_true from cells)
      insert into tile_change (layer, x, y)
      select tg_argv[0], x, y from cells, many where not is_true
      union all select tg_argv[0], -1, -1 from many where is_true;
  elsif tg_op = 'UPDATE' then 
      with cells as materialized (
        select distinct cast(floor(mercator_x(ST_X(location)) * 16384) as int) x,
                        cast(floor(mercator_y(ST_Y(location)) * 16384) as int) y
        from (select location from new_rows union all select location from old_rows) r where location is not null),
      many as materialized (select count(*) > 256 is_true from cells)
      insert into tile_change (layer, x, y)
      select tg_argv[0], x, y from cells, many where not is_true
      union all select tg_argv[0], -1, -1 from many where is_true;
  elsif tg_op = 'DELETE' then 
      with cells as materialized (
        select distinct cast(floor(mercator_x(ST_X(location)) * 16384) as int) x,
                        cast(floor(mercator_y(ST_Y(location)) * 16384) as int) y
        from (select location from old_rows) r where location is not null),
      many as materialized (select count(*) > 256 is_true from cells)
      insert into tile_change (layer, x, y)
      select tg_argv[0], x, y from cells, many where not is_true
      union all select tg_argv[0], -1, -1 from many where is_true;
  end if;
  return null;
end $$;

-- Count changes of households in the cells of their premises. The premises are locked: a move at the same time
-- would leave the change in the wrong cell.
create function note_homes_on_tiles() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'INSERT' then 
      with held as materialized (
        select p.location from premises p where p.id in (select premises_id from new_rows) order by p.id for share of p),
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
        select p.location from premises p where p.id in (select premises_id from new_rows union select premises_id from old_rows) order by p.id for share of p),
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
        select p.location from premises p where p.id in (select premises_id from old_rows) order by p.id for share of p),
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

-- Count a change for the whole layer. For tables that change seldom and all at once, and for TRUNCATE.
create function note_layer_of_tiles() returns trigger language plpgsql set search_path = public as $$
begin
  insert into tile_change (layer, x, y) values (tg_argv[0], -1, -1);
  return null;
end $$;

create trigger note_on_tiles after insert or delete or update or truncate on area_version for each statement
  execute function note_layer_of_tiles('area_version');
create trigger note_on_tiles after insert or delete or update or truncate on unit for each statement
  execute function note_layer_of_tiles('unit');
create trigger note_on_tiles after insert or delete or update or truncate on unit_competence for each statement
  execute function note_layer_of_tiles('unit_competence');
create trigger note_delete_on_tiles after delete on component referencing old table as old_rows for each statement
  execute function note_points_on_tiles('component');
create trigger note_insert_on_tiles after insert on component referencing new table as new_rows for each statement
  execute function note_points_on_tiles('component');
create trigger note_truncate_on_tiles after truncate on component for each statement
  execute function note_layer_of_tiles('component');
create trigger note_update_on_tiles after update on component referencing old table as old_rows new table as new_rows
  for each statement
  execute function note_points_on_tiles('component');
create trigger note_delete_on_tiles after delete on premises referencing old table as old_rows for each statement
  execute function note_points_on_tiles('premises');
create trigger note_insert_on_tiles after insert on premises referencing new table as new_rows for each statement
  execute function note_points_on_tiles('premises');
create trigger note_truncate_on_tiles after truncate on premises for each statement
  execute function note_layer_of_tiles('premises');
create trigger note_update_on_tiles after update on premises referencing old table as old_rows new table as new_rows
  for each statement
  execute function note_points_on_tiles('premises');
create trigger note_delete_on_tiles after delete on household referencing old table as old_rows for each statement
  execute function note_homes_on_tiles('household');
create trigger note_insert_on_tiles after insert on household referencing new table as new_rows for each statement
  execute function note_homes_on_tiles('household');
create trigger note_truncate_on_tiles after truncate on household for each statement
  execute function note_layer_of_tiles('household');
create trigger note_update_on_tiles after update on household referencing old table as old_rows new table as new_rows
  for each statement
  execute function note_homes_on_tiles('household');
create trigger note_delete_on_tiles after delete on incident referencing old table as old_rows for each statement
  execute function note_points_on_tiles('incident');
create trigger note_insert_on_tiles after insert on incident referencing new table as new_rows for each statement
  execute function note_points_on_tiles('incident');
create trigger note_truncate_on_tiles after truncate on incident for each statement
  execute function note_layer_of_tiles('incident');
create trigger note_update_on_tiles after update on incident referencing old table as old_rows new table as new_rows
  for each statement
  execute function note_points_on_tiles('incident');
