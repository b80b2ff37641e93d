"""Reading of geographic files as tables.

GeoJSON is read by orjson, GeoPackage and Shapefile by GDAL (pyogrio).
"""

import glob
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from app.exchange.rules.contract import Row
from app.exchange.rules.faults import FileRefused
from app.exchange.rules.files.archives import require_small_archive
from app.exchange.rules.files.gdal import pyogrio
from app.exchange.rules.files.geopackages import SQLITE, is_sqlite, require_plain
from app.exchange.rules.files.table import Table

# Of a .dbf: how long its head is and each field's entry in it, and which byte names the language.
_DBF_HEAD, _DBF_LANGUAGE = 32, 29
# Of a .dbf so much is looked at to tell its encoding.
_DBF_SAMPLE = 4_000_000
# Of a GeoPackage so many rows are in memory at a time; a Shapefile is read whole, as its archive is.
_ROWS = 20_000
# The column of the features' own ids, which a mapping may name.
FEATURE_ID = "@id"


def geojson_table(path: Path) -> Table:
    """Read a GeoJSON FeatureCollection as a table.

    The coordinate system is that of the member `crs` (used before RFC 7946), by default WGS 84.
    """
    try:
        content = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise FileRefused("file_unreadable", reason=str(error)) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise FileRefused("file_unreadable", reason="not a FeatureCollection")
    names: dict[str, None] = {}
    for feature in features:
        properties = feature.get("properties")
        names |= dict.fromkeys(properties if isinstance(properties, dict) else ())
    header = list(names)
    if FEATURE_ID not in names and any(feature.get("id") is not None for feature in features):
        header.append(FEATURE_ID)
    return Table(
        "geojson",
        header,
        _features(features, header),
        has_shapes=any(feature.get("geometry") for feature in features),
        crs=_named_crs(content),
        count=len(features),
    )


def _features(features: Sequence[dict[str, Any]], header: Sequence[str]) -> Iterator[Row]:
    for number, feature in enumerate(features, 1):
        properties = feature.get("properties")
        values = properties if isinstance(properties, dict) else {}
        if header and header[-1] == FEATURE_ID and FEATURE_ID not in values:
            values = {**values, FEATURE_ID: feature.get("id")}
        cells = tuple(_scalar(values.get(name)) for name in header)
        yield Row(number, cells, shape=_shape(feature.get("geometry")), geometry=feature.get("geometry"))


def _scalar(value: Any) -> Any:
    """Return a JSON value as a cell value. A list or an object becomes its JSON text."""
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value


def _shape(geometry: Any) -> BaseGeometry | None:
    if not isinstance(geometry, dict):
        return None
    try:
        parsed = shape(geometry)
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
    return None if parsed.is_empty else shapely.force_2d(parsed)


def _named_crs(content: dict[str, Any]) -> str | None:
    try:
        name = str(content["crs"]["properties"]["name"])
    except (KeyError, TypeError):
        return None
    code = name.rpartition(":")[2]
    return f"EPSG:{code}" if code.isdigit() else None


def layer_table(path: Path, format: str, layer: str | None, name: str) -> Table:
    """Read a layer of a GeoPackage, or a Shapefile (zipped or not), as a table.

    Coordinates stay in the coordinate system of the file.
    """
    gdal = pyogrio()
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    source = str(path)
    is_archive = name.lower().endswith(".zip")
    if is_archive:
        require_small_archive(path)
        _require_shapefile(path)
        source = f"/vsizip/{path}"
    # GDAL goes by the content: a GeoPackage that is named as a Shapefile is opened as a GeoPackage all the same.
    if not is_archive and is_sqlite(path) != (format == "gpkg"):
        raise FileRefused(
            "file_unreadable", reason=f"not a {'GeoPackage' if format == 'gpkg' else 'Shapefile'}"
        )
    if format == "gpkg":
        require_plain(path)
    try:
        layer_names = [str(row[0]) for row in gdal.list_layers(source)]
        if layer is not None and layer not in layer_names:
            raise FileRefused("layer_unknown", name=layer, known=layer_names)
        if layer is None and len(layer_names) > 1:
            raise FileRefused("layer_needed", known=layer_names)
        encoding = _guess_encoding(path, name) if format == "shp" else None
        is_long = format == "gpkg"
        parts = _parts(source, layer or layer_names[0], encoding, is_long=is_long)
        # Read to the end first, so that a truncated file is refused before any of its rows is stored.
        parts_read = [] if is_long else list(parts)
        meta: Any = None
        has_shapes, count = False, 0
        for part_meta, shapes, columns in parts_read or parts:
            meta = part_meta
            has_shapes = shapes is not None
            count += _length(shapes, columns)
    except (DataSourceError, DataLayerError, FieldError, RuntimeError, ValueError, IndexError) as error:
        raise FileRefused("file_unreadable", reason=type(error).__name__) from None
    header = [str(field) for field in meta["fields"]]
    return Table(
        format,
        header,
        _records(
            iter(parts_read)
            if parts_read
            else _parts(source, layer or layer_names[0], encoding, is_long=True)
        ),
        has_shapes=has_shapes,
        crs=meta.get("crs"),
        count=count,
        encoding=encoding or meta.get("encoding") or "UTF-8",
        layer=layer or layer_names[0],
        geometry_type=meta.get("geometry_type"),
    )


def _require_shapefile(path: Path) -> None:
    """Refuse a ZIP archive that has no Shapefile, or that contains an SQLite database.

    GDAL recognises a database by its content, and would open a database under any file name.
    """
    with zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
        if not any(name.lower().endswith((".shp", ".dbf")) for name in names):
            raise FileRefused("file_unreadable", reason="no Shapefile in the archive")
        for name in names:
            with archive.open(name) as part:
                if part.read(len(SQLITE)) == SQLITE:
                    raise FileRefused("file_unreadable", reason="a database in the archive of a Shapefile")


def _guess_encoding(path: Path, name: str) -> str | None:
    """Return the likely encoding of a Shapefile that does not declare one.

    The encoding is UTF-8 if the text is valid UTF-8, else GB18030. None: the file declares its encoding, by a `.cpg` file or by
    the language byte of its `.dbf`.
    """
    if name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            parts = {Path(part).suffix.lower(): part for part in archive.namelist()}
            content = b""
            if ".dbf" in parts:
                with archive.open(parts[".dbf"]) as part:
                    content = part.read(_DBF_SAMPLE)
    else:
        parts = {part.suffix.lower(): part.name for part in path.parent.glob(f"{glob.escape(path.stem)}.*")}
        content = b""
        if ".dbf" in parts:
            with (path.parent / parts[".dbf"]).open("rb") as part:
                content = part.read(_DBF_SAMPLE)
    if ".cpg" in parts or len(content) < _DBF_HEAD or content[_DBF_LANGUAGE]:
        return None
    head, records = content[_DBF_HEAD:], content[int.from_bytes(content[8:10], "little") :]
    names = [
        head[offset : offset + 11].split(b"\0")[0] for offset in range(0, len(head) - len(records), _DBF_HEAD)
    ]
    sample = b" ".join([*names[:-1], records])
    # The sample may end in the middle of a character, so the encoding with fewer errors wins.
    errors_by_encoding = {
        code: sample.decode(code, "replace").count("\ufffd") for code in ("UTF-8", "GB18030")
    }
    return min(errors_by_encoding, key=errors_by_encoding.__getitem__)


def _parts(source: str, layer: str, encoding: str | None, *, is_long: bool) -> Iterator[tuple[Any, Any, Any]]:
    """Read a layer in parts, and yield each part as (metadata, geometries, columns).

    An empty layer gives one part without rows.

    Args:
        is_long: If True, a part has at most `_ROWS` rows. If False, one part has all rows.
    """
    offset, size = 0, _ROWS if is_long else None
    while True:
        meta, _, shapes, columns = pyogrio().raw.read(
            source,
            layer=layer,
            force_2d=True,
            datetime_as_string=True,
            encoding=encoding,
            skip_features=offset,
            max_features=size,
        )
        count = _length(shapes, columns)
        if count or not offset:
            yield meta, shapes, columns
        if size is None or count < size:
            return
        offset += count


def _length(shapes: Any, columns: Sequence[Any]) -> int:
    return len(shapes) if shapes is not None else (len(columns[0]) if columns else 0)


def _records(parts: Iterator[tuple[Any, Any, Any]]) -> Iterator[Row]:
    number = 0
    for _, shapes, columns in parts:
        for index in range(_length(shapes, columns)):
            number += 1
            cells = tuple(_cell(column[index]) for column in columns)
            yield Row(number, cells, shape=_from_wkb(shapes[index] if shapes is not None else None))


def _from_wkb(wkb: bytes | None) -> BaseGeometry | None:
    if wkb is None:
        return None
    parsed = shapely.from_wkb(wkb, on_invalid="ignore")
    return None if parsed is None or parsed.is_empty else parsed


def _cell(value: Any) -> Any:
    """Convert a NumPy scalar to a Python value. NaN becomes None."""
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float) and plain != plain:
        return None
    return plain
