"""Scales of charts and maps, in units of the picture. Pure."""

from collections.abc import Sequence

Box = tuple[float, float, float, float]


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


def count_classes(most: int, *, number: int = 4) -> list[tuple[int, int]]:
    """Return classes (least and greatest count) of equal width from 1 to the greatest count `most`, at most `number`."""
    number = min(number, most)
    return [(most * n // number + 1, most * (n + 1) // number) for n in range(number)]


def class_of(count: int, classes: Sequence[tuple[int, int]]) -> int:
    """Return the class of a count: 0 without cases, else the number of its class from 1."""
    return next((n for n, (least, most) in enumerate(classes, 1) if least <= count <= most), 0)


def labelled(labels: Sequence[str], *, width: float, each: float) -> frozenset[int]:
    """Return the positions of the labels that fit below an axis of this width, evenly spaced, the first included.

    `each`: width that one label needs.
    """
    step = 1
    while len(labels) > step and width / len(labels) * step < each:
        step += 1
    return frozenset(range(0, len(labels), step))
