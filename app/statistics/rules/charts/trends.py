"""A line chart: the course of counts or rates. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.statistics.rules.charts.scales import labelled, nice_top
from app.statistics.rules.charts.svg import Caption, Frame, Picture, element, linked, number, picture, text

# Lines differ by dashes and by the shape of their points, beside the colour.
_DASHES = (None, "7 3", "2 3")
_RADIUS = 3.4


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a line. `value` None: no cases, so that the line has a gap."""

    key: str
    label: str
    text: str
    value: float | None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a chart."""

    name: str
    title: str
    points: Sequence[Point]


def trend_chart(
    caption: Caption, series: Sequence[Series], *, is_share: bool, width: float = 720, height: float = 150
) -> Picture:
    """Draw at most three lines over the same labels.

    Args:
        is_share: The values are rates between 0 and 1; else counts.
        width, height: Size of the drawn area in units of the picture.
    """
    labels = [point.label for point in series[0].points]
    values = [point.value for course in series for point in course.points if point.value is not None]
    top = 1.0 if is_share else float(nice_top(int(max(values, default=0))))
    step = width / max(len(labels), 1)
    parts = [
        element("line", class_="grid", x1=0, y1=height * share, x2=width, y2=height * share)
        for share in (0, 0.25, 0.5, 0.75)
    ]
    parts += [
        element("line", class_="axis", x1=0, y1=height, x2=width, y2=height),
        text("100 %" if is_share else f"{top:,.0f}", -4, 6, text_anchor="end"),
        text("0", -4, height, text_anchor="end"),
    ]
    shown = labelled(labels, width=width, each=52)
    parts += [
        text(label, step * (place + 0.5), height + 16, text_anchor="middle")
        for place, label in enumerate(labels)
        if place in shown
    ]
    at = 0.0
    for place, course in enumerate(series):
        points = [
            (step * (n + 0.5), height * (1 - point.value / top), point)
            for n, point in enumerate(course.points)
            if point.value is not None
        ]
        parts.append(
            element(
                "path",
                class_=f"course course-{place}",
                d=_path(course.points, step, height, top),
                stroke_dasharray=_DASHES[place],
                data_series=course.name,
            )
        )
        parts += [
            linked(
                _point(place, x, y),
                label=point.text,
                href=point.href,
                series=course.name,
                key=point.key,
                value=str(point.value),
            )
            for x, y, point in points
        ]
        legend = element(
            "line",
            class_=f"course course-{place}",
            x1=at,
            y1=height + 32,
            x2=at + 30,
            y2=height + 32,
            stroke_dasharray=_DASHES[place],
        )
        parts += [
            legend,
            _point(place, at + 15, height + 32),
            text(course.title, at + 36, height + 36, class_="legend-text"),
        ]
        at += width / len(series)
    return picture(caption, Frame(width, height, left=44, top=10, right=8, bottom=42), *parts)


def _path(points: Sequence[Point], step: float, height: float, top: float) -> str:
    """Return the path through the points; a new part begins after each gap."""
    drawn, is_down = [], False
    for n, point in enumerate(points):
        if point.value is not None:
            x, y = number(step * (n + 0.5)), number(height * (1 - point.value / top))
            drawn.append(f"{'L' if is_down else 'M'}{x} {y}")
        is_down = point.value is not None
    return "".join(drawn)


def _point(place: int, x: float, y: float) -> str:
    """Return the point of a line: a disc, a square or a triangle."""
    r = _RADIUS
    if place == 0:
        return element("circle", class_="point point-0", cx=x, cy=y, r=r)
    if place == 1:
        return element("rect", class_="point point-1", x=x - r, y=y - r, width=2 * r, height=2 * r)
    corners = f"{number(x)},{number(y - r - 1)} {number(x + r + 1)},{number(y + r)} {number(x - r - 1)},{number(y + r)}"
    return element("polygon", class_="point point-2", points=corners)
