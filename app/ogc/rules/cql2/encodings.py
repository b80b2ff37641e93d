"""The encodings of filters: `cql2-text` and `cql2-json`."""

from app.ogc.rules.cql2.parser import parse_text
from app.ogc.rules.cql2.tree import Tree, parse_json


def parse_filter(text: str, lang: str) -> Tree:
    """Parse a filter in `cql2-text` or `cql2-json`. Raises Fault."""
    return parse_json(text) if lang == "cql2-json" else parse_text(text)
