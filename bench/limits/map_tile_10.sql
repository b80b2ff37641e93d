\set x random(853, 854)
\set y random(421, 422)
select ST_AsMVT(t, 'incidents', 4096, 'geom') from (
  select case_no, status, category, priority, due_at::text,
    ST_AsMVTGeom(ST_Transform(location, 3857), (select ST_TileEnvelope(10, :x::int, :y::int)), 4096, 64, true) geom
  from incident where location && (select ST_Transform(ST_TileEnvelope(10, :x::int, :y::int, margin => 64.0 / 4096), 4326))) t;
