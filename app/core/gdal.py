"""Loading of GDAL (pyogrio) with an allow list of drivers.

GDAL selects a driver by the content of a file, not by its name. Some drivers (OGR_VRT, WFS, HTTP) read other files or fetch
URLs that the file contains, so a file of somebody else could disclose files of the server. So only the drivers are loaded
that a process needs. GDAL reads its settings once: one process has one allow list.
"""

import os
import sys
from functools import lru_cache
from typing import Any

# All drivers of the GDAL that pyogrio brings along; GDAL knows no list of those that it may load, only of those to skip.
_DRIVERS = frozenset(
    """
    GPKG|ESRI Shapefile|FlatGeobuf|MEM|PCIDSK|PDS4|VICAR|PDF|MBTiles|EEDA|OGCAPI|GDALG|MapInfo File|
    LVBAG|S57|DGN|OGR_VRT|CSV|GML|GPX|LIBKML|KML|GeoJSON|GeoJSONSeq|ESRIJSON|TopoJSON|OGR_GMT|
    SQLite|WAsP|OpenFileGDB|DXF|GeoRSS|VFK|PGDUMP|OSM|GPSBabel|OGR_PDS|WFS|OAPIF|EDIGEO|Idrisi|
    ODS|XLSX|Elasticsearch|Carto|AmigoCloud|SXF|Selafin|JML|PLSCENES|CSW|VDV|MVT|NGW|MapML|GTFS|
    PMTiles|JSONFG|MiraMonVector|ADBC|AVCBin|AVCE00|AIVector|HTTP
    """.replace("\n    ", "")
    .strip()
    .split("|")
)


@lru_cache(maxsize=1)
def restricted_pyogrio(allowed: frozenset[str]) -> Any:
    """Return the module pyogrio, restricted to the GDAL drivers `allowed`.

    If pandas is installed, pyogrio would import it (35 MB, unused here). The function blocks this import.

    Raises:
        RuntimeError: pyogrio was loaded before, or it has other drivers.
    """
    modules: dict[str, Any] = sys.modules
    has_pandas = "pandas" in modules
    if not has_pandas:
        modules["pandas"] = None
    # GDAL reads this variable once, when it is loaded. Child processes must not inherit it.
    previous_skip = os.environ.get("OGR_SKIP")
    os.environ["OGR_SKIP"] = ",".join(sorted(_DRIVERS - allowed))
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
    if unexpected := module.list_drivers().keys() - allowed:
        raise RuntimeError(
            f"GDAL has drivers that files of others must not reach: {', '.join(sorted(unexpected))}"
        )
    return module
