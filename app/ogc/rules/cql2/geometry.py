"""Parser of geometries in the text of a filter: WKT becomes GeoJSON."""

from typing import Any

from app.ogc.rules.cql2.faults import syntax
from app.ogc.rules.cql2.token_stream import TokenStream

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


def geometry(tokens: TokenStream, keyword: str) -> dict[str, Any]:
    """Parse a WKT geometry after its keyword, and return it as GeoJSON."""
    kind, depth = KINDS[keyword]
    if tokens.next.text.upper() == "Z":
        tokens.need("name")
    if kind == "GeometryCollection":
        tokens.need("(")
        parts: list[dict[str, Any]] = []
        while not tokens.take(")"):
            if parts:
                tokens.need(",")
            token = tokens.need("name")
            if token.text.upper() not in KINDS or token.text.upper() == "GEOMETRYCOLLECTION":
                raise syntax(token.position, token.text)
            parts.append(geometry(tokens, token.text.upper()))
        return {"type": kind, "geometries": parts}
    tokens.need("(")
    if depth == 0:
        coordinates: Any = _position(tokens)
        tokens.need(")")
    else:
        coordinates = _list(tokens, depth, is_points=kind == "MultiPoint")
    return {"type": kind, "coordinates": coordinates}


def _list(tokens: TokenStream, depth: int, *, is_points: bool = False) -> list[Any]:
    """Parse a list of coordinates, nested `depth` levels deep, after its opening parenthesis."""
    items: list[Any] = []
    while not (items and tokens.take(")")):
        if items:
            tokens.need(",")
        if depth > 1:
            tokens.need("(")
            items.append(_list(tokens, depth - 1))
        elif is_points and tokens.take("("):
            items.append(_position(tokens))
            tokens.need(")")
        else:
            items.append(_position(tokens))
    return items


def _position(tokens: TokenStream) -> list[float]:
    numbers: list[float] = []
    while len(numbers) < 2 or (len(numbers) < 4 and tokens.next.kind in ("+", "-", "number")):
        sign = tokens.take("+", "-")
        token = tokens.need("number")
        value = float(token.text)
        numbers.append(-value if sign and sign.kind == "-" else value)
    return numbers
