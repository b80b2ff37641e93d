"""Export files in GeoJSON, CSV and XLSX, written row by row."""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from app.exchange.rules.cell_formats import escape_cell, workbook_cell
from app.exchange.rules.exports import Sheet
from app.ogc.rules.collections import Kind

Row = Sequence[Any]
Chunks = Iterable[Sequence[Row]]
Note = dict[str, Any]


def geojson(path: Path, chunks: Chunks, sheet: Sheet) -> list[Note]:
    """Write a GeoJSON FeatureCollection with one feature in each line.

    If the coordinates are not degrees, the file has a member `crs` (used before RFC 7946).
    """
    head: dict[str, Any] = {"type": "FeatureCollection", "name": sheet.name}
    if sheet.crs.srid != 4326:
        head["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{sheet.crs.srid}"}}
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{orjson.dumps(head).decode()[:-1]},"features":[')
        separator = "\n"
        for chunk in chunks:
            file.write(separator + ",\n".join(row[0] for row in chunk))
            separator = ",\n"
        file.write("\n]}\n")
    return []


def csv_file(path: Path, chunks: Chunks, sheet: Sheet) -> list[Note]:
    """Write a CSV file in UTF-8, with a byte order mark for spreadsheets.

    The coordinates are in the last columns.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_header(sheet))
        arrange = _column_arranger(sheet)
        for chunk in chunks:
            writer.writerows([_csv_cell(cell) for cell in arrange(row)] for row in chunk)
    return []


def _csv_cell(cell: Any) -> Any:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            return escape_cell(cell)
    return cell


def xlsx(path: Path, chunks: Chunks, sheet: Sheet) -> list[Note]:
    """Write an XLSX file for programs with one sheet, row by row. Sheets for people are in `people_sheets`.

    Dates have the cell type date. Instants are text, because Excel has no type with a time zone.
    """
    import openpyxl

    dates = {index for index, column in enumerate(sheet.columns) if column.kind is Kind.DATE}
    book = openpyxl.Workbook(write_only=True)
    worksheet = book.create_sheet(sheet.name[:31])
    worksheet.append(_header(sheet))
    arrange = _column_arranger(sheet)
    for chunk in chunks:
        for row in chunk:
            worksheet.append(
                [
                    date.fromisoformat(cell) if index in dates and cell else workbook_cell(escape_cell(cell))
                    for index, cell in enumerate(arrange(row))
                ]
            )
    book.save(path)
    return []


def _header(sheet: Sheet) -> list[str]:
    return [*(column.name for column in sheet.columns), *sheet.coordinate_names]


def _column_arranger(sheet: Sheet) -> Callable[[Row], list[Any]]:
    """Return a function that moves the coordinates of a row from after the id to the end."""
    coordinate_count = 2 if sheet.is_points else 1
    return lambda row: [row[0], *row[1 + coordinate_count :], *row[1 : 1 + coordinate_count]]
