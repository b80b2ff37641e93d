"""SQL of vector tiles (MVT): one statement for each layer, executed by PostGIS."""

from functools import lru_cache
from typing import Any

from app.core.db import Fragment
from app.ogc.queries.case_sums import cells_of_cases, count_binds
from app.ogc.queries.sources import Reader, Substitutions, constant
from app.ogc.rules.collections import COLLECTIONS, Collection, Kind, Property
from app.ogc.rules.tiling import BUFFER, COUNTS_UP_TO, EXTENT, FEATURES_MAX, SUMS_ACROSS, Layer, Tile

# A scalar sub-select is evaluated once, not for each row.
_BOX = Fragment(
    """(select ST_MakeEnvelope(
      cast(:west as float8), cast(:south as float8), cast(:east as float8), cast(:north as float8), 4326))"""
)
# A point in units of the tile. Without ST_AsMVTGeom, since points need neither PROJ nor clipping.
_POINT = """ST_MakePoint(round(({x} * cast(:across as float8) - :x) * {extent}),
  round(({y} * cast(:across as float8) - :y) * {extent}))"""
# The types of MVT are text, number and boolean. Connections speak UTC; to_char takes several times as long.
_MVT_VALUES = {
    Kind.UUID: "cast({value} as text)",
    Kind.DATE: "cast({value} as text)",
    Kind.INSTANT: "replace(left(cast({value} as text), 19), ' ', 'T') || 'Z'",
}
_EXTENT, _BUFFER, _ACROSS = (constant(str(number)) for number in (EXTENT, BUFFER, SUMS_ACROSS))


def tile_binds(tile: Tile) -> dict[str, Any]:
    """Return the bind parameters that all SQL statements of a tile need.

    Among them are z, x and y of the tile, and the bounding box of the tile in degrees. `rows` has the latitudes that divide the
    tile into the rows of a grid, for layers that sum points by cell.
    """
    west, south, east, north = tile.box()
    counted = count_binds(tile) if tile.z <= COUNTS_UP_TO else {}
    return counted | {
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


def features_statement(layer: Layer, reader: Reader, properties: list[Property]) -> Fragment:
    """Return the statement of a tile layer with its single features.

    Its row has `body` (the layer as MVT) and `features` (the number of features, up to FEATURES_MAX + 1).
    """
    return _features(
        layer.collection.id,
        layer.is_points,
        layer.has_id,
        reader.condition,
        reader.substitutions,
        tuple(properties),
        FEATURES_MAX + 1 if layer.is_points else FEATURES_MAX,
    )


@lru_cache(maxsize=300)
def _features(
    collection_id: str,
    is_points: bool,
    has_id: bool,
    condition: Any,
    substitutions: Substitutions,
    properties: tuple[Property, ...],
    bound: int,
) -> Fragment:
    collection, reader = COLLECTIONS[collection_id], Reader(condition, {}, substitutions)
    geometry = constant(collection.geometry)
    if is_points:
        shape = Fragment(
            _POINT,
            x=Fragment("mercator_x(ST_X({geometry}))", geometry=geometry),
            y=Fragment("mercator_y(ST_Y({geometry}))", geometry=geometry),
            extent=_EXTENT,
        )
    else:
        shape = Fragment(
            """ST_AsMVTGeom(
              ST_SimplifyPreserveTopology(ST_Transform({geometry}, 3857), cast(:half_a_unit as float8)),
              (select ST_TileEnvelope(:z, :x, :y)), {extent}, {buffer}, true)""",
            geometry=geometry,
            extent=_EXTENT,
            buffer=_BUFFER,
        )
    values = [
        Fragment(
            "{value} as {name}",
            value=Fragment(_MVT_VALUES.get(p.kind, "{value}"), value=reader.value(p)),
            name=constant(p.name),
        )
        for p in properties
    ]
    names = ["geom", *(["cast(key as text) as id"] if has_id else []), *(p.name for p in properties)]
    # In an order, so that the same version has the same bytes; and only then, lest an index in that order is walked.
    # By the id itself: texts are compared letter by letter.
    return Fragment(
        """select ST_AsMVT(t, {layer}, {extent}, 'geom') as body, count(*) as features from (
          select {names} from (
            select {columns} from {source} where {conditions} limit {bound}) feature
          order by key) t""",
        layer=constant(f"'{collection.id}'"),
        extent=_EXTENT,
        names=constant(", ".join(names)),
        columns=Fragment.joined(
            ", ",
            [
                Fragment("{shape} as geom", shape=shape),
                Fragment("{key} as key", key=constant(collection.key)),
                *values,
            ],
        ),
        source=reader.expression(collection.source),
        conditions=_conditions(collection, reader),
        bound=constant(str(bound)),
    )


def sums_statement(layer: Layer, reader: Reader) -> Fragment:
    """Return the statement of a tile layer that sums points by the cells of a grid.

    The statement returns the same columns as `features_statement`.
    """
    return _sums(layer.collection.id, counted_cells(layer, reader))


def kept_sums_statement(layer: Layer, reader: Reader) -> Fragment:
    """Return the same statement for zooms of which numbers are kept (`Layer.counts_up_to`)."""
    return _sums(layer.collection.id, kept_cells(layer, reader))


def counted_cells(layer: Layer, reader: Reader) -> Fragment:
    """Return a select of the cells of a tile: column `i`, row `j` from the south, mean `lon` and `lat`, and the number `n`.

    Points are not transformed to the tile; only their cells are, which are few. The column of a point follows from its
    longitude, since columns are equally wide in degrees. The row of a point is found among the latitudes that divide the rows.
    PostgreSQL may run the statement in parallel.
    """
    return _cells(layer.collection.id, reader.condition, reader.substitutions)


def kept_cells(layer: Layer, reader: Reader) -> Fragment:
    """Return the same select from kept numbers. Means are of coordinates that are rounded to 1e-9 degrees."""
    return cells_of_cases(layer.collection.id, reader.condition, reader.personal_cases)


def with_version(version: Fragment, content: Fragment) -> Fragment:
    """Return a statement for the content of a tile layer together with its version, both of one snapshot."""
    return _with_version(version, content)


@lru_cache(maxsize=500)
def _with_version(version: Fragment, content: Fragment) -> Fragment:
    return Fragment(
        "select {version} as version, body, features from ({content}) layer", version=version, content=content
    )


@lru_cache(maxsize=100)
def _sums(collection_id: str, cells: Fragment) -> Fragment:
    return Fragment(
        """select ST_AsMVT(t, {layer}, {extent}, 'geom') as body, cast(coalesce(sum(t.count), 0) as bigint) as features
        from (select {point} as geom, cast(n as int) as count from ({cells}) cell order by i, j) t""",
        layer=constant(f"'{collection_id}'"),
        extent=_EXTENT,
        point=Fragment(_POINT, x=constant("mercator_x(lon)"), y=constant("mercator_y(lat)"), extent=_EXTENT),
        cells=cells,
    )


@lru_cache(maxsize=100)
def _cells(collection_id: str, condition: Any, substitutions: Substitutions) -> Fragment:
    collection, reader = COLLECTIONS[collection_id], Reader(condition, {}, substitutions)
    return Fragment(
        """select i, j, lon, lat, n from (
          select floor(mercator_x(ST_X({geometry})) * cast(:across as float8) * {across}) - :x * {across} as i,
                 width_bucket(ST_Y({geometry}), cast(:rows as float8[])) as j,
                 avg(ST_X({geometry})) as lon, avg(ST_Y({geometry})) as lat, count(*) as n
          from {source} where {conditions} group by i, j) cell
        where i >= 0 and i < {across} and j between 1 and {across}""",
        across=_ACROSS,
        geometry=constant(collection.geometry),
        source=reader.expression(collection.source),
        conditions=_conditions(collection, reader),
    )


def _conditions(collection: Collection, reader: Reader) -> Fragment:
    geometry = constant(collection.geometry)
    # `&&` alone compares floats. For points that is enough: they are in the buffer or not, or their cell is computed later.
    meets = [Fragment("{geometry} && {box}", geometry=geometry, box=_BOX)]
    if collection.is_polygon:
        meets.append(Fragment("ST_Intersects({geometry}, {box})", geometry=geometry, box=_BOX))
    return reader.conditions(collection, meets)
