"""A file as a table: its header and its rows, whatever the format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.exchange.rules.contract import Row


@dataclass(frozen=True, slots=True)
class Table:
    """A file as header and rows. `crs`: the declaration of the file, as PROJ reads it; None: none.

    `count`: the approximate number of rows, if known beforehand.
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
