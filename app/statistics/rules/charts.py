"""Geometry of charts and maps of the printed evaluation, in units of the picture. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart. Its lower part is marked, to show a part of the number.

    Attributes:
        x: Left edge.
        height: Height above the axis.
        part: Height of the marked part.
        value: The number that the column shows.
        marked: The number that the marked part shows.
    """

    x: float
    width: float
    height: float
    part: float
    label: str
    value: int
    marked: int


@dataclass(frozen=True, slots=True)
class Columns:
    """A column chart. `top`: the value at the upper edge of the chart."""

    columns: tuple[Column, ...]
    width: float
    height: float
    top: int


def columns(
    values: Sequence[tuple[str, int, int]], *, width: float = 720, height: float = 120, gap: float = 0.2
) -> Columns:
    """Compute the geometry of a column chart.

    Args:
        values: Label, value, and marked part of the value, for each column.
        width, height: Size of the chart in units of the picture.
        gap: Space between two columns, as a share of the distance from one column to the next.
    """
    top = nice_top(max((value for _, value, _ in values), default=0))
    step = width / max(len(values), 1)
    bars = tuple(
        Column(
            x=round(n * step + step * gap / 2, 2),
            width=round(step * (1 - gap), 2),
            height=round(height * value / top, 2),
            part=round(height * part / top, 2),
            label=label,
            value=value,
            marked=part,
        )
        for n, (label, value, part) in enumerate(values)
    )
    return Columns(bars, width, height, top)


def nice_top(most: int) -> int:
    """Return a round number for the top of an axis that shows values up to `most`.

    It is the smallest of 1, 2, 5, 10, 20, 50, ... that is not below `most`.
    """
    top = 1
    while True:
        for factor in (1, 2, 5):
            if top * factor >= most:
                return top * factor
        top *= 10


def fitted(box: Box, *, width: float, most: float) -> tuple[float, float, float]:
    """Compute the scale that fits a bounding box into a picture, and the size of the picture.

    Args:
        box: West, south, east, north.
        width: Greatest width of the picture.
        most: Greatest height of the picture.

    Returns:
        Scale (units of the picture per unit of the box), width, height.
    """
    wide, high = max(box[2] - box[0], 1e-9), max(box[3] - box[1], 1e-9)
    scale = min(width / wide, most / high)
    return scale, round(wide * scale, 1), round(high * scale, 1)
