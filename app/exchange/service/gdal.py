"""GDAL by pyogrio: loaded when it is first needed, and told to keep little in memory."""

import sys
from functools import lru_cache
from typing import Any

# An R-tree grows in memory up to here, and then in a file beside the layer. GDAL's own limit is a tenth of the machine.
_RTREE_BYTES = 10_000_000


@lru_cache(maxsize=1)
def pyogrio() -> Any:
    """The module. Wherever pandas is installed it takes it in: 35 MB that nobody here needs."""
    modules: dict[str, Any] = sys.modules
    is_there = "pandas" in modules
    if not is_there:
        modules["pandas"] = None
    try:
        import pyogrio as found
        import pyogrio.raw as _raw  # noqa: F401  (so that `found.raw` is there)
    finally:
        if not is_there:
            del modules["pandas"]
    found.set_gdal_config_options({"OGR_GPKG_MAX_RAM_USAGE_RTREE": str(_RTREE_BYTES)})
    return found
