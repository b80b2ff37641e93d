"""The made-up city as features of the base map: the same objects as in the database, in the Protomaps schema.

Outside Gudang Street there are only land, the large streets between communities, and names.
"""

from collections.abc import Iterator

from shapely import affinity
from shapely.geometry import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from app.basemap.rules.schema import MapFeature, Value, names
from app.demo.city import names as street_names
from app.demo.city.city_map import CityMap, in_degrees
from app.demo.city.parts import Block, Street, Text
from app.demo.divisions import GUDANG, district

ATTRIBUTION = "Made-up city of the demo (Gridward)"
# Kind of road in the schema and lowest zoom, by kind of street.
_ROADS = {
    "primary": ("major_road", 9),
    "secondary": ("major_road", 11),
    "residential": ("minor_road", 12),
    "path": ("path", 14),
    "rail": ("rail", 10),
}
_LANDUSE = {
    "park": "park", "green": "grass", "plaza": "pedestrian", "school": "school", "kindergarten": "kindergarten",
    "hospital": "hospital", "parking": "grass", "water": "park",
}  # fmt: skip
_POI_ZOOMS = {
    "train_station": 12,
    "hospital": 13,
    "park": 13,
    "subway_station": 13,
    "school": 14,
    "marketplace": 14,
}
_LAST_ZOOM = 15


def features(town: CityMap) -> Iterator[MapFeature]:
    """Yield all features of the base map of a city."""
    by_code = {shape.code: shape for shape in town.shapes}
    whole = by_code[district().code].polygon
    yield MapFeature("earth", "earth", whole.buffer(0.02))
    yield from _outside(town)
    for block in town.blocks:
        yield from _land(block)
    yield MapFeature("water", "river", in_degrees(town.plan.river), 8)
    yield MapFeature("water", "river", in_degrees(town.plan.river_line), 10, _named(street_names.RIVER))
    yield from _parks(town)
    for street in town.streets:
        yield from _road(street, town.plan.river)
    yield from _buildings(town)
    yield from _places(town)


def _named(text: Text) -> dict[str, str]:
    return names(text.zh, en=text.en)


def _outside(town: CityMap) -> Iterator[MapFeature]:
    """Yield the borders of streets and communities outside as large and small streets, and the names of both."""
    inside = next(shape.polygon for shape in town.shapes if shape.code == GUDANG)
    for level, kind, detail, zoom in (
        ("community", "minor_road", "residential", 13),
        ("street", "major_road", "secondary", 9),
    ):
        borders = [
            s.polygon.exterior for s in town.shapes if s.level == level and not s.code.startswith(GUDANG)
        ]
        lines = unary_union(borders).difference(inside.buffer(1e-6))
        yield MapFeature("roads", kind, lines, zoom, properties={"kind_detail": detail})
    for shape in town.shapes:
        if shape.level == "street" and shape.code != GUDANG:
            text = names(shape.name["zh"], en=shape.name["en"])
            details: dict[str, Value] = {"kind_detail": "neighbourhood", "population_rank": 6}
            yield MapFeature(
                "places", "neighbourhood", shape.polygon.representative_point(), 10, text, details
            )


def _land(block: Block) -> Iterator[MapFeature]:
    kind = _LANDUSE.get(block.style)
    if kind is not None:
        yield MapFeature(
            "landuse", kind, in_degrees(block.plot), 11 if block.style in ("park", "water") else 13
        )
    if block.style == "courtyard":
        # The yard inside the wings.
        yard = block.plot.buffer(-21)
        if not yard.is_empty:
            yield MapFeature("landuse", "grass", in_degrees(yard), 14)


def _parks(town: CityMap) -> Iterator[MapFeature]:
    """Yield the pond of the largest park, and the paths of all parks."""
    for block in town.blocks:
        if block.style != "park":
            continue
        plot = block.plot
        paths: list[BaseGeometry] = []
        if plot.area > 60_000:
            oval = affinity.rotate(affinity.scale(plot.centroid.buffer(62, 8), 1.5, 0.75), 20)
            bay = affinity.translate(affinity.scale(oval, 0.5, 0.8), 45, 30)
            pond = oval.union(bay).intersection(plot.buffer(-20))
            yield MapFeature("water", "lake", in_degrees(pond), 12)
            ring = pond.buffer(10).boundary
            paths.append(ring)
            paths += [_spoke(plot, ring, n / 7) for n in range(7)]
        else:
            paths += [_spoke(plot, plot.centroid.buffer(8).exterior, n / 4 + 0.08) for n in range(4)]
        for path in paths:
            yield MapFeature("roads", "path", in_degrees(path), 14, properties={"kind_detail": "path"})


def _spoke(plot: BaseGeometry, ring: BaseGeometry, share: float) -> LineString:
    outer: Point = plot.boundary.interpolate(share, normalized=True)
    inner: Point = ring.interpolate(ring.project(outer))
    bend = Point((outer.x + inner.x) / 2 + (inner.y - outer.y) * 0.12, (outer.y + inner.y) / 2)
    return LineString([outer, bend, inner])


def _road(street: Street, river: BaseGeometry) -> Iterator[MapFeature]:
    kind, zoom = _ROADS[street.kind]
    over = street.axis.intersection(river)
    text = _named(street.name)
    details: dict[str, Value] = {"kind_detail": street.kind}
    bridge: dict[str, Value] = {"is_bridge": True}
    plain: dict[str, Value] = {}
    pieces = ((street.axis.difference(river), plain), (over, bridge))
    for piece, properties in pieces:
        for part in getattr(piece, "geoms", [piece]):
            if isinstance(part, LineString | MultiLineString) and part.length > 0.5:
                yield MapFeature("roads", kind, in_degrees(part), zoom, text, details | properties)


def _buildings(town: CityMap) -> Iterator[MapFeature]:
    for building in town.buildings:
        shape = in_degrees(building.shape)
        yield MapFeature("buildings", "building", shape, 13, properties={"height": 3 * building.floors})
        number = f"{building.building}幢" if building.compound else str(building.number)
        spot = in_degrees(building.shape.representative_point())
        yield MapFeature("buildings", "address", spot, _LAST_ZOOM, properties={"addr_housenumber": number})


def _places(town: CityMap) -> Iterator[MapFeature]:
    for landmark in town.landmarks:
        zoom = _POI_ZOOMS.get(landmark.kind, _LAST_ZOOM)
        yield MapFeature("pois", landmark.kind, in_degrees(landmark.gate), zoom, _named(landmark.name))
    for site in town.sites:
        if site.compound is not None:
            yield MapFeature(
                "pois", "residential", in_degrees(site.block.middle), _LAST_ZOOM, _named(site.compound)
            )
    for shape in town.shapes:
        if shape.level == "community" and shape.code.startswith(GUDANG):
            text = names(shape.name["zh"], en=shape.name["en"])
            details: dict[str, Value] = {"kind_detail": "neighbourhood", "population_rank": 5}
            yield MapFeature(
                "places", "neighbourhood", shape.polygon.representative_point(), 13, text, details
            )
    gudang = next(shape for shape in town.shapes if shape.code == GUDANG)
    text = names(gudang.name["zh"], en=gudang.name["en"])
    of_town: dict[str, Value] = {"kind_detail": "town", "population_rank": 9}
    yield MapFeature("places", "locality", gudang.polygon.representative_point(), 9, text, of_town)
