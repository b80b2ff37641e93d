"""The base map as a layer of the QGIS project: its tiles, drawn in light colours below the layers of the city.

The tiles have the Protomaps schema (`app.basemap.rules.schema`). The colours are those of its light style, fainter than the
symbols of cases.
"""

from xml.etree.ElementTree import Element

from app.ogc.rules.descriptions import Link, localized
from app.ogc.rules.qgis import symbols
from app.ogc.rules.qgis.map_layers import tile_layer
from app.ogc.rules.qgis.symbols import SymbolStyle, TileStyle
from app.ogc.rules.tilesets import BASE_MAP_PATH, BASE_MAP_TITLE

_GREEN = (
    "\"kind\" IN ('park', 'grass', 'forest', 'wood', 'garden', 'cemetery', 'golf_course', 'pitch', 'meadow')"
)
_PUBLIC = "\"kind\" IN ('school', 'kindergarten', 'university', 'college', 'hospital')"
_LARGE_ROADS = "\"kind\" IN ('highway', 'major_road')"
_SMALL_ROADS = "\"kind\" IN ('minor_road', 'other')"


def _area(layer: str, title: str, colour: str, min_zoom: int, condition: str = "") -> TileStyle:
    return TileStyle(layer, title, "Polygon", SymbolStyle(colour, 0, 1), min_zoom, condition)


def _line(layer: str, title: str, style: SymbolStyle, min_zoom: int, condition: str = "") -> TileStyle:
    return TileStyle(layer, title, "Line", style, min_zoom, condition)


# From bottom to top.
STYLES = (
    _area("earth", "earth", "#f4f2ee", 0),
    _area("landuse", "green", "#d9ead0", 0, _GREEN),
    _area("landuse", "public", "#efe7dc", 0, _PUBLIC),
    _area("water", "water", "#bcd8e8", 0),
    _line(
        "water", "watercourse", SymbolStyle("#bcd8e8", 0.6), 10, "\"kind\" IN ('river', 'stream', 'canal')"
    ),
    _area("buildings", "buildings", "#e4dfd8", 13),
    _line("boundaries", "boundaries", SymbolStyle("#b9a9b9", 0.3), 0),
    _line("roads", "rail", SymbolStyle("#b5b5b5", 0.4), 10, "\"kind\" = 'rail'"),
    _line("roads", "path", SymbolStyle("#d8cfc2", 0.2), 14, "\"kind\" = 'path'"),
    _line("roads", "small roads, edge", SymbolStyle("#d5d0c8", 1.1), 13, _SMALL_ROADS),
    _line("roads", "large roads, edge", SymbolStyle("#cfc3ad", 1.9), 8, _LARGE_ROADS),
    _line("roads", "small roads", SymbolStyle("#ffffff", 0.8), 12, _SMALL_ROADS),
    _line("roads", "large roads", SymbolStyle("#fbeecb", 1.5), 8, _LARGE_ROADS),
)
# Sizes are points of type.
LABELS = (
    _line("roads", "large roads", SymbolStyle("#6b6355", 8), 12, _LARGE_ROADS),
    _line("roads", "small roads", SymbolStyle("#7a746a", 7), 15, _SMALL_ROADS),
    TileStyle("pois", "landmarks", "Point", SymbolStyle("#77706a", 7), 15),
    TileStyle("places", "places", "Point", SymbolStyle("#5a5650", 9), 9),
)
# The name in the language of the reader where the tiles have it, else the name on the spot.
_NAMES = ('coalesce("name:en", "name")', 'coalesce("name:zh-Hans", "name")')


def base_map(link: Link, lang: str, authcfg: str, *, max_zoom: int) -> Element:
    """Return the layer.

    Args:
        max_zoom: Deepest zoom of the tiles; QGIS enlarges them beyond it.
    """
    title = localized(BASE_MAP_TITLE, lang)
    element = tile_layer("gridward_base_map", title, BASE_MAP_PATH, link, authcfg, max_zoom=max_zoom)
    element.set("labelsEnabled", "1")
    element.append(symbols.tile_styles(STYLES))
    element.append(symbols.tile_labels(LABELS, localized(_NAMES, lang)))
    return element
