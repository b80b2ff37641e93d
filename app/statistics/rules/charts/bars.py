"""Horizontal bars of a rate by group, against the rate of the whole. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.statistics.rules.charts.svg import (
    Caption,
    Frame,
    Picture,
    cut,
    element,
    hatch,
    linked,
    picture,
    text,
)

WIDTH = 540.0
_ROW, _BAR = 30.0, 17.0
_NAME_SIZE, _SMALL_SIZE = 12.5, 10.5


@dataclass(frozen=True, slots=True)
class Bar:
    """The rate of one group.

    Attributes:
        key: Value of the group, as the answer of the API has it.
        name, second_name: Name of the group, in two languages. `second_name` may be empty.
        text: What the bar says, for its tooltip and for screen readers.
        value: The rate, 0 to 1.
        is_worse: The rate is worse than that of the whole: the bar is hatched.
        note: Text beside the bar.
    """

    key: str
    name: str
    second_name: str
    text: str
    value: float
    is_worse: bool
    note: str
    href: str | None = None


def bar_chart(
    caption: Caption, bars: Sequence[Bar], *, whole: float | None, whole_text: str, width: float = WIDTH
) -> Picture:
    """Draw one bar for each group, and a line at the rate of the whole.

    Args:
        whole: The rate of the whole, 0 to 1. None: no line.
        whole_text: Text above the line.
        width: Width of the picture.
    """
    names, notes = width * 0.32, width * 0.27
    area = width - names - notes
    height = _ROW * len(bars)
    pattern = f"{caption.name}-worse"
    parts = [
        element("defs", hatch(pattern)),
        element("line", class_="axis", x1=0, y1=0, x2=0, y2=height),
    ]
    for place, bar in enumerate(bars):
        top = place * _ROW
        y = top + (_ROW - _BAR) / 2
        size = {"x": 0.0, "y": y, "width": area * bar.value, "height": _BAR}
        shape = element("rect", class_="bar worse" if bar.is_worse else "bar", **size)
        if bar.is_worse:
            shape += element("rect", fill=f"url(#{pattern})", **size)
        parts.append(linked(shape, label=bar.text, href=bar.href, key=bar.key, value=str(bar.value)))
        is_single = not bar.second_name
        parts.append(
            text(
                cut(bar.name, width=names - 10, font_size=_NAME_SIZE),
                -8,
                top + (19 if is_single else 13),
                text_anchor="end",
                class_="name",
            )
        )
        if not is_single:
            second = cut(bar.second_name, width=names - 10, font_size=_SMALL_SIZE)
            parts.append(text(second, -8, top + 25, text_anchor="end", class_="small"))
        parts.append(text(bar.note, area + 8, top + 19, class_="note"))
    if whole is not None:
        x = area * whole
        parts += [
            element("line", class_="whole", x1=x, y1=-4, x2=x, y2=height + 2, data_value=str(whole)),
            text(whole_text, x, -8, text_anchor="end" if whole > 0.5 else "start", class_="name"),
        ]
    return picture(caption, Frame(area, height, left=names, top=24, right=notes, bottom=4), *parts)
