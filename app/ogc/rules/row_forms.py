"""Formats of the rows that are read for export files."""

from enum import StrEnum


class Form(StrEnum):
    """The columns and types of a row that is read for an export file.

    Coordinates are always longitude or easting first.

    Attributes:
        FEATURE: One text, a GeoJSON feature.
        TYPED: The id as text, the geometry as WKB, then the values. Instants are milliseconds and dates are days since 1970.
        WORDS: The id, the geometry (x and y of a point, else one WKT), then the values. Instants and dates are ISO 8601 text.
    """

    FEATURE = "feature"
    TYPED = "typed"
    WORDS = "words"
