"""Statements that read the reports, areas and workers of a day, for simulations. Reads only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.areas.scope import deepest_area
from app.core.db import Fragment, sql_text
from app.workforce.models import Worker
from app.workforce.scope import held_skills

# The paths of the areas of each point, by level, in the order of the points.
_CHAINS = Fragment(
    """
      with point as materialized (
        select place, ST_SetSRID(ST_MakePoint(lon, lat), 4326) location
        from unnest(cast(:lons as float[]), cast(:lats as float[])) with ordinality coordinates(lon, lat, place))
      select coalesce((select jsonb_object_agg(upper_area.level, cast(upper_area.path as text))
                       from area_version upper_area
                       where deepest.path <@ upper_area.path and upper_inf(upper_area.valid)), '{}') chain
      from point left join lateral {deepest} deepest on true
      order by point.place""",
    deepest=deepest_area(
        AreaVersion.path, point=Fragment("point.location"), jurisdiction_id=Fragment(":jurisdiction_id")
    ),
)
_WORKERS = Fragment(
    """
      with home as (
        select r.worker_id, r.role, g.path, ST_PointOnSurface(g.geom) middle
        from responsibility r join area_version g on g.area_id = r.area_id and upper_inf(g.valid)
        where g.jurisdiction_id = :jurisdiction_id and r.valid @> cast(:at as timestamptz) and r.deleted_at is null),
      homes_of_worker as (
        select worker_id, jsonb_agg(jsonb_build_array(cast(path as text), role) order by path, role) homes,
               (array_agg(middle order by path))[1] middle
        from home group by worker_id)
      select worker.id, worker.name, worker.capacity, {held_skills} skills, h.homes, ST_X(h.middle) lon, ST_Y(h.middle) lat,
             coalesce((select jsonb_agg(jsonb_build_array(lower(d.during), upper(d.during)) order by lower(d.during))
                       from duty d where d.worker_id = worker.id and d.deleted_at is null
                         and d.during && tstzrange(:since, :until)), '[]') duties
      from homes_of_worker h
      join worker on worker.id = h.worker_id and worker.deleted_at is null
      join account a on a.id = worker.id and a.disabled_at is null
      order by worker.id""",
    held_skills=held_skills(Worker.skills, Worker.permits),
)


def newest_report(session: Session, *, jurisdiction_id: UUID, before: datetime) -> datetime | None:
    """Return the time of the newest report before an instant, or None."""
    sql = """
      select max(reported_at) from incident
      where jurisdiction_id = :jurisdiction_id and reported_at < :before and deleted_at is null
    """
    reported_at: datetime | None = session.scalar(
        sql_text(sql), {"jurisdiction_id": jurisdiction_id, "before": before}
    )
    return reported_at


def reports(
    session: Session, *, jurisdiction_id: UUID, since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Return the cases that were reported in a period."""
    sql = """
      select id, case_no, category, condition, priority, reported_at, ST_X(location) lon, ST_Y(location) lat
      from incident
      where jurisdiction_id = :jurisdiction_id and reported_at >= :since and reported_at < :until and deleted_at is null
      order by reported_at, id
    """
    binds = {"jurisdiction_id": jurisdiction_id, "since": since, "until": until}
    return session.execute(sql_text(sql), binds).mappings().all()


def chains(
    session: Session, *, jurisdiction_id: UUID, points: Sequence[tuple[float, float]]
) -> list[dict[str, str]]:
    """Return for each point the areas that contain it: the path of the area by its level.

    The dict is empty for a point outside all areas.

    Args:
        points: Points (lon, lat) in degrees.
    """
    binds: dict[str, Any] = {
        "jurisdiction_id": jurisdiction_id,
        "lons": [lon for lon, _ in points],
        "lats": [lat for _, lat in points],
    }
    return list(session.scalars(_CHAINS, binds))


def workers(
    session: Session, *, jurisdiction_id: UUID, at: datetime, since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Return the workers who are responsible for areas of the jurisdiction at an instant.

    Columns: `id`, `name`, `capacity`, `skills`, `homes` (path and role of each area), `lon` and `lat` of a point inside
    the first area, and `duties` (periods on duty from `since` to `until`).
    """
    binds = {"jurisdiction_id": jurisdiction_id, "at": at, "now": at, "since": since, "until": until}
    return session.execute(_WORKERS, binds).mappings().all()
