\set x random(0, 199000)
\set y random(0, 49000)
with grid as (
    select v.area_id, v.path, v.jurisdiction_id from area_version v where upper_inf(valid) and level = 'grid'
      and ST_Covers(v.geom, (select ST_SetSRID(ST_MakePoint(120 + :x::float8 / 1e6, 30 + :y::float8 / 1e6), 4326))) order by code limit 1),
  pick as (
    select l.worker_id from responsibility r join worker_load l on l.worker_id = r.worker_id
    where r.area_id = (select area_id from grid) and l.open_work < 100 limit 1 for no key update of l),
  loaded as (update worker_load l set open_work = open_work + 1 from pick where l.worker_id = pick.worker_id returning 1)
insert into incident (id, case_no, jurisdiction_id, grid_id, area_id, scope_path, category, status, priority, location, reported_at, updated_at, due_at)
select gen_random_uuid(), 'N' || nextval('case_number'), jurisdiction_id, area_id, area_id, path, 'E-dumping', 'dispatched', 3,
  ST_SetSRID(ST_MakePoint(120 + :x::float8 / 1e6, 30 + :y::float8 / 1e6), 4326), now(), now(), now() + interval '5 days' from grid;
