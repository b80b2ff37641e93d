"""Reading of a file as a table: CSV and XLSX here, geographic formats in `layers`."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.exchange.rules.contract import NOTE_MARKS, Row
from app.exchange.rules.faults import FileRefused
from app.exchange.rules.files import layers
from app.exchange.rules.files.archives import require_small_archive
from app.exchange.rules.files.formats import format_of
from app.exchange.rules.files.table import Table

_CELL_MAX = 1_000_000


def open_table(path: Path, *, name: str | None = None, layer: str | None = None) -> Table:
    """Open a file as a table. The extension of its name determines the format.

    Raises:
        FileRefused: The content does not have this format.
    """
    format = format_of(name or path.name)
    if format == "csv":
        return _csv_table(path)
    if format == "xlsx":
        return _xlsx_table(path, layer)
    if format == "geojson":
        return layers.geojson_table(path)
    return layers.layer_table(path, format, layer, name or path.name)


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file: UTF-8 or GB18030.

    The result is UTF-8 (with or without a byte order mark) if the whole text is valid UTF-8, else GB18030, a superset of GBK.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as file:
                while file.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise FileRefused("encoding_unknown")


def _csv_table(path: Path) -> Table:
    encoding = encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.readline(1 << 16)
        delimiter = max(",;\t", key=sample.count) if sample else ","
        header = next(_csv_rows(path, encoding, delimiter), None)
    if header is None or not any(cell.strip() for cell in header):
        raise FileRefused("file_empty")
    names = [cell.strip() for cell in header]
    # Read to the end first, so that a truncated file is refused before any of its rows is stored.
    count = sum(any(row) for row in _csv_rows(path, encoding, delimiter)) - 1
    rows = _csv_rows(path, encoding, delimiter)
    next(rows)
    numbered = _numbered(rows, len(names))
    return Table("csv", names, numbered, count=count, encoding=encoding, delimiter=delimiter)


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(_CELL_MAX)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            yield from reader
        except csv.Error as error:
            raise FileRefused("file_unreadable", reason=f"line {reader.line_num}: {error}") from None


def _xlsx_table(path: Path, sheet: str | None) -> Table:
    import openpyxl

    require_small_archive(path)
    try:
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the parts of a broken book make it raise
        raise FileRefused("file_unreadable", reason=type(error).__name__) from None
    if sheet is not None and sheet not in book.sheetnames:
        raise FileRefused("layer_unknown", name=sheet, known=book.sheetnames)
    worksheet = book[sheet] if sheet is not None else book.worksheets[0]
    count = worksheet.max_row  # as the sheet says; it may say nothing, or too much
    worksheet.reset_dimensions()
    rows = _sheet_rows(worksheet)
    header = next(rows, None)
    if header is None or not any(cell is not None for cell in header):
        raise FileRefused("file_empty")
    while header and header[-1] is None:
        header = header[:-1]
    names = [str(cell).strip() if cell is not None else "" for cell in header]
    count = None if count is None else count - 1
    return Table("xlsx", names, _numbered(rows, len(names)), count=count, layer=worksheet.title)


def _sheet_rows(worksheet: Any) -> Iterator[Sequence[Any]]:
    try:
        yield from worksheet.iter_rows(values_only=True)
    except Exception as error:
        raise FileRefused("file_unreadable", reason=type(error).__name__) from None


def _numbered(rows: Iterator[Sequence[Any]], width: int) -> Iterator[Row]:
    """Yield the rows that are not empty, each with its number in the file.

    A row of explanations directly below the header, as in a template, is left out.
    """
    for number, cells in enumerate(rows, 1):
        cells = tuple(cells)
        if number == 1 and cells and str(cells[0] or "").startswith(NOTE_MARKS):
            continue
        if not any(cell is not None and cell != "" for cell in cells):
            continue
        is_long = any(cell is not None and cell != "" for cell in cells[width:])
        padded = cells + (None,) * (width - len(cells))
        yield Row(number, padded if is_long else padded[:width], is_long=is_long)
