-- Households, four of ten in a fifth of the grids. A point of grid g: on the way from its centre to a place on its edge.
-- step: households
create temp table home as
  select n, grid_no, pg_temp.vi(k) vi, pg_temp.vj(k) vj, pg_temp.vi(k + 1) wi, pg_temp.vj(k + 1) wj, sqrt(pg_temp.h(n, 13)) * 0.98 t, pg_temp.h(n, 14) u
  from (select n, floor(pg_temp.h(n, 12) * 8)::int k,
          case when pg_temp.h(n, 10) < 0.4 then floor(pg_temp.h(n, 11) * {grids} / 5)::int * 5 + 2 else floor(pg_temp.h(n, 11) * {grids})::int end grid_no
        from generate_series(1, {households}) n) x;
insert into premises (id, jurisdiction_id, grid_id, scope_path, kind, address, location, is_generated, created_at)
  select pg_temp.uid(timestamptz '2024-01-01Z', 'household', n), rules.jurisdiction_id, g.id, g.path, 'dwelling',
    format('%s路%s号%s单元%s室', (array['幸福','平安','文化','建设','人民','解放','和平','中山'])[1 + g.street_no % 8] || g.street_no, 1 + g.no % 100 * 10 + n % 10, 1 + n % 4, 101 + n / 4 % 30 * 100 + n % 4),
    ST_SetSRID(ST_MakePoint(
      pg_temp.vx(2 * c + 1, 2 * r + 1) + t * (pg_temp.vx(2 * c + vi, 2 * r + vj) * (1 - u) + pg_temp.vx(2 * c + wi, 2 * r + wj) * u - pg_temp.vx(2 * c + 1, 2 * r + 1)),
      pg_temp.vy(2 * c + 1, 2 * r + 1) + t * (pg_temp.vy(2 * c + vi, 2 * r + vj) * (1 - u) + pg_temp.vy(2 * c + wi, 2 * r + wj) * u - pg_temp.vy(2 * c + 1, 2 * r + 1))), 4326),
    true, timestamptz '2024-01-01Z'
  from home join grid g on g.no = home.grid_no, rules;
insert into household (id, jurisdiction_id, grid_id, scope_path, premises_id, is_generated, created_at)
  select id, jurisdiction_id, grid_id, scope_path, id, true, created_at from premises;
drop table home;
