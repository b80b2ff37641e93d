"""Geometries in the text of a filter: WKT, as GeoJSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.ogc.rules.cql2.faults import syntax

if TYPE_CHECKING:
    from app.ogc.rules.cql2.parser import Parser

# How deep the lists of coordinates of each kind are.
KINDS = {
    "POINT": ("Point", 0),
    "MULTIPOINT": ("MultiPoint", 1),
    "LINESTRING": ("LineString", 1),
    "MULTILINESTRING": ("MultiLineString", 2),
    "POLYGON": ("Polygon", 2),
    "MULTIPOLYGON": ("MultiPolygon", 3),
    "GEOMETRYCOLLECTION": ("GeometryCollection", 0),
}


def geometry(parser: Parser, word: str) -> dict[str, Any]:
    """The geometry whose kind has just been read."""
    kind, depth = KINDS[word]
    if parser.next.text.upper() == "Z":
        parser.need("name")
    if kind == "GeometryCollection":
        parser.need("(")
        parts: list[dict[str, Any]] = []
        while not parser.take(")"):
            if parts:
                parser.need(",")
            token = parser.need("name")
            if token.text.upper() not in KINDS or token.text.upper() == "GEOMETRYCOLLECTION":
                raise syntax(token.at, token.text)
            parts.append(geometry(parser, token.text.upper()))
        return {"type": kind, "geometries": parts}
    parser.need("(")
    if depth == 0:
        coordinates: Any = _position(parser)
        parser.need(")")
    else:
        coordinates = _list(parser, depth, is_points=kind == "MultiPoint")
    return {"type": kind, "coordinates": coordinates}


def _list(parser: Parser, depth: int, *, is_points: bool = False) -> list[Any]:
    """A list whose parenthesis has been opened."""
    found: list[Any] = []
    while not (found and parser.take(")")):
        if found:
            parser.need(",")
        if depth > 1:
            parser.need("(")
            found.append(_list(parser, depth - 1))
        elif is_points and parser.take("("):
            found.append(_position(parser))
            parser.need(")")
        else:
            found.append(_position(parser))
    return found


def _position(parser: Parser) -> list[float]:
    found: list[float] = []
    while len(found) < 2 or (len(found) < 4 and parser.next.kind in ("+", "-", "number")):
        sign = parser.take("+", "-")
        token = parser.need("number")
        value = float(token.text)
        found.append(-value if sign and sign.kind == "-" else value)
    return found
