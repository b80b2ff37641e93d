"""SQL for the statements of other packages.

It finds the deepest area that covers a point, the unit that owns a category, and the nearest address or landmark.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

from app.areas.models import AreaVersion
from app.core.db import SRID, Fragment

# The id of an area that is a grid, else NULL.
GRID_ID: ColumnElement[Any] = case(
    (AreaVersion.level == literal("grid", literal_execute=True), AreaVersion.area_id)
)


# The order in which areas that cover the same point are preferred.
DEEPEST_FIRST = (func.nlevel(AreaVersion.path).desc(), AreaVersion.code, AreaVersion.area_id)


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
    named = [column.label(f"column_{n}") for n, column in enumerate(columns)]
    statement = select(*named, AreaVersion.geom.label("outline")).where(func.upper_inf(AreaVersion.valid))
    if jurisdiction_id is not None:
        statement = statement.where(AreaVersion.jurisdiction_id == Fragment("{id}", id=jurisdiction_id))
    if condition is not None:
        statement = statement.where(condition)
    # OFFSET keeps ST_Covers outside: it is computed for the deepest area first, and for most points never again. The
    # outlines of the areas above have the most vertices.
    around = (
        statement.where(AreaVersion.geom.bool_op("&&")(covered))
        .order_by(*DEEPEST_FIRST)
        .offset(literal(0, literal_execute=True))
        .subquery("around")
    )
    return (
        select(
            *(around.c[label.name].label(column.key) for label, column in zip(named, columns, strict=True))
        )
        .where(func.ST_Covers(around.c.outline, covered))
        .limit(literal(1, literal_execute=True))
    )


def unit_in_charge(path: Any, category: Any, *, jurisdiction_id: Any) -> Fragment:
    """Return a SELECT with one row: the unit that owns a category at a tree path.

    Competences are ranked: the longest category prefix, then the deepest area, then the lowest code of the unit. Without a
    matching competence the root unit of the jurisdiction owns the category.

    Args:
        path: SQL expression of the path. Its labels are the ids of the area and its ancestors.
        category: SQL expression of the category's code.
        jurisdiction_id: SQL expression of the jurisdiction's id.
    """
    return Fragment(
        """
        select u.id, u.name, u.code from (
          select c.unit_id, 1 own, length(c.category_prefix) specific, a.depth
          from unnest(string_to_array({path}, '.')) with ordinality a(label, depth)
          join unit_competence c on c.area_id = cast(a.label as uuid)
          where c.deleted_at is null and starts_with({category}, c.category_prefix)
          union all
          select c.unit_id, 1, length(c.category_prefix), 0
          from unit_competence c
          where c.area_id is null and c.deleted_at is null and starts_with({category}, c.category_prefix)
          union all
          select j.root_unit_id, 0, 0, 0 from jurisdiction j where j.id = {jurisdiction_id}
        ) m join unit u on u.id = m.unit_id and u.deleted_at is null and u.jurisdiction_id = {jurisdiction_id}
        order by m.own desc, m.specific desc, m.depth desc, u.code limit 1
        """,
        path=path,
        category=category,
        jurisdiction_id=jurisdiction_id,
    )


def nearest_address(lon: Any, lat: Any) -> ColumnElement[Any]:
    """Return the SQL of the nearest address or landmark to a point, for readers who may read addresses; NULL without one.

    Args:
        lon, lat: SQL expressions in degrees (WGS 84).
    """
    # The reference system is no bind: sync writes statements as text.
    point = func.ST_SetSRID(func.ST_MakePoint(lon, lat), literal_column(str(SRID)))
    return func.nearest_place(point, literal_column("false"), type_=JSONB())
