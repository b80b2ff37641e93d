"""Descriptions of tilesets: OGC API Tiles and TileJSON."""

from collections.abc import Sequence
from typing import Any

from app.core.actor import Actor
from app.ogc.rules.collections import Collection
from app.ogc.rules.collections.definition import Kind
from app.ogc.rules.descriptions import ABOUT, NAME, Link, link_object, localized, schema_of
from app.ogc.rules.tiling import (
    CIRCUMFERENCE,
    FEATURES_MAX,
    MATRIX_SET,
    MVT,
    SUMS_BELOW,
    ZOOM_MAX,
    ZOOM_USEFUL,
    Layer,
)

URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
TILEJSON = "application/json"
BASE_MAP_PATH = "/base-map/tiles"
BASE_MAP_TITLE = ("Base map", "底图")
_PIXELS = 256
_PIXEL_METRES = 0.00028  # as OGC has it
_SUMS = (
    f"Points below zoom {SUMS_BELOW}, and those of a tile that would have more than {FEATURES_MAX} features, are sums: `count`",
    f"低于 {SUMS_BELOW} 级或单瓦片超过 {FEATURES_MAX} 个要素时，点按格网合计为 count",
)


def matrix_sets(link: Link) -> dict[str, Any]:
    """Return the list of tile matrix sets as an OGC API Tiles object."""
    return {
        "tileMatrixSets": [
            {
                "id": MATRIX_SET,
                "title": "Google Maps Compatible for the World",
                "uri": URI,
                "crs": MERCATOR,
                "links": [_scheme(link, "self")],
            }
        ]
    }


def matrix_set(link: Link) -> dict[str, Any]:
    """Return the tile matrix set of the standard: 256 pixels per tile, zoom 0 to ZOOM_MAX."""
    half = CIRCUMFERENCE / 2
    return {
        "id": MATRIX_SET,
        "title": "Google Maps Compatible for the World",
        "uri": URI,
        "crs": MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "links": [_scheme(link, "self")],
        "tileMatrices": [
            {
                "id": str(z),
                "scaleDenominator": CIRCUMFERENCE / 2**z / _PIXELS / _PIXEL_METRES,
                "cellSize": CIRCUMFERENCE / 2**z / _PIXELS,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-half, half],
                "matrixWidth": 2**z,
                "matrixHeight": 2**z,
                "tileWidth": _PIXELS,
                "tileHeight": _PIXELS,
            }
            for z in range(ZOOM_MAX + 1)
        ],
    }


def tileset_list(link: Link, lang: str, collection: Collection | None = None) -> dict[str, Any]:
    """Return the list of tilesets of one collection, or of all collections together."""
    path = _path(collection)
    return {
        "links": [link_object("self", link(path, ""), "application/json", "This document")],
        "tilesets": [tileset_item(path, localized(collection.title if collection else NAME, lang), link)],
    }


def tileset_item(path: str, title: str, link: Link) -> dict[str, Any]:
    """Return the tileset below `path` as an item of a list."""
    return {
        "title": title,
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": URI,
        "links": [
            link_object("self", link(f"{path}/{MATRIX_SET}", ""), "application/json", "The set of tiles"),
            _scheme(link),
            _template(path, link),
        ],
    }


def tileset(
    collection: Collection | None,
    layers: Sequence[Layer],
    actor: Actor,
    link: Link,
    lang: str,
    extent: Sequence[float] | None,
    query: str = "",
) -> dict[str, Any]:
    """Return the description of a tileset with the layers that the reader may read."""
    path = _path(collection)
    west, south, east, north = extent or (-180.0, -85.0, 180.0, 85.0)
    return {
        "title": localized(collection.title if collection else NAME, lang),
        "description": localized(_SUMS, lang),
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": URI,
        "boundingBox": {
            "lowerLeft": [west, south],
            "upperRight": [east, north],
            "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        },
        "layers": [
            {
                "id": layer.collection.id,
                "title": localized(layer.collection.title, lang),
                "dataType": "vector",
                "geometryDimension": 0 if layer.is_points else 2,
                "minTileMatrix": str(layer.zoom_min),
                "maxTileMatrix": str(ZOOM_MAX),
                "propertiesSchema": {
                    "type": "object",
                    "properties": {
                        **({"id": {"type": "string", "format": "uuid"}} if layer.has_id else {}),
                        **{p.name: schema_of(p, lang) for p in layer.visible_properties(actor)},
                        **({"count": {"type": "integer"}} if layer.is_points else {}),
                    },
                },
            }
            for layer in layers
        ],
        "links": [
            link_object("self", link(f"{path}/{MATRIX_SET}", query), "application/json", "This document"),
            link_object("describedby", link(f"{path}/{MATRIX_SET}/tilejson", query), TILEJSON, "TileJSON"),
            _scheme(link),
            _template(path, link, query),
        ],
    }


def tilejson(
    collection: Collection | None,
    layers: Sequence[Layer],
    actor: Actor,
    link: Link,
    lang: str,
    extent: Sequence[float] | None,
    query: str = "",
) -> dict[str, Any]:
    """Return the TileJSON 3.0.0 of a tileset.

    The URL template has the row before the column, as in OGC API Tiles.
    """
    tile_json: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": localized(collection.title if collection else NAME, lang),
        "description": f"{localized(collection.description if collection else ABOUT, lang)}. {localized(_SUMS, lang)}",
        "scheme": "xyz",
        "tiles": [link(f"{_path(collection)}/{MATRIX_SET}/{{z}}/{{y}}/{{x}}", query)],
        "minzoom": min((layer.zoom_min for layer in layers), default=0),
        "maxzoom": ZOOM_USEFUL,
        "vector_layers": [
            {
                "id": layer.collection.id,
                "description": localized(layer.collection.title, lang),
                "minzoom": layer.zoom_min,
                "maxzoom": ZOOM_USEFUL,
                "fields": {
                    **({"id": "String"} if layer.has_id else {}),
                    **{
                        p.name: "Number" if p.kind is Kind.INTEGER else "String"
                        for p in layer.visible_properties(actor)
                    },
                    **({"count": "Number"} if layer.is_points else {}),
                },
            }
            for layer in layers
        ],
    }
    if extent is not None:
        tile_json["bounds"] = list(extent)
    return tile_json


def _path(collection: Collection | None) -> str:
    return f"/collections/{collection.id}/tiles" if collection else "/tiles"


def _scheme(link: Link, rel: str = SCHEME) -> dict[str, str]:
    """Return the link to the tile matrix set."""
    return link_object(
        rel, link(f"/tileMatrixSets/{MATRIX_SET}", ""), "application/json", "How tiles are cut"
    )


def _template(path: str, link: Link, query: str = "") -> dict[str, Any]:
    """Return the link to the tiles below `path`, as a template."""
    href = link(f"{path}/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", query)
    return link_object("item", href, MVT, "Tiles") | {"templated": True}
