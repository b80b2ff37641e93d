"""Positions of the marks of charts and maps, in units of the picture. Pure; a page draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a chart and the marked part of it. Heights grow upwards from the axis."""

    x: float
    width: float
    height: float
    part: float
    label: str
    value: int
    marked: int


@dataclass(frozen=True, slots=True)
class Columns:
    """A column chart. `width`, `height`: its size; `top`: the value of a column of full height."""

    columns: tuple[Column, ...]
    width: float
    height: float
    top: int


def columns(
    values: Sequence[tuple[str, int, int]], *, width: float = 720, height: float = 120, gap: float = 0.2
) -> Columns:
    """Return a column chart of values, each given as label, value, and marked part of the value.

    `gap`: the share of the width between two columns that stays free.
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
    """Return the smallest of 1, 2, 5, 10, 20, 50, ... that is not below `most`."""
    top = 1
    while True:
        for factor in (1, 2, 5):
            if top * factor >= most:
                return top * factor
        top *= 10


def fitted(box: Box, *, width: float, most: float) -> tuple[float, float, float]:
    """Return the scale at which a box fits a picture of `width` and at most `most` height, and the size of the picture."""
    wide, high = max(box[2] - box[0], 1e-9), max(box[3] - box[1], 1e-9)
    scale = min(width / wide, most / high)
    return scale, round(wide * scale, 1), round(high * scale, 1)
