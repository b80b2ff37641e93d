"""Statements of batches, in which all waiting cases of an area are offered together.

They find the areas with waiting cases, read these cases, and store the results.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Text, and_, any_, bindparam, select, text
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.core.jobs import QUEUE
from app.dispatch.models import Assignment
from app.dispatch.scope import constant
from app.incidents.cases.rules.waiting_reasons import PART_RETURNED
from app.incidents.models import Incident
from app.incidents.scope import is_open

# A worker who becomes free could take these. Conduct cases, locked cases and ended cases never, whatever they wait for.
_WAITS = and_(
    Incident.waiting_since.is_not(None),
    Incident.waiting_reason == any_(bindparam("reasons", None, ARRAY(Text()))),
    Incident.deleted_at.is_(None),
    Incident.about_kind.is_(None),
    Incident.locked_at.is_(None),
    is_open(),
)
_JURISDICTIONS = (
    select(Incident.jurisdiction_id).where(_WAITS, Incident.jurisdiction_id.is_not(None)).distinct()
)


def jurisdictions(session: Session, *, reasons: Sequence[str]) -> Sequence[UUID]:
    """Return the ids of the jurisdictions in which a case waits for a worker."""
    ids: Sequence[Any] = session.scalars(_JURISDICTIONS, {"reasons": list(reasons)}).all()
    return ids


_DUE_AREAS = Fragment(
    """
  with waiting as materialized (
    select area_id, bool_or(waiting_since <= cast(:now as timestamptz) - case
             when priority <= 1 then cast(:window_1 as interval)
             when priority = 2 then cast(:window_2 as interval) else cast(:window_3 as interval) end) is_due,
           bool_or(cast(:incident_id as uuid) is null or id = :incident_id) is_meant
    from incident where {waits} and jurisdiction_id = :jurisdiction_id group by area_id),
  district as (
    select w.is_due, w.is_meant, u.area_id, u.path
    from waiting w join area_version v on v.area_id = w.area_id and upper_inf(v.valid)
    cross join lateral (
      select u.area_id, u.path from area_version u where v.path <@ u.path and upper_inf(u.valid)
      order by (u.level = :level) desc, nlevel(u.path) limit 1) u)
  select area_id, cast(path as text) path from district
  group by area_id, path having bool_or(is_due) and bool_or(is_meant)
  order by random() limit :limit
""",
    waits=_WAITS,
)


def due_areas(
    session: Session,
    *,
    jurisdiction_id: UUID,
    level: str,
    reasons: Sequence[str],
    windows: dict[int, timedelta],
    now: datetime,
    limit: int,
    incident_id: UUID | None = None,
) -> Sequence[RowMapping]:
    """Return the areas of a level in which a case has waited long enough for a batch.

    For a case that lies in no area of this level, its top area is returned. Columns: `area_id`, `path`.

    Args:
        windows: The waiting time by priority (1 to 3) after which a batch is due.
        incident_id: Only the area of this case. None: all areas.
    """
    binds = {
        "jurisdiction_id": jurisdiction_id,
        "level": level,
        "reasons": list(reasons),
        "now": now,
        "incident_id": incident_id,
        "limit": limit,
        **{f"window_{priority}": windows[priority] for priority in (1, 2, 3)},
    }
    return session.execute(_DUE_AREAS, binds).mappings().all()


_HAS_RETURNED_PART = (
    select(Assignment.id)
    .where(
        Assignment.incident_id == Incident.id,
        Assignment.role == constant("joint"),
        Assignment.state == constant("failed"),
        Assignment.ended_because == constant(PART_RETURNED),
    )
    .correlate(Incident)
    .exists()
)
_WAITING = Fragment(
    """
  with place as materialized (
    select v.area_id, (select jsonb_object_agg(u.level, cast(u.path as text)) from area_version u
                       where v.path <@ u.path and upper_inf(u.valid)) chain
    from area_version v
    where v.path <@ cast(:path as ltree) and upper_inf(v.valid)
      and v.area_id in (select area_id from incident where {waits}))
  select incident.id, version, status, category, condition, priority, profile_version_id, incident.area_id, owner_unit_id,
         handled_by, reported_by, contested_count, about_kind, about_id, pinned_to, waiting_reason, due_at,
         {has_returned_part} has_returned_part,
         ST_X(location) lon, ST_Y(location) lat, place.chain
  from incident join place on place.area_id = incident.area_id
  where {waits} and grid_id is not null
  order by priority, waiting_since, incident.id limit :limit
""",
    waits=_WAITS,
    has_returned_part=_HAS_RETURNED_PART,
)


def waiting(session: Session, *, path: str, reasons: Sequence[str], limit: int) -> Sequence[RowMapping]:
    """Return the waiting cases in the area at `path`, ordered by priority and waiting time.

    Column `chain`: the paths of the case's area and of all areas above it, by level.
    """
    binds = {"path": path, "reasons": list(reasons), "limit": limit}
    return session.execute(_WAITING, binds).mappings().all()


_LOCK_UNCHANGED = text("""
  select i.id from incident i
  join unnest(cast(:ids as uuid[]), cast(:versions as bigint[])) as x(id, version)
    on x.id = i.id and x.version = i.version
  order by i.id for update of i skip locked
""")


def lock_unchanged(session: Session, versions: dict[UUID, int]) -> set[UUID]:
    """Lock the cases that still have the given version, and return their ids.

    Cases that another transaction has locked are left out.

    Args:
        versions: The version by the id of the case.
    """
    binds = {"ids": list(versions), "versions": list(versions.values())}
    ids: set[UUID] = set(session.scalars(_LOCK_UNCHANGED, binds))
    return ids


# Moves the cases, stores the event of each transition, and enqueues a job at the end of each offer.
_APPLY = Fragment(
    """
  with result as materialized (
    select * from jsonb_to_recordset(cast(:rows as jsonb)) as x(
      n int, id uuid, action text, from_status text, to_status text, waiting_reason text, detail jsonb,
      job_at timestamptz)),
  moved_incident as (
    update incident set status = result.to_status, updated_at = :now, waiting_reason = result.waiting_reason,
      waiting_since = case when result.waiting_reason is not null then incident.waiting_since end
    from result where result.id = incident.id),
  new_event as (
    insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, detail)
    select id, action, from_status, to_status, :actor_kind, :actor_id, :now, detail from result order by n)
  select procrastinate_defer_jobs_v1(array_agg(ROW({queue}, cast(:job_task as varchar), 0, null, null,
           jsonb_build_object('incident_id', id), job_at)::procrastinate_job_to_defer_v1 order by n))
  from result where job_at is not null having count(*) > 0
""",
    queue=constant(QUEUE),
)


def apply_results(session: Session, rows: bytes, binds: dict[str, Any]) -> None:
    """Store the events of placements, update the cases, and enqueue jobs for the ends of offers.

    Args:
        rows: JSON list with one row for each event: the case, its action, its states before and after, the waiting reason, and
            `job_at`, the time at which an offer ends.
        binds: `now`, `actor_kind`, `actor_id` and `job_task`.
    """
    session.execute(_APPLY, binds | {"rows": rows.decode()})
