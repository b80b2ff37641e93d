"""What a report draws and calls things: outlines of areas as pictures have them, names of categories."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text

# Web Mercator keeps shapes as people know them from maps; within a city its scale is one.
_SHAPE = "ST_Transform(v.geom, 3857)"
_AREAS_AT = "v.area_id = any(cast(:ids as uuid[])) and v.valid @> cast(:at as timestamptz)"


def extent(
    session: Session, area_ids: Sequence[UUID], *, at: datetime
) -> tuple[float, float, float, float] | None:
    """The box around areas as they were then, in metres of Web Mercator; None where none of them was."""
    sql = f"""
      select ST_XMin(b) x0, ST_YMin(b) y0, ST_XMax(b) x1, ST_YMax(b) y1
      from (select ST_Extent({_SHAPE}) b from area_version v where {_AREAS_AT}) found
    """
    row = session.execute(sql_text(sql), {"ids": list(area_ids), "at": at}).one()
    return None if row.x0 is None else (row.x0, row.y0, row.x1, row.y1)


def outlines(
    session: Session, area_ids: Sequence[UUID], *, at: datetime, west: float, north: float, scale: float
) -> Sequence[RowMapping]:
    """Areas as they were then: `d`, the path of an SVG from the corner, and where a mark may stand (`x`, `y`)."""
    sql = f"""
      select id, ST_AsSVG(ST_SimplifyPreserveTopology(shape, 0.4), 0, 1) d,
             round(ST_X(mark)::numeric, 1)::float x, round(-ST_Y(mark)::numeric, 1)::float y
      from (select v.area_id id, s.shape, ST_PointOnSurface(s.shape) mark
            from area_version v cross join lateral (
              select ST_Scale(ST_Translate({_SHAPE}, -cast(:west as float8), -cast(:north as float8)),
                              :scale, :scale) shape) s
            where {_AREAS_AT}) drawn
    """
    binds: dict[str, Any] = {"ids": list(area_ids), "at": at, "west": west, "north": north, "scale": scale}
    return session.execute(sql_text(sql), binds).mappings().all()


def category_names(session: Session, jurisdiction_id: UUID) -> dict[str, dict[str, str]]:
    """How the categories of all versions of a profile are called: by their newest name."""
    sql = """
      select distinct on (c ->> 'code') c ->> 'code' code, c -> 'name' "name"
      from profile_version p, jsonb_path_query(p.data, '$.taxonomy.categories[*]') c
      where p.jurisdiction_id = :jurisdiction_id order by c ->> 'code', p.number desc
    """
    rows = session.execute(sql_text(sql), {"jurisdiction_id": jurisdiction_id})
    return {row.code: row.name for row in rows}
