"""Bounds of a filter, and filters that come as JSON."""

import json
import math
from collections.abc import Iterator
from typing import Any

from app.ogc.rules.cql2.faults import Fault

Tree = Any  # the JSON encoding: bool, int, float, str, list, or an object with `op` and `args`, `property`, `date` ...
LONGEST = 16_384
DEEPEST = 32
MOST_NODES = 2_000
BIGGEST = 10**38


def parse_json(given: str) -> Tree:
    """A tree that came as JSON, with whole numbers exact. Raises Fault."""
    check_text(given)
    try:
        tree = json.loads(given, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Fault("filter_json") from None
    check_tree(tree)
    return tree


def check_text(given: str) -> None:
    """Not too long, and nothing that PostgreSQL cannot hold."""
    if len(given.encode("utf-8", "surrogatepass")) > LONGEST:
        raise Fault("filter_too_large")
    if "\0" in given or any("\ud800" <= c <= "\udfff" for c in given):
        raise Fault("filter_characters")


def check_tree(tree: Tree) -> None:
    """Not too deep and not too large; numbers within reach; text that PostgreSQL can hold."""
    nodes = 0
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        nodes += 1
        if depth > DEEPEST or nodes > MOST_NODES:
            raise Fault("filter_too_large")
        if isinstance(node, str):
            if "\0" in node or any("\ud800" <= c <= "\udfff" for c in node):
                raise Fault("filter_characters")
        elif (isinstance(node, int) and not isinstance(node, bool)) or isinstance(node, float):
            check_number(node)
        stack += [(part, depth + 1) for part in _parts(node)]


def check_number(value: int | float) -> None:
    if not (abs(value) <= BIGGEST if isinstance(value, int) else math.isfinite(value)):
        raise Fault("filter_number")


def _parts(node: Tree) -> Iterator[Tree]:
    if isinstance(node, list):
        yield from node
    elif isinstance(node, dict) and "coordinates" not in node and "geometries" not in node:
        yield from node.values()


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member comes twice")
    return found
