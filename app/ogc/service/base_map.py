"""Descriptions of the base map's tiles: OGC API Tiles and TileJSON.

They are a dataset of their own, beside that of the features: `/base-map/tiles` has the structure that the standard gives to the
tiles of any resource. They are no collection, because a collection of this server has features.
"""

from dataclasses import dataclass
from typing import Any

from app.basemap.service.map_file import MapFile
from app.ogc.rules.descriptions import Link, link_object, localized
from app.ogc.rules.tilesets import BASE_MAP_PATH as PATH
from app.ogc.rules.tilesets import BASE_MAP_TITLE as TITLE
from app.ogc.rules.tilesets import TILEJSON, tileset_item
from app.ogc.rules.tiling import MATRIX_SET

DESCRIPTION = (
    "Streets, buildings, water and landmarks, in the Protomaps schema",
    "街道、建筑、水系与地标，Protomaps 模式",
)
_GEOMETRY_DIMENSIONS = {
    "earth": 2,
    "landcover": 2,
    "landuse": 2,
    "boundaries": 1,
    "roads": 1,
    "pois": 0,
    "places": 0,
}
_JSON_TYPES = {"Number": "number", "Boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class BaseMapTiles:
    """The base map as a tileset of OGC API Tiles."""

    file: MapFile
    link: Link
    lang: str

    def tileset_list(self) -> dict[str, Any]:
        """Return the list of tilesets, which has one."""
        return {
            "links": [link_object("self", self.link(PATH, ""), "application/json", "This document")],
            "tilesets": [self.tileset_item()],
        }

    def tileset_item(self) -> dict[str, Any]:
        """Return the tileset as an item of a list."""
        return tileset_item(PATH, localized(TITLE, self.lang), self.link)

    def tileset(self) -> dict[str, Any]:
        """Return the description of the tileset with its layers, extent, zooms and attribution."""
        west, south, east, north = self.file.bounds
        tiles = self.link(f"{PATH}/{MATRIX_SET}", "")
        item = self.tileset_item()
        return item | {
            "description": localized(DESCRIPTION, self.lang),
            "attribution": self.attribution,
            "boundingBox": {
                "lowerLeft": [west, south],
                "upperRight": [east, north],
                "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            },
            "layers": [
                {
                    "id": layer.id,
                    "dataType": "vector",
                    **({"geometryDimension": dimension} if dimension is not None else {}),
                    "minTileMatrix": str(layer.min_zoom),
                    "maxTileMatrix": str(layer.max_zoom),
                    "propertiesSchema": {
                        "type": "object",
                        "properties": {
                            name: {"type": _JSON_TYPES.get(kind, "string")}
                            for name, kind in layer.fields.items()
                        },
                    },
                }
                for layer in self.file.layers
                for dimension in [_GEOMETRY_DIMENSIONS.get(layer.id)]
            ],
            "links": [
                link_object("self", tiles, "application/json", "This document"),
                link_object("describedby", f"{tiles}/tilejson", TILEJSON, "TileJSON"),
                *item["links"][1:],
            ],
        }

    def tilejson(self) -> dict[str, Any]:
        """Return the TileJSON 3.0.0 of the tileset."""
        return {
            "tilejson": "3.0.0",
            "name": localized(TITLE, self.lang),
            "description": localized(DESCRIPTION, self.lang),
            "attribution": self.attribution,
            "scheme": "xyz",
            "tiles": [self.link(f"{PATH}/{MATRIX_SET}/{{z}}/{{y}}/{{x}}", "")],
            "minzoom": self.file.min_zoom,
            "maxzoom": self.file.max_zoom,
            "bounds": list(self.file.bounds),
            "vector_layers": [
                {"id": layer.id, "minzoom": layer.min_zoom, "maxzoom": layer.max_zoom, "fields": layer.fields}
                for layer in self.file.layers
            ],
        }

    @property
    def attribution(self) -> str:
        return "".join(credit.text for credit in self.file.credits)
