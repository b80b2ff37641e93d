-- The 20 nearest eligible workers of everything that waits, by the index of newest places.
select i.id, n.worker_id
from incident i cross join lateral (
  select p.worker_id from worker_position p
  join worker_load l on l.worker_id = p.worker_id join worker w on w.id = p.worker_id
  where l.open_work < w.capacity and p.at > %(fresh_since)s
    and exists (select 1 from duty d where d.worker_id = p.worker_id and d.during @> cast(%(now)s as timestamptz)
                and d.deleted_at is null)
  order by p.geom <-> i.location limit 20) n
where i.waiting_since is not null
