"""Reading of query strings without Flask, for views that are answered directly (`app.http.direct_reads`).

A function returns what Flask and the schema of the view would make of the query, or None if only Flask can tell: for an
unusual query string, and for each query that is an error.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

import marshmallow as ma
from werkzeug.datastructures import MultiDict

from app.http.direct_reads import ReadArguments
from app.http.schema import Schema

_LENGTH_MAX = 4_000


def usual_pairs(environ: Mapping[str, Any]) -> list[tuple[str, str]] | None:
    """Return the parameters of the query of a WSGI request as (name, value) pairs in their order, as Flask has them."""
    query: str = environ.get("QUERY_STRING", "")
    if not query:
        return []
    if len(query) > _LENGTH_MAX or not query.isascii():
        return None
    pairs = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if not name or not equals or "%" in name or "+" in name:
            return None
        if "%" in value or "+" in value:
            try:
                value = unquote_plus(value, errors="strict")
            except UnicodeDecodeError:
                return None
        pairs.append((name, value))
    return pairs


def usual_arguments(schema: type[Schema], name: str) -> ReadArguments:
    """Return a function that reads the query of a request by a schema, as the argument `name` of the view."""
    instance = schema()
    instance.reads_text = True

    def read(environ: Mapping[str, Any], _: Mapping[str, Any]) -> Mapping[str, Any] | None:
        pairs = usual_pairs(environ)
        if pairs is None:
            return None
        try:
            return {name: instance.load(instance.query_data(MultiDict(pairs)))}
        except ma.ValidationError:
            return None

    return read
