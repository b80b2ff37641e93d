"""SQL of imported cases: inserts a batch of cases with reports, reporters and histories."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Integer, RowMapping, Uuid, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.areas.scope import GRID_ID, deepest_area
from app.core import operators
from app.core.db import Fragment
from app.incidents.deadlines.queries.deadlines import COLUMNS, INSERT_INTO, NEW_ROWS
from app.incidents.models import CASE_SEQUENCE

_HOMES = Fragment(
    """with points as materialized (
        select n, ST_SetSRID(ST_MakePoint(lon, lat), 4326) p
        from unnest(cast(:lons as float[]), cast(:lats as float[])) with ordinality a(lon, lat, n))
      select home.area_id, cast(home.path as text) path, home.grid_id,
        cast(:everywhere as boolean) or exists (
          select 1 from area_version g
          where g.area_id = any(cast(:granted as uuid[])) and upper_inf(g.valid) and home.path <@ g.path) is_granted
      from points left join lateral {deepest_area} home on true
      order by points.n""",
    deepest_area=deepest_area(
        AreaVersion.area_id,
        GRID_ID.label("grid_id"),
        AreaVersion.path,
        point=literal_column("points.p"),
        jurisdiction_id=bindparam("jurisdiction_id", None, Uuid()),
    ),
)
_HAS_AREAS = select(
    select(AreaVersion.id)
    .where(
        AreaVersion.jurisdiction_id == bindparam("jurisdiction_id", None, Uuid()),
        func.upper_inf(AreaVersion.valid),
    )
    .exists()
)
_CASE_NUMBERS = select(CASE_SEQUENCE.next_value()).select_from(
    func.generate_series(literal_column("1"), bindparam("count", None, Integer())).alias("numbers")
)


def homes(
    session: Session,
    jurisdiction_id: UUID,
    points: Sequence[tuple[float, float]],
    granted: Sequence[UUID] | None,
) -> Sequence[RowMapping]:
    """Return the deepest area of the jurisdiction at each point, in the order of the points.

    Columns: `area_id`, `path`, `grid_id` (all NULL outside of the areas), and `is_granted` (the area is one of `granted` or
    lies under one).

    Args:
        points: Longitude and latitude in degrees (WGS 84).
        granted: Ids of areas. None: every area.
    """
    binds = {
        "jurisdiction_id": jurisdiction_id,
        "lons": [lon for lon, _ in points],
        "lats": [lat for _, lat in points],
        "everywhere": granted is None,
        "granted": list(granted or ()),
    }
    return session.execute(_HOMES, binds).mappings().all()


def has_areas(session: Session, jurisdiction_id: UUID) -> bool:
    """Return True if the jurisdiction has areas now."""
    return bool(session.scalar(_HAS_AREAS, {"jurisdiction_id": jurisdiction_id}))


def case_numbers(session: Session, count: int) -> list[int]:
    """Return the next `count` serial numbers for case numbers, in ascending order."""
    return list(session.scalars(_CASE_NUMBERS, {"count": count}))


# One statement for the rows of a batch and all that belongs to each. The events of a case have its order.
_INSERT = Fragment(
    """with given_case as materialized (
      select * from jsonb_to_recordset(cast(:rows as jsonb)) as r(
        id uuid, case_no text, grid_id uuid, area_id uuid, scope_path text, category text, condition text, status text,
        priority int, lon float, lat float, owner_unit_id uuid, waiting_since timestamptz, waiting_reason text,
        reported_at timestamptz, closed_at timestamptz, due_at timestamptz, reporter_id uuid, reporter_kind text,
        reporter_name text, reporter_phone text, words text, category_said text, lon_sent float, lat_sent float,
        coord_sys text, attributes jsonb, limits jsonb, events jsonb)),
    new_reporter as (
      insert into reporter (id, kind, name, phone)
      select reporter_id, reporter_kind, reporter_name, reporter_phone from given_case returning id),
    new_incident as (
      insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category,
        condition, status, priority, location, owner_unit_id, waiting_since, waiting_reason, reported_at, closed_at,
        due_at, updated_at)
      select id, case_no, :jurisdiction_id, :profile_version_id, grid_id, area_id, cast(scope_path as ltree), category,
        condition, status, priority, ST_SetSRID(ST_MakePoint(lon, lat), 4326), owner_unit_id, waiting_since,
        waiting_reason, reported_at, closed_at, due_at, :now
      from given_case, (select count(*) from new_reporter) w returning id),
    new_report as (
      insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent,
        lat_sent, coord_sys, location, attributes, source)
      select id, id, reporter_id, 'import', reported_at, reported_at, words, category_said, lon_sent, lat_sent,
        coord_sys, ST_SetSRID(ST_MakePoint(lon, lat), 4326), attributes, 'import'
      from given_case, (select count(*) from new_incident) m returning id),
    new_event as (
      insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, detail)
      select g.id, e.action, e.from_status, e.to_status, 'system', cast(:system_id as uuid), e.at, e.detail
      from given_case g, rows from (jsonb_to_recordset(g.events) as (action text, from_status text, to_status text,
        at timestamptz, detail jsonb)) with ordinality as e(action, from_status, to_status, at, detail, n)
      order by g.id, e.n returning 1),
    new_deadline as (
      {insert_deadline}
      select r.id, g.id, {deadline_columns} from given_case g, jsonb_to_recordset(g.limits) as r{deadline_rows} returning 1),
    new_audit_event as (
      insert into audit_event (occurred_at, actor_kind, actor_id, action, entity, entity_id, detail)
      select :now, :actor_kind, :actor_id, 'incident.report', 'incident', id,
        jsonb_build_object('channel', 'import') || cast(:audited as jsonb)
      from given_case returning 1)
    select count(*) from new_incident""",
    insert_deadline=Fragment(INSERT_INTO),
    deadline_columns=Fragment(COLUMNS),
    deadline_rows=Fragment(NEW_ROWS),
)


def insert_cases(session: Session, rows: Sequence[dict[str, Any]], binds: dict[str, Any]) -> int:
    """Insert a batch of cases with reports, events, deadlines and audit events.

    Return the number of cases.

    Args:
        rows: One mapping for each case: columns of the case, its report and reporter, and lists of its deadlines (`limits`)
            and `events`.
        binds: Bind values that are the same for all cases.
    """
    packed = orjson.dumps(rows, default=str).decode()
    audited = orjson.dumps(operators.audit_detail()).decode()
    return int(session.execute(_INSERT, binds | {"rows": packed, "audited": audited}).scalar_one())
