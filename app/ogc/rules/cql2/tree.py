"""Size limits of filters, and the parser of filters in JSON."""

import json
import math
from collections.abc import Iterator
from typing import Any

from app.ogc.rules.cql2.faults import Fault

Tree = Any  # the JSON encoding: bool, int, float, str, list, or an object with `op` and `args`, `property`, `date` ...
# The name of a feature's geometry in filters.
GEOMETRY = "geometry"
LONGEST = 16_384
DEEPEST = 32
MAX_NODES = 2_000
MAX_NUMBER = 10**38


def parse_json(text: str) -> Tree:
    """Parse a filter in JSON, with exact integers. Raises Fault."""
    check_text(text)
    try:
        tree = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique_members)
    except (ValueError, RecursionError):
        raise Fault("filter_json") from None
    check_tree(tree)
    return tree


def check_text(text: str) -> None:
    """Raise Fault if the text of a filter is too long or contains forbidden characters."""
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST:
        raise Fault("filter_too_large")
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise Fault("filter_characters")


def check_tree(tree: Tree) -> None:
    """Raise Fault if a filter tree is too deep or large, or has a number or text out of range."""
    nodes = 0
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        nodes += 1
        if depth > DEEPEST or nodes > MAX_NODES:
            raise Fault("filter_too_large")
        if isinstance(node, str):
            if "\0" in node or any("\ud800" <= c <= "\udfff" for c in node):
                raise Fault("filter_characters")
        elif (isinstance(node, int) and not isinstance(node, bool)) or isinstance(node, float):
            check_number(node)
        stack += [(part, depth + 1) for part in _parts(node)]


def check_number(value: int | float) -> None:
    """Raise Fault for a number that is too large or not finite."""
    if not (abs(value) <= MAX_NUMBER if isinstance(value, int) else math.isfinite(value)):
        raise Fault("filter_number")


def _parts(node: Tree) -> Iterator[Tree]:
    if isinstance(node, list):
        yield from node
    elif isinstance(node, dict) and "coordinates" not in node and "geometries" not in node:
        yield from node.values()


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member comes twice")
    return members
