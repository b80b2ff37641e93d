"""Writing of a base map: vector tiles of features, in one PMTiles file."""

import gzip
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from app.basemap.rules.schema import LAYERS, MAX_ZOOM, MIN_ZOOM, Bounds, MapFeature, Value
from app.basemap.rules.vector_tile import BUFFER, EXTENT, Array, TileLayer, encode_tile, to_world

# In units of a tile: a line may leave its course by so much, and a polygon smaller than this square is left out. Eight units
# are a pixel of a tile of 512 pixels. The tiles of the last zoom, which programs enlarge, have everything.
_TOLERANCE, _SMALLEST = 4, 8


@dataclass(frozen=True, slots=True)
class PackedMap:
    """The written file.

    Attributes:
        features: Number of features that were drawn.
        bounds: West, south, east, north in degrees.
    """

    tiles: int
    features: int
    bytes: int
    bounds: Bounds


def write_tiles(
    features: Iterable[MapFeature],
    output: Path,
    *,
    name: str,
    attribution: str,
    bounds: Bounds | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PackedMap:
    """Write vector tiles of `features` to a PMTiles file. The same features give the same tiles.

    The file appears when it is complete, and replaces one that is there.

    Args:
        name: Name of the map in the metadata.
        attribution: HTML or text that maps show, such as "© OpenStreetMap contributors".
        bounds: West, south, east, north in degrees; None: those of the features. Nothing outside is drawn, apart from
            the rest of tiles at the edge.
        progress: Called with the number of positions of tiles at the last zoom that are done, and of all.

    Raises:
        ValueError: There are no features.
    """
    drawing = _Drawing.of(features, bounds)
    tiles: dict[int, bytes] = {}
    positions = _positions(drawing.bounds, MAX_ZOOM)
    total, done = len(positions[0]) * len(positions[1]), 0
    columns, rows = _positions(drawing.bounds, MIN_ZOOM)
    for column in columns:
        for row in rows:
            for zoom, x, y, body in drawing.tiles(MIN_ZOOM, column, row):
                if body:
                    tiles[zxy_to_tileid(zoom, x, y)] = gzip.compress(body, 9, mtime=0)
                if zoom == MAX_ZOOM and progress is not None:
                    done = min(done + 1, total)
                    progress(done, total)
    if progress is not None:
        progress(total, total)
    _write(tiles, output, _header(drawing.bounds), _metadata(drawing, name, attribution))
    return PackedMap(len(tiles), len(drawing.attributes), output.stat().st_size, drawing.bounds)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Features in world coordinates, as columns."""

    geometries: Array
    layers: Array
    dimensions: Array
    min_zooms: Array
    attributes: Sequence[tuple[tuple[str, Value], ...]]
    bounds: Bounds

    @classmethod
    def of(cls, features: Iterable[MapFeature], bounds: Bounds | None) -> "_Drawing":
        order = {name: place for place, name in enumerate(LAYERS)}
        drawn = sorted(
            (feature for feature in features if not feature.geometry.is_empty),
            key=lambda feature: order[feature.layer],
        )
        if not drawn:
            raise ValueError("there are no features to draw")
        geometries = shapely.force_2d(np.array([feature.geometry for feature in drawn], dtype=object))
        if bounds is None:
            bounds = tuple(shapely.total_bounds(geometries).tolist())
        geometries = shapely.transform(geometries, to_world)
        broken = ~shapely.is_valid(geometries)
        geometries[broken] = shapely.make_valid(geometries[broken])
        shapely.prepare(geometries)
        return cls(
            geometries,
            np.array([order[feature.layer] for feature in drawn]),
            shapely.get_dimensions(geometries),
            np.array([feature.min_zoom for feature in drawn]),
            [tuple(feature.attributes().items()) for feature in drawn],
            bounds,
        )

    def tiles(self, zoom: int, column: int, row: int) -> Iterator[tuple[int, int, int, bytes]]:
        """Yield zoom, column, row and body of a tile and of all tiles in it."""
        everything = np.arange(len(self.geometries))
        yield from self._tiles(zoom, column, row, *_clipped(self.geometries, everything, zoom, column, row))

    def _tiles(
        self, zoom: int, column: int, row: int, geometries: Array, owners: Array
    ) -> Iterator[tuple[int, int, int, bytes]]:
        # Each step clips what the step before left, so that a river of a whole city is cut once a zoom.
        if not len(owners):
            return
        yield zoom, column, row, self._body(zoom, column, row, geometries, owners)
        if zoom == MAX_ZOOM:
            return
        for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
            below = (zoom + 1, 2 * column + x, 2 * row + y)
            if _is_within(self.bounds, *below):
                yield from self._tiles(*below, *_clipped(geometries, owners, *below))

    def _body(self, zoom: int, column: int, row: int, geometries: Array, owners: Array) -> bytes:
        drawn = self.min_zooms[owners] <= zoom
        geometries, owners = geometries[drawn], owners[drawn]
        if zoom < MAX_ZOOM and len(owners):
            unit = 1 / (EXTENT * 2.0**zoom)
            large = (self.dimensions[owners] < 2) | (shapely.area(geometries) >= (_SMALLEST * unit) ** 2)
            geometries, owners = shapely.simplify(geometries[large], _TOLERANCE * unit), owners[large]
        parts = (
            (LAYERS[place], np.array([index for index, _ in group]))
            for place, group in groupby(enumerate(self.layers[owners].tolist()), key=lambda pair: pair[1])
        )
        layers = (
            TileLayer(
                name,
                geometries[chosen],
                self.dimensions[owners[chosen]],
                [self.attributes[owner] for owner in owners[chosen].tolist()],
            )
            for name, chosen in parts
        )
        return encode_tile(layers, zoom, column, row)


def _clipped(geometries: Array, owners: Array, zoom: int, column: int, row: int) -> tuple[Array, Array]:
    """Return what lies in a tile and its buffer, and to which features it belongs."""
    margin = BUFFER / EXTENT
    west, north, east, south = (
        value / 2.0**zoom for value in (column - margin, row - margin, column + 1 + margin, row + 1 + margin)
    )
    left, top, right, bottom = shapely.bounds(geometries).T
    touching = (left <= east) & (right >= west) & (top <= south) & (bottom >= north)
    inside = (left >= west) & (right <= east) & (top >= north) & (bottom <= south)
    geometries, owners, inside = geometries[touching], owners[touching], inside[touching]
    if not inside.all():
        geometries = geometries.copy()
        geometries[~inside] = shapely.clip_by_rect(geometries[~inside], west, north, east, south)
        is_drawn = ~shapely.is_empty(geometries)
        geometries, owners = geometries[is_drawn], owners[is_drawn]
    return geometries, owners


@lru_cache(maxsize=64)
def _positions(bounds: Bounds, zoom: int) -> tuple[range, range]:
    """Return columns and rows of the tiles of a zoom that touch the bounds."""
    west, south, east, north = bounds
    (left, top), (right, bottom) = (to_world(np.array([[west, north], [east, south]])) * 2.0**zoom).tolist()
    last = 2**zoom - 1
    return range(int(left), min(int(right), last) + 1), range(int(top), min(int(bottom), last) + 1)


def _is_within(bounds: Bounds, zoom: int, column: int, row: int) -> bool:
    columns, rows = _positions(bounds, zoom)
    return column in columns and row in rows


def _header(bounds: Bounds) -> dict[str, Any]:
    west, south, east, north = (round(value * 1e7) for value in bounds)
    return {
        "tile_compression": Compression.GZIP,
        "tile_type": TileType.MVT,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": MAX_ZOOM - 2,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }


def _metadata(drawing: _Drawing, name: str, attribution: str) -> dict[str, Any]:
    """Return the metadata of the file: those of TileJSON, and the layers with their fields."""
    fields: dict[int, dict[str, str]] = {}
    lowest: dict[int, int] = {}
    for place, attributes, zoom in zip(
        drawing.layers.tolist(), drawing.attributes, drawing.min_zooms.tolist(), strict=True
    ):
        known = fields.setdefault(place, {})
        known.update((key, _field_type(value)) for key, value in attributes if key not in known)
        lowest[place] = min(lowest.get(place, MAX_ZOOM), zoom)
    return {
        "name": name,
        "attribution": attribution,
        "type": "baselayer",
        "format": "pbf",
        "generator": "gridward",
        "vector_layers": [
            {
                "id": LAYERS[place],
                "minzoom": max(MIN_ZOOM, lowest[place]),
                "maxzoom": MAX_ZOOM,
                "fields": dict(sorted(fields[place].items())),
            }
            for place in sorted(fields)
        ],
    }


def _field_type(value: Value) -> str:
    if isinstance(value, bool):
        return "Boolean"
    return "String" if isinstance(value, str) else "Number"


def _write(tiles: dict[int, bytes], output: Path, header: dict[str, Any], metadata: dict[str, Any]) -> None:
    partial = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            writer = Writer(file)
            for tile_id in sorted(tiles):
                writer.write_tile(tile_id, tiles[tile_id])
            writer.finalize(header, metadata)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
