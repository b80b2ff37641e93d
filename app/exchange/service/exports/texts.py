"""Files of text, and workbooks: written row by row."""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from app.exchange.rules.cells import spreadsheet, writable
from app.exchange.rules.exports import Sheet
from app.ogc.rules.collections import Kind

Row = Sequence[Any]
Chunks = Iterable[Sequence[Row]]
Note = dict[str, Any]


def geojson(path: Path, chunks: Chunks, sheet: Sheet) -> list[Note]:
    """A FeatureCollection, a feature a line. In degrees as RFC 7946 says; else with the older `crs`, which GDAL reads."""
    head: dict[str, Any] = {"type": "FeatureCollection", "name": sheet.name}
    if sheet.crs.srid != 4326:
        head["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{sheet.crs.srid}"}}
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{orjson.dumps(head).decode()[:-1]},"features":[')
        before = "\n"
        for chunk in chunks:
            file.write(before + ",\n".join(row[0] for row in chunk))
            before = ",\n"
        file.write("\n]}\n")
    return []


def csv_file(path: Path, chunks: Chunks, sheet: Sheet) -> list[Note]:
    """UTF-8 with the mark by which spreadsheets know it; the place stands in the last columns."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_header(sheet))
        arrange = _arranging(sheet)
        for chunk in chunks:
            writer.writerows([_word(cell) for cell in arrange(row)] for row in chunk)
    return []


def _word(cell: Any) -> Any:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            return spreadsheet(cell)
    return cell


def xlsx(path: Path, chunks: Chunks, sheet: Sheet) -> list[Note]:
    """One sheet, streamed. Dates are dates; instants are text with their zone, which Excel has no type for."""
    import openpyxl

    dates = {place for place, column in enumerate(sheet.columns) if column.kind is Kind.DATE}
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(sheet.name[:31])
    page.append(_header(sheet))
    arrange = _arranging(sheet)
    for chunk in chunks:
        for row in chunk:
            page.append(
                [
                    date.fromisoformat(cell) if place in dates and cell else writable(spreadsheet(cell))
                    for place, cell in enumerate(arrange(row))
                ]
            )
    book.save(path)
    return []


def _header(sheet: Sheet) -> list[str]:
    names = [column.name for column in sheet.columns]
    if not sheet.is_points:
        return [*names, "wkt"]
    return [*names, *(("lon", "lat") if sheet.crs.is_geographic else ("x", "y"))]


def _arranging(sheet: Sheet) -> Callable[[Row], list[Any]]:
    """Puts the place of a row, which comes after the id, behind everything else."""
    places = 2 if sheet.is_points else 1
    return lambda row: [row[0], *row[1 + places :], *row[1 : 1 + places]]
