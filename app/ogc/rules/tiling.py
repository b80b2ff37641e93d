"""Layers of vector tiles (in WebMercatorQuad): their collections, properties and zooms.

The database counts changes by cell. A cell is a tile of zoom 14.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.core.actor import Actor
from app.core.errors import NotFound, invalid_field
from app.ogc.rules.collections import COLLECTIONS, Collection, Property, visible_properties

MATRIX_SET = "WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
ZOOM_MAX = 22
# Above this zoom programs draw larger what they have.
ZOOM_USEFUL = 18
# A tile is so many units wide, and has so many more on each side.
EXTENT, BUFFER = 4096, 64
# Points below this zoom come as sums; so do those of a tile that would have more features than this.
SUMS_BELOW = 14
FEATURES_MAX = 10_000
# Sums are over a grid of so many by so many cells a tile.
SUMS_ACROSS = 64
# Versions are counted in cells that are tiles of this zoom.
CELL_ZOOM = 14
# Cases are counted in cells that are tiles of this zoom (table `tile_case_count`). A tile of zoom 11 or below is divided
# into these cells, or into squares of them.
COUNT_ZOOM = 17
COUNTS_UP_TO = COUNT_ZOOM - (SUMS_ACROSS.bit_length() - 1)
CIRCUMFERENCE = 2 * math.pi * 6378137.0


@dataclass(frozen=True, slots=True)
class Layer:
    """The layer of a collection in vector tiles.

    Attributes:
        counted: Names of the tables whose changes make a new version (ETag) of a tile.
        properties: Names of the properties of a feature. They must be columns of the tables in `counted`, else a change of a
            property would not make a new version.
        zoom_min: The lowest zoom with this layer; below it a tile would have too many features.
        has_id: True if features contain their id. Ids would take about a third of a tile of points.
        counts_up_to: The highest zoom at which the sums of a tile come from numbers that triggers keep. -1: at none.
    """

    collection: Collection
    counted: tuple[str, ...]
    properties: tuple[str, ...]
    zoom_min: int = 0
    has_id: bool = True
    counts_up_to: int = -1

    @property
    def is_points(self) -> bool:
        return not self.collection.is_polygon

    def visible_properties(self, actor: Actor) -> list[Property]:
        return [p for p in visible_properties(self.collection, actor) if p.name in self.properties]

    def restricted_to(self, names: Sequence[str], actor: Actor) -> "Layer":
        """Return the layer with only the named properties (and `id`).

        Raises:
            Invalid: The layer does not have one of these properties.
        """
        visible_names = [p.name for p in self.visible_properties(actor)]
        if not {*names} <= {"id", *visible_names}:
            raise invalid_field("properties", "not_one_of")
        kept_names = tuple(name for name in visible_names if name in names)
        return replace(self, properties=kept_names, has_id="id" in names)


_AREA = ("code", "name_zh", "name_en", "level")
LAYERS: dict[str, Layer] = {
    name: Layer(
        COLLECTIONS[name],
        counted,
        properties,
        zoom_min,
        counts_up_to=COUNTS_UP_TO if name == "incidents" else -1,
    )
    for name, counted, properties, zoom_min in (
        ("areas", ("area_version",), _AREA, 10),
        ("districts", ("area_version",), _AREA, 0),
        ("streets", ("area_version",), _AREA, 6),
        ("communities", ("area_version",), _AREA, 8),
        ("grids", ("area_version",), _AREA, 10),
        ("unit-areas", ("area_version", "unit"), ("code", "name_zh", "name_en"), 6),
        ("components", ("component",), ("code", "category", "name_zh", "state"), 0),
        ("premises", ("premises",), ("kind",), 0),
        # A household stands where its premises do.
        ("households", ("household", "premises"), ("kind", "premises_kind"), 0),
        ("incidents", ("incident",), ("case_no", "status", "category", "priority", "due_at"), 0),
    )
}
# Shapes of all times on top of each other make no picture; those of an instant come as features. Findings are worked out
# when they are asked for, so that nothing counts their changes.
WITHOUT_TILES = frozenset({"grid-versions", "grid-findings", "signals", "signal-cases"})
# What the tiles of everything have; the others show the same land or the same doors once more.
TOGETHER = ("districts", "streets", "communities", "grids", "components", "households", "incidents")


def _latitude(down: float) -> float:
    """Return the latitude at a fraction (0 to 1, from the north) of the Web Mercator square."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down))))


@lru_cache(maxsize=1_000)
def _rows(z: int, y: int, number: int) -> list[float]:
    n = 2**z
    ends = [_latitude(((y + 1) * number - k) / (n * number)) for k in range(number + 1)]
    if y == 0:
        ends[-1] = 91.0
    if y + 1 == n:
        ends[0] = -91.0
    return ends


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile by zoom, column and row; row 0 is in the north."""

    z: int
    x: int
    y: int

    @property
    def width(self) -> float:
        """Return the width of the tile in metres of EPSG:3857."""
        return CIRCUMFERENCE / float(2**self.z)

    def box(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of the tile in degrees.

        The box includes the buffer of the tile and a margin against rounding.
        """
        n, margin = 2**self.z, BUFFER / EXTENT + 1e-6
        west, east = ((v / n) * 360 - 180 for v in (self.x - margin, self.x + 1 + margin))
        north, south = (_latitude(v / n) for v in (self.y - margin, self.y + 1 + margin))
        # What lies beyond the edge of the square is drawn at its edge.
        return (
            max(west, -180.0),
            -90.0 if self.y + 1 == n else south,
            min(east, 180.0),
            90.0 if self.y == 0 else north,
        )

    def rows(self, number: int) -> list[float]:
        """Return the latitudes that divide the tile into `number` rows, from south to north.

        Points north or south of the Web Mercator square belong to the outermost row.
        """
        return _rows(self.z, self.y, number)

    def count_cells(self) -> tuple[int, int, int]:
        """Return first x, first y and number, in a row, of the cells of `COUNT_ZOOM` in the tile.

        The tile must not be deeper than `COUNTS_UP_TO`.
        """
        across = 2 ** (COUNT_ZOOM - self.z)
        return self.x * across, self.y * across, across

    def cells(self) -> tuple[int, int, int, int]:
        """Return first x, last x, first y and last y of the cells whose changes may affect the tile.

        One more cell on each side is included as a margin.
        """
        scale, margin = 2.0 ** (CELL_ZOOM - self.z), BUFFER / EXTENT
        low, high = (
            [math.floor((v - margin) * scale) - 1 for v in (self.x, self.y)],
            [math.floor((v + 1 + margin) * scale) + 1 for v in (self.x, self.y)],
        )
        last_cell = 2**CELL_ZOOM - 1
        return max(low[0], 0), min(high[0], last_cell), max(low[1], 0), min(high[1], last_cell)


def tile_at(matrix_set: str, z: int, row: int, column: int) -> Tile:
    """Return the tile at a zoom, column and row.

    Raises:
        NotFound: The tile matrix has no such tile.
    """
    require_matrix_set(matrix_set)
    if z > ZOOM_MAX or row >= 2**z or column >= 2**z:
        raise NotFound("not_found")
    return Tile(z, column, row)


def require_matrix_set(name: str) -> None:
    """Raise NotFound for an unknown tile matrix set."""
    if name != MATRIX_SET:
        raise NotFound("not_found")


def layer_of(collection: Collection) -> Layer:
    """Return the tile layer of a collection.

    Raises:
        NotFound: The collection has no tiles.
    """
    layer = LAYERS.get(collection.id)
    if layer is None:
        raise NotFound("not_found")
    return layer


def combined_layers(actor: Actor, names: Iterable[str] = TOGETHER) -> Sequence[Layer]:
    """Return the tile layers of these names that the actor may read."""
    return [LAYERS[name] for name in names if actor.may(LAYERS[name].collection.needs)]
