"""A heat map: one cell for each weekday and hour, darker with more cases. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.statistics.rules.charts.scales import class_of, count_classes
from app.statistics.rules.charts.svg import Caption, Frame, Picture, element, linked, picture, text

WIDTH = 504.0
_CELL = 22.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its number, its text for screen readers, and the link to its members."""

    value: int
    text: str
    href: str | None = None


def heat_map(
    caption: Caption,
    rows: Sequence[tuple[str, str]],
    columns: Sequence[tuple[str, str]],
    cells: Mapping[tuple[str, str], Cell],
    *,
    width: float = WIDTH,
) -> Picture:
    """Draw a table of shaded cells. Each cell that is not empty has its number, too.

    Args:
        rows, columns: Key and label of each row and column.
        cells: By the keys of row and column. A missing cell is 0.
        width: Width of the cells together.
    """
    wide = width / len(columns)
    classes = count_classes(max((cell.value for cell in cells.values()), default=0))
    parts = [
        text(label, wide * (n + 0.5), -5, text_anchor="middle", class_="small")
        for n, (_, label) in enumerate(columns)
    ]
    for line_number, (row, label) in enumerate(rows):
        top = line_number * _CELL
        parts.append(text(label, -6, top + 15, text_anchor="end", class_="name"))
        for n, (column, _) in enumerate(columns):
            cell = cells.get((row, column))
            value = cell.value if cell else 0
            level = class_of(value, classes)
            shape = element("rect", class_=f"cell heat-{level}", x=wide * n, y=top, width=wide, height=_CELL)
            if not cell or not value:
                parts.append(shape)
                continue
            shape += text(
                str(value), wide * (n + 0.5), top + 15, text_anchor="middle", class_=f"heat-text-{level}"
            )
            parts.append(
                linked(shape, label=cell.text, href=cell.href, row=row, column=column, value=str(value))
            )
    frame = Frame(width, _CELL * len(rows), left=62, top=18, right=2, bottom=2)
    return picture(caption, frame, *parts)


def class_key(number: int) -> str:
    """Return the sample of a class for the legend."""
    sample = element("rect", class_=f"cell heat-{number}", width=16.0, height=11.0)
    return element("svg", sample, viewBox="0 0 16 11", aria_hidden="true")
