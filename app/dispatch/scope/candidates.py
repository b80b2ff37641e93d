"""SQL that finds the workers who may get the work on a case, in one area around it."""

from typing import Any

from app.core.db import Fragment
from app.dispatch.rules.ranking import RING_LIMIT
from app.dispatch.scope.conditions import constant
from app.dispatch.scope.presence import has_open_sos, is_on_duty
from app.workforce.models import Worker
from app.workforce.scope import held_skills

# First those who may be asked, then the nearest by the last position. A worker of several of these grids is a worker of the
# demand's own grid if it is among them. `offset 0` keeps PostgreSQL from evaluating skills, duty and calls for help once more
# in the order.
_CANDIDATES = """
  with demand_point as materialized (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) point),
  responsible_worker as (
    select distinct on (r.worker_id) r.worker_id, r.role, case when g.path = {grid_path} then 'grid' else :ring end ring
    from responsibility r
    join area_version g on g.area_id = r.area_id and upper_inf(g.valid)
    where g.path <@ {ring_path} and r.valid @> cast(:now as timestamptz) and r.deleted_at is null
    order by r.worker_id, (g.path = {grid_path}) desc nulls last,
             case r.role when 'worker' then 0 when 'substitute' then 1 else 2 end)
  select c.* from (
    select r.worker_id, worker.name, r.ring, r.role relation, worker.capacity, {held_skills} skills,
           coalesce(l.open_work, 0) open_work, {is_on_duty} is_on_duty, {has_open_sos} is_in_need,
           ST_Distance(cast(p.geom as geography), cast((select point from demand_point) as geography)) distance_m,
           extract(epoch from cast(:now as timestamptz) - p.at) position_age_s, ST_X(p.geom) lon, ST_Y(p.geom) lat
    from responsible_worker r
    join worker on worker.id = r.worker_id and worker.deleted_at is null
    join account a on a.id = worker.id and a.disabled_at is null
    left join worker_load l on l.worker_id = worker.id
    left join worker_position p on p.worker_id = worker.id
    offset 0) c
  order by (c.ring = 'grid') desc,
           (c.open_work < c.capacity and c.skills @> cast(:skills as text[])
            and c.worker_id <> all(cast(:excluded as uuid[])) and not c.is_in_need and c.is_on_duty) desc,
           c.distance_m nulls last, c.worker_id
  limit {limit}
"""


def candidates_in(*, grid_path: Any, ring_path: Any) -> Fragment:
    """Return a SELECT of at most `RING_LIMIT` workers responsible for grids of an area.

    The statement needs the binds `:lon`, `:lat`, `:ring`, `:skills`, `:excluded` and `:now`.

    Args:
        grid_path: SQL expression (ltree): the path of the grid of the case. For workers of this grid the column `ring` is
            `grid`, for all others it is `:ring`.
        ring_path: SQL expression (ltree): the path of the area.
    """
    return Fragment(
        _CANDIDATES,
        grid_path=grid_path,
        ring_path=ring_path,
        held_skills=held_skills(Worker.skills, Worker.permits),
        is_on_duty=is_on_duty(Worker.id),
        has_open_sos=has_open_sos(Worker.id),
        limit=constant(RING_LIMIT),
    )
