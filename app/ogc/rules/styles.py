"""The MapLibre style of the combined tiles: cases by state, labels of grids and cases.

The style names no `glyphs`, so nothing is fetched: MapLibre GL JS 5 and newer draw labels with fonts of the reader's machine
(style specification, `glyphs`). Older versions draw the same map without labels.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.ogc.rules.descriptions import NAME, Link, link_object, localized
from app.ogc.rules.legend import ENDED, FONTS, OTHER_COLOUR, STATES
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
# Filters: a single feature, and a sum of features.
_SINGLE, _SUMMED = ["!", ["has", "count"]], ["has", "count"]


def style_list(link: Link, lang: str) -> dict[str, Any]:
    """Return the list of styles."""
    href = link("/styles/gridward", "")
    return {
        "default": "gridward",
        "styles": [
            {
                "id": "gridward",
                "title": localized(NAME, lang),
                "links": [link_object("stylesheet", href, MAPLIBRE, localized(NAME, lang))],
            }
        ],
    }


def style(layers: Sequence[Layer], link: Link, lang: str) -> dict[str, Any]:
    """Return the MapLibre style of the layers that the reader may read.

    Polygons and lines come first, then points, then labels.
    """
    return {
        "version": 8,
        "name": localized(NAME, lang),
        "metadata": {"gridward:legend": _legend(layers, lang)},
        "sources": {_SOURCE: {"type": "vector", "url": link(f"/tiles/{MATRIX_SET}/tilejson", "")}},
        "layers": [
            {"id": "background", "type": "background", "paint": {"background-color": "#f7f7f4"}},
            *(
                style_layer
                for layer in layers
                for style_layer in (_points(layer) if layer.is_points else _lines(layer))
            ),
            *(style_layer for layer in layers for style_layer in _labels(layer, lang)),
        ],
    }


def _legend(layers: Sequence[Layer], lang: str) -> list[dict[str, str]]:
    """Return the legend of the style: state and colour of cases."""
    if "incidents" not in {layer.collection.id for layer in layers}:
        return []
    return [
        {"layer": "incidents", "status": state, "title": localized(title, lang), "colour": colour}
        for state, title, colour in STATES
    ]


def _base(layer: Layer, suffix: str = "") -> dict[str, Any]:
    name = layer.collection.id
    return {"id": name + suffix, "source": _SOURCE, "source-layer": name}


def _lines(layer: Layer) -> list[dict[str, Any]]:
    name = layer.collection.id
    width = {"districts": 3, "streets": 2, "communities": 1.5}.get(name, 1)
    paint = {"line-color": _COLOURS[name], "line-width": width}
    return [_base(layer) | {"type": "line", "minzoom": layer.zoom_min, "paint": paint}]


def _points(layer: Layer) -> list[dict[str, Any]]:
    name = layer.collection.id
    edge = {"circle-stroke-color": "#ffffff", "circle-stroke-width": 1, "circle-color": _COLOURS[name]}
    # The area of a circle is as large as what it counts.
    size = ["min", 30, ["+", 4, ["sqrt", ["get", "count"]]]]
    single: dict[str, Any] = {"type": "circle", "filter": _SINGLE, "paint": edge | {"circle-radius": 5}}
    if name == "incidents":
        single["paint"]["circle-color"] = _by_state(
            {state: colour for state, _, colour in STATES}, OTHER_COLOUR
        )
        # What is open lies above what has ended.
        single["layout"] = {"circle-sort-key": _by_state(dict.fromkeys(ENDED, 0), 1)}
    summed = {
        "type": "circle",
        "filter": _SUMMED,
        "paint": edge | {"circle-opacity": 0.7, "circle-radius": size},
    }
    return [_base(layer) | single, _base(layer, "-sums") | summed]


def _by_state(values: Mapping[str, Any], other: Any) -> list[Any]:
    return ["match", ["get", "status"], *(part for pair in values.items() for part in pair), other]


def _labels(layer: Layer, lang: str) -> list[dict[str, Any]]:
    """Return the style layers that draw labels.

    The labels are names of grids, at high zoom numbers of cases, and the counts of merged points.
    """
    name = layer.collection.id
    labels = []
    if name == "grids":
        text_field = (
            ["get", "name_zh"] if lang == "zh-CN" else ["coalesce", ["get", "name_en"], ["get", "name_zh"]]
        )
        labels.append(_base(layer, "-names") | {"minzoom": 13} | _text(text_field, 12, "#404040"))
    if name == "incidents":
        number = _text(["get", "case_no"], 11, "#1f2937", **{"text-anchor": "top", "text-offset": [0, 0.8]})
        labels.append(_base(layer, "-numbers") | {"minzoom": 16, "filter": _SINGLE} | number)
    if layer.is_points:
        labels.append(
            _base(layer, "-counts")
            | {"filter": _SUMMED}
            | _text(["to-string", ["get", "count"]], 11, "#1f2937")
        )
    return labels


def _text(text_field: list[Any], size: int, colour: str, **layout: Any) -> dict[str, Any]:
    return {
        "type": "symbol",
        "layout": {"text-field": text_field, "text-font": [*FONTS, "sans-serif"], "text-size": size} | layout,
        "paint": {"text-color": colour, "text-halo-color": "#ffffff", "text-halo-width": 1.5},
    }
