\set w random(1, 1000000000)
\set u random(1, 400000000)
insert into position (worker_id, at, geom, accuracy_m, speed_mps, heading_deg, battery_pct, received_at) select md5(:w::text)::uuid, now() - interval '5 days' + :u * interval '1 ms' + i * interval '2 s', ST_SetSRID(ST_MakePoint(120.1, 30 + 0.00054 * (i % 1000)), 4326), 8.5, 1.4, 0, 80, now() from generate_series(1, :size) i on conflict (worker_id, at) do nothing;
