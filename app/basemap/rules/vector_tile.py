"""Encoding of a vector tile (Mapbox Vector Tile 2.1) from geometries in world coordinates.

World coordinates are those of Web Mercator with the whole square as 0 to 1, from the north-west corner.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from app.basemap.rules.schema import Value

# A tile is so many units wide, and has so many more on each side.
EXTENT, BUFFER = 4096, 64
# Wire types of protobuf: a field is its number, shifted by three bits, and one of these.
_VARINT, _DOUBLE, _BYTES = 0, 1, 2
_MOVE, _LINE, _CLOSE = 1, 2, 7
_POINT_TYPE, _LINE_TYPE, _POLYGON_TYPE = 1, 2, 3
# Types of shapely's geometries (`shapely.get_type_id`) that are drawn, by dimension; and those above which parts have parts.
_PART_TYPES, _LINEAR_RING, _MULTI = np.array([0, 1, 3]), 2, 4

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class TileLayer:
    """The features of one layer in one tile.

    Attributes:
        geometries: Clipped to the tile and its buffer. Parts of another dimension than that of the feature are left out.
        dimensions: 0 for a point, 1 for a line, 2 for a polygon: of each feature before it was clipped.
        attributes: Properties of each feature.
    """

    name: str
    geometries: Array
    dimensions: Array
    attributes: Sequence[Iterable[tuple[str, Value]]]


def to_world(coordinates: Array) -> Array:
    """Return longitudes and latitudes (WGS 84) as world coordinates."""
    lon, lat = coordinates[:, 0], np.radians(np.clip(coordinates[:, 1], -85.051128, 85.051128))
    return np.column_stack([(lon + 180) / 360, (1 - np.arcsinh(np.tan(lat)) / np.pi) / 2])


def encode_tile(layers: Iterable[TileLayer], zoom: int, column: int, row: int) -> bytes:
    """Return a tile as bytes; empty if nothing of its features is left in the units of the tile."""
    return b"".join(_field(3, part) for layer in layers if (part := _layer(layer, zoom, column, row)))


def _layer(layer: TileLayer, zoom: int, column: int, row: int) -> bytes:
    keys: dict[str, int] = {}
    values: dict[tuple[type, Value], int] = {}
    features: list[bytes] = []
    for index, kind, commands in _commands(layer, zoom, column, row):
        tags = bytearray()
        for name, value in layer.attributes[index]:
            tags += _varint(keys.setdefault(name, len(keys)))
            tags += _varint(values.setdefault((type(value), value), len(values)))
        features.append(_field(2, _field(2, bytes(tags)) + bytes((3 << 3, kind)) + _field(4, commands)))
    if not features:
        return b""
    return b"".join(
        (
            _varint(15 << 3) + _varint(2),
            _field(1, layer.name.encode()),
            *features,
            *(_field(3, name.encode()) for name in keys),
            *(_field(4, _value(value)) for _, value in values),
            _varint(5 << 3) + _varint(EXTENT),
        )
    )


def _commands(layer: TileLayer, zoom: int, column: int, row: int) -> Iterable[tuple[int, int, bytes]]:
    """Yield index, geometry type and drawing commands of each feature that has some."""
    parts, owners = shapely.get_parts(layer.geometries, return_index=True)
    if (shapely.get_type_id(parts) >= _MULTI).any():  # multi-geometries in a collection, which clipping makes
        parts, inner = shapely.get_parts(parts, return_index=True)
        owners = owners[inner]
    dimensions, types = layer.dimensions[owners], shapely.get_type_id(parts)
    wanted = (types == _PART_TYPES[dimensions]) | ((types == _LINEAR_RING) & (dimensions == 1))
    parts, owners, dimensions = parts[wanted], owners[wanted], dimensions[wanted]
    for dimension, kind in ((0, _POINT_TYPE), (1, _LINE_TYPE), (2, _POLYGON_TYPE)):
        chosen = dimensions == dimension
        if not chosen.any():
            continue
        pieces, piece_owners = parts[chosen], owners[chosen]
        is_outer = np.ones(len(pieces), dtype=bool)
        if dimension == 2:
            pieces, polygons = shapely.get_rings(pieces, return_index=True)
            is_outer = np.diff(polygons, prepend=-1) != 0
            piece_owners = piece_owners[polygons]
        lines = _quantized(pieces, zoom, column, row)
        yield from _drawn(lines, piece_owners.tolist(), is_outer.tolist(), kind)


def _quantized(pieces: Array, zoom: int, column: int, row: int) -> list[list[list[int]]]:
    """Return the coordinates of points, lines or rings in units of the tile, without repetitions."""
    coordinates, owner = shapely.get_coordinates(pieces, return_index=True)
    units = np.rint((coordinates * 2.0**zoom - (column, row)) * EXTENT).astype(np.int64)
    is_new = np.ones(len(units), dtype=bool)
    is_new[1:] = (units[1:] != units[:-1]).any(axis=1) | (owner[1:] != owner[:-1])
    units, owner = units[is_new], owner[is_new]
    starts = np.searchsorted(owner, np.arange(len(pieces) + 1))
    rows: list[list[int]] = units.tolist()
    return [rows[start:end] for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)]


def _drawn(
    lines: list[list[list[int]]], owners: list[int], is_outer: list[bool], kind: int
) -> Iterable[tuple[int, int, bytes]]:
    """Yield index, geometry type and commands of each feature; the pieces of a feature follow each other."""
    commands, x, y, current, has_outer = bytearray(), 0, 0, -1, False
    for path, owner, outer in zip(lines, owners, is_outer, strict=True):
        if owner != current:
            if commands:
                yield current, kind, bytes(commands)
            commands, x, y, current = bytearray(), 0, 0, owner
        if kind == _POLYGON_TYPE:
            path = _oriented(path, outer)
            # The holes of a ring that vanished are part of nothing.
            has_outer = bool(path) if outer else has_outer
            if not path or not has_outer:
                continue
        elif kind == _LINE_TYPE and len(path) < 2:
            continue
        for step, (to_x, to_y) in enumerate(path):
            if step == 0:
                commands += _varint(1 << 3 | _MOVE)
            elif step == 1:
                commands += _varint((len(path) - 1) << 3 | _LINE)
            commands += _zigzag(to_x - x)
            commands += _zigzag(to_y - y)
            x, y = to_x, to_y
        if kind == _POLYGON_TYPE:
            commands += _varint(1 << 3 | _CLOSE)
    if commands:
        yield current, kind, bytes(commands)


def _oriented(ring: list[list[int]], is_outer: bool) -> list[list[int]]:
    """Return a ring without its closing point, clockwise on the screen if it is an outer one; empty if it has no area."""
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    if area == 0 or len(ring) < 4:
        return []
    return ring[:-1] if (area > 0) == is_outer else ring[:0:-1]


def _value(value: Value) -> bytes:
    if isinstance(value, bool):
        return bytes((7 << 3, value))
    if isinstance(value, int):
        return bytes((6 << 3,)) + _zigzag(value)
    if isinstance(value, float):
        return bytes((3 << 3 | _DOUBLE,)) + np.float64(value).tobytes()
    return _field(1, value.encode())


def _field(number: int, content: bytes) -> bytes:
    return bytes((number << 3 | _BYTES,)) + _varint(len(content)) + content


def _varint_bytes(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_SMALL = [_varint_bytes(value) for value in range(1 << 14)]


def _varint(value: int) -> bytes:
    return _SMALL[value] if value < 1 << 14 else _varint_bytes(value)


def _zigzag(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)
