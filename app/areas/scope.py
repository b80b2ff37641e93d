"""SQL for the statements of other packages: the deepest area that covers a point, and the nearest address or landmark."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

from app.areas.models import AreaVersion
from app.core.db import SRID, Fragment

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
    """Return a SELECT of `columns` of the deepest current area that covers a point.

    The SELECT has at most one row, and none if no area covers the point. If the point is on a shared edge, the area with the
    lowest code is returned. If areas of two cities have that code, the area with the lower id is returned. All callers thus
    find the same area.

    Args:
        columns: Columns of `AreaVersion`, or `GRID_ID`.
        point: SQL expression of a point, EPSG:4326. It may be a column of a surrounding statement.
        jurisdiction_id: Only areas of this jurisdiction.
        condition: Only areas that meet this condition.
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


def nearest_address(lon: Any, lat: Any) -> ColumnElement[Any]:
    """Return the SQL of the nearest address or landmark to a point, for readers who may read addresses; NULL without one.

    Args:
        lon, lat: SQL expressions in degrees (WGS 84).
    """
    # The reference system is no bind: sync writes statements as text.
    point = func.ST_SetSRID(func.ST_MakePoint(lon, lat), literal_column(str(SRID)))
    return func.nearest_place(point, literal_column("false"), type_=JSONB())
