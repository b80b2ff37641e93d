"""Formats of exports, their limits, and the rule for approval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.enumerations import Enumeration
from app.core.errors import invalid_field
from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.collections.definition import Titles
from app.ogc.rules.crs import Crs
from app.ogc.rules.row_forms import Form

# Rows of an Excel sheet, without the header.
SHEET_ROWS = 1_048_575
# The requests of an account are summed over this time, so that many small exports count like one large export.
COUNTING_WINDOW = timedelta(hours=24)
# Parameter of the query of an export: only rows in this area or in an area below it.
WITHIN_AREA = "within_area_id"
# Parameters of exports only: an area, the query string of a list of cases, and the language of a sheet for people.
LIST = "list"
LANGUAGE = "language"
LANGUAGES = ("en", "zh")
OWN_PARAMETERS = (WITHIN_AREA, LIST, LANGUAGE)
STATES = Enumeration(
    "ExportState",
    {
        "awaiting_approval": "a second person has to approve it",
        "waiting": "it is written when a worker process is free",
        "running": "it is being written",
        "done": "the file can be downloaded",
        "refused": "the second person refused it",
        "failed": "it could not be written; `outcome` has the reason",
        "cancelled": "its requester cancelled it",
        "interrupted": "the server stopped while it was written",
        "expired": "the time for approval or download is over; the file is deleted",
    },
)


@dataclass(frozen=True, slots=True)
class Format:
    """A format of export files.

    Attributes:
        rows_most: Largest number of rows in a file. None: no limit.
        is_at_once: Small exports in this format can be sent as the response to the request, without a job.
    """

    name: str
    ending: str
    media: str
    form: Form
    rows_most: int | None = None
    is_at_once: bool = False


FORMATS: Mapping[str, Format] = {
    spec.name: spec
    for spec in (
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
FORMAT_TEXTS = {
    "geojson": "GeoJSON (RFC 7946)",
    "csv": "text with commas, UTF-8",
    "xlsx": "Excel sheet",
    "gpkg": "GeoPackage",
    "fgb": "FlatGeobuf",
    "shp": "Shapefile, zipped",
}
AT_ONCE = Enumeration(
    "ImmediateExportFormat", {name: FORMAT_TEXTS[name] for name, spec in FORMATS.items() if spec.is_at_once}
)


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind
    title: Titles


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a sheet for people.

    Attributes:
        language: `en` or `zh`: the language of the heads.
        zone: Time zone in which instants are written.
        names: For each column with codes, the name of each code.
    """

    language: str
    zone: ZoneInfo
    names: Mapping[str, Mapping[str, str]]

    def pick(self, pair: Titles) -> str:
        """Return the text of a pair (English, Chinese) in the language of the sheet."""
        return pair[self.language == "zh"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The metadata of an export file: name, title, columns and coordinate system.

    The id is the first of `columns`. The geometry is not one of them.
    """

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    geometry_kind: str
    crs: Crs
    titles: Titles

    @property
    def is_points(self) -> bool:
        return self.geometry_kind == "Point"

    @property
    def coordinate_names(self) -> tuple[str, ...]:
        """The names of the columns of a text file that have the geometry."""
        if not self.is_points:
            return ("wkt",)
        return ("lon", "lat") if self.crs.is_geographic else ("x", "y")


def sheet_of(collection: Collection, properties: Sequence[Property], crs: Crs) -> Sheet:
    """Return the metadata of an export file for a collection of `/ogc`.

    Args:
        properties: The exported properties of the collection. They become columns after the id.
    """
    columns = (Column("id", Kind.UUID, ("id", "id")), *(Column(p.name, p.kind, p.title) for p in properties))
    title, description = (" / ".join(pair) for pair in (collection.title, collection.description))
    return Sheet(collection.id, title, description, columns, collection.geometry_kind, crs, collection.title)


def file_name(collection: str, format: str, created_at: datetime) -> str:
    """Return the name of an export file, as in `households-20261125T0830Z.gpkg`."""
    return f"{collection}-{created_at.strftime('%Y%m%dT%H%MZ')}{FORMATS[format].ending}"


def format_by_extension(name: str) -> str | None:
    """Return the name of the export format for the extension of a file name, or None."""
    return next((spec.name for spec in FORMATS.values() if name.lower().endswith(spec.ending)), None)


def needs_approval(*, homes: int, exported_lately: int, limit_alone: int) -> bool:
    """Return True if a second person must approve an export.

    An export needs approval if its homes, and the homes that the account exported lately, are together more than the limit.

    Args:
        homes: Number of homes in the export.
        exported_lately: Number of homes that the account exported lately without approval.
        limit_alone: Largest number of homes without approval.
    """
    return homes + exported_lately > limit_alone


def area_id_of(text: str) -> UUID:
    """Parse the value of `within_area_id`.

    Raises:
        Invalid: It is no UUID.
    """
    try:
        return UUID(text)
    except ValueError:
        raise invalid_field(WITHIN_AREA, "invalid") from None


def parameter_pairs(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the query parameters of a request as (name, text) pairs, in order."""
    return [(name, str(value)) for name, value in query.items()]
