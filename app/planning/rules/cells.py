"""The square cells of a grid that measure coverage by patrols. Pure.

The cells are tiles of the web map, named z/x/y.
"""

import math
from typing import NamedTuple

WORLD_M = 40_075_016.686
TARGET_SIDE_M = 50
MAX_CELLS = 5_000
Box = tuple[float, float, float, float]


class CellRange(NamedTuple):
    """The cells (map tiles) of one zoom level in a rectangle.

    Attributes:
        columns: The first and the last column.
        rows: The first and the last row, counted from the north.
    """

    zoom: int
    columns: tuple[int, int]
    rows: tuple[int, int]


def side_m(zoom: int, lat: float) -> float:
    """Return the length of a cell's side on the ground in metres."""
    return WORLD_M * math.cos(math.radians(lat)) / (1 << zoom)


def column(lon: float, zoom: int) -> int:
    """Return the column of the cell that contains a longitude in degrees."""
    return min((1 << zoom) - 1, max(0, math.floor((lon + 180) / 360 * (1 << zoom))))


def row(lat: float, zoom: int) -> int:
    """Return the row of the cell that contains a latitude in degrees, counted from the north."""
    angle = math.radians(min(85.05, max(-85.05, lat)))
    return min(
        (1 << zoom) - 1, max(0, math.floor((1 - math.asinh(math.tan(angle)) / math.pi) / 2 * (1 << zoom)))
    )


def cover(box: Box) -> CellRange:
    """Return the cells of about 50 m that cover a box (west, south, east, north).

    A large box gets larger cells, so that the number of cells stays limited.
    """
    west, south, east, north = box
    middle = (south + north) / 2
    zoom = round(math.log2(max(1.0, WORLD_M * math.cos(math.radians(middle)) / TARGET_SIDE_M)))
    while True:
        columns, rows = (column(west, zoom), column(east, zoom)), (row(north, zoom), row(south, zoom))
        if (columns[1] - columns[0] + 1) * (rows[1] - rows[0] + 1) <= MAX_CELLS:
            return CellRange(zoom, columns, rows)
        zoom -= 1
