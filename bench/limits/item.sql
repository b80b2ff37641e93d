select '{"id":"' || id || '","case_no":"' || case_no || '","status":"' || status || '","category":"' || category || '","priority":' || priority
  || ',"location":' || ST_AsGeoJSON(location, 7) || ',"grid_id":"' || grid_id || '","due_at":' || to_json(due_at)::text || ',"reported_at":' || to_json(reported_at)::text || '}'
from incident where id = :id::uuid;
