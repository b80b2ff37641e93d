"""Statements that find cases stored under a wrong area, after area borders were redrawn."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Integer, Uuid, any_, bindparam, func, not_, or_, select, text, true, tuple_
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.areas.scope import deepest_area
from app.core.db import Fragment
from app.incidents.models import Incident
from app.incidents.scope import has_ended

_OPEN_CASES_ON = text("""
  with land as materialized (
    select geom from area_version
    where area_id = any(cast(:ids as uuid[])) and (upper_inf(valid) or upper(valid) = :at))
  select i.id from incident i
  where i.status not in ('not_filed', 'closed', 'force_closed') and i.deleted_at is null
    and (i.area_id = any(cast(:ids as uuid[])) or exists (
           select 1 from land where i.location && land.geom and ST_Intersects(land.geom, i.location)))
  order by i.id for update
""")


def open_cases_on(session: Session, area_ids: Sequence[UUID], *, at: datetime) -> Sequence[UUID]:
    """Lock the open cases of redrawn areas, and return their ids.

    These are the cases stored under one of the areas, and the cases inside its present border or inside its border before the
    redraw.

    Args:
        area_ids: Areas that were redrawn.
        at: Instant of the redraw. Former borders are those valid until this instant.
    """
    ids: Sequence[UUID] = session.scalars(_OPEN_CASES_ON, {"ids": list(area_ids), "at": at}).all()
    return ids


_HOME: Any = deepest_area(AreaVersion.area_id, AreaVersion.path, point=Incident.location).lateral("home")
_DISPLACED = (
    select(Incident.id)
    .select_from(Incident.__table__.outerjoin(_HOME, true()))
    .where(
        Incident.id == any_(bindparam("ids", None, ARRAY(Uuid()))),
        or_(
            _HOME.c.area_id.is_(None),
            tuple_(_HOME.c.area_id, _HOME.c.path).is_distinct_from(
                tuple_(Incident.area_id, Incident.scope_path)
            ),
        ),
    )
    .order_by(Incident.id)
)


def displaced(session: Session, incident_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Return the given ids of cases that are stored under a wrong area.

    The right area is the lowest area at the point of the case.
    """
    ids: Sequence[UUID] = session.scalars(_DISPLACED, {"ids": list(incident_ids)}).all()
    return ids


_STRAY_CASES = (
    select(Incident.id)
    .where(
        not_(has_ended()),
        Incident.deleted_at.is_(None),
        Incident.area_id.is_not(None),
        ~select(AreaVersion.area_id)
        .where(AreaVersion.area_id == Incident.area_id, func.upper_inf(AreaVersion.valid))
        .correlate(Incident)
        .exists(),
    )
    .order_by(Incident.id)
    .limit(bindparam("row_limit", None, Integer()))
    .with_for_update(skip_locked=True)
)


def stray_cases(session: Session, *, limit: int) -> Sequence[UUID]:
    """Lock the open cases that are stored under a retired area, and return their ids.

    Such a case was reported while the area was redrawn. Cases that another transaction has locked are left out.
    """
    ids: Sequence[UUID] = session.scalars(_STRAY_CASES, {"row_limit": limit}).all()
    return ids


_STORE_PLACES = Fragment("""
  update incident set grid_id = given.grid_id, area_id = given.area_id, scope_path = cast(given.scope_path as ltree),
    waiting_reason = given.waiting_reason, owner_unit_id = given.owner_unit_id, updated_at = :at
  from jsonb_to_recordset(cast(:rows as jsonb)) given(
    id uuid, grid_id uuid, area_id uuid, scope_path text, waiting_reason text, owner_unit_id uuid)
  where incident.id = given.id
""")


def store_places(session: Session, rows: Sequence[dict[str, Any]], *, at: datetime) -> None:
    """Set the area of cases, with the columns that depend on it.

    Args:
        rows: `id` of the case, `grid_id`, `area_id`, `scope_path`, `waiting_reason`, `owner_unit_id`.
    """
    session.execute(_STORE_PLACES, {"rows": orjson.dumps(rows).decode(), "at": at})
