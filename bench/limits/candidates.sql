-- What was reported near by in the last days, nearest first: the search, without scope, score and words.
\set x random(1000, 199000)
\set y random(1000, 49000)
select i.id, i.case_no, i.status, i.category, i.reported_at, i.closed_at, r.words,
  ST_Distance(i.location::geography, (select ST_SetSRID(ST_MakePoint(120 + :x::float8 / 1e6, 30 + :y::float8 / 1e6), 4326))::geography) distance_m
from incident i join report r on r.id = i.id
where i.location && (select ST_Expand(ST_SetSRID(ST_MakePoint(120 + :x::float8 / 1e6, 30 + :y::float8 / 1e6), 4326), 0.00105, 0.000905))
  and i.reported_at >= now() - interval '14 days' and i.deleted_at is null
  and (i.status not in ('not_filed', 'closed', 'force_closed') or i.closed_at >= now() - interval '3 days')
order by distance_m limit 5;
