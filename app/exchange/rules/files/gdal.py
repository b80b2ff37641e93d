"""Loading of GDAL (pyogrio) on first use, with a small memory limit and three drivers only.

GDAL selects a driver by the content of a file, not by its name. Some drivers (OGR_VRT, WFS, HTTP) read other files or fetch
URLs that the file contains, so an imported file could disclose files of the server. So these drivers are not loaded.
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
    """Return the module pyogrio, restricted to the GDAL drivers in DRIVERS.

    If pandas is installed, pyogrio would import it (35 MB, unused here). The function blocks this import.

    Raises:
        RuntimeError: pyogrio was loaded before, or it has drivers that are not in DRIVERS.
    """
    modules: dict[str, Any] = sys.modules
    has_pandas = "pandas" in modules
    if not has_pandas:
        modules["pandas"] = None
    # GDAL reads this variable once, when it is loaded. Child processes must not inherit it.
    previous_skip = os.environ.get("OGR_SKIP")
    os.environ["OGR_SKIP"] = ",".join(_SKIPPED)
    try:
        import pyogrio as module
        import pyogrio.raw as _raw  # noqa: F401  (loads `pyogrio.raw`)
    finally:
        if not has_pandas:
            del modules["pandas"]
        if previous_skip is None:
            del os.environ["OGR_SKIP"]
        else:
            os.environ["OGR_SKIP"] = previous_skip
    if unexpected := module.list_drivers().keys() - DRIVERS:
        raise RuntimeError(
            f"GDAL has drivers that files of others must not reach: {', '.join(sorted(unexpected))}"
        )
    module.set_gdal_config_options({"OGR_GPKG_MAX_RAM_USAGE_RTREE": str(_RTREE_BYTES)})
    return module
