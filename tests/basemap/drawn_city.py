"""A small base map around a place: named streets, blocks with numbered houses, a river, a park and a school."""

from collections.abc import Iterator
from pathlib import Path

from shapely.geometry import LineString, Point, box

from app.basemap.rules.schema import MapFeature, names
from app.basemap.service.pack import write_tiles

ATTRIBUTION = '<a href="https://www.openstreetmap.org/copyright">© OpenStreetMap contributors</a>'
BLOCK = 0.002
ACROSS = 20


def features_around(lon: float, lat: float) -> Iterator[MapFeature]:
    half = BLOCK * ACROSS / 2
    west, south, east, north = lon - half, lat - half, lon + half, lat + half
    yield MapFeature("earth", "earth", box(west, south, east, north))
    yield MapFeature(
        "water", "river", box(west, lat + BLOCK * 3.2, east, lat + BLOCK * 3.8), names=names("清溪河")
    )
    for n in range(ACROSS + 1):
        kind, zoom = ("major_road", 8) if n % 5 == 0 else ("minor_road", 12)
        for words, ends in (
            (
                names(f"东西{n}路", en=f"East-West Rd {n}"),
                [(west, south + n * BLOCK), (east, south + n * BLOCK)],
            ),
            (
                names(f"南北{n}路", en=f"North-South Rd {n}"),
                [(west + n * BLOCK, south), (west + n * BLOCK, north)],
            ),
        ):
            yield MapFeature("roads", kind, LineString(ends), zoom, words)
    for column in range(ACROSS):
        for row in range(ACROSS):
            x, y = west + column * BLOCK, south + row * BLOCK
            if (column + row) % 7 == 0:
                yield MapFeature("landuse", "park", box(x, y, x + BLOCK, y + BLOCK), 10)
                continue
            for place in range(4):
                left, bottom = x + BLOCK * (0.15 + 0.4 * (place % 2)), y + BLOCK * (0.15 + 0.4 * (place // 2))
                house = box(left, bottom, left + BLOCK * 0.3, bottom + BLOCK * 0.3)
                yield MapFeature("buildings", "building", house, 13)
                number = {"addr_housenumber": str(2 * place + 1)}
                yield MapFeature("buildings", "address", house.centroid, 15, properties=number)
    yield MapFeature("pois", "school", Point(lon, lat), 13, names("第一小学", en="First School"))


def write_city(path: Path, lon: float, lat: float) -> Path:
    write_tiles(features_around(lon, lat), path, name="test", attribution=ATTRIBUTION)
    return path
