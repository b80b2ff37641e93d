"""Writing of export files with GDAL, one Arrow batch at a time, with constant use of memory."""

import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema

from app.core.errors import Invalid
from app.exchange.rules.cell_formats import SHAPEFILE_TEXT, fit_text, short_names, without_controls
from app.exchange.rules.exports import Column, Sheet
from app.exchange.rules.files.gdal import pyogrio
from app.exchange.service.exports.text_files import Chunks, Note, Row
from app.ogc.rules.collections import Kind

GEOMETRY = "geom"
_WKB = {"ARROW:extension:name": "geoarrow.wkb"}
_TEXT = DataType.utf8()
# The Arrow type of a kind, and the type of its values in rows.
_TYPES = {
    Kind.TEXT: (_TEXT, _TEXT),
    Kind.UUID: (_TEXT, _TEXT),
    Kind.INTEGER: (DataType.int64(), DataType.int64()),
    Kind.BOOLEAN: (DataType.bool(), DataType.bool()),
    Kind.DATE: (DataType.date32(), DataType.int32()),
    Kind.INSTANT: (DataType.timestamp("ms", tz="UTC"), DataType.int64()),
}


def gpkg(path: Path, chunks: Chunks, sheet: Sheet) -> list[Note]:
    """Write a GeoPackage with one layer, which has an R-tree, a name and a description."""
    _write(
        path,
        chunks,
        sheet,
        driver="GPKG",
        layer_options={"IDENTIFIER": sheet.title, "DESCRIPTION": sheet.description},
        layer_metadata={"collection": sheet.name},
    )
    return []


def flatgeobuf(path: Path, chunks: Chunks, sheet: Sheet) -> list[Note]:
    """Write a FlatGeobuf, and return notes for the user.

    Rows without geometry are left out, because the R-tree of the file cannot contain them. A note has the number of these rows.
    """
    options = {"TITLE": sheet.title, "DESCRIPTION": sheet.description}
    left_out = 0

    def placed() -> Iterator[Sequence[Row]]:
        nonlocal left_out
        for chunk in chunks:
            with_shape = [row for row in chunk if row[1] is not None]
            left_out += len(chunk) - len(with_shape)
            if with_shape:
                yield with_shape

    _write(path, placed(), sheet, driver="FlatGeobuf", layer_options=options)
    return [{"code": "without_place_left_out", "rows": left_out}] if left_out else []


def shapefile(path: Path, chunks: Chunks, sheet: Sheet) -> list[Note]:
    """Write a zipped Shapefile. Return notes on data that the format cannot store.

    Raises:
        Invalid: A file in the archive would exceed 2 GB.
    """
    names = short_names([column.name for column in sheet.columns])
    truncated: Counter[str] = Counter()
    folder = path.with_suffix(".parts")
    folder.mkdir()
    _write(
        folder / f"{sheet.name}.shp",
        chunks,
        sheet,
        driver="ESRI Shapefile",
        names=names,
        truncated=truncated,
        encoding="UTF-8",
        layer_options={"2GB_LIMIT": "YES"},
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for part in sorted(os.listdir(folder)):
            archive.write(folder / part, part)
            (folder / part).unlink()
    return _notes(sheet, names, truncated)


def _notes(sheet: Sheet, names: Sequence[str], truncated: Counter[str]) -> list[Note]:
    renamed = {c.name: short for c, short in zip(sheet.columns, names, strict=True) if short != c.name}
    instants = [c.name for c in sheet.columns if c.kind is Kind.INSTANT]
    notes: list[Note] = []
    if renamed:
        notes.append({"code": "columns_renamed", "columns": renamed})
    if instants:
        notes.append({"code": "instants_as_text", "columns": instants})
    if truncated:
        notes.append({"code": "text_cut", "columns": dict(truncated), "bytes": SHAPEFILE_TEXT})
    return notes


class _Batches:
    """An iterator that gives rows to GDAL as Arrow batches.

    `failed` is the error that occurred while a batch was made. GDAL itself does not pass this error on.
    """

    def __init__(
        self, chunks: Chunks, columns: Sequence[Column], names: Sequence[str], truncated: Any
    ) -> None:
        self.failed: BaseException | None = None
        self._chunks = chunks
        self._kinds = [
            Kind.TEXT if truncated is not None and c.kind is Kind.INSTANT else c.kind for c in columns
        ]
        self._clean = [_cell_cleaner(column, truncated) for column in columns]
        fields = [
            Field(name, _TYPES[kind][0], nullable=True) for name, kind in zip(names, self._kinds, strict=True)
        ]
        self.schema = Schema([*fields, Field(GEOMETRY, DataType.binary(), nullable=True, metadata=_WKB)])

    def __iter__(self) -> Iterator[RecordBatch]:
        try:
            for chunk in self._chunks:
                yield self._batch(chunk)
        except BaseException as error:
            self.failed = error
            raise

    def _batch(self, rows: Sequence[Row]) -> RecordBatch:
        ids, shapes, *values = zip(*rows, strict=True)
        arrays = [
            _array(cells, kind, clean)
            for cells, kind, clean in zip([ids, *values], self._kinds, self._clean, strict=True)
        ]
        return RecordBatch.from_arrays([*arrays, Array(shapes, DataType.binary())], schema=self.schema)


def _array(cells: Sequence[Any], kind: Kind, clean: Callable[[Any], Any] | None) -> Array:
    stored_type, value_type = _TYPES[kind]
    array = Array(cells if clean is None else [None if c is None else clean(c) for c in cells], value_type)
    return array if stored_type == value_type else array.cast(stored_type)


def _cell_cleaner(column: Column, truncated: Counter[str] | None) -> Callable[[Any], Any] | None:
    """Return the function that converts values of a column, or None if no conversion is needed.

    Args:
        truncated: Counter of the texts that were cut, by column. None: the file is not a Shapefile.
    """
    if truncated is not None and column.kind is Kind.INSTANT:
        return lambda ms: datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if column.kind is not Kind.TEXT:
        return None
    if truncated is None:
        return without_controls

    def fit(text: str) -> str:
        fitted = fit_text(text, "UTF-8")
        if len(fitted) < len(text):
            truncated[column.name] += 1
        return fitted

    return fit


def _write(
    path: Path,
    chunks: Chunks,
    sheet: Sheet,
    *,
    driver: str,
    names: Sequence[str] | None = None,
    truncated: Counter[str] | None = None,
    **options: Any,
) -> None:
    gdal = pyogrio()
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

    batches = _Batches(chunks, sheet.columns, names or [c.name for c in sheet.columns], truncated)
    try:
        gdal.raw.write_arrow(
            RecordBatchReader.from_batches(batches.schema, iter(batches)),
            str(path),
            layer=sheet.name,
            driver=driver,
            geometry_name=GEOMETRY,
            geometry_type=sheet.geometry_kind,
            crs=f"EPSG:{sheet.crs.srid}",
            **options,
        )
    except (DataSourceError, DataLayerError, FeatureError, RuntimeError) as error:
        if batches.failed is not None:
            raise batches.failed from None
        if "2GB" in str(error) or "2 GB" in str(error):
            raise Invalid("export_over_2gb") from None
        raise
