"""GDAL (pyogrio) for imports and exports, with a small memory limit and three drivers only (`app.core.gdal`)."""

from functools import lru_cache
from typing import Any

from app.core.gdal import restricted_pyogrio

# An R-tree grows in memory up to here, and then in a file beside the layer. GDAL's own limit is a tenth of the machine.
_RTREE_BYTES = 10_000_000
DRIVERS = frozenset({"GPKG", "ESRI Shapefile", "FlatGeobuf"})


@lru_cache(maxsize=1)
def pyogrio() -> Any:
    """Return the module pyogrio, restricted to the GDAL drivers in DRIVERS.

    Raises:
        RuntimeError: pyogrio was loaded before, or it has drivers that are not in DRIVERS.
    """
    module = restricted_pyogrio(DRIVERS)
    module.set_gdal_config_options({"OGR_GPKG_MAX_RAM_USAGE_RTREE": str(_RTREE_BYTES)})
    return module
