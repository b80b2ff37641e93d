"""The rows that were refused, in the shape of the file they came in, so that they can be put right and come again."""

import contextlib
import csv
import io
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import shapely

from app.exchange.rules.cells import fitting, spreadsheet, writable
from app.exchange.rules.contract import REASON_COLUMN, ROW_COLUMN, Judged
from app.exchange.rules.faults import reason
from app.exchange.rules.files.gdal import pyogrio
from app.exchange.rules.files.table import Table
from app.exchange.rules.forbidden import is_forbidden_column, masked


def error_file(table: Table, refused: Sequence[Judged], *, name: str) -> bytes:
    """The error file: the same columns in the same order, then `_row` and `_reason`.

    Columns of a kind that is never taken in come back empty, and national id numbers unreadable: an error file is
    kept for a while, and must not keep what nothing else does.
    """
    kept = [place for place, column in enumerate(table.header) if column not in (ROW_COLUMN, REASON_COLUMN)]
    header = [table.header[place] for place in kept]
    hidden = {place for place in kept if is_forbidden_column(table.header[place])}
    rows = []
    for judged in refused:
        cells = [None if place in hidden else _safe(judged.row.cells[place]) for place in kept]
        rest = [_safe(cell) for cell in judged.row.cells[len(table.header) :]]
        rows.append((judged, cells, [judged.row.number, reason(judged.faults)], rest))
    match table.format:
        case "csv":
            return _csv(table, header, rows)
        case "xlsx":
            return _xlsx(table, header, rows)
        case "geojson":
            return _geojson(table, header, rows)
    return _layer(table, header, rows, name=name)


def _safe(cell: Any) -> Any:
    return masked(cell) if isinstance(cell, str) else cell


def _csv(table: Table, header: list[str], rows: list[Any]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=table.delimiter)
    writer.writerow([*header, ROW_COLUMN, REASON_COLUMN])
    for _, cells, told, rest in rows:
        writer.writerow([spreadsheet(cell) for cell in [*cells, *told, *rest]])
    return text.getvalue().encode(table.encoding, "replace")


def _xlsx(table: Table, header: list[str], rows: list[Any]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(table.layer)
    sheet.append([*header, ROW_COLUMN, REASON_COLUMN])
    for _, cells, told, rest in rows:
        sheet.append([writable(spreadsheet(cell)) for cell in [*cells, *told, *rest]])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _geojson(table: Table, header: list[str], rows: list[Any]) -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": judged.row.geometry,
            "properties": dict(zip([*header, ROW_COLUMN, REASON_COLUMN], [*cells, *told], strict=True)),
        }
        for judged, cells, told, _ in rows
    ]
    collection: dict[str, Any] = {"type": "FeatureCollection"}
    if table.crs:
        collection["crs"] = {"type": "name", "properties": {"name": table.crs}}
    return orjson.dumps(collection | {"features": features}, default=str)


def _layer(table: Table, header: list[str], rows: list[Any], *, name: str) -> bytes:
    """A GeoPackage, or a Shapefile in an archive."""
    import numpy as np

    names = [*header, ROW_COLUMN, REASON_COLUMN]
    columns = [[*cells, *told][place] for place in range(len(names)) for _, cells, told, _ in rows]
    count = len(rows)
    encoding = _encoding(names, table) if table.format == "shp" else None
    data = [_column(columns[place * count : (place + 1) * count], encoding) for place in range(len(names))]
    shapes = np.array([shapely.to_wkb(j.row.shape) for j, *_ in rows], dtype=object)
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("errors.gpkg" if table.format == "gpkg" else "errors.shp")
        options = {"layer": table.layer} if encoding is None else {"encoding": encoding}
        pyogrio().raw.write(
            str(path),
            shapes if table.has_shapes else None,
            data,
            names,
            geometry_type=(table.geometry_type or "Unknown") if table.has_shapes else None,
            crs=table.crs if table.has_shapes else None,
            driver="GPKG" if table.format == "gpkg" else "ESRI Shapefile",
            **options,
        )
        if table.format == "gpkg":
            return path.read_bytes()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(os.listdir(folder)):
                archive.write(Path(folder) / part, part)
        return packed.getvalue()


def _encoding(names: list[str], table: Table) -> str:
    """A Shapefile has ten bytes for the name of a column: where UTF-8 has no room for all, what the file came in has.

    GDAL tells what that was only where it did not find out itself.
    """
    for encoding in ("UTF-8", table.encoding, "GBK", "ISO-8859-1"):
        with contextlib.suppress(UnicodeEncodeError, LookupError):
            if all(len(name.encode(encoding)) <= 10 for name in names):
                return encoding
    return "UTF-8"


def _column(cells: list[Any], encoding: str | None) -> Any:
    """A column as GDAL takes it: numbers where all are numbers, else text. `encoding`: of a Shapefile."""
    import numpy as np

    if cells and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells):
        return np.array(cells)
    return np.array([None if cell is None else fitting(str(cell), encoding) for cell in cells], dtype=object)
