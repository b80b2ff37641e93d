"""SQL that returns areas as GeoJSON or JSON, for responses of the API."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Double,
    Float,
    Integer,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session, aliased

from app.areas.models import Area, AreaVersion
from app.areas.scope import deepest_area
from app.core.actor import Actor
from app.core.db import Fragment
from app.core.db.raw_read import read_one
from app.core.json_sql import json_list, json_object
from app.profiles.rules.levels import LEVELS
from app.profiles.scope import own_jurisdictions

_IS_CURRENT = func.upper_inf(AreaVersion.valid)
_LIMIT = bindparam("limit", None, Integer())
_GEOMETRY = cast(func.ST_AsGeoJSON(func.ST_ForcePolygonCCW(AreaVersion.geom), literal_column("7")), JSON)
_FEATURE = json_object(
    type=literal_column("'Feature'"),
    id=AreaVersion.area_id,
    geometry=case((bindparam("with_geometry", None, Boolean()), _GEOMETRY)),
    properties=json_object(
        id=AreaVersion.area_id,
        code=AreaVersion.code,
        name=AreaVersion.name,
        level=AreaVersion.level,
        parent_id=AreaVersion.parent_id,
        valid_from=func.lower(AreaVersion.valid),
        version=Area.version,
    ),
)
_BOX = func.ST_MakeEnvelope(
    *(bindparam(edge, None, Float()) for edge in ("west", "south", "east", "north")), literal_column("4326")
)
_AROUND = aliased(AreaVersion, name="around")
_KEY = (AreaVersion.code, AreaVersion.area_id)
_FILTERS: dict[str, ColumnElement[bool]] = {
    "level": AreaVersion.level == bindparam("level", None, Text()),
    "within": AreaVersion.path.bool_op("<@")(
        select(_AROUND.path)
        .where(_AROUND.area_id == bindparam("within", None, Uuid()), func.upper_inf(_AROUND.valid))
        .scalar_subquery()
    ),
    "code": AreaVersion.code == bindparam("code", None, Text()),
    "bbox": and_(AreaVersion.geom.bool_op("&&")(_BOX), func.ST_Intersects(AreaVersion.geom, _BOX)),
    "after": tuple_(*_KEY)
    > tuple_(bindparam("after_code", None, Text()), bindparam("after_id", None, Uuid())),
}


@lru_cache(maxsize=200)
def _feature_page(*conditions: ColumnElement[bool]) -> Select[Any]:
    # GeoJSON is made for the areas of the page only, not for all that are sorted.
    page = (
        select(AreaVersion.id, *_KEY, func.row_number().over(order_by=_KEY).label("place"))
        .where(_IS_CURRENT, *conditions)
        .order_by(*_KEY)
        .limit(_LIMIT + literal_column("1"))
        .cte("page")
        .prefix_with("MATERIALIZED")
    )
    features = (
        select(json_list(_FEATURE, *_KEY))
        .select_from(page)
        .join(AreaVersion, AreaVersion.id == page.c.id)
        .join(Area, Area.id == AreaVersion.area_id)
        .where(page.c.place <= _LIMIT)
    )
    row_count = select(func.count()).select_from(page).scalar_subquery()
    next_key = select(array([page.c.code, cast(page.c.area_id, Text)])).where(
        page.c.place == _LIMIT, row_count > _LIMIT
    )
    return select(features.scalar_subquery().label("features"), next_key.scalar_subquery().label("next_key"))


@dataclass(frozen=True, slots=True)
class AreaFilter:
    """Filters of a list of areas. A filter that is None is not applied.

    Attributes:
        within: Only this area and areas under it.
        bbox: West, south, east, north in degrees (CRS84).
    """

    level: str | None = None
    within: UUID | None = None
    code: str | None = None
    bbox: tuple[float, float, float, float] | None = None


def feature_page(
    session: Session,
    actor: Actor,
    filters: AreaFilter,
    *,
    after: list[str] | None,
    limit: int,
    with_geometry: bool,
) -> RowMapping:
    """Return a page of current areas as GeoJSON features, sorted by (code, id).

    The row has `features` as JSON, and `next_key`, the key of the last area. `next_key` is null on the last page.
    """
    is_own, binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    values = {"level": filters.level, "within": filters.within, "code": filters.code}
    binds |= values | {"limit": limit, "with_geometry": with_geometry}
    binds |= dict(zip(("west", "south", "east", "north"), filters.bbox or (), strict=False))
    binds |= dict(zip(("after_code", "after_id"), after or (), strict=False))
    used = values | {"bbox": filters.bbox, "after": after}
    statement = _feature_page(
        is_own, *(condition for name, condition in _FILTERS.items() if used[name] is not None)
    )
    return session.execute(statement, binds).mappings().one()


_OF_AREA = AreaVersion.area_id == bindparam("area_id", None, Uuid())


@lru_cache
def _feature(is_own: ColumnElement[bool]) -> Select[Any]:
    return (
        select(Area.version, _FEATURE.label("feature"))
        .select_from(AreaVersion)
        .join(Area, Area.id == AreaVersion.area_id)
        .where(_OF_AREA, _IS_CURRENT, is_own)
    )


def feature(session: Session, actor: Actor, area_id: UUID) -> RowMapping | None:
    """Return `feature` (GeoJSON) and `version` of a current area, or None.

    The area must lie in one of the actor's jurisdictions.
    """
    is_own, binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    binds |= {"area_id": area_id, "with_geometry": True}
    return session.execute(_feature(is_own), binds).mappings().one_or_none()


_VERSION = json_object(
    code=AreaVersion.code,
    name=AreaVersion.name,
    level=AreaVersion.level,
    parent_id=AreaVersion.parent_id,
    valid_from=func.lower(AreaVersion.valid),
    valid_to=func.upper(AreaVersion.valid),
    reason=AreaVersion.reason,
    geometry=_GEOMETRY,
)


@lru_cache
def _history(is_own: ColumnElement[bool]) -> Select[Any]:
    items = json_list(_VERSION, func.lower(AreaVersion.valid))
    return (
        select(json_object(id=AreaVersion.area_id, items=items))
        .where(_OF_AREA, is_own)
        .group_by(AreaVersion.area_id)
    )


def history(session: Session, actor: Actor, area_id: UUID) -> bytes | None:
    """Return all versions of an area as JSON, the oldest first, or None.

    The area must lie in one of the actor's jurisdictions.
    """
    is_own, binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    document: bytes | None = session.scalar(_history(is_own), binds | {"area_id": area_id})
    return document


@lru_cache
def _areas_at(is_own: ColumnElement[bool]) -> Fragment:
    levels = {
        level: Fragment(
            "(select area from enclosing where level = {level})", level=literal_column(f"'{level}'")
        )
        for level in LEVELS
    }
    lon, lat = (cast(bindparam(name, None, Float()), Double) for name in ("lon", "lat"))
    return Fragment(
        """
        with leaf as (
          select deepest.path
          from (select ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326) p offset 0) point
          cross join lateral {deepest} deepest),
        enclosing as (
          select a.level, json_build_object('id', a.area_id, 'code', a.code, 'name', a.name, 'level', a.level) area
          from leaf join area_version a on a.path @> leaf.path and upper_inf(a.valid))
        select {body} body
        """,
        lon=lon,
        lat=lat,
        deepest=deepest_area(AreaVersion.path, point=literal_column("point.p"), condition=is_own),
        body=json_object(lon=lon, lat=lat, **levels),
    )


def areas_at(actor: Actor, *, lon: float, lat: float) -> bytes:
    """Return the areas of all levels that cover a point (WGS 84) as JSON, by level.

    These are the deepest area that covers the point and its ancestors. If the point is on a shared edge, the deepest area is
    the area with the lowest code.
    """
    is_own, binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    row = read_one(_areas_at(is_own), binds | {"lon": lon, "lat": lat})
    assert row is not None  # it has no FROM
    body: bytes = row["body"]
    return body
