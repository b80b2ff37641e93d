"""Writing the rows of a question into a file."""

import ctypes
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.exchange.rules.exports import FORMATS, Sheet, sheet_of
from app.exchange.service.exports import layers, texts
from app.exchange.service.exports.texts import Chunks, Note
from app.ogc.service import rows

CHUNK = 2_000
# Chunks after which what they left behind is given back to the system.
_TIDY = 25
# Told how many rows are through.
Progress = Callable[[int], None]

_WRITERS: Mapping[str, Callable[[Path, Chunks, Sheet], list[Note]]] = {
    "geojson": texts.geojson,
    "csv": texts.csv_file,
    "xlsx": texts.xlsx,
    "gpkg": layers.gpkg,
    "fgb": layers.flatgeobuf,
    "shp": layers.shapefile,
}


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is whole. `notes`: what the format could not hold, or what never leaves in a file."""

    path: Path
    rows: int
    size: int
    sha256: str
    notes: list[Note]


def write(
    session: Session, question: rows.Question, format: str, folder: Path, *, progress: Progress
) -> Written:
    """Write all rows to a file in `folder`, in memory that does not grow with them. `session`: one snapshot."""
    path = folder / f"export{FORMATS[format].ending}"
    count = 0
    _give_back()

    def counted() -> Iterator[rows.Chunk]:
        nonlocal count
        for n, chunk in enumerate(rows.take(session, question, FORMATS[format].form, chunk=CHUNK), 1):
            yield chunk
            if n % _TIDY == 0:
                _give_back()
            count += len(chunk)
            progress(count)

    sheet = sheet_of(question.collection, question.properties, question.query.crs)
    notes = _WRITERS[format](path, counted(), sheet)
    if question.collection.scope == "incidents":
        notes.append({"code": "confidential_left_out"})
    return Written(path, count, path.stat().st_size, _sha256(path), notes)


def _give_back() -> None:
    """Have the C library return what is free: it keeps the freed memory of each thread, other jobs' as well."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # not in every C library
    if trim is not None:
        trim(0)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
