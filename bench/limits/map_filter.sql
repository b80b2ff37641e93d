\set x random(0, 189000)
\set y random(0, 43000)
select '{"items":[' || coalesce(string_agg('{"id":"' || id || '","case_no":"' || case_no || '","status":"' || status || '","category":"' || category || '","priority":' || priority
  || ',"location":' || ST_AsGeoJSON(location, 7) || ',"grid_id":"' || grid_id || '","due_at":' || to_json(due_at)::text || ',"reported_at":' || to_json(reported_at)::text || '}', ','), '') || ']}'
from (select * from incident where ST_Intersects(location, (select ST_MakeEnvelope(120 + :x::float8 / 1e6, 30 + :y::float8 / 1e6, 120.01 + :x::float8 / 1e6, 30.006 + :y::float8 / 1e6, 4326)))
      and priority < 3 and status = 'closed' order by reported_at, id limit 100) i;
