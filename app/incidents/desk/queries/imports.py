"""SQL of imported cases: a thousand at a time, each with its report, reporter and history."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.areas.scope import GRID_AND_PATH, deepest_area_sql
from app.core import operators
from app.incidents.deadlines.queries.deadlines import COLUMNS, INSERT_INTO, NEW_ROWS


def homes(
    session: Session,
    jurisdiction_id: UUID,
    points: Sequence[tuple[float, float]],
    granted: Sequence[UUID] | None,
) -> Sequence[RowMapping]:
    """The deepest area of the jurisdiction at each point, in order: `area_id`, `path`, `grid_id`; nulls outside of all.

    `is_granted`: it lies in or under one of `granted` (None: everywhere).
    """
    sql = f"""
      with asked as materialized (
        select n, ST_SetSRID(ST_MakePoint(lon, lat), 4326) p
        from unnest(cast(:lons as float[]), cast(:lats as float[])) with ordinality a(lon, lat, n))
      select h.area_id, cast(h.path as text) path, h.grid_id,
        cast(:everywhere as boolean) or exists (
          select 1 from area_version g
          where g.area_id = any(cast(:granted as uuid[])) and upper_inf(g.valid) and h.path <@ g.path) is_granted
      from asked left join lateral (
        {deepest_area_sql(f"v.area_id, {GRID_AND_PATH}", "asked.p", jurisdiction=":jurisdiction_id")}) h on true
      order by asked.n
    """
    binds = {
        "jurisdiction_id": jurisdiction_id,
        "lons": [lon for lon, _ in points],
        "lats": [lat for _, lat in points],
        "everywhere": granted is None,
        "granted": list(granted or ()),
    }
    return session.execute(text(sql), binds).mappings().all()


def has_areas(session: Session, jurisdiction_id: UUID) -> bool:
    sql = "select exists (select 1 from area_version where jurisdiction_id = :id and upper_inf(valid))"
    return bool(session.scalar(text(sql), {"id": jurisdiction_id}))


def case_numbers(session: Session, count: int) -> list[int]:
    """So many numbers of cases, in order."""
    sql = "select nextval('case_number') from generate_series(1, :count)"
    return list(session.scalars(text(sql), {"count": count}))


# One statement for the rows of a batch and all that belongs to each; the events of a case stand in its order.
_INSERT = f"""
  with given as materialized (
    select * from jsonb_to_recordset(cast(:rows as jsonb)) as r(
      id uuid, case_no text, grid_id uuid, area_id uuid, scope_path text, category text, condition text, status text,
      priority int, lon float, lat float, owner_unit_id uuid, waiting_since timestamptz, waiting_reason text,
      reported_at timestamptz, closed_at timestamptz, due_at timestamptz, reporter_id uuid, reporter_kind text,
      reporter_name text, reporter_phone text, words text, category_said text, lon_sent float, lat_sent float,
      coord_sys text, attributes jsonb, limits jsonb, events jsonb)),
  who as (
    insert into reporter (id, kind, name, phone)
    select reporter_id, reporter_kind, reporter_name, reporter_phone from given returning id),
  made as (
    insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category,
      condition, status, priority, location, owner_unit_id, waiting_since, waiting_reason, reported_at, closed_at,
      due_at, updated_at)
    select id, case_no, :jurisdiction_id, :profile_version_id, grid_id, area_id, cast(scope_path as ltree), category,
      condition, status, priority, ST_SetSRID(ST_MakePoint(lon, lat), 4326), owner_unit_id, waiting_since,
      waiting_reason, reported_at, closed_at, due_at, :now
    from given, (select count(*) from who) w returning id),
  said as (
    insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent,
      lat_sent, coord_sys, location, attributes, source)
    select id, id, reporter_id, 'import', reported_at, reported_at, words, category_said, lon_sent, lat_sent,
      coord_sys, ST_SetSRID(ST_MakePoint(lon, lat), 4326), attributes, 'import'
    from given, (select count(*) from made) m returning id),
  told as (
    insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, detail)
    select g.id, e.action, e.from_status, e.to_status, 'system', cast(:system_id as uuid), e.at, e.detail
    from given g, rows from (jsonb_to_recordset(g.events) as (action text, from_status text, to_status text,
      at timestamptz, detail jsonb)) with ordinality as e(action, from_status, to_status, at, detail, n)
    order by g.id, e.n returning 1),
  limited as (
    {INSERT_INTO}
    select r.id, g.id, {COLUMNS} from given g, jsonb_to_recordset(g.limits) as r{NEW_ROWS} returning 1),
  audited as (
    insert into audit_event (occurred_at, actor_kind, actor_id, action, entity, entity_id, detail)
    select :now, :actor_kind, :actor_id, 'incident.report', 'incident', id,
      jsonb_build_object('channel', 'import') || cast(:audited as jsonb)
    from given returning 1)
  select count(*) from made
"""


def insert_cases(session: Session, rows: Sequence[dict[str, Any]], binds: dict[str, Any]) -> int:
    """Write a batch; how many cases it made."""
    packed = orjson.dumps(rows, default=str).decode()
    audited = orjson.dumps(operators.audit_detail()).decode()
    return int(session.execute(text(_INSERT), binds | {"rows": packed, "audited": audited}).scalar_one())
