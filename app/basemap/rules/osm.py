"""Mapping of OpenStreetMap's tags to the Protomaps schema.

Keys and values are those of https://wiki.openstreetmap.org/wiki/Map_features. What the styles do not draw is left out.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from math import isfinite

import shapely
from shapely.geometry.base import BaseGeometry

from app.basemap.rules.schema import MAX_ZOOM, MapFeature, Value, names

ATTRIBUTION = '<a href="https://www.openstreetmap.org/copyright">© OpenStreetMap contributors</a>'
Tags = Mapping[str, str]

# Kind and lowest zoom of a way; `_link` is cut off its value before.
_ROADS = {
    "motorway": ("highway", 6),
    "trunk": ("highway", 7),
    "primary": ("major_road", 8),
    "secondary": ("major_road", 9),
    "tertiary": ("major_road", 10),
    "residential": ("minor_road", 12),
    "unclassified": ("minor_road", 12),
    "road": ("minor_road", 12),
    "living_street": ("minor_road", 13),
    "service": ("minor_road", 13),
    "track": ("path", 13),
    "pedestrian": ("path", 13),
    "footway": ("path", 14),
    "cycleway": ("path", 14),
    "path": ("path", 14),
    "steps": ("path", 14),
}
_RAILS = {"rail": 10, "light_rail": 12, "subway": 12, "tram": 13}
_STREAMS = {"river": ("river", 8), "canal": ("river", 10), "stream": ("stream", 12)}
# Areas by key and value; where a value is not the kind of the styles, its kind.
_LANDUSE: dict[str, dict[str, str]] = {
    "leisure": {
        "park": "park",
        "garden": "park",
        "nature_reserve": "nature_reserve",
        "golf_course": "golf_course",
        "playground": "playground",
        "pitch": "pitch",
    },
    "amenity": {
        "hospital": "hospital",
        "school": "school",
        "kindergarten": "school",
        "university": "university",
        "college": "college",
    },
    "tourism": {"zoo": "zoo"},
    "natural": {
        "wood": "wood",
        "scrub": "scrub",
        "grassland": "grassland",
        "sand": "sand",
        "beach": "beach",
        "bare_rock": "bare_rock",
    },
    "landuse": {
        "forest": "forest",
        "grass": "grass",
        "meadow": "meadow",
        "cemetery": "cemetery",
        "industrial": "industrial",
        "railway": "railway",
        "military": "military",
        "farmland": "farmland",
        "orchard": "orchard",
        "allotments": "allotments",
        "village_green": "village_green",
        "recreation_ground": "recreation_ground",
    },
    "aeroway": {"aerodrome": "aerodrome", "runway": "runway", "taxiway": "taxiway"},
    "man_made": {"pier": "pier", "bridge": "pedestrian"},
    "highway": {"pedestrian": "pedestrian", "footway": "pedestrian"},
    "place": {"square": "pedestrian"},
}
_WATER = {
    "natural": {"water", "bay"},
    "landuse": {"basin", "reservoir", "pond"},
    "waterway": {"riverbank", "dock"},
}
# Landmarks by which people say where something is, and the zoom from which their names are shown.
_POIS: dict[str, dict[str, int]] = {
    "railway": {"station": 13},
    "amenity": {
        "hospital": 13,
        "university": 13,
        "college": 14,
        "school": 14,
        "kindergarten": 15,
        "townhall": 14,
        "marketplace": 14,
        "library": 14,
        "theatre": 14,
        "place_of_worship": 14,
        "police": 15,
        "fire_station": 15,
        "post_office": 15,
        "cinema": 15,
        "bus_station": 14,
    },
    "tourism": {"museum": 14, "attraction": 14, "zoo": 13, "hotel": 15},
    "leisure": {"park": 13, "stadium": 13, "sports_centre": 15},
    "shop": {"mall": 14, "department_store": 15, "supermarket": 15},
    "historic": {"monument": 15, "castle": 14},
}
# Kind, lowest zoom and rank of population of a place.
_PLACES = {
    "city": ("locality", 6, 11),
    "town": ("locality", 9, 8),
    "village": ("locality", 11, 5),
    "suburb": ("neighbourhood", 11, 4),
    "quarter": ("neighbourhood", 13, 3),
    "neighbourhood": ("neighbourhood", 13, 2),
}
_HOUSE_ZOOM, _BUILDING_ZOOM = MAX_ZOOM, 13
_STOREY_M = 3.0


def features_of(layer: str, tags: Tags, geometry: BaseGeometry) -> Iterator[MapFeature]:
    """Yield the features of the base map that an object of OpenStreetMap becomes.

    Args:
        layer: Layer of GDAL: `points`, `lines` or `multipolygons`.
        geometry: WGS 84. An area becomes a landmark at a point inside it.
    """
    match layer:
        case "points":
            yield from _place(tags, geometry)
            yield from _house_number(tags, geometry)
            yield from _landmark(tags, geometry)
        case "lines":
            yield from _line(tags, geometry)
        case "multipolygons":
            yield from _area(tags, geometry)


def _line(tags: Tags, geometry: BaseGeometry) -> Iterator[MapFeature]:
    way = tags.get("highway", "")
    road = _ROADS.get(way.removesuffix("_link"))
    if road is not None:
        kind, zoom = road
        yield MapFeature("roads", kind, geometry, zoom, _names(tags), _road_properties(tags, way))
    elif (rail := tags.get("railway", "")) in _RAILS and not _is_set(tags, "tunnel"):
        is_siding = "service" in tags
        zoom = _RAILS[rail] + (2 if is_siding else 0)
        yield MapFeature("roads", "rail", geometry, zoom, properties={"kind_detail": rail})
    elif (stream := tags.get("waterway", "")) in _STREAMS and not _is_set(tags, "tunnel"):
        kind, zoom = _STREAMS[stream]
        yield MapFeature("water", kind, geometry, zoom, _names(tags))


def _road_properties(tags: Tags, way: str) -> dict[str, Value]:
    # The styles ask whether a property is there: `is_bridge` false would be a bridge.
    properties: dict[str, Value] = {"kind_detail": way.removesuffix("_link")}
    if way.endswith("_link"):
        properties["is_link"] = True
    for tag, name in (("bridge", "is_bridge"), ("tunnel", "is_tunnel")):
        if _is_set(tags, tag):
            properties[name] = True
    if tags.get("oneway") in ("yes", "1", "true"):
        properties["oneway"] = "yes"
    if "ref" in tags:
        properties["ref"] = tags["ref"]
    return properties


def _area(tags: Tags, geometry: BaseGeometry) -> Iterator[MapFeature]:
    inside = geometry.representative_point()
    if _is_set(tags, "building"):
        properties: dict[str, Value] = {}
        if (height := _height_m(tags)) is not None:
            properties["height"] = height
        yield MapFeature("buildings", "building", geometry, _BUILDING_ZOOM, properties=properties)
        yield from _house_number(tags, inside)
    elif any(tags.get(key) in values for key, values in _WATER.items()):
        kind = {"river": "river", "lake": "lake"}.get(tags.get("water", ""), "water")
        yield MapFeature("water", kind, geometry, 6 if kind == "river" else 8, _names(tags))
    else:
        kinds = (by_value[tags[key]] for key, by_value in _LANDUSE.items() if tags.get(key) in by_value)
        for kind in islice(kinds, 1):
            yield MapFeature("landuse", kind, geometry, 10)
    yield from _landmark(tags, inside)


def _landmark(tags: Tags, point: BaseGeometry) -> Iterator[MapFeature]:
    if not (label := _names(tags)):
        return
    for key, zooms in _POIS.items():
        value = tags.get(key, "")
        if value in zooms:
            yield MapFeature("pois", value, point, zooms[value], label)
            return


def _place(tags: Tags, point: BaseGeometry) -> Iterator[MapFeature]:
    place = _PLACES.get(tags.get("place", ""))
    if place is None or not (label := _names(tags)):
        return
    kind, zoom, rank = place
    properties: dict[str, Value] = {"kind_detail": tags["place"], "population_rank": rank}
    yield MapFeature("places", kind, point, zoom, label, properties)


def _house_number(tags: Tags, point: BaseGeometry) -> Iterator[MapFeature]:
    if number := tags.get("addr:housenumber"):
        yield MapFeature("buildings", "address", point, _HOUSE_ZOOM, properties={"addr_housenumber": number})


def _names(tags: Tags) -> dict[str, str]:
    zh = tags.get("name:zh-Hans") or tags.get("name:zh")
    return names(tags.get("name"), zh=zh, en=tags.get("name:en"))


def _is_set(tags: Tags, key: str) -> bool:
    return tags.get(key, "no") != "no"


def _height_m(tags: Tags) -> float | None:
    """Return the height of a building in metres; None if it is unknown."""
    for text, factor in ((tags.get("height", ""), 1.0), (tags.get("building:levels", ""), _STOREY_M)):
        try:
            height = float(text.removesuffix("m")) * factor
        except ValueError:
            continue
        if isfinite(height) and 0 < height < 1_000:
            return height
    return None


def has_area(geometry: BaseGeometry | None) -> bool:
    """Return True if a polygon of OpenStreetMap can be drawn."""
    return geometry is not None and not geometry.is_empty and bool(shapely.area(geometry) > 0)
