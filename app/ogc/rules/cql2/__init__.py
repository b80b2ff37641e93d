"""CQL2 filters: text and JSON are parsed to one tree (the JSON encoding of the standard) of bounded size."""

from app.ogc.rules.cql2.faults import Fault
from app.ogc.rules.cql2.parser import parse_text
from app.ogc.rules.cql2.tree import LONGEST, Tree, parse_json

# How filters name the geometry of a feature.
GEOMETRY = "geometry"

__all__ = ["GEOMETRY", "LONGEST", "Fault", "Tree", "parse_filter", "parse_json", "parse_text"]


def parse_filter(text: str, lang: str) -> Tree:
    """Parse a filter in `cql2-text` or `cql2-json`. Raises Fault."""
    return parse_json(text) if lang == "cql2-json" else parse_text(text)
