"""The Protomaps schema of a base map: layers, kinds, names and zooms of its features.

The styles of @protomaps/basemaps read these layers and attributes (https://docs.protomaps.com/basemaps/layers).
`app.basemap.service.pack` makes tiles of features.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

Value = str | int | float | bool
# West, south, east and north.
Bounds = tuple[float, float, float, float]

# In the order in which they are drawn.
LAYERS = ("earth", "landcover", "landuse", "water", "boundaries", "buildings", "roads", "pois", "places")
# A file that lacks one of these layers is in another schema.
REQUIRED_LAYERS = frozenset({"earth", "roads"})
# Zooms of the tiles of a city. Programs enlarge the tiles of the last zoom beyond it.
MIN_ZOOM, MAX_ZOOM = 6, 15
# The styles sort the labels of these layers by the zoom at which they begin.
_SORTED_LAYERS = frozenset({"pois", "places"})
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class MapFeature:
    """A feature of the base map.

    Attributes:
        layer: One of LAYERS.
        kind: The kind by which the styles select, such as `major_road`, `park`, `building` or `address`.
        geometry: WGS 84 (EPSG:4326), longitude first.
        min_zoom: The lowest zoom with this feature. Zooms above MAX_ZOOM have no tiles of their own.
        names: Properties that `names` returns.
        properties: More properties, such as `kind_detail`, `is_bridge` or `addr_housenumber`. A style that asks whether a
            property is there takes False for yes: leave it out instead.
    """

    layer: str
    kind: str
    geometry: BaseGeometry
    min_zoom: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.layer not in LAYERS:
            raise ValueError(f"{self.layer}: the base map has no such layer")
        if not 0 <= self.min_zoom <= MAX_ZOOM:
            raise ValueError(f"min_zoom {self.min_zoom}: tiles have zooms from 0 to {MAX_ZOOM}")

    def attributes(self) -> dict[str, Value]:
        """Return all properties of the feature in a tile."""
        zoom = {"min_zoom": self.min_zoom} if self.layer in _SORTED_LAYERS else {}
        return {"kind": self.kind, **zoom, **self.names, **self.properties}


def names(local: str | None, *, zh: str | None = None, en: str | None = None) -> dict[str, str]:
    """Return the name properties of a feature; empty if it has no name.

    The styles take `name` for a name in Latin letters, unless `script` has another one.

    Args:
        local: The name on the spot.
        zh: The name in simplified Chinese; the local name, if that is written in Chinese and this is None.
        en: The name in English.
    """
    local = local or zh or en
    if not local:
        return {}
    is_han = bool(_HAN.search(local))
    zh = zh or (local if is_han else None)
    return {
        "name": local,
        **({"script": "Han"} if is_han else {}),
        **({"name:zh-Hans": zh} if zh else {}),
        **({"name:en": en} if en else {}),
    }
