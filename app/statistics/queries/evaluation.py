"""Queries for the evaluation of a month: extent and outlines of areas, and category names."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.statistics.rules.figure_query import FigureQuery

# Web Mercator (EPSG:3857), as web maps have it; its scale is the same everywhere within a city.
_EXTENT = Fragment("""
  select ST_XMin(box) west, ST_YMin(box) south, ST_XMax(box) east, ST_YMax(box) north
  from (select ST_Extent(ST_Transform(geom, 3857)) box from area_version
        where area_id = any(cast(:ids as uuid[])) and valid @> cast(:at as timestamptz)) extent
""")
_OUTLINES = Fragment("""
  with shape as (
    select area_id, ST_Scale(ST_Translate(ST_Transform(geom, 3857), -cast(:west as float8), -cast(:north as float8)),
                             :scale, :scale) geom
    from area_version where area_id = any(cast(:ids as uuid[])) and valid @> cast(:at as timestamptz)),
  marked_shape as (select area_id, geom, ST_PointOnSurface(geom) mark from shape)
  select area_id id, ST_AsSVG(ST_SimplifyPreserveTopology(geom, 0.4), 0, 1) d,
         round(ST_X(mark)::numeric, 1)::float x, round(-ST_Y(mark)::numeric, 1)::float y
  from marked_shape
""")
_CATEGORY_NAMES = Fragment("""
  select distinct on (category ->> 'code') category ->> 'code' code, category -> 'name' "name"
  from profile_version p, jsonb_path_query(p.data, '$.taxonomy.categories[*]') category
  where p.jurisdiction_id = :jurisdiction_id order by category ->> 'code', p.number desc
""")


def extent(
    session: Session, area_ids: Sequence[UUID], *, at: datetime
) -> tuple[float, float, float, float] | None:
    """Return the bounding box of areas as they were at the instant `at`.

    Returns:
        West, south, east, north in metres (EPSG:3857). None: none of the areas existed then.
    """
    row = session.execute(_EXTENT, {"ids": list(area_ids), "at": at}).one()
    return None if row.west is None else (row.west, row.south, row.east, row.north)


def outlines(
    session: Session, area_ids: Sequence[UUID], *, at: datetime, west: float, north: float, scale: float
) -> Sequence[RowMapping]:
    """Return the outlines of areas as they were at the instant `at`, as SVG paths.

    Columns: `id`, `d` (the SVG path), `x` and `y` (a point inside the area). Coordinates are in units of the picture.

    Args:
        west, north: Upper left corner of the picture in metres (EPSG:3857).
        scale: Units of the picture per metre.
    """
    binds: dict[str, Any] = {"ids": list(area_ids), "at": at, "west": west, "north": north, "scale": scale}
    return session.execute(_OUTLINES, binds).mappings().all()


def category_names(session: Session, query: FigureQuery) -> dict[str, dict[str, str]]:
    """Return the names of all categories that the jurisdiction of a query ever had, by code.

    If several profile versions contain a category, its newest name is returned.
    """
    rows = session.execute(_CATEGORY_NAMES, {"jurisdiction_id": query.jurisdiction_id})
    return {row.code: row.name for row in rows}
