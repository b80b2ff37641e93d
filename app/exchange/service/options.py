"""Options of an import, and their parsing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from app.core.coordinates import CoordSys
from app.exchange.rules.faults import FileRefused

SHIFTED = (CoordSys.GCJ02.value, CoordSys.BD09.value)
_DEGREES = {"EPSG:4326", "OGC:CRS84", "EPSG:4490", *SHIFTED}
_EPSG = re.compile(r"EPSG:\d{4,6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of an import.

    Attributes:
        mapping: Field to which the user assigns a column, by column. Empty text: the column is ignored.
        values: Value to import instead of a value in the file, by field and value in the file.
        crs: Coordinate system: EPSG:n, gcj02 or bd09. None: the coordinate system of the file, else WGS 84.
        timezone: Time zone of times that do not have one. None: the time zone of the jurisdiction.
    """

    jurisdiction: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    crs: str | None = None
    timezone: str | None = None
    day_first: bool = False
    layer: str | None = None
    level: str | None = None
    is_partial: bool = False
    is_dry: bool = False
    is_live: bool = False
    accepts_findings: bool = False


def mapping_of(texts: list[str]) -> dict[str, str]:
    """Parse options of the form `column=field`. Each is split at its last `=`.

    Raises:
        FileRefused: An option has another form, or a column is named twice.
    """
    mapping: dict[str, str] = {}
    for text in texts:
        column, equals, name = text.rpartition("=")
        if not equals or not column or column in mapping:
            raise FileRefused("option_invalid", option="map", value=text)
        mapping[column] = name.strip()
    return mapping


def values_of(texts: list[str]) -> dict[tuple[str, str], str]:
    """Parse options of the form `field:A=B`: the value A of a field is imported as B.

    Raises:
        FileRefused: An option has another form.
    """
    replacements: dict[tuple[str, str], str] = {}
    for text in texts:
        name, colon, pair = text.partition(":")
        source, equals, target = pair.rpartition("=")
        if not (colon and equals and name and source):
            raise FileRefused("option_invalid", option="map-value", value=text)
        replacements[name.strip(), source.strip()] = target.strip()
    return replacements


def crs_of(requested: str | None, of_file: str | None) -> str | None:
    """Return the coordinate system of an import, None for WGS 84.

    The coordinate system that the user requests takes precedence over that of the file.

    Raises:
        FileRefused: The requested coordinate system is unknown.
    """
    if requested is None:
        crs = of_file
    elif _EPSG.fullmatch(requested):
        crs = requested.upper()
    elif requested.lower() in ("wgs84", *SHIFTED):
        crs = requested.lower()
    else:
        raise FileRefused("option_invalid", option="crs", value=requested)
    return None if crs in (None, "EPSG:4326", "OGC:CRS84", "wgs84") else crs


def is_geographic(crs: str | None) -> bool:
    """Return True if the coordinates of a coordinate system are degrees. None: WGS 84."""
    return crs is None or crs in _DEGREES


def zone_of(name: str | None, default: str) -> ZoneInfo:
    """Return the time zone of this name.

    Raises:
        FileRefused: There is no such time zone.
    """
    try:
        return ZoneInfo(name or default)
    except (KeyError, ValueError, OSError):
        raise FileRefused("option_invalid", option="timezone", value=name) from None
