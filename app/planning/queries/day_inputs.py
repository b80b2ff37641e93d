"""Statements that read the inputs of a day plan: working times, areas, cases, decisions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Float,
    RowMapping,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased

from app.areas.models import AreaVersion
from app.core.db import sql_text, unscoped
from app.dispatch.models import Assignment
from app.dispatch.scope import constant, is_held
from app.incidents.models import Incident
from app.planning.models import DayPlan, PlanPin
from app.workforce.models import Responsibility

_WORKER_ID: Any = bindparam("worker_id", type_=Uuid())
_DAY: Any = bindparam("day", type_=Date())

_SNAPSHOT = sql_text("select cast(durable_snapshot() as text)")


def snapshot(session: Session) -> str:
    """Return the current PostgreSQL snapshot (`pg_current_snapshot`) as text.

    It is stored with the plan. Later, a transaction that is not visible in this snapshot is a change after the planning.
    """
    return str(session.scalar(_SNAPSHOT))


_JURISDICTION = (
    select(AreaVersion.jurisdiction_id)
    .select_from(Responsibility)
    .join(
        AreaVersion,
        and_(AreaVersion.area_id == Responsibility.area_id, func.upper_inf(AreaVersion.valid)),
    )
    .where(
        Responsibility.worker_id == _WORKER_ID,
        Responsibility.deleted_at.is_(None),
        func.coalesce(
            func.upper(Responsibility.valid) > bindparam("now", type_=DateTime(timezone=True)),
            true(),
        ),
    )
    .order_by(func.lower(Responsibility.valid), Responsibility.id)
    .limit(constant(1))
)


def jurisdiction_of(session: Session, worker_id: UUID, *, now: datetime) -> UUID | None:
    """Return the jurisdiction of the worker's first grid, or None.

    The profile of this jurisdiction applies to the worker's plans.
    """
    jurisdiction_id: UUID | None = session.scalar(_JURISDICTION, {"worker_id": worker_id, "now": now})
    return jurisdiction_id


_WORKING_TIMES = sql_text("""
  select worker_id, kind, lower(during) since, upper(during) until from (
    select worker_id, 'shift' kind, during from shift
    where worker_id = any(cast(:ids as uuid[])) and deleted_at is null
    union all
    select worker_id, 'duty', during from duty
    where worker_id = any(cast(:ids as uuid[])) and deleted_at is null
    union all
    select worker_id, 'absence', during from substitution
    where worker_id = any(cast(:ids as uuid[])) and deleted_at is null) t
  where during && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
  order by worker_id, kind, since
""")


def working_times(
    session: Session, worker_ids: Sequence[UUID], *, since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Return the shifts, duties and absences of workers in a period.

    Columns: `worker_id`, `kind`, `since`, `until`.
    """
    binds = {"ids": list(worker_ids), "since": since, "until": until}
    return session.execute(_WORKING_TIMES, binds).mappings().all()


_WALKED_AREAS = sql_text("""
  select v.area_id, cast(v.path as text) path, array(
      select distinct o.worker_id from responsibility o
      where o.area_id = v.area_id and o.deleted_at is null and o.role in ('worker', 'substitute')
        and o.valid && p.during order by 1) workers
  from (select tstzrange(cast(:since as timestamptz), cast(:until as timestamptz)) during) p
  join responsibility r on r.worker_id = :worker_id and r.deleted_at is null
    and r.role in ('worker', 'substitute') and r.valid && p.during
  join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
  group by v.area_id, v.path, p.during order by v.area_id
""")


def walked_areas(
    session: Session, worker_id: UUID, *, since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Return the areas for which a worker is responsible in a period.

    Column `workers`: the ids of all workers responsible for the area in the period, sorted.
    """
    binds = {"worker_id": worker_id, "since": since, "until": until}
    return session.execute(_WALKED_AREAS, binds).mappings().all()


_CENTRE_OF_GRIDS = sql_text("""
  select ST_X(m.point) lon, ST_Y(m.point) lat, m.grids from (
    select ST_Centroid(ST_Collect(v.geom)) point,
           coalesce(array_agg(v.area_id order by v.area_id), cast('{}' as uuid[])) grids
    from area_version v
    where upper_inf(v.valid) and v.level = 'grid' and v.path <@ any(cast(:paths as ltree[]))) m
""")


def centre_of_grids(session: Session, paths: Sequence[str]) -> RowMapping:
    """Return the ids of the grids in the areas of `paths`, and the centroid of these grids.

    Columns `lon` and `lat` of the centroid are NULL if there are no grids.
    """
    return session.execute(_CENTRE_OF_GRIDS, {"paths": list(paths)}).mappings().one()


_GRID_BOXES = (
    select(
        AreaVersion.area_id,
        cast(AreaVersion.path, Text).label("path"),
        func.ST_XMin(AreaVersion.geom, type_=Float).label("west"),
        func.ST_YMin(AreaVersion.geom, type_=Float).label("south"),
        func.ST_XMax(AreaVersion.geom, type_=Float).label("east"),
        func.ST_YMax(AreaVersion.geom, type_=Float).label("north"),
    )
    .where(
        AreaVersion.area_id == any_(bindparam("area_ids", type_=ARRAY(Uuid()))),
        func.upper_inf(AreaVersion.valid),
    )
    .order_by(AreaVersion.area_id)
)


def grid_boxes(session: Session, area_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return the bounding boxes of grids in degrees.

    Columns: `area_id`, `path`, `west`, `south`, `east`, `north`.
    """
    return session.execute(_GRID_BOXES, {"area_ids": list(area_ids)}).mappings().all()


_ACCEPTED_CASES = unscoped(
    select(
        Incident.id,
        Assignment.role,
        Incident.priority,
        Incident.due_at,
        func.ST_X(Incident.location, type_=Float).label("lon"),
        func.ST_Y(Incident.location, type_=Float).label("lat"),
    )
    .select_from(Assignment)
    .join(Incident, Incident.id == Assignment.incident_id)
    .where(
        is_held(),
        Assignment.deleted_at.is_(None),
        Incident.deleted_at.is_(None),
        or_(
            Assignment.account_id == _WORKER_ID,
            and_(Assignment.worker_id == _WORKER_ID, Assignment.account_id.is_(None)),
        ),
        Incident.about_id.is_distinct_from(_WORKER_ID),
    )
    .order_by(Incident.id),
    incident="cases that the worker has accepted, for the plan of this worker",
)


def accepted_cases(session: Session, worker_id: UUID) -> Sequence[RowMapping]:
    """Return the open cases that a worker has accepted, except cases about the worker."""
    return session.execute(_ACCEPTED_CASES, {"worker_id": worker_id}).mappings().all()


def _is_of_worker(assignment: Any) -> Any:
    return or_(assignment.account_id == _WORKER_ID, assignment.worker_id == _WORKER_ID)


_held_assignment = aliased(Assignment, name="held_assignment")
_FINISHED_CASES = (
    select(Assignment.incident_id)
    .distinct()
    .where(
        Assignment.incident_id == any_(bindparam("incident_ids", type_=ARRAY(Uuid()))),
        Assignment.state == constant("done"),
        _is_of_worker(Assignment),
        ~exists().where(
            _held_assignment.incident_id == Assignment.incident_id,
            _is_of_worker(_held_assignment),
            is_held(_held_assignment),
        ),
    )
)


def finished_cases(session: Session, worker_id: UUID, incident_ids: Sequence[UUID]) -> list[UUID]:
    """Return the ids of cases in which the worker has finished their work and has no other."""
    binds = {"incident_ids": list(incident_ids), "worker_id": worker_id}
    return list(session.scalars(_FINISHED_CASES, binds))


_PINS = (
    select(PlanPin.stop_id, PlanPin.at, PlanPin.place)
    .where(PlanPin.worker_id == _WORKER_ID, PlanPin.day == _DAY, PlanPin.deleted_at.is_(None))
    .order_by(PlanPin.place, PlanPin.at, PlanPin.stop_id)
)


def pins(session: Session, worker_id: UUID, day: date) -> Sequence[RowMapping]:
    """Return the decisions of persons about the stops of a day.

    Columns: `stop_id`, `at` (fixed begin of the stop) and `place` (position in the manual order).
    """
    return session.execute(_PINS, {"worker_id": worker_id, "day": day}).mappings().all()


_CURRENT_PLAN = select(DayPlan.id, DayPlan.stops, DayPlan.left_out, DayPlan.digest).where(
    DayPlan.worker_id == _WORKER_ID, DayPlan.day == _DAY, DayPlan.deleted_at.is_(None)
)


def current_plan(session: Session, worker_id: UUID, day: date) -> RowMapping | None:
    """Return the stored plan of a day, or None.

    Columns: `id`, `stops`, `left_out`, `digest`.
    """
    return session.execute(_CURRENT_PLAN, {"worker_id": worker_id, "day": day}).mappings().one_or_none()
