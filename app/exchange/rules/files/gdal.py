"""GDAL by pyogrio: loaded when it is first needed, told to keep little in memory, and with three drivers only.

GDAL chooses a driver by what is in a file, whatever the file is called, and some of them read other files or fetch addresses
that the file names (OGR_VRT, WFS, HTTP): an import would show what the server can read. So they are not loaded at all.
"""

import os
import sys
from functools import lru_cache
from typing import Any

# An R-tree grows in memory up to here, and then in a file beside the layer. GDAL's own limit is a tenth of the machine.
_RTREE_BYTES = 10_000_000
DRIVERS = {"GPKG", "ESRI Shapefile", "FlatGeobuf"}
# All others of the GDAL that pyogrio brings along; GDAL knows no list of those that it may load.
_SKIPPED = (
    *("MEM", "PCIDSK", "PDS4", "VICAR", "PDF", "MBTiles", "EEDA", "OGCAPI", "GDALG", "MapInfo File", "LVBAG"),
    *("S57", "DGN", "OGR_VRT", "CSV", "GML", "GPX", "LIBKML", "KML", "GeoJSON", "GeoJSONSeq", "ESRIJSON"),
    *(
        "TopoJSON",
        "OGR_GMT",
        "SQLite",
        "WAsP",
        "OpenFileGDB",
        "DXF",
        "GeoRSS",
        "VFK",
        "PGDUMP",
        "OSM",
        "GPSBabel",
    ),
    *(
        "OGR_PDS",
        "WFS",
        "OAPIF",
        "EDIGEO",
        "Idrisi",
        "ODS",
        "XLSX",
        "Elasticsearch",
        "Carto",
        "AmigoCloud",
        "SXF",
    ),
    *("Selafin", "JML", "PLSCENES", "CSW", "VDV", "MVT", "NGW", "MapML", "GTFS", "PMTiles", "JSONFG"),
    *("MiraMonVector", "ADBC", "AVCBin", "AVCE00", "AIVector", "HTTP"),
)


@lru_cache(maxsize=1)
def pyogrio() -> Any:
    """The module, with DRIVERS and no others; RuntimeError if it was loaded before, or brings drivers that are not known here.

    Wherever pandas is installed it takes it in: 35 MB that nobody here needs.
    """
    modules: dict[str, Any] = sys.modules
    is_there = "pandas" in modules
    if not is_there:
        modules["pandas"] = None
    # Read once, when the library is loaded. Programs that this process starts are not to have it.
    before = os.environ.get("OGR_SKIP")
    os.environ["OGR_SKIP"] = ",".join(_SKIPPED)
    try:
        import pyogrio as found
        import pyogrio.raw as _raw  # noqa: F401  (so that `found.raw` is there)
    finally:
        if not is_there:
            del modules["pandas"]
        if before is None:
            del os.environ["OGR_SKIP"]
        else:
            os.environ["OGR_SKIP"] = before
    if others := found.list_drivers().keys() - DRIVERS:
        raise RuntimeError(
            f"GDAL has drivers that files of others must not reach: {', '.join(sorted(others))}"
        )
    found.set_gdal_config_options({"OGR_GPKG_MAX_RAM_USAGE_RTREE": str(_RTREE_BYTES)})
    return found
