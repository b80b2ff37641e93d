"""The picture of a run: each value as a bar beside its must and its aim, on one scale. Plain SVG, made from text."""

import math
from typing import Any
from xml.sax.saxutils import escape

from bench.marks import MARKS, Mark

ROW, TOP, LEFT, WIDTH, RIGHT = 22, 58, 400, 460, 90
# How often better (to the right) or worse than "must" is shown, at most.
SPAN = 10.0
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1b1f24 } .title { font-size: 15px; font-weight: 600 }
  .met { fill: #2f7d4f } .missed { fill: #b3462b } .must { stroke: #1b1f24; stroke-width: 2 }
  .aim { stroke: #1b1f24; stroke-width: 1.5; stroke-dasharray: 3 3 } .grid { stroke: #d5d9de }
"""


def _x(factor: float) -> float:
    """Return the place of a factor: 1 is "must", in the middle; the scale is logarithmic."""
    bounded = min(SPAN, max(1 / SPAN, factor))
    return LEFT + WIDTH * (0.5 + math.log(bounded) / math.log(SPAN) / 2)


def _text(x: float, y: float, content: str, extra: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}"{extra}>{escape(content)}</text>'


def _row(mark: Mark, value: float, y: int) -> list[str]:
    must = mark.must or 0
    # Nothing may be lost: there is no factor to zero.
    factor = (
        mark.change(value, must) if must and value else (SPAN if mark.is_met(value, mark.must) else 1 / SPAN)
    )
    kind = "met" if mark.is_met(value, mark.must) else "missed"
    left, right = sorted((_x(1), _x(factor)))
    name = f"{mark.work} / {mark.beside}" if mark.beside else mark.work
    unit = "" if mark.unit == "ratio" else f" {mark.unit}"
    parts = [
        _text(LEFT - 10, y + 14, name if len(name) < 66 else name[:64] + "…", ' text-anchor="end"'),
        f'<rect class="{kind}" x="{left:.1f}" y="{y + 4}" width="{max(right - left, 1.5):.1f}" height="{ROW - 9}"/>',
        _text(LEFT + WIDTH + 8, y + 14, f"{value:.3g}{unit}"),
    ]
    if mark.aim and must:
        aim_x = _x(mark.change(mark.aim, must))
        parts.append(f'<line class="aim" x1="{aim_x:.1f}" x2="{aim_x:.1f}" y1="{y + 1}" y2="{y + ROW - 2}"/>')
    return parts


def picture(values: dict[str, dict[str, Any]]) -> str:
    """Return an SVG: for each value a bar from "must" to what was reached, to the right if it is better."""
    rows = [
        (mark, values[mark.key]["value"]) for mark in MARKS if mark.key in values and mark.must is not None
    ]
    height = TOP + ROW * len(rows) + 30
    total = LEFT + WIDTH + RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{height}" viewBox="0 0 {total} {height}" role="img">',
        "<title>Measured values beside their marks</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{total}" height="{height}" fill="#fff"/>',
        _text(16, 24, "Measured values beside their marks", ' class="title"'),
        _text(16, 42, "Bar: from “must” (line) to what was reached, better to the right; dashed: “aim”"),
    ]
    bottom = TOP + ROW * len(rows)
    for factor, label in (
        (1 / SPAN, "a tenth"),
        (0.5, "half"),
        (1, "must"),
        (2, "2"),
        (5, "5"),
        (SPAN, "10 times"),
    ):
        x = _x(factor)
        style = "must" if factor == 1 else "grid"
        parts.append(f'<line class="{style}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 4}" y2="{bottom}"/>')
        parts.append(_text(x, bottom + 16, label, ' text-anchor="middle"'))
    for number, (mark, value) in enumerate(rows):
        parts += _row(mark, value, TOP + ROW * number)
    return "\n".join([*parts, "</svg>"]) + "\n"
