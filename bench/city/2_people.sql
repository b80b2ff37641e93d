-- People: a worker a grid, seven of ten on duty with a fresh position; units; supervisors of streets and districts, an admin.
-- step: units
insert into unit (id, jurisdiction_id, area_id, code, name, created_at)
  select pg_temp.uid(timestamptz '2024-01-01Z', k.code, s.no), rules.jurisdiction_id, s.id, k.code || '-' || s.no,
         jsonb_build_object('zh', k.zh || s.no, 'en', k.en || ' ' || s.no), timestamptz '2024-01-01Z'
  from street s, rules, (values ('roads', '市政', 'Roads'), ('waste', '环卫', 'Waste')) k(code, zh, en);
insert into unit_competence (id, unit_id, area_id, category_prefix)
  select pg_temp.uid(timestamptz '2024-01-01Z', k.code || k.prefix, s.no), pg_temp.uid(timestamptz '2024-01-01Z', k.code, s.no), s.id, k.prefix
  from street s, (values ('roads', 'C-p'), ('roads', 'C-s'), ('roads', 'C-m'), ('waste', 'E-l'), ('waste', 'E-d'), ('waste', 'E-m'), ('waste', 'C-b')) k(code, prefix);
-- step: accounts
create temp table person as
  select no, pg_temp.uid(timestamptz '2024-01-01Z', 'worker', no) id, 'bench-worker-' || no username, '网格员' || no "name", 'worker' role, id grid_id, community_id area_id, null::uuid unit_id from grid
  union all select no, pg_temp.uid(timestamptz '2024-01-01Z', 'boss', no), 'bench-street-' || no, '街道主管' || no, 'supervisor', null, id, null from street
  union all select no, pg_temp.uid(timestamptz '2024-01-01Z', 'chef', no), 'bench-district-' || no, '区主管' || no, 'supervisor', null, id, null from district
  union all select no, pg_temp.uid(timestamptz '2024-01-01Z', 'hand', no), 'bench-handler-' || no, '处置员' || no, 'handler', null, null, pg_temp.uid(timestamptz '2024-01-01Z', 'roads', no) from street
  union all select 0, pg_temp.uid(timestamptz '2024-01-01Z', 'admin', 0), 'bench-admin', '管理员', 'admin', null, null, null;
insert into account (id, username, name, password_hash, created_at)
  select id, username, name, '!', timestamptz '2024-01-01Z' from person;
insert into account_grant (id, account_id, role, area_id, unit_id, granted_at)
  select pg_temp.uid(timestamptz '2024-01-01Z', 'grant' || role || coalesce(area_id::text, ''), no), id, role, area_id, unit_id, timestamptz '2024-01-01Z' from person;
-- step: workers
insert into worker (id, name, capacity, skills, created_at)
  select id, name, 100, '{}', timestamptz '2024-01-01Z' from person where role = 'worker';
insert into responsibility (id, worker_id, area_id, role, valid)
  select pg_temp.uid(timestamptz '2024-01-01Z', 'responsible', no), id, grid_id, 'worker', tstzrange(timestamptz '2024-01-01Z', null)
  from person where role = 'worker';
insert into duty (id, worker_id, during)
  select pg_temp.uid(timestamptz '2024-01-01Z', 'duty', no), id, tstzrange(timestamptz '{anchor}' - interval '4 hours', null)
  from person where role = 'worker' and pg_temp.h(no, 3) < 0.7;
insert into worker_position (worker_id, at, geom, accuracy_m)
  select p.id, timestamptz '{anchor}' - pg_temp.h(p.no, 4) * interval '5 minutes',
    ST_SetSRID(ST_MakePoint(pg_temp.vx(2 * g.c + 1, 2 * g.r + 1), pg_temp.vy(2 * g.c + 1, 2 * g.r + 1)), 4326), 8
  from person p join grid g on g.id = p.grid_id where p.role = 'worker' and pg_temp.h(p.no, 3) < 0.7;
create unique index on person (id);
create index on person (no, role);
analyze person;
