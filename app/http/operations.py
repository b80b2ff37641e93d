"""Iteration over the operations of an OpenAPI document."""

from collections.abc import Iterator
from typing import Any


def operations(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield each operation with its parameters, including those that its path declares."""
    for item in document["paths"].values():
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if method != "parameters":
                yield operation, [*shared, *operation.get("parameters", ())]
