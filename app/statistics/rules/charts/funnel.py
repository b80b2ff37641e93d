"""The funnel of the loop: how many cases reach each step. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.statistics.rules.charts.svg import Caption, Frame, Picture, cut, element, linked, picture, text

WIDTH = 540.0
_ROW, _BAR, _NAME_SIZE = 34.0, 24.0, 12.5


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the loop and the number of cases that reached it.

    `note`: text beside the bar. `text`: for the tooltip and for screen readers.
    """

    key: str
    name: str
    text: str
    value: int
    note: str
    href: str | None = None


def funnel(caption: Caption, steps: Sequence[Step], *, width: float = WIDTH) -> Picture:
    """Draw one bar for each step, in the middle of its row; what is lost to the step before is drawn between them."""
    names, notes = width * 0.22, width * 0.27
    area = width - names - notes
    most = max((step.value for step in steps), default=0)
    parts = []
    wide_before: float | None = None
    for place, step in enumerate(steps):
        top = place * _ROW
        wide = area * step.value / most if most else 0.0
        middle = area / 2
        if wide_before is not None:
            low = top - (_ROW - _BAR)
            corners = (
                f"M{middle - wide_before / 2:.2f} {low:.2f}L{middle + wide_before / 2:.2f} {low:.2f}"
                f"L{middle + wide / 2:.2f} {top:.2f}L{middle - wide / 2:.2f} {top:.2f}Z"
            )
            parts.append(element("path", class_="flow", d=corners))
        shape = element("rect", class_="step", x=middle - wide / 2, y=top, width=wide, height=_BAR)
        parts.append(linked(shape, label=step.text, href=step.href, key=step.key, value=str(step.value)))
        name = cut(step.name, width=names - 10, font_size=_NAME_SIZE)
        parts.append(text(name, -8, top + 17, text_anchor="end", class_="name"))
        parts.append(text(step.note, area + 8, top + 17, class_="note"))
        wide_before = wide
    frame = Frame(area, _ROW * len(steps), left=names, top=4, right=notes, bottom=0)
    return picture(caption, frame, *parts)
