"""Program of the child process that reads an extract of OpenStreetMap with GDAL.

Only this process loads the driver.

The request is `{"path", "bounds"}`. The first answer is `{"bounds": [west, south, east, north]}`: those of the request, or of
the header of the file, or null. Then follows `{"layer", "rows": [[tags, geometry as WKB in hex]]}` for each part of the rows.
The process does not use the database.
"""

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.core.child_program import serve
from app.core.gdal import restricted_pyogrio

DRIVERS = frozenset({"OSM"})
_ROWS_PER_PART = 1_000
_NAMES = "name,name:zh,name:zh-Hans,name:en"
_POLYGON_KEYS = (
    "aeroway,amenity,building,landuse,leisure,natural,place,tourism,"
    "waterway=riverbank,highway=pedestrian,area:highway"
)
# Tags that `app.basemap.rules.osm` reads, by layer. GDAL puts all others into one text, which is not read.
TAGS = {
    "points": f"{_NAMES},place,population,amenity,shop,tourism,leisure,historic,railway,building,addr:housenumber",
    "lines": f"{_NAMES},highway,railway,waterway,natural,service,ref,oneway,bridge,tunnel",
    "multipolygons": f"{_NAMES},building,building:levels,height,addr:housenumber,amenity,shop,tourism,leisure,historic"
    ",landuse,natural,water,waterway,highway,aeroway,man_made,place",
}
_CONFIG = f"attribute_name_laundering=no\nclosed_ways_are_polygons={_POLYGON_KEYS}\n" + "".join(
    f"[{layer}]\nosm_id=no\nattributes={tags}\nunsignificant=created_by,source\nignore=created_by,source\nother_tags=no\n"
    for layer, tags in TAGS.items()
)


def answer(request: dict[str, Any], files: list[int]) -> Iterator[dict[str, Any]]:
    """Read the requested file; yield its bounds, then its rows in parts, as JSON."""
    gdal = restricted_pyogrio(DRIVERS)
    from arro3.core import RecordBatchReader

    path, bounds = request["path"], request["bounds"]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Ways that are not closed, and such: they are left out or mended later.
        warnings.simplefilter("ignore")
        config = Path(folder) / "osmconf.ini"
        config.write_text(_CONFIG, encoding="utf-8")
        gdal.set_gdal_config_options({"OSM_CONFIG_FILE": str(config), "CPL_TMPDIR": folder})
        if bounds is None:
            bounds = gdal.read_info(path, layer="points")["total_bounds"]
        yield {"bounds": bounds}
        box = None if bounds is None else tuple(bounds)
        for layer in TAGS:
            # Of a statement GDAL knows that no other layer is read. Otherwise it would keep those of large files in memory.
            statement = f"SELECT * FROM {layer}"  # noqa: S608 (a name of TAGS)
            stream = gdal.raw.open_arrow(
                path, sql=statement, bbox=box, use_pyarrow=False, batch_size=_ROWS_PER_PART
            )
            with stream as (_, source):
                for batch in RecordBatchReader.from_stream(source):
                    yield {"layer": layer, "rows": list(_rows(batch))}


def _rows(batch: Any) -> Iterator[tuple[dict[str, str], str]]:
    names = batch.schema.names
    columns = [batch.column(index).to_pylist() for index in range(len(names))]
    geometry = names.index("_ogr_geometry_")
    for values in zip(*columns, strict=True):
        tags = {name: value for name, value in zip(names, values, strict=True) if isinstance(value, str)}
        if values[geometry] is not None:
            yield tags, values[geometry].hex()


if __name__ == "__main__":
    serve(answer)
