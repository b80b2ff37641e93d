"""Formats of exports, what each of them cannot hold, and who has to agree. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.rows import Form

# A sheet of Excel, less its head.
SHEET_ROWS = 1_048_575
# Small requests are counted together over so long, so that nobody takes by many what is not to be taken at once.
TOGETHER = timedelta(hours=24)
STATES = (
    "awaiting_approval",
    "waiting",
    "running",
    "done",
    "refused",
    "failed",
    "cancelled",
    "interrupted",
    "expired",
)


@dataclass(frozen=True, slots=True)
class Format:
    """`rows_most`: more than these it cannot hold. `is_at_once`: it can be answered with, without a job."""

    name: str
    ending: str
    media: str
    form: Form
    rows_most: int | None = None
    is_at_once: bool = False


FORMATS: Mapping[str, Format] = {
    one.name: one
    for one in (
        Format("geojson", ".geojson", "application/geo+json", Form.FEATURE, is_at_once=True),
        Format("csv", ".csv", "text/csv; charset=utf-8", Form.WORDS, is_at_once=True),
        Format(
            "xlsx",
            ".xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Form.WORDS,
            rows_most=SHEET_ROWS,
        ),
        Format("gpkg", ".gpkg", "application/geopackage+sqlite3", Form.TYPED),
        Format("fgb", ".fgb", "application/vnd.flatgeobuf", Form.TYPED),
        Format("shp", ".zip", "application/zip", Form.TYPED),
    )
}
AT_ONCE = tuple(name for name, one in FORMATS.items() if one.is_at_once)


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file is to hold besides its rows. `columns` begin with the id; place comes besides."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    geometry_kind: str
    crs: Crs

    @property
    def is_points(self) -> bool:
        return self.geometry_kind == "Point"


def sheet_of(collection: Collection, properties: Sequence[Property], crs: Crs) -> Sheet:
    """Follows from what the collection says of itself."""
    columns = (Column("id", Kind.UUID), *(Column(p.name, p.kind) for p in properties))
    title, description = (" / ".join(pair) for pair in (collection.title, collection.description))
    return Sheet(collection.id, title, description, columns, collection.geometry_kind, crs)


def file_name(collection: str, format: str, at: datetime) -> str:
    """`households-20261125T0830Z.gpkg`"""
    return f"{collection}-{at.strftime('%Y%m%dT%H%MZ')}{FORMATS[format].ending}"


def format_of(name: str) -> str | None:
    """The format that the ending of a file's name says."""
    return next((one.name for one in FORMATS.values() if name.lower().endswith(one.ending)), None)


def needs_approval(*, homes: int, taken_lately: int, alone: int) -> bool:
    """Whether a second person has to agree to that many homes, after others that were taken without one."""
    return homes + taken_lately > alone


def parameters_of(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parameters of items as they would stand in an address."""
    return [(name, str(value)) for name, value in query.items()]
