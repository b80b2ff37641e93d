"""Statements as text, each prepared once for SQLAlchemy."""

import re
from functools import lru_cache

from sqlalchemy import TextClause, text

_INDENT = re.compile(r"\s*\n\s*")

# Longer statements are not cached: a caller's filter can make a million different ones of this length.
MAX_CACHED_LENGTH = 100_000


def sql_text(sql: str) -> TextClause:
    """Return `text(sql)` without indentation, from a cache.

    The cache saves the search for binds, which takes longer than many a statement. Indents are removed because psycopg caches
    the parsed form of a statement only up to 4,096 characters.
    """
    return _cached_text(sql) if len(sql) <= MAX_CACHED_LENGTH else _text(sql)


def _text(sql: str) -> TextClause:
    return text(_INDENT.sub("\n", sql))


_cached_text = lru_cache(maxsize=1_000)(_text)


def json_list(value: bytes | None) -> bytes:
    """Return `value`, or an empty JSON list where `json_agg` returned NULL for no rows."""
    return value or b"[]"
