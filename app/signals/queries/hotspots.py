"""SQL of hotspot previews, over ordinary cases that the actor directs.

An ordinary case is neither confidential nor about a person or unit.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.incidents.models import Incident
from app.incidents.scope import case_visibility, is_ordinary
from app.signals.rules.hotspots import ReportSelection

_CASE = aliased(Incident, name="i")
_IS_SELECTED = Fragment("""
  i.jurisdiction_id = :jurisdiction_id and i.deleted_at is null
  and i.scope_path <@ (select v.path from area_version v where v.area_id = :area_id and upper_inf(v.valid))
  and (cardinality(cast(:categories as text[])) = 0 or i.category = any(cast(:categories as text[])))""")


def _rule(actor: Actor, now: datetime) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return the SQL condition that the actor directs a case `i`, and its bind values."""
    visibility = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    return visibility.condition(_CASE), visibility.binds


def reports(
    session: Session, actor: Actor, selection: ReportSelection, *, now: datetime, most: int
) -> Sequence[RowMapping]:
    """Return one row for each report to scan, including reports that joined an existing case.

    Only reports of ordinary cases that the actor directs are returned, and at most `most` rows. Columns: `id` of the case,
    `lon` and `lat` of the case (WGS 84), `day` of the report (local day).
    """
    is_directed, binds = _rule(actor, now)
    binds = binds | {
        "area_id": selection.area_id,
        "jurisdiction_id": selection.jurisdiction_id,
        "since": selection.since,
        "until": selection.until,
        "zone": selection.zone,
        "categories": list(selection.categories),
        "most": most,
    }
    return session.execute(_reports(is_directed), binds).mappings().all()


@lru_cache(maxsize=200)
def _reports(is_directed: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
      select * from (
        select i.id, ST_X(i.location) lon, ST_Y(i.location) lat, cast(i.reported_at at time zone :zone as date) "day"
        from incident i
        where i.reported_at >= :since and i.reported_at < :until
          and {is_selected} and {is_directed} and ({is_ordinary})
        union all
        select i.id, ST_X(i.location) lon, ST_Y(i.location) lat, cast(r.received_at at time zone :zone as date) "day"
        from report r join incident i on i.id = r.incident_id and r.joined_by is not null
        where r.received_at >= :since and r.received_at < :until
          and {is_selected} and {is_directed} and ({is_ordinary})
        limit :most) report_day
      order by id, "day"
        """,
        is_selected=_IS_SELECTED,
        is_directed=is_directed,
        is_ordinary=is_ordinary(_CASE),
    )


def place_and_members(
    session: Session, actor: Actor, *, ids: Sequence[UUID], shown: int, prefix: str, now: datetime
) -> RowMapping:
    """Return the outline of a hotspot and the list of its cases.

    Of the cases `ids`, only those that the actor directs are used. Columns: `place` (the outline as GeoJSON), `members`
    (JSON list of the first `shown` cases by id), `count` (number of all these cases). `prefix`: start of the path of a
    case.
    """
    is_directed, binds = _rule(actor, now)
    binds = binds | {"ids": list(ids), "shown": shown, "prefix": prefix}
    return session.execute(_place_and_members(is_directed), binds).mappings().one()


@lru_cache(maxsize=200)
def _place_and_members(is_directed: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
      with visible_case as materialized (
        select i.id, i.case_no, i.category, i.status, i.reported_at, i.location from incident i
        where i.id = any(cast(:ids as uuid[])) and i.deleted_at is null and {is_directed} and ({is_ordinary}))
      select
        (select ST_AsGeoJSON(ST_ForcePolygonCCW(ST_Multi(ST_Buffer(ST_ConvexHull(ST_Collect(location)), 0.0005, 2))), 7)
         from visible_case) place,
        (select coalesce(json_agg(json_build_object('id', m.id, 'case_no', m.case_no, 'category', m.category,
           'status', m.status, 'reported_at', m.reported_at, 'location', ST_AsGeoJSON(m.location, 7)::json,
           'href', :prefix || m.id) order by m.id), '[]')
         from (select * from visible_case order by id limit :shown) m) members,
        (select count(*) from visible_case) count
        """,
        is_directed=is_directed,
        is_ordinary=is_ordinary(_CASE),
    )
