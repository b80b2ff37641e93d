"""Error files: the refused rows of an import, which a user can correct and import again.

An error file has the format of the imported file.
"""

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

from app.exchange.rules.cell_formats import escape_cell, fit_text, workbook_cell
from app.exchange.rules.contract import REASON_COLUMN, ROW_COLUMN, JudgedRow
from app.exchange.rules.faults import reason
from app.exchange.rules.files.gdal import pyogrio
from app.exchange.rules.files.table import Table
from app.exchange.rules.forbidden_data import is_forbidden_column, masked


def error_file(table: Table, refused: Sequence[JudgedRow], *, name: str) -> bytes:
    """Return the error file of refused rows: the columns of the file, then `_row` and `_reason`.

    An error file is stored for some days, and must not contain data that an import never stores. So the cells of forbidden
    columns are empty, and national id numbers are masked.
    """
    positions = [
        position for position, column in enumerate(table.header) if column not in (ROW_COLUMN, REASON_COLUMN)
    ]
    header = [table.header[position] for position in positions]
    hidden = {position for position in positions if is_forbidden_column(table.header[position])}
    rows = []
    for judged in refused:
        cells = [None if position in hidden else _safe(judged.row.cells[position]) for position in positions]
        extra_cells = [_safe(cell) for cell in judged.row.cells[len(table.header) :]]
        rows.append((judged, cells, [judged.row.number, reason(judged.faults)], extra_cells))
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
    for _, cells, reasons, extra_cells in rows:
        writer.writerow([escape_cell(cell) for cell in [*cells, *reasons, *extra_cells]])
    return text.getvalue().encode(table.encoding, "replace")


def _xlsx(table: Table, header: list[str], rows: list[Any]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(table.layer)
    sheet.append([*header, ROW_COLUMN, REASON_COLUMN])
    for _, cells, reasons, extra_cells in rows:
        sheet.append([workbook_cell(escape_cell(cell)) for cell in [*cells, *reasons, *extra_cells]])
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _geojson(table: Table, header: list[str], rows: list[Any]) -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": judged.row.geometry,
            "properties": dict(zip([*header, ROW_COLUMN, REASON_COLUMN], [*cells, *reasons], strict=True)),
        }
        for judged, cells, reasons, _ in rows
    ]
    collection: dict[str, Any] = {"type": "FeatureCollection"}
    if table.crs:
        collection["crs"] = {"type": "name", "properties": {"name": table.crs}}
    return orjson.dumps(collection | {"features": features}, default=str)


def _layer(table: Table, header: list[str], rows: list[Any], *, name: str) -> bytes:
    """Return the error file as a GeoPackage, or as a zipped Shapefile."""
    import numpy as np

    names = [*header, ROW_COLUMN, REASON_COLUMN]
    columns = [
        [*cells, *reasons][position] for position in range(len(names)) for _, cells, reasons, _ in rows
    ]
    count = len(rows)
    encoding = _encoding(names, table) if table.format == "shp" else None
    data = [
        _column(columns[position * count : (position + 1) * count], encoding)
        for position in range(len(names))
    ]
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
        output = io.BytesIO()
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(os.listdir(folder)):
                archive.write(Path(folder) / part, part)
        return output.getvalue()


def _encoding(names: list[str], table: Table) -> str:
    """Return an encoding in which the column names fit into the ten bytes of a Shapefile.

    The result is UTF-8 if the names fit in UTF-8, else the encoding of the imported file.
    """
    for encoding in ("UTF-8", table.encoding, "GBK", "ISO-8859-1"):
        with contextlib.suppress(UnicodeEncodeError, LookupError):
            if all(len(name.encode(encoding)) <= 10 for name in names):
                return encoding
    return "UTF-8"


def _column(cells: list[Any], encoding: str | None) -> Any:
    """Return cells as a column for GDAL: numbers if all cells are numbers, else text.

    Args:
        encoding: The encoding of a Shapefile. None: the file has another format.
    """
    import numpy as np

    if cells and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells):
        return np.array(cells)
    return np.array([None if cell is None else fit_text(str(cell), encoding) for cell in cells], dtype=object)
