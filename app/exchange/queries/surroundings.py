"""SQL of the places that templates of imports name, and of the extent by which coordinates are recognised."""

from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session, aliased

from app.areas.models import AreaVersion
from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.workforce.scope import area_reach

_NARROWEST = aliased(AreaVersion, name="v")
# The same points on each call: the seed of the generator is constant.
_POINTS = Fragment("""
  (select array_agg(array[ST_X(d.geom), ST_Y(d.geom)] order by d.path)
   from ST_Dump(ST_GeneratePoints({outline}, 2, 1)) d)
""", outline=_NARROWEST.geom)  # fmt: skip
_NAMES = Fragment("""
  (select json_object_agg(a.level, a.name) from area_version a where upper_inf(a.valid) and a.path @> {path})
""", path=_NARROWEST.path)  # fmt: skip


def example_place(
    session: Session, actor: Actor, jurisdiction_id: UUID, *, level: str, now: datetime
) -> RowMapping | None:
    """Return the first area of a level into which the actor may import, with two points in it. None: there is none.

    Columns: `code`, `points` (longitude, latitude), `names` (JSON: name of the area
    and of those above it, by level).
    """
    reach = area_reach(actor, Permission.IMPORT_RUN, now)
    statement = (
        select(_NARROWEST.code, _POINTS.label("points"), _NAMES.label("names"))
        .where(
            _NARROWEST.jurisdiction_id == jurisdiction_id,
            _NARROWEST.level == level,
            func.upper_inf(_NARROWEST.valid),
            reach.condition(_NARROWEST.path),
        )
        .order_by(_NARROWEST.code)
        .limit(1)
    )
    return session.execute(statement, reach.binds).mappings().first()


_BOX = func.ST_Extent(AreaVersion.geom)


def extent(session: Session, jurisdiction_id: UUID) -> tuple[float, float, float, float] | None:
    """Return the bounding box (west, south, east, north; degrees) of the areas of a jurisdiction. None: it has no areas."""
    box = select(_BOX.label("box")).where(
        AreaVersion.jurisdiction_id == jurisdiction_id,
        AreaVersion.parent_id.is_(None),
        func.upper_inf(AreaVersion.valid),
    ).subquery()  # fmt: skip
    sides = (
        func.ST_XMin(box.c.box),
        func.ST_YMin(box.c.box),
        func.ST_XMax(box.c.box),
        func.ST_YMax(box.c.box),
    )
    west, south, east, north = session.execute(select(*sides)).one()
    return None if west is None else (west, south, east, north)


def names_in(names: bytes, language: str) -> dict[str, str]:
    """Return the names of areas (JSON, by level) in a language."""
    by_level = orjson.loads(names)
    return {level: name.get(language) or name.get("zh") or "" for level, name in by_level.items()}
