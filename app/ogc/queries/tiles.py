"""Layers of tiles as MVT, made by PostGIS."""

from typing import Any

from app.ogc.queries.sources import Reader
from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.tiling import BUFFER, EXTENT, FEATURES_MAX, SUMS_ACROSS, Layer, Tile

# A scalar sub-select is evaluated once, not for each row.
_SIDES = ", ".join(f"cast(:{side} as float8)" for side in ("west", "south", "east", "north"))
_BOX = f"(select ST_MakeEnvelope({_SIDES}, 4326))"
_ACROSS = "cast(:across as float8)"


def tile_binds(tile: Tile) -> dict[str, Any]:
    west, south, east, north = tile.box()
    return {
        "z": tile.z,
        "x": tile.x,
        "y": tile.y,
        "across": 2**tile.z,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "rows": tile.rows(SUMS_ACROSS),
        "half_a_unit": tile.width / EXTENT / 2,
    }


def features_sql(layer: Layer, reader: Reader, properties: list[Property]) -> str:
    """Return SQL for `body`, the layer in the tile as MVT, and `features`, their number up to FEATURES_MAX + 1."""
    collection = layer.collection
    if layer.is_points:
        shape = _point(f"mercator_x(ST_X({collection.geometry}))", f"mercator_y(ST_Y({collection.geometry}))")
        limit = f"limit {FEATURES_MAX + 1}"
    else:
        shape = f"""ST_AsMVTGeom(
          ST_SimplifyPreserveTopology(ST_Transform({collection.geometry}, 3857), cast(:half_a_unit as float8)),
          (select ST_TileEnvelope(:z, :x, :y)), {EXTENT}, {BUFFER}, true)"""
        limit = f"limit {FEATURES_MAX}"
    columns = "".join(f", {_mvt_value(p.kind, reader.sql(p.sql))} as {p.name}" for p in properties)
    names = "".join(f", {p.name}" for p in properties)
    key = ", cast(key as text) as id" if layer.has_id else ""
    # In an order, so that the same version has the same bytes; and only then, lest an index in that order is walked.
    # By the id itself: texts are compared letter by letter.
    return f"""
      select ST_AsMVT(t, '{collection.id}', {EXTENT}, 'geom') as body, count(*) as features from (
        select geom{key}{names} from (
          select {shape} as geom, {collection.key} as key{columns}
          from {collection.source} where {_where(collection, reader)} {limit}) f
        order by key) t
    """


def sums_sql(layer: Layer, reader: Reader) -> str:
    """Return SQL like `features_sql`, with the number of points in each cell of a grid. A point is in one tile only.

    Of each point only its cell is worked out: columns are even in degrees, and rows are told by where they end. Cells are
    brought to the map when they are counted, and there are few. Nothing keeps PostgreSQL from reading in parallel.
    """
    collection = layer.collection
    lon, lat = f"ST_X({collection.geometry})", f"ST_Y({collection.geometry})"
    return f"""
      select ST_AsMVT(t, '{collection.id}', {EXTENT}, 'geom') as body, cast(coalesce(sum(t.count), 0) as bigint) as features
      from (
        select {_point("mercator_x(lon)", "mercator_y(lat)")} as geom, cast(n as int) as count
        from (
          select floor(mercator_x({lon}) * {_ACROSS} * {SUMS_ACROSS}) - :x * {SUMS_ACROSS} as i,
                 width_bucket({lat}, cast(:rows as float8[])) as j, avg({lon}) as lon, avg({lat}) as lat, count(*) as n
          from {collection.source} where {_where(collection, reader)} group by i, j) c
        where i >= 0 and i < {SUMS_ACROSS} and j between 1 and {SUMS_ACROSS}
        order by i, j) t
    """


def _point(fx: str, fy: str) -> str:
    """Return a point in units of the tile. Without ST_AsMVTGeom, since points need neither PROJ nor clipping."""
    return f"""ST_MakePoint(round(({fx} * {_ACROSS} - :x) * {EXTENT}), round(({fy} * {_ACROSS} - :y) * {EXTENT}))"""


def _where(collection: Collection, reader: Reader) -> str:
    # `&&` alone is as near as a float: for points that are in the buffer or not, or are told apart by `floor` later.
    meets = [f"{collection.geometry} && {_BOX}"] + (
        [f"ST_Intersects({collection.geometry}, {_BOX})"] if collection.is_polygon else []
    )
    return " and ".join([*collection.conditions, reader.clause, *meets])


def _mvt_value(kind: Kind, sql: str) -> str:
    """Return the SQL of a value as text, number or boolean, the types of MVT."""
    match kind:
        case Kind.UUID | Kind.DATE:
            return f"cast({sql} as text)"
        case Kind.INSTANT:
            # Connections speak UTC. to_char takes several times as long, of thousands of features.
            return f"replace(left(cast({sql} as text), 19), ' ', 'T') || 'Z'"
        case Kind.TEXT | Kind.INTEGER | Kind.BOOLEAN:
            return sql
