"""A map of areas, each with the class of its rate (choropleth). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.statistics.rules.charts.svg import Caption, Frame, Picture, element, linked, picture, text

# Patterns of the classes, so that a grey print distinguishes them: the worse the class, the denser the pattern.
_SIZE = 8.0
_PATTERNS = {
    "0": element("path", class_="hatch", d="M0 0L8 8M8 0L0 8"),
    "1": element("path", class_="hatch", d="M0 8L8 0"),
    "2": element("path", class_="hatch", d="M0 4H8"),
    "3": element("circle", class_="dot", cx=4, cy=4, r=1),
}


@dataclass(frozen=True, slots=True)
class Region:
    """One area of the map.

    Attributes:
        key: Id of the area.
        path: Outline of the area as SVG path, in units of the picture.
        x, y: A point inside the area, for its label.
        label: Short text inside the area.
        text: For the tooltip and for screen readers.
        band: Class of the rate: `0` (worst) to `4` (best), or `none`.
    """

    key: str
    path: str
    x: float
    y: float
    label: str
    text: str
    band: str
    value: float | None
    href: str | None = None


def region_map(caption: Caption, regions: Sequence[Region], *, width: float, height: float) -> Picture:
    """Draw the areas with colour and pattern of their class. Labels are on top of all outlines."""
    parts = [element("defs", *band_patterns(caption.name))]
    for region in regions:
        shape = element("path", class_=f"area band-{region.band}", d=region.path)
        if region.band in _PATTERNS:
            shape += element("path", d=region.path, fill=f"url(#{caption.name}-{region.band})")
        parts.append(
            linked(
                shape,
                label=region.text,
                href=region.href,
                key=region.key,
                band=region.band,
                value=None if region.value is None else str(region.value),
            )
        )
    parts += [
        text(region.label, region.x, region.y + 5, class_="label", text_anchor="middle") for region in regions
    ]
    return picture(caption, Frame(width, height, left=4, top=4, right=4, bottom=4), *parts, class_="map")


def band_patterns(name: str) -> list[str]:
    """Return the patterns of the classes, with ids that begin with `name`."""
    return [
        element(
            "pattern", drawn, id=f"{name}-{band}", width=_SIZE, height=_SIZE, patternUnits="userSpaceOnUse"
        )
        for band, drawn in _PATTERNS.items()
    ]


def legend_key(name: str, band: str) -> str:
    """Return the sample of a class for the legend. `name`: name of the map, whose patterns are used."""
    size = {"width": 16.0, "height": 11.0}
    sample = element("rect", class_=f"band-{band}", **size)
    if band in _PATTERNS:
        sample += element("rect", fill=f"url(#{name}-{band})", **size)
    return element("svg", sample, viewBox="0 0 16 11", aria_hidden="true")
