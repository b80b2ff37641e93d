\set x random(0, 199000)
\set y random(0, 49000)
select area_id, code from area_version where upper_inf(valid) and level = 'grid'
  and ST_Covers(geom, (select ST_SetSRID(ST_MakePoint(120 + :x::float8 / 1e6, 30 + :y::float8 / 1e6), 4326))) order by code limit 1;
