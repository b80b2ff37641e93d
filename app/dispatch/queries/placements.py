"""Statements that read the candidates for a case, give it to one, and store the decision."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, Text, Uuid, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from app.core import locks
from app.core.db import Fragment, sql_text, unscoped
from app.dispatch.models import DispatchRun
from app.dispatch.rules.ranking import Demand
from app.dispatch.scope import INSERT_RUN, PLACEMENT, PLACEMENT_COLUMNS, candidates_in, constant
from app.dispatch.scope.presence import has_open_sos, is_on_duty
from app.profiles.scope import are_neighbours
from app.workforce.models import Worker
from app.workforce.scope import held_skills, works_for

# Rounds are offers by the rules; choices of supervisors are not counted.
OFFER_OUTCOMES, SUPERVISOR_REASONS = ("offered", "broadcast"), ("by_supervisor", "override")
_CANDIDATE = "candidate for a demand; dispatch judges all workers, and only supervisors read the run"

_CANDIDATES = unscoped(
    candidates_in(
        grid_path=Fragment("cast(:grid_path as ltree)"), ring_path=Fragment("cast(:ring_path as ltree)")
    ),
    worker=_CANDIDATE,
)


def candidates(
    session: Session, demand: Demand, *, grid_path: str | None, ring: str, ring_path: str, now: datetime
) -> Sequence[RowMapping]:
    """Return at most `RING_LIMIT` workers responsible for grids in one area around the case.

    Workers of the grid of the case come first, then workers who may get an offer, then the nearest.

    Args:
        grid_path: Path of the grid of the case, or None. For workers of this grid the column `ring` is `grid`.
        ring: Level of the area, for the column `ring` of all other workers.
        ring_path: Path of the area (community, street or district) in which workers are looked for.
    """
    binds = {
        "lon": demand.lon,
        "lat": demand.lat,
        "grid_path": grid_path,
        "ring": ring,
        "ring_path": ring_path,
        "skills": sorted(demand.skills),
        "excluded": list(demand.excluded),
        "now": now,
    }
    return session.execute(_CANDIDATES, binds).mappings().all()


_NEIGHBOUR_PATHS = Fragment(
    """
    select cast(neighbour.path as text) from area_version own_area
    join area_version neighbour on neighbour.jurisdiction_id <> own_area.jurisdiction_id and neighbour.parent_id is null
      and upper_inf(neighbour.valid)
    where own_area.path = cast(:path as ltree) and upper_inf(own_area.valid) and {are_neighbours}
    order by neighbour.code, neighbour.area_id
    """,
    are_neighbours=are_neighbours(
        literal_column("own_area.jurisdiction_id"), literal_column("neighbour.jurisdiction_id")
    ),
)


def paths_of_neighbours(session: Session, *, path: str, now: datetime) -> list[str]:
    """Return the paths of neighbouring cities that have agreed to help the city of an area.

    Each is the path of the top area of a jurisdiction.
    """
    return list(session.scalars(_NEIGHBOUR_PATHS, {"path": path, "now": now}))


_WRITE_PLACEMENT = Fragment(
    """
    with given as materialized (select * from jsonb_to_recordset(cast(:rows as jsonb)) as g({columns})), {placement}
    {insert_run} returning outcome, reason, assignment_id, worker_id
    """,
    columns=PLACEMENT_COLUMNS,
    placement=PLACEMENT,
    insert_run=INSERT_RUN,
)


def write_placement(session: Session, values: dict[str, Any]) -> RowMapping:
    """Give a case to the first suitable worker, and insert assignment, offer and decision.

    Without a worker the case goes into the queue of the unit, or waits. Returns a row with the outcome (offered, accepted,
    queued or waiting), the reason, and the ids of the assignment and the worker.
    """
    binds = {"rows": orjson.dumps([values]).decode(), "held": list(locks.locked_loads(session))}
    row = session.execute(_WRITE_PLACEMENT, binds).mappings().one()
    if row["worker_id"] is not None:
        locks.record_locked_loads(session, [row["worker_id"]])
    return row


_INSERT_IMPORTED = sql_text("""
  insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand,
                            candidates, outcome, reason)
  select r.id, r.incident_id, 'handle', :now, 1, :profile_version_id, :weights_version, r.demand, '[]', 'waiting',
         'imported'
  from jsonb_to_recordset(cast(:rows as jsonb)) as r(id uuid, incident_id uuid, demand jsonb)
""")


def insert_imported(session: Session, rows: str, binds: dict[str, Any]) -> None:
    """Insert a stored decision without candidates for each of many imported cases.

    Args:
        rows: JSON list of objects with `id`, `incident_id` and `demand`.
    """
    session.execute(_INSERT_IMPORTED, binds | {"rows": rows})


_ROUNDS = select(func.count()).where(
    DispatchRun.incident_id == bindparam("incident_id", type_=Uuid()),
    DispatchRun.role == bindparam("role", type_=Text()),
    DispatchRun.outcome.in_([constant(outcome) for outcome in OFFER_OUTCOMES]),
    DispatchRun.reason.not_in([constant(reason) for reason in SUPERVISOR_REASONS]),
)


def rounds(session: Session, *, incident_id: UUID, role: str) -> int:
    """Return how often the work of one role on a case was offered by the automatic rules."""
    binds = {"incident_id": incident_id, "role": role}
    return int(session.execute(_ROUNDS, binds).scalar_one())


# The jurisdiction of the case is null before the case is stored, when its report is placed.
_CASE_JURISDICTION = Fragment("(select i.jurisdiction_id from incident i where i.id = :incident_id)")


def _is_of_city(worker_id: Any) -> Fragment:
    return Fragment(
        "({jurisdiction_id} is null or {works_for})",
        jurisdiction_id=_CASE_JURISDICTION,
        works_for=works_for(worker_id, _CASE_JURISDICTION),
    )


_IS_OF_CITY = unscoped(
    Fragment("select {is_of_city}", is_of_city=_is_of_city(bindparam("worker_id", type_=Uuid()))),
    incident="jurisdiction of the case that the caller has locked",
)


def is_of_city(session: Session, *, worker_id: UUID, incident_id: UUID, now: datetime) -> bool:
    """Return True if the worker may work in the jurisdiction of the case.

    The worker may do so in the own jurisdiction, and in one with which it has an agreement of mutual help.
    """
    binds = {"worker_id": worker_id, "incident_id": incident_id, "now": now}
    return bool(session.scalar(_IS_OF_CITY, binds))


_WORKER_FACTS = unscoped(
    Fragment(
        """
        select worker.id worker_id, worker.name, 'grid' ring, 'worker' relation, worker.capacity, {held_skills} skills,
               coalesce(l.open_work, 0) open_work, {is_on_duty} is_on_duty, {has_open_sos} is_in_need,
               ST_Distance(cast(p.geom as geography),
                           cast(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) as geography)) distance_m,
               extract(epoch from cast(:now as timestamptz) - p.at) position_age_s, {is_of_city} is_of_city
        from worker join account a on a.id = worker.id and a.disabled_at is null
        left join worker_load l on l.worker_id = worker.id
        left join worker_position p on p.worker_id = worker.id
        where worker.id = :worker_id and worker.deleted_at is null
        """,
        held_skills=held_skills(Worker.skills, Worker.permits),
        is_on_duty=is_on_duty(Worker.id),
        has_open_sos=has_open_sos(Worker.id),
        is_of_city=_is_of_city(Worker.id),
    ),
    worker=_CANDIDATE,
    incident="jurisdiction of the case that the caller has locked",
)


def worker_facts(
    session: Session, *, worker_id: UUID, incident_id: UUID, lon: float, lat: float, now: datetime
) -> RowMapping | None:
    """Return the data of a worker that are needed to judge them as a candidate for a case.

    The worker may be of any area. Returns None if there is no such worker or the account is closed. Column `is_of_city`:
    the worker works in the jurisdiction of the case, or in one that has agreed to help it.
    """
    binds = {"worker_id": worker_id, "incident_id": incident_id, "lon": lon, "lat": lat, "now": now}
    return session.execute(_WORKER_FACTS, binds).mappings().one_or_none()
