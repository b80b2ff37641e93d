\set n random(1, 900)
select '{"items":[' || coalesce(string_agg('{"id":"' || id || '","case_no":"' || case_no || '","status":"' || status || '","category":"' || category || '","priority":' || priority
  || ',"location":' || ST_AsGeoJSON(location, 7) || ',"grid_id":"' || grid_id || '","due_at":' || to_json(due_at)::text || ',"reported_at":' || to_json(reported_at)::text || '}', ','), '') || ']}'
from (select * from incident where reported_at > (select min(reported_at) from incident) + :n::float8 / 1000 * interval '700 days' order by reported_at, id limit 100) i;
