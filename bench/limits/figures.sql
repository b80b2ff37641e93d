-- What one figure of the same answer takes: cases that were due, closed and on time, by street and category.
select subpath(i.scope_path, 1, 1), i.category, count(*), count(*) filter (where i.status = 'closed'),
       count(*) filter (where i.status = 'deferred'), count(*) filter (where i.status = 'closed' and d.outcome = 'met')
from incident i join deadline d on d.incident_id = i.id and d.stage = 'handle'
where i.deleted_at is null and i.status <> 'not_filed' and nlevel(i.scope_path) > 1
group by 1, 2
