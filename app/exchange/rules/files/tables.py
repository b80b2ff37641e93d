"""Reading a file as a table: its header and its rows, whatever the format. CSV and XLSX are read as they come."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.exchange.rules.contract import Row
from app.exchange.rules.faults import FileRefused

UNPACKED_MAX = 1_000_000_000
_CELL_MAX = 1_000_000
_FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "gpkg",
    ".shp": "shp",
    ".zip": "shp",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A file as header and rows. `crs`: what the file itself says, as PROJ knows it; None: nothing.

    `count`: how many rows, more or less, where that is known beforehand.
    """

    format: str
    header: Sequence[str]
    rows: Iterator[Row]
    has_shapes: bool = False
    crs: str | None = None
    count: int | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    layer: str | None = None
    geometry_type: str | None = None


def format_of(name: str) -> str:
    """The format that a file's name says."""
    found = _FORMATS.get(Path(name).suffix.lower())
    if found is None:
        raise FileRefused("format_unknown", name=Path(name).suffix or "?")
    return found


def open_table(path: Path, *, name: str | None = None, layer: str | None = None) -> Table:
    """Read a file by its name; FileRefused when it is not what the name says."""
    format = format_of(name or path.name)
    if format == "csv":
        return _csv_table(path)
    if format == "xlsx":
        return _xlsx_table(path, layer)
    from app.exchange.rules.files import layers

    if format == "geojson":
        return layers.geojson_table(path)
    return layers.layer_table(path, format, layer, name or path.name)


def require_small_archive(file: Path | BinaryIO) -> None:
    """Refuse an archive that would unpack to more than is allowed."""
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(info.file_size for info in archive.infolist())
            broken = archive.testzip() if size <= UNPACKED_MAX else None
    except (zipfile.BadZipFile, OSError, ValueError):
        raise FileRefused("file_unreadable", reason="not an archive") from None
    except (zlib.error, RuntimeError, NotImplementedError):
        broken = "?"
    if size > UNPACKED_MAX:
        raise FileRefused("file_too_large")
    if broken is not None:
        raise FileRefused("file_unreadable", reason="a part of the archive is broken")


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without a mark) if all of it is, else GB18030, which takes in GBK and GB 2312."""
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
    # Read to its end first: what breaks off in the middle is refused before anything of it is stored.
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
    page = book[sheet] if sheet is not None else book.worksheets[0]
    count = page.max_row  # as the sheet says; it may say nothing, or too much
    page.reset_dimensions()
    rows = _sheet_rows(page)
    header = next(rows, None)
    if header is None or not any(cell is not None for cell in header):
        raise FileRefused("file_empty")
    while header and header[-1] is None:
        header = header[:-1]
    names = [str(cell).strip() if cell is not None else "" for cell in header]
    count = None if count is None else count - 1
    return Table("xlsx", names, _numbered(rows, len(names)), count=count, layer=page.title)


def _sheet_rows(page: Any) -> Iterator[Sequence[Any]]:
    try:
        yield from page.iter_rows(values_only=True)
    except Exception as error:
        raise FileRefused("file_unreadable", reason=type(error).__name__) from None


def _numbered(rows: Iterator[Sequence[Any]], width: int) -> Iterator[Row]:
    """Rows by their number; one with nothing in it is no row."""
    for number, cells in enumerate(rows, 1):
        cells = tuple(cells)
        if not any(cell is not None and cell != "" for cell in cells):
            continue
        is_long = any(cell is not None and cell != "" for cell in cells[width:])
        padded = cells + (None,) * (width - len(cells))
        yield Row(number, padded if is_long else padded[:width], is_long=is_long)
