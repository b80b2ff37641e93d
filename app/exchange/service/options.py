"""What somebody may say about an import, beside the file."""

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
    """`mapping`: column -> field ('' leaves the column out). `values`: (field, value in the file) -> what it means.

    `crs`: EPSG:n, gcj02 or bd09; None: what the file says, else WGS 84. `timezone`: of times that name no zone.
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


def mapping_of(given: list[str]) -> dict[str, str]:
    """`column=field`, the last `=` counts; a column named twice is refused."""
    found: dict[str, str] = {}
    for one in given:
        column, equals, name = one.rpartition("=")
        if not equals or not column or column in found:
            raise FileRefused("option_invalid", option="map", value=one)
        found[column] = name.strip()
    return found


def values_of(given: list[str]) -> dict[tuple[str, str], str]:
    """`field:A=B`: where the file says A in that field, B is meant."""
    found: dict[tuple[str, str], str] = {}
    for one in given:
        name, colon, rest = one.partition(":")
        said, equals, meant = rest.rpartition("=")
        if not (colon and equals and name and said):
            raise FileRefused("option_invalid", option="map-value", value=one)
        found[name.strip(), said.strip()] = meant.strip()
    return found


def crs_of(given: str | None, of_file: str | None) -> str | None:
    """The coordinate system: as given, else as the file says; None for WGS 84."""
    if given is None:
        found = of_file
    elif _EPSG.fullmatch(given):
        found = given.upper()
    elif given.lower() in ("wgs84", *SHIFTED):
        found = given.lower()
    else:
        raise FileRefused("option_invalid", option="crs", value=given)
    return None if found in (None, "EPSG:4326", "OGC:CRS84", "wgs84") else found


def is_in_degrees(crs: str | None) -> bool:
    return crs is None or crs in _DEGREES


def zone_of(given: str | None, default: str) -> ZoneInfo:
    try:
        return ZoneInfo(given or default)
    except (KeyError, ValueError, OSError):
        raise FileRefused("option_invalid", option="timezone", value=given) from None
