"""CQL2 filters: text and JSON are parsed to one tree of bounded size.

The tree has the JSON encoding of the standard.
"""

from app.ogc.rules.cql2.encodings import parse_filter
from app.ogc.rules.cql2.faults import Fault, wrong_type
from app.ogc.rules.cql2.parser import parse_text
from app.ogc.rules.cql2.tree import GEOMETRY, LONGEST, Tree, parse_json

__all__ = ["GEOMETRY", "LONGEST", "Fault", "Tree", "parse_filter", "parse_json", "parse_text", "wrong_type"]
