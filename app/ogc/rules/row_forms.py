"""The shapes of rows for files."""

from enum import StrEnum


class Form(StrEnum):
    """The shape of a row.

    `feature`: one text, GeoJSON. `typed`: id as text, WKB, then values, of which instants are milliseconds and dates
    are days since 1970. `words`: id, place (x and y of a point, else one WKT), then values, of which instants and dates
    are written as in ISO 8601. East always comes first: files say so otherwise than an answer over HTTP does.
    """

    FEATURE = "feature"
    TYPED = "typed"
    WORDS = "words"
