"""Program of the child process that reads uploaded files with GDAL, openpyxl, csv and JSON.

The request is `{"path", "name", "layer", "rows_most"}`. The first answer is `{"table": metadata}`. Then follows an answer for
each part of the rows: `{"rows": [[number, cells, shape as WKB in hex, geometry, is_long]], "is_packed": bool}`. `is_long`:
the row has more cells than the header. `is_packed`: cells of types that JSON does not have were converted. At any time the
answer can be `{"refused": code, "params": {}}`, which is the last one. `unpack_rows` converts a part back to rows. The
process does not use the database.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any

import shapely

from app.core.child_program import serve
from app.exchange.rules.contract import Row
from app.exchange.rules.faults import FileRefused
from app.exchange.rules.files.table import Table
from app.exchange.rules.files.tables import open_table

ROWS_PER_PART = 500
FACTS = ("format", "has_shapes", "crs", "count", "encoding", "delimiter", "layer", "geometry_type")
# Types that JSON stores without conversion.
_PLAIN = {str, bool, type(None)}
_INT_MAX = 2**63 - 1


def answer(request: dict[str, Any], files: list[int]) -> Iterator[dict[str, Any]]:
    """Read the requested file; yield the metadata of its table, then its rows in parts, as JSON."""
    try:
        table = open_table(Path(request["path"]), name=request["name"], layer=request["layer"])
        yield {"table": facts_of(table)}
        count, row_limit = 0, request["rows_most"]
        rows = iter(table.rows)
        while part := list(islice(rows, ROWS_PER_PART)):
            count += len(part)
            if count > row_limit:
                raise FileRefused("too_many_rows", limit=row_limit)
            yield pack_rows(part)
    except FileRefused as refused:
        yield {"refused": refused.fault.code, "params": refused.fault.params}


def facts_of(table: Table) -> dict[str, Any]:
    """Return the metadata of a table that the parent process needs, as JSON values."""
    return {"header": list(table.header)} | {name: getattr(table, name) for name in FACTS}


def pack_rows(rows: Iterable[Row]) -> dict[str, Any]:
    """Convert rows to JSON values.

    A cell of a type that JSON does not have becomes `{type: value}`, and `is_packed` is then True.
    """
    is_packed = False
    packed_rows = []
    for row in rows:
        cells = row.cells
        if not all(_is_plain(cell) for cell in cells):
            is_packed = True
            cells = tuple(cell if _is_plain(cell) else _pack_cell(cell) for cell in cells)
        shape = None if row.shape is None else shapely.to_wkb(row.shape, hex=True)
        packed_rows.append((row.number, cells, shape, row.geometry, row.is_long))
    return {"rows": packed_rows, "is_packed": is_packed}


def _is_plain(cell: Any) -> bool:
    kind = type(cell)
    if kind in _PLAIN:
        return True
    if kind is int:
        return bool(-_INT_MAX <= cell <= _INT_MAX)
    return kind is float and isfinite(cell)


def _pack_cell(cell: Any) -> dict[str, Any]:
    match cell:
        case datetime():
            return {"datetime": cell.isoformat()}
        case date():
            return {"date": cell.isoformat()}
        case time():
            return {"time": cell.isoformat()}
        case timedelta():
            return {"seconds": cell.total_seconds()}
        case bytes():
            return {"bytes": cell.hex()}
        case int():
            return {"int": str(cell)}
        case float():
            return {"float": repr(cell)}
    return {"text": str(cell)}


_UNPACKERS: dict[str, Callable[[Any], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "seconds": lambda seconds: timedelta(seconds=seconds),
    "bytes": bytes.fromhex,
    "int": int,
    "float": float,
    "text": str,
}


def unpack_rows(part: dict[str, Any]) -> Iterator[Row]:
    """Yield the rows of a part that `pack_rows` made."""
    for number, cells, shape, geometry, is_long in part["rows"]:
        if part["is_packed"]:
            cells = [_unpack_cell(cell) if type(cell) is dict else cell for cell in cells]
        parsed_shape = None if shape is None else shapely.from_wkb(shape)
        yield Row(number, tuple(cells), shape=parsed_shape, geometry=geometry, is_long=is_long)


def _unpack_cell(cell: dict[str, Any]) -> Any:
    ((kind, value),) = cell.items()
    return _UNPACKERS[kind](value)


if __name__ == "__main__":
    serve(answer)
