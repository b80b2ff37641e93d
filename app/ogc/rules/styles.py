"""How a map of everything is drawn, in MapLibre's form. Without words on the map: glyphs would be fetched from somewhere."""

from collections.abc import Sequence
from typing import Any

from app.ogc.rules.describing import NAME, Link, linked, told
from app.ogc.rules.tiling import MATRIX_SET, Layer

MAPLIBRE = "application/vnd.mapbox.style+json"
_SOURCE = "gridward"
_COLOURS = {
    "districts": "#404040",
    "streets": "#5b5b8a",
    "communities": "#7a6f9b",
    "grids": "#9aa5b1",
    "components": "#2a7f62",
    "households": "#8c6d31",
    "incidents": "#c2410c",
}


def listed(link: Link, lang: str) -> dict[str, Any]:
    href = link("/styles/gridward", "")
    return {
        "default": "gridward",
        "styles": [
            {
                "id": "gridward",
                "title": told(NAME, lang),
                "links": [linked("stylesheet", href, MAPLIBRE, told(NAME, lang))],
            }
        ],
    }


def style(layers: Sequence[Layer], link: Link, lang: str) -> dict[str, Any]:
    """A style for the layers that the reader may read."""
    drawn: list[dict[str, Any]] = []
    for layer in layers:
        name = layer.collection.id
        colour = _COLOURS[name]
        base = {"source": _SOURCE, "source-layer": name}
        if layer.is_points:
            one, many = ["!", ["has", "count"]], ["has", "count"]
            edge = {"circle-stroke-color": "#ffffff", "circle-stroke-width": 1, "circle-color": colour}
            # The area of a circle is as large as what it counts.
            size = ["min", 30, ["+", 4, ["sqrt", ["get", "count"]]]]
            drawn += [
                {"id": name, "type": "circle", "filter": one, "paint": edge | {"circle-radius": 5}} | base,
                {
                    "id": f"{name}-sums",
                    "type": "circle",
                    "filter": many,
                    "paint": edge | {"circle-opacity": 0.7, "circle-radius": size},
                }
                | base,
            ]
        else:
            width = {"districts": 3, "streets": 2, "communities": 1.5}.get(name, 1)
            drawn.append(
                {
                    "id": name,
                    "type": "line",
                    "minzoom": layer.zoom_min,
                    "paint": {"line-color": colour, "line-width": width},
                }
                | base
            )
    return {
        "version": 8,
        "name": told(NAME, lang),
        "sources": {_SOURCE: {"type": "vector", "url": link(f"/tiles/{MATRIX_SET}/tilejson", "")}},
        "layers": [
            {"id": "background", "type": "background", "paint": {"background-color": "#f7f7f4"}},
            *drawn,
        ],
    }
