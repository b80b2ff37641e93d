"""Elements for statements of other domains: the deepest area that covers a point."""

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
    """Return a select of `columns` of the deepest current area that covers a point.

    No row outside of all areas.

    On a shared edge it is the area with the lowest code, and of two cities' areas of one code the one with the lower id,
    so that every caller finds the same.

    Args:
        columns: Columns of `AreaVersion`, or `GRID_ID`.
        point: Expression of a point, EPSG:4326. A column of a statement around this one is taken from there.
        jurisdiction_id: Only areas of this jurisdiction.
        condition: Only areas that meet it.
    """
    covered = Fragment("{point}", point=point)
    statement = select(*columns).where(func.upper_inf(AreaVersion.valid))
    if jurisdiction_id is not None:
        statement = statement.where(AreaVersion.jurisdiction_id == Fragment("{id}", id=jurisdiction_id))
    if condition is not None:
        statement = statement.where(condition)
    return (
        statement.where(AreaVersion.geom.bool_op("&&")(covered), func.ST_Covers(AreaVersion.geom, covered))
        .order_by(func.nlevel(AreaVersion.path).desc(), AreaVersion.code, AreaVersion.area_id)
        .limit(literal(1, literal_execute=True))
    )
