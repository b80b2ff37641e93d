"""Writing of the rows of a query into an export file."""

import ctypes
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.exchange.rules.exports import FORMATS, Sheet, Wording, sheet_of
from app.exchange.service.exports import layer_files, people_sheets, text_files
from app.exchange.service.exports.text_files import Chunks, Note
from app.ogc.service import rows

CHUNK = 2_000
# Chunks after which freed memory is returned to the system.
_CHUNKS_PER_TRIM = 25
# Called with the number of rows written.
Progress = Callable[[int], None]

_WRITERS: Mapping[str, Callable[[Path, Chunks, Sheet], list[Note]]] = {
    "geojson": text_files.geojson,
    "csv": text_files.csv_file,
    "xlsx": text_files.xlsx,
    "gpkg": layer_files.gpkg,
    "fgb": layer_files.flatgeobuf,
    "shp": layer_files.shapefile,
}


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A complete export file.

    `notes` are messages about data that the format could not store, and about data that exports never contain.
    """

    path: Path
    rows: int
    size: int
    sha256: str
    notes: list[Note]


def write(
    session: Session,
    row_query: rows.RowQuery,
    format: str,
    folder: Path,
    *,
    progress: Progress,
    wording: Wording | None = None,
) -> ExportFile:
    """Write all rows of a query to a file in `folder`, with constant use of memory.

    Args:
        session: A transaction whose statements all read the same snapshot.
        wording: The words of an Excel sheet for people. None: a file for programs.
    """
    path = folder / f"export{FORMATS[format].ending}"
    count = 0
    _trim_memory()

    def counted() -> Iterator[rows.Chunk]:
        nonlocal count
        for n, chunk in enumerate(rows.take(session, row_query, FORMATS[format].form, chunk=CHUNK), 1):
            yield chunk
            if n % _CHUNKS_PER_TRIM == 0:
                _trim_memory()
            count += len(chunk)
            progress(count)

    sheet = sheet_of(row_query.collection, row_query.properties, row_query.query.crs)
    if wording is not None and format == "xlsx":
        notes = people_sheets.xlsx(path, counted(), sheet, wording)
    else:
        notes = _WRITERS[format](path, counted(), sheet)
    if row_query.collection.scope == "incidents":
        notes.append({"code": "confidential_left_out"})
    return ExportFile(path, count, path.stat().st_size, _sha256(path), notes)


def _trim_memory() -> None:
    """Return freed memory of the C library to the operating system.

    Otherwise the library keeps freed memory for each thread, also of threads of other jobs.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # not in every C library
    if trim is not None:
        trim(0)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
