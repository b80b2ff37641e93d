"""Excel sheets for people: heads and codes in words, times of the city. Sheets for programs are in `text_files`."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.exchange.rules.cell_formats import escape_cell, workbook_cell
from app.exchange.rules.exports import Column, Sheet, Wording
from app.exchange.service.exports.text_files import Chunks, Note, Row
from app.ogc.rules.collections import Kind

_COORDINATES = {
    "lon": ("Longitude", "经度"),
    "lat": ("Latitude", "纬度"),
    "x": ("X", "X坐标"),
    "y": ("Y", "Y坐标"),
    "wkt": ("WKT", "WKT"),
}
_WIDTH, _WIDTH_OF_TEXT = 17, 36
_LONG_COLUMNS = ("description", "place", "place_en", "address", "note")


def xlsx(path: Path, chunks: Chunks, sheet: Sheet, wording: Wording) -> list[Note]:
    """Write an XLSX file with one sheet, row by row.

    Ids of other rows are left out; the id of the row is in the last column, by which an import recognises it. Instants are
    cells of the type date and time, in the time zone of the city.
    """
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    coordinates = sheet.coordinate_names
    columns = [(n, column) for n, column in enumerate(sheet.columns) if column.kind is not Kind.UUID]
    heads = [wording.pick(column.title) for _, column in columns]
    heads += [wording.pick(_COORDINATES[name]) for name in coordinates]
    book = openpyxl.Workbook(write_only=True)
    worksheet = book.create_sheet(wording.pick(sheet.titles)[:31])
    worksheet.freeze_panes = "A2"
    for n, (_, column) in enumerate(columns, 1):
        is_long = column.name in _LONG_COLUMNS
        worksheet.column_dimensions[get_column_letter(n)].width = _WIDTH_OF_TEXT if is_long else _WIDTH
    cells = []
    for head in (*heads, "id"):
        cell = WriteOnlyCell(worksheet, value=head)
        cell.font = Font(bold=True)
        cells.append(cell)
    worksheet.append(cells)
    # A row has the id, the coordinates, then the values.
    shift = len(coordinates)
    readers = [(n + shift, _reader_of(column, wording)) for n, column in columns]

    def values(row: Row) -> Iterator[Any]:
        for n, read in readers:
            yield None if row[n] is None else read(row[n])
        yield from row[1 : 1 + shift]
        yield row[0]

    for chunk in chunks:
        for row in chunk:
            worksheet.append(list(values(row)))
    book.save(path)
    return []


def _reader_of(column: Column, wording: Wording) -> Callable[[Any], Any]:
    """Return the function from the stored value of a column to the value of a cell."""
    names = wording.names.get(column.name)
    if names is not None:
        return lambda code: workbook_cell(escape_cell(names.get(code, code)))
    if column.kind is Kind.DATE:
        return date.fromisoformat
    if column.kind is Kind.INSTANT:
        return lambda text: (
            datetime.fromisoformat(text).astimezone(wording.zone).replace(microsecond=0, tzinfo=None)
        )
    return lambda cell: workbook_cell(escape_cell(cell))
