"""Where the marks of a chart or map stand, in the units of its own picture. Pure; the page draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Column:
    """One place of the axis: a column, and the part of it that stands out. Heights grow upwards from `base`."""

    x: float
    width: float
    height: float
    part: float
    label: str
    value: int
    marked: int


@dataclass(frozen=True, slots=True)
class Columns:
    columns: tuple[Column, ...]
    width: float
    height: float
    top: int


def columns(
    values: Sequence[tuple[str, int, int]], *, width: float = 720, height: float = 120, gap: float = 0.2
) -> Columns:
    """Columns for (label, value, part of it that is marked), as high as the largest; `top` is what the full height means."""
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
    """The least of 1, 2, 5, 10, 20, 50, ... that is not below `most`."""
    top = 1
    while True:
        for factor in (1, 2, 5):
            if top * factor >= most:
                return top * factor
        top *= 10


def fitted(box: Box, *, width: float, most: float) -> tuple[float, float, float]:
    """The scale at which a box of the ground fits a picture of `width` and at most `most` height; its width and height."""
    wide, high = max(box[2] - box[0], 1e-9), max(box[3] - box[1], 1e-9)
    scale = min(width / wide, most / high)
    return scale, round(wide * scale, 1), round(high * scale, 1)
