"""Places that other domains build into their own statements: the deepest area that covers a point."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select

from app.areas.models import AreaVersion
from app.core.db import Fragment

# The id of an area that is a grid, else NULL.
GRID_ID: ColumnElement[Any] = case(
    (AreaVersion.level == literal("grid", literal_execute=True), AreaVersion.area_id)
)


def deepest_area(
    *columns: Any,
    point: Any,
    jurisdiction_id: Any = None,
    condition: ColumnElement[bool] | None = None,
) -> Select[Any]:
    """Return a select of `columns` of the deepest current area that covers a point; no row outside of all areas.

    On a shared edge it is the area with the lowest code, and of two cities' areas of one code the one with the lower id,
    so that every caller finds the same.

    Args:
        columns: Columns of `AreaVersion`, or `GRID_ID`.
        point: Expression of a point, EPSG:4326. A column of a statement around this one is taken from there.
        jurisdiction_id: Only areas of this jurisdiction.
        condition: Only areas that meet it.
    """
    here = Fragment("{point}", point=point)
    statement = select(*columns).where(func.upper_inf(AreaVersion.valid))
    if jurisdiction_id is not None:
        statement = statement.where(AreaVersion.jurisdiction_id == Fragment("{id}", id=jurisdiction_id))
    if condition is not None:
        statement = statement.where(condition)
    return (
        statement.where(AreaVersion.geom.bool_op("&&")(here), func.ST_Covers(AreaVersion.geom, here))
        .order_by(func.nlevel(AreaVersion.path).desc(), AreaVersion.code, AreaVersion.area_id)
        .limit(literal(1, literal_execute=True))
    )


# ---- the same as text, for statements that are still put together as text ----

GRID_AND_PATH = "case when v.level = 'grid' then v.area_id end grid_id, v.path"


def deepest_area_sql(
    columns: str, point: str, *, from_items: str = "", jurisdiction: str | None = None, condition: str = ""
) -> str:
    """SELECT of `columns` of the deepest current area `v` that covers a point; none: no row.

    On a shared edge it is the one with the lowest code, and of two cities' of one code that with the lower id, so that
    whoever asks finds the same. `point`: an expression (EPSG:4326); `beside`: what else stands in FROM for it;
    `jurisdiction`: whose areas alone, SQL too; `such`: a condition on `v`.
    """
    restriction = f"and v.jurisdiction_id = {jurisdiction} " if jurisdiction else ""
    restriction += f"and {condition} " if condition else ""
    return f"""
        select {columns} from area_version v{f", {from_items}" if from_items else ""}
        where upper_inf(v.valid) {restriction}and v.geom && {point} and ST_Covers(v.geom, {point})
        order by nlevel(v.path) desc, v.code, v.area_id limit 1"""


# Joins to rows `of` the deepest area of their own jurisdiction at their `location`, as `leaf`.
LEAF_AREA_JOIN = f"""
  left join lateral (
    {deepest_area_sql(GRID_AND_PATH, "{of}.location", jurisdiction="{of}.jurisdiction_id")}) leaf on true
"""
