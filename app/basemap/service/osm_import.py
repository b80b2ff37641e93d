"""Import of an extract of OpenStreetMap as a base map."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely import LineString, box

from app.basemap.rules import osm
from app.basemap.rules.coast import land_and_sea
from app.basemap.rules.schema import Bounds, MapFeature
from app.basemap.service.pack import PackedMap, write_tiles
from app.core.child_processes import ChildFailed, Children, Limits

READERS = Children("app.basemap.rules.osm_child", most=1)
_WAIT_FOR_CHILD_S = 5.0


class ExtractRefused(Exception):
    """Raised when an extract cannot become a base map. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Limits of the reading of one extract. They grow with its size; ordinary extracts need a tenth of them."""

    cpu_s: int = 120
    cpu_s_per_mb: float = 10.0
    memory_bytes: int = 3 << 30
    memory_per_byte: int = 10

    def of_file(self, path: Path) -> Limits:
        """Return the limits for the child process that reads this file."""
        size = path.stat().st_size
        cpu_s = self.cpu_s + int(self.cpu_s_per_mb * size / 1_000_000)
        memory = self.memory_bytes + self.memory_per_byte * size
        return Limits(cpu_s=cpu_s, wait_s=4.0 * cpu_s, memory=memory)


@dataclass(slots=True)
class _Extract:
    """The parts read from an extract."""

    bounds: Bounds | None = None
    features: list[MapFeature] = field(default_factory=list)
    coastlines: list[LineString] = field(default_factory=list)


def import_extract(
    path: Path,
    output: Path,
    *,
    name: str,
    bounds: Bounds | None = None,
    limits: ReadLimits | None = None,
    on_read: Callable[[int], None] | None = None,
    on_tiles: Callable[[int, int], None] | None = None,
) -> PackedMap:
    """Write a base map of an extract of OpenStreetMap (`.osm.pbf` or `.osm`).

    Args:
        name: Name of the map in its metadata.
        bounds: West, south, east, north in degrees; None: those that the header of the file has.
        on_read: Called with the number of objects that were read since the last call.
        on_tiles: As `progress` of `write_tiles`.

    Raises:
        ExtractRefused: The file is no extract, has no bounds, has nothing inside them, or exceeds a limit.
    """
    extract = _Extract(bounds)
    for part in _read(path, bounds, limits or ReadLimits()):
        if "bounds" in part:
            if part["bounds"] is None:
                raise ExtractRefused(
                    f"{path.name} does not say which area it covers. Name it with --bbox W,S,E,N."
                )
            extract.bounds = tuple(part["bounds"])
            continue
        _collect(extract, part["layer"], part["rows"])
        if on_read is not None:
            on_read(len(part["rows"]))
    assert extract.bounds is not None
    if not extract.features:
        raise ExtractRefused(f"{path.name} has nothing to draw in this area.")
    land, sea = land_and_sea(extract.coastlines, extract.bounds)
    ground = [
        *(MapFeature("earth", "earth", polygon) for polygon in land),
        *(MapFeature("water", "ocean", polygon) for polygon in sea),
    ]
    return write_tiles(
        [*ground, *extract.features],
        output,
        name=name,
        attribution=osm.ATTRIBUTION,
        bounds=extract.bounds,
        progress=on_tiles,
    )


def _collect(extract: _Extract, layer: str, rows: list[Any]) -> None:
    """Add the features of some rows, cut to the bounds."""
    geometries = shapely.from_wkb([wkb for _, wkb in rows], on_invalid="ignore")
    assert extract.bounds is not None
    area = box(*extract.bounds)
    touching = shapely.intersects(shapely.envelope(geometries), area)
    for (tags, _), geometry, is_inside in zip(rows, geometries, touching.tolist(), strict=True):
        if not is_inside:
            continue
        if layer == "lines" and tags.get("natural") == "coastline":
            extract.coastlines.append(geometry)
        elif layer != "multipolygons" or osm.has_area(geometry):
            extract.features.extend(osm.features_of(layer, tags, geometry))


def _read(path: Path, bounds: Bounds | None, limits: ReadLimits) -> Iterator[dict[str, Any]]:
    request = {"path": str(path.resolve()), "bounds": bounds}
    try:
        with READERS.take(_WAIT_FOR_CHILD_S) as child:
            yield from child.ask(request, limits.of_file(path))
    except ChildFailed as failed:
        match failed.code:
            case "time_over" | "memory_over":
                text = "takes more time or memory than it may. Cut a smaller extract, of one city."
            case "child_refused":
                text = "is no extract of OpenStreetMap that GDAL can read (.osm.pbf or .osm)."
            case _:
                text = f"could not be read: {failed.code}."
        raise ExtractRefused(f"{path.name} {text}") from None
