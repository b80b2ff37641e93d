"""The base map of the demo city, in the file that the pages of a demo server show."""

from pathlib import Path

from app.basemap.service.pack import PackedMap, write_tiles
from app.demo.city import city_map
from app.demo.city.features import ATTRIBUTION, features
from app.demo.people import MAP_SEED
from app.demo.recording import FOLDER

FILE = FOLDER / "city.pmtiles"


def write_map(output: Path | None = None) -> PackedMap:
    """Write the base map; None: to the file of the package."""
    return write_tiles(
        features(city_map(MAP_SEED)), output or FILE, name="Gridward demo", attribution=ATTRIBUTION
    )
