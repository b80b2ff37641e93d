-- Areas: grids on a lattice whose inner vertices are moved by up to a quarter step, so that they are irregular and
-- leave neither gaps nor overlaps; ten grids are a community, ten communities a street, all streets of a quarter
-- of 2,500 grids a district.
-- step: helpers
create function pg_temp.h(n bigint, k bigint) returns float8 language sql immutable as $$
  select (hashint8extended(n, k) & 4294967295) / 4294967296.0::float8 $$;
-- A version 7 uuid that follows from a time, a kind and a number.
create function pg_temp.uid(at timestamptz, kind text, n bigint) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(kind || n), 1, 3)
          || '8' || substr(md5(kind || n), 4, 15))::uuid $$;
create function pg_temp.vx(i int, j int) returns float8 language sql immutable as $$
  select 120.0 + (i + case when i in (0, 2 * {cols}) then 0 else (pg_temp.h(i * 1000 + j, 1) - 0.5) * 0.5 end) * 0.002 $$;
create function pg_temp.vy(i int, j int) returns float8 language sql immutable as $$
  select 30.0 + (j + case when j in (0, 2 * {rows}) then 0 else (pg_temp.h(i * 1000 + j, 2) - 0.5) * 0.5 end) * 0.00125 $$;
-- The k-th of the eight vertices around a grid, counter-clockwise from its lower left corner.
create function pg_temp.vi(k int) returns int language sql immutable as $$ select (array[0,1,2,2,2,1,0,0])[k % 8 + 1] $$;
create function pg_temp.vj(k int) returns int language sql immutable as $$ select (array[0,0,0,1,2,2,2,1])[k % 8 + 1] $$;
create temp table rules as
  select j.id jurisdiction_id, j.root_unit_id, (select f.id from profile_version f where f.jurisdiction_id = j.id order by f.number desc limit 1) profile_id
  from jurisdiction j where j.deleted_at is null order by j.id limit 1;
-- step: grids
create temp table grid as
  select c + r * {cols} no, c, r, c / 50 + r / 50 * 100 district_no, c / 10 + r / 10 * 100 street_no, c / 5 + r / 2 * 1000 community_no,
    pg_temp.uid(timestamptz '2024-01-01Z', 'grid', c + r * {cols}) id,
    ST_SetSRID(ST_Multi(ST_MakePolygon(ST_MakeLine(array(
      select ST_MakePoint(pg_temp.vx(2 * c + pg_temp.vi(k), 2 * r + pg_temp.vj(k)), pg_temp.vy(2 * c + pg_temp.vi(k), 2 * r + pg_temp.vj(k)))
      from generate_series(0, 8) k order by k)))), 4326) geom
  from generate_series(0, {cols} - 1) c, generate_series(0, {rows} - 1) r;
-- step: communities, streets, districts
create temp table community as
  select community_no no, min(street_no) street_no, min(district_no) district_no, count(*) grids,
         pg_temp.uid(timestamptz '2024-01-01Z', 'community', community_no) id, ST_Multi(ST_Union(geom)) geom from grid group by community_no;
create temp table street as
  select street_no no, min(district_no) district_no, pg_temp.uid(timestamptz '2024-01-01Z', 'street', street_no) id, ST_Multi(ST_Union(geom)) geom
  from community group by street_no;
create temp table district as
  select district_no no, pg_temp.uid(timestamptz '2024-01-01Z', 'district', district_no) id, ST_Multi(ST_Union(geom)) geom
  from street group by district_no;
create temp table node as
  select id, null::uuid parent_id, 'district' level, format('33%s', lpad(no::text, 4, '0')) code, no, text2ltree(replace(id::text, '-', '')) path, geom from district;
insert into node select s.id, p.id, 'street', format('%s%s', p.code, lpad(s.no::text, 6, '0')), s.no, p.path || replace(s.id::text, '-', ''), s.geom
  from street s join district d on d.no = s.district_no join node p on p.id = d.id;
insert into node select s.id, p.id, 'community', format('%s%s', p.code, lpad(s.no::text, 6, '0')), s.no, p.path || replace(s.id::text, '-', ''), s.geom
  from community s join street d on d.no = s.street_no join node p on p.id = d.id;
insert into node select s.id, p.id, 'grid', format('%s%s', p.code, lpad(s.no::text, 6, '0')), s.no, p.path || replace(s.id::text, '-', ''), s.geom
  from grid s join community d on d.no = s.community_no join node p on p.id = d.id;
create unique index on node (id);
insert into area (id, jurisdiction_id, level, created_at)
  select n.id, rules.jurisdiction_id, n.level, timestamptz '2024-01-01Z' from node n, rules;
insert into area_version (id, area_id, jurisdiction_id, parent_id, level, code, name, geom, path, valid, reason)
  select pg_temp.uid(timestamptz '2024-01-01Z', 'version' || n.level, n.no), n.id, rules.jurisdiction_id, n.parent_id, n.level, n.code,
         jsonb_build_object('zh', n.code || '号' || case n.level when 'grid' then '网格' when 'community' then '社区' when 'street' then '街道' else '区' end,
                            'en', initcap(n.level) || ' ' || n.code),
         n.geom, n.path, tstzrange(timestamptz '2024-01-01Z', null), 'founded' from node n, rules;
alter table grid drop column geom, add column path ltree, add column community_id uuid, add column street_id uuid;
update grid g set path = n.path, community_id = n.parent_id, street_id = p.parent_id from node n join node p on p.id = n.parent_id where n.id = g.id;
create unique index on grid (no);
analyze grid;
