"""Queries for the areas and units by which figures are filtered and grouped."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Executable,
    Integer,
    RowMapping,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.accounts.models import AccountGrant
from app.areas.models import AreaVersion, Unit
from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.core.json_sql import json_list, json_object
from app.statistics.queries.columns import constant
from app.workforce.scope import area_reach

_AREA = (
    AreaVersion.area_id.label("id"),
    AreaVersion.code,
    AreaVersion.name,
    AreaVersion.level,
    AreaVersion.jurisdiction_id,
)
_IS_PRESENT = func.upper_inf(AreaVersion.valid)
# The present version of an area first, else the last one it had.
_NEWEST_FIRST = (_IS_PRESENT.desc(), func.lower(AreaVersion.valid).desc())
_AREA_ID = bindparam("area_id", None, Uuid())
_ONE = constant(1)
# Text of an array: a list of hundreds of ids costs more to convert than to look up.
_IDS = any_(cast(bindparam("ids", None, Text()), ARRAY(Uuid())))


def top_directed_areas(session: Session, actor: Actor, *, now: datetime) -> Sequence[RowMapping]:
    """Return the highest areas in which the actor may direct cases, ordered by code.

    An area that lies inside another one of these areas is left out. An actor who may direct everywhere gets all areas
    without a parent. Columns: `id`, `code`, `name`, `level`, `jurisdiction_id`.
    """
    reach = area_reach(actor, Permission.INCIDENT_DIRECT, now)
    if reach.is_nowhere:
        return []
    statement = _top_areas(None if reach.is_everywhere else reach.roots)
    return session.execute(statement, reach.binds).mappings().all()


@lru_cache
def _top_areas(roots: ColumnElement[Any] | None) -> Executable:
    """Return the statement that selects those present areas of `roots` that lie in no other one.

    Args:
        roots: Paths of areas (ltree[]). None: select all areas without a parent.
    """
    is_top: ColumnElement[bool] = AreaVersion.parent_id.is_(None)
    if roots is not None:
        is_below_another = Fragment(
            "exists (select 1 from unnest({roots}) above(path) where {path} <@ above.path and {path} <> above.path)",
            roots=roots,
            path=AreaVersion.path,
        )
        is_top = and_(AreaVersion.path == any_(roots), not_(is_below_another))
    return select(*_AREA).where(_IS_PRESENT, is_top).order_by(AreaVersion.code, AreaVersion.area_id)


def area_within(
    session: Session, actor: Actor, area_id: UUID, *, now: datetime, then: datetime | None = None
) -> RowMapping | None:
    """Return an area by id. Return None if it exists neither now nor at the instant `then`.

    Columns: `id`, `code`, `name`, `level`, `jurisdiction_id`, and `is_mine`: the actor directs cases in this area.
    """
    reach = area_reach(actor, Permission.INCIDENT_DIRECT, now)
    statement = _area_within(reach.condition(AreaVersion.path))
    return (
        session.execute(statement, {**reach.binds, "area_id": area_id, "then": then}).mappings().one_or_none()
    )


@lru_cache
def _area_within(is_directed: ColumnElement[bool]) -> Executable:
    then = bindparam("then", None, DateTime(timezone=True))
    return (
        select(*_AREA, is_directed.label("is_mine"))
        .where(AreaVersion.area_id == _AREA_ID, or_(_IS_PRESENT, AreaVersion.valid.bool_op("@>")(then)))
        .order_by(_IS_PRESENT.desc())
        .limit(_ONE)
    )


_AREA_OF_FIGURES = (
    select(*_AREA, cast(AreaVersion.path, Text).label("path"))
    .where(AreaVersion.area_id == _AREA_ID, not_(func.isempty(AreaVersion.valid)))
    .order_by(*_NEWEST_FIRST)
    .limit(_ONE)
)


def area_of_figures(session: Session, area_id: UUID) -> RowMapping | None:
    """Return the present version of an area, or its last version if it was retired.

    None: there is no area with this id. Columns: `id`, `code`, `name`, `level`, `jurisdiction_id`, and `path` as text.
    """
    return session.execute(_AREA_OF_FIGURES, {"area_id": area_id}).mappings().one_or_none()


_AREAS = (
    select(AreaVersion.area_id.label("id"), AreaVersion.code, AreaVersion.name, AreaVersion.level)
    .where(AreaVersion.area_id == _IDS)
    .order_by(AreaVersion.area_id, *_NEWEST_FIRST)
    .ext(distinct_on(AreaVersion.area_id))
)


def areas_named(session: Session, area_ids: Sequence[str]) -> Sequence[RowMapping]:
    """Return the names of areas, also of retired ones, ordered by code.

    Columns: `id`, `code`, `name`, `level`. A retired area has the name and code of its last version.
    """
    rows = session.execute(_AREAS, {"ids": _array_of(area_ids)}).mappings().all()
    return sorted(rows, key=lambda row: (row["code"], str(row["id"])))


# As JSON, because a city has hundreds of units: their rows take longer to convert one by one than to select.
_UNITS = select(json_list(json_object(id=Unit.id, code=Unit.code, name=Unit.name), Unit.code, Unit.id)).where(
    Unit.id == _IDS
)


def units(session: Session, unit_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return `id` (as text), `code` and `name` of the units `unit_ids`, ordered by code."""
    rows: list[dict[str, Any]] = orjson.loads(
        session.execute(_UNITS, {"ids": _array_of(unit_ids)}).scalar_one()
    )
    return rows


_AT = bindparam("at", None, DateTime(timezone=True))
_UNITS_OF_FEW = (
    select(cast(AccountGrant.unit_id, Text))
    .where(
        AccountGrant.unit_id == _IDS,
        AccountGrant.granted_at <= _AT,
        or_(AccountGrant.revoked_at.is_(None), AccountGrant.revoked_at > _AT),
    )
    .group_by(AccountGrant.unit_id)
    .having(func.count(AccountGrant.account_id.distinct()) < bindparam("fewer_than", None, Integer()))
)


def units_of_few(
    session: Session, unit_ids: Sequence[str], *, at: datetime, fewer_than: int
) -> frozenset[str]:
    """Return the ids of those units that had few people at the instant `at`.

    Such a unit had at least one, but fewer than `fewer_than` accounts with a role in it.
    """
    binds = {"ids": _array_of(unit_ids), "at": at, "fewer_than": fewer_than}
    return frozenset(session.scalars(_UNITS_OF_FEW, binds))


def _array_of(ids: Sequence[str]) -> str:
    """Return the text of an array of ids that come from the database."""
    return f"{{{','.join(ids)}}}"
