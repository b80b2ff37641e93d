"""A file as a table of header and rows, whatever its format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.exchange.rules.contract import Row


@dataclass(frozen=True, slots=True)
class Table:
    """A file as header and rows.

    Attributes:
        crs: The coordinate system that the file declares, as text for PROJ. None: the file declares none.
        count: The approximate number of rows. None: unknown before the rows are read.
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
