"""SQL of previews of hotspots: ordinary cases that the actor directs, neither confidential nor about a person or unit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import sql_text
from app.incidents import service as incidents
from app.signals.rules.hotspots import ReportSelection

_JOINED = "report r join incident i on i.id = r.incident_id and r.joined_by is not null"


def reports(
    session: Session, actor: Actor, selection: ReportSelection, *, now: datetime, most: int
) -> Sequence[RowMapping]:
    """Return one row for each report of ordinary cases that the actor directs, also for those that joined a case.

    Rows, at most `most`: `id`, `lon` and `lat` (WGS 84) of the case, and the `day` of the report in the zone of the selection.
    """
    clause, binds = incidents.directed_ordinary(actor, now)

    def rows_of(source: str, at: str) -> str:
        return f"""
          select i.id, ST_X(i.location) lon, ST_Y(i.location) lat, cast({at} at time zone :zone as date) "day"
          from {source}
          where {at} >= :since and {at} < :until and i.jurisdiction_id = :jurisdiction_id and i.deleted_at is null
            and i.scope_path <@ (select v.path from area_version v where v.area_id = :area_id and upper_inf(v.valid))
            and (cardinality(cast(:categories as text[])) = 0 or i.category = any(cast(:categories as text[])))
            and {clause}"""

    sql = f"""
      select * from (
        select * from ({rows_of("incident i", "i.reported_at")} union all {rows_of(_JOINED, "r.received_at")}) s limit :most) t
      order by id, "day"
    """
    binds |= {
        "area_id": selection.area_id,
        "jurisdiction_id": selection.jurisdiction_id,
        "since": selection.since,
        "until": selection.until,
        "zone": selection.zone,
        "categories": list(selection.categories),
        "most": most,
    }
    return session.execute(sql_text(sql), binds).mappings().all()


def place_and_members(
    session: Session, actor: Actor, *, ids: Sequence[UUID], shown: int, prefix: str, now: datetime
) -> RowMapping:
    """Return `place` (GeoJSON), `members` (JSON, the first `shown` by id) and `count` of those cases that the actor directs."""
    clause, binds = incidents.directed_ordinary(actor, now)
    sql = f"""
      with seen as materialized (
        select i.id, i.case_no, i.category, i.status, i.reported_at, i.location from incident i
        where i.id = any(cast(:ids as uuid[])) and i.deleted_at is null and {clause})
      select
        (select ST_AsGeoJSON(ST_ForcePolygonCCW(ST_Multi(ST_Buffer(ST_ConvexHull(ST_Collect(location)), 0.0005, 2))), 7)
         from seen) place,
        (select coalesce(json_agg(json_build_object('id', m.id, 'case_no', m.case_no, 'category', m.category,
           'status', m.status, 'reported_at', m.reported_at, 'location', ST_AsGeoJSON(m.location, 7)::json,
           'href', :prefix || m.id) order by m.id), '[]') from (select * from seen order by id limit :shown) m) members,
        (select count(*) from seen) count
    """
    binds |= {"ids": list(ids), "shown": shown, "prefix": prefix}
    return session.execute(sql_text(sql), binds).mappings().one()
