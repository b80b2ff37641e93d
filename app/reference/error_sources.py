"""Error codes of the server with their HTTP statuses, read from the source files.

The codes are found in the syntax trees of the files.

A code that is chosen at run time (`raise Conflict(code)`) cannot be read from a tree, so it is listed here.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.core import errors
from app.core.constraint_errors import CONSTRAINT_CODES
from app.http.errors import _HTTP_CODES, STATUS
from app.http.messages import MESSAGES

APP = Path(__file__).parents[1]
_STATUS_OF = {family.__name__: status for family, status in STATUS.items()} | {errors.Busy.__name__: 409}
# Functions that make an error: the position of its code, and the status it has.
_MADE_BY = {name: (0, status) for name, status in _STATUS_OF.items()} | {"_retry_later": (0, 503)}
# Codes that are chosen at run time, with the status of their family.
_CHOSEN_AT_RUN_TIME = {
    "already_exists": 409,
    "conflict": 409,
    "device_unknown": 401,
    "field_conflict": 409,
    "proof_key_wrong": 400,
    "proof_missing": 400,
    "reference_unknown": 409,
}
_FIELD_FAULTS = {"invalid_field": 1, "ValidationError": 0}


@dataclass(slots=True)
class Sources:
    """The error codes found in the source files. One code may be in both attributes.

    Attributes:
        statuses: Codes of problem documents, each with its HTTP statuses.
        of_fields: Codes of faults of single fields in a request.
    """

    statuses: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    of_fields: set[str] = field(default_factory=set)


def read_sources() -> Sources:
    """Return all error codes that the source files use, with their statuses."""
    sources = Sources()
    for path in APP.rglob("*.py"):
        if path.is_relative_to(APP / "http" / "messages") or path.is_relative_to(APP / "reference"):
            continue
        tree = ast.parse(path.read_text())
        _read_calls(tree, sources)
    for code, status in _CHOSEN_AT_RUN_TIME.items():
        sources.statuses[code].add(status)
    for code in CONSTRAINT_CODES.values():
        sources.statuses[code].add(409)
    for status, code in _HTTP_CODES.items():
        sources.statuses[code].add(status)
    return sources


def _read_calls(tree: ast.AST, sources: Sources) -> None:
    for call in _calls(tree):
        name = _name_of(call)
        if name == "problem" and len(call.args) > 1 and isinstance(call.args[0], ast.Constant):
            for code in _codes(call.args[1]):
                sources.statuses[code].add(int(str(call.args[0].value)))
        elif name in _MADE_BY and call.args:
            position, status = _MADE_BY[name]
            for code in _codes(call.args[position]):
                sources.statuses[code].add(status)
        elif name in _FIELD_FAULTS and len(call.args) > _FIELD_FAULTS[name]:
            sources.of_fields |= set(_codes(call.args[_FIELD_FAULTS[name]]))
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            members = {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}
            if "field" in members and "code" in members:
                sources.of_fields |= set(_codes(members["code"]))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _codes(tree: ast.AST) -> Iterator[str]:
    return (value for value in _strings(tree) if value in MESSAGES)
