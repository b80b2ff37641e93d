"""Reading of the file of a base map: what it is, whether it can be used, and its tiles."""

import gzip
import json
import logging
import os
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pmtiles.tile import (
    Compression,
    Entry,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from app.basemap.rules.attribution import Credit, credits_of
from app.basemap.rules.schema import REQUIRED_LAYERS, Bounds

log = logging.getLogger("gridward.basemap")

HEADER_BYTES = 127
# The format has a root and at most three levels of leaves.
_LEVELS = 4
_METADATA_MOST_BYTES = 10_000_000


class MapUnusable(Exception):
    """Raised when a file cannot be the base map. The message says why."""


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A layer of the tiles, as the metadata have it. `fields`: type (`String`, `Number`, `Boolean`) by property."""

    id: str
    min_zoom: int
    max_zoom: int
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class MapFile:
    """A base map that can be used.

    Attributes:
        tag: Changes with the file.
        bounds: West, south, east, north in degrees.
    """

    path: Path
    tag: str
    size: int
    name: str
    credits: tuple[Credit, ...]
    bounds: Bounds
    min_zoom: int
    max_zoom: int
    layers: tuple[MapLayer, ...]
    is_packed: bool
    _root: tuple[int, int]
    _leaves_offset: int
    _tiles_offset: int

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """Return a tile as MVT, not compressed; None if the file has none there."""
        if not self.min_zoom <= zoom <= self.max_zoom:
            return None
        wanted = zxy_to_tileid(zoom, column, row)
        offset, length = self._root
        for _ in range(_LEVELS):
            entry = find_tile(_directory(self.path, self.tag, offset, length), wanted)
            if entry is None:
                return None
            if entry.run_length:
                body = _read(self.path, self._tiles_offset + entry.offset, entry.length)
                return gzip.decompress(body) if self.is_packed else body
            offset, length = self._leaves_offset + entry.offset, entry.length
        return None


def open_map(path: Path) -> MapFile:
    """Return the base map in a file. It is read again only when the file has changed.

    Raises:
        MapUnusable: There is no such file, or it is not a PMTiles file (version 3) of vector tiles in the Protomaps schema.
    """
    try:
        facts = path.stat()
    except OSError:
        raise MapUnusable(f"there is no file {path}") from None
    return _open(path, facts.st_mtime_ns, facts.st_size)


def configured_map(path: Path | None) -> MapFile | None:
    """Return the base map in a configured file; None if none is configured, or it cannot be used, which the log then says."""
    if path is None:
        return None
    try:
        return open_map(path)
    except MapUnusable as unusable:
        log.warning("no base map", extra={"fields": {"fault": str(unusable)}})
        return None


def configuration_fault(path: Path | None, raster_url: str) -> str | None:
    """Return what is wrong with the settings of the base map; None if they can be used.

    Args:
        path: The file of the vector base map; None: none is configured.
        raster_url: The address of raster tiles; empty: none is configured.
    """
    if path is None:
        return None
    if raster_url:
        return "GRIDWARD_BASE_MAP and GRIDWARD_BASE_MAP_URL are both set: the second one is not used"
    try:
        open_map(path)
    except MapUnusable as unusable:
        return str(unusable)
    return None


@lru_cache(maxsize=4)
def _open(path: Path, mtime_ns: int, size: int) -> MapFile:
    try:
        header = deserialize_header(_read(path, 0, HEADER_BYTES))
    except OSError as error:
        raise MapUnusable(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from None
    except SpecVersionUnsupported:
        raise MapUnusable(f"{path} is a PMTiles file of another version than 3") from None
    except (MagicNumberNotFound, UnicodeDecodeError, IndexError, ValueError):
        raise MapUnusable(f"{path} is not a PMTiles file") from None
    if size < header["tile_data_offset"] + header["tile_data_length"]:
        raise MapUnusable(f"{path} is not complete: its end is missing")
    if header["tile_type"] != TileType.MVT or header["tile_compression"] not in (
        Compression.GZIP,
        Compression.NONE,
    ):
        raise MapUnusable(f"{path} does not have vector tiles (MVT, gzip)")
    metadata = _metadata(path, dict(header))
    layers = tuple(_layers(metadata, header["min_zoom"], header["max_zoom"]))
    if missing := REQUIRED_LAYERS - {layer.id for layer in layers}:
        raise MapUnusable(
            f"{path} is not in the Protomaps schema: it has no layer {', '.join(sorted(missing))}"
        )
    degrees = tuple(header[name] / 1e7 for name in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"))
    return MapFile(
        path=path,
        tag=f"{mtime_ns:x}-{size:x}",
        size=size,
        name=str(metadata.get("name") or path.stem),
        credits=tuple(credits_of(str(metadata.get("attribution") or ""))),
        bounds=(degrees[0], degrees[1], degrees[2], degrees[3]),
        min_zoom=header["min_zoom"],
        max_zoom=header["max_zoom"],
        layers=layers,
        is_packed=header["tile_compression"] == Compression.GZIP,
        _root=(header["root_offset"], header["root_length"]),
        _leaves_offset=header["leaf_directory_offset"],
        _tiles_offset=header["tile_data_offset"],
    )


def _metadata(path: Path, header: dict[str, Any]) -> dict[str, Any]:
    length = min(header["metadata_length"], _METADATA_MOST_BYTES)
    body = _read(path, header["metadata_offset"], length)
    try:
        if header["internal_compression"] == Compression.GZIP:
            body = zlib.decompressobj(wbits=31).decompress(body, _METADATA_MOST_BYTES)
        metadata = json.loads(body)
    except (zlib.error, ValueError):
        raise MapUnusable(f"{path} has metadata that cannot be read") from None
    return metadata if isinstance(metadata, dict) else {}


def _layers(metadata: dict[str, Any], min_zoom: int, max_zoom: int) -> list[MapLayer]:
    described = metadata.get("vector_layers")
    return [
        MapLayer(
            str(layer["id"]),
            int(layer.get("minzoom", min_zoom)),
            int(layer.get("maxzoom", max_zoom)),
            {str(name): str(kind) for name, kind in (layer.get("fields") or {}).items()},
        )
        for layer in (described if isinstance(described, list) else [])
        if isinstance(layer, dict) and "id" in layer
    ]


@lru_cache(maxsize=256)
def _directory(path: Path, tag: str, offset: int, length: int) -> list[Entry]:
    return deserialize_directory(_read(path, offset, length))


def _read(path: Path, offset: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)
