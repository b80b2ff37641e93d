"""PATCH bodies that contain the response of GET with some members changed.

A client may read an object, change a member and send the whole object back. A member with the value that GET returns now is
no change, and is removed before validation; so a masked value of GET is never stored. A member that PATCH cannot change must
have the value that GET returns. GET's response is read only for bodies that contain such a member.
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, cast

import marshmallow as ma
import orjson
from flask import g

from app.core.actor import Actor
from app.core.db import read_session
from app.core.errors import Invalid, Stale
from app.http.responses import expected_version

View = Callable[..., Any]
# Returns the answer of GET and the version in its ETag; takes the parameters of the path.
Read = Callable[..., tuple[bytes, int]]


def editable(schema: type[ma.Schema], answer: type[ma.Schema], derived: Collection[str]) -> ma.Schema:
    """Return an instance of `schema` that also accepts the unchanged members of `answer`.

    Args:
        answer: Schema of the response of GET.
        derived: Members of the response that may differ from the current value; they are ignored.
    """
    read_only = _wire_names(answer) - _wire_names(schema)

    def drop_unchanged(_: ma.Schema, data: Any, **__: Any) -> Any:
        if not isinstance(data, dict) or read_only.isdisjoint(data):
            return data
        return _changes(data, read_only, derived)

    subclass = type(schema.__name__, (schema,), {"drop_unchanged": ma.pre_load(drop_unchanged)})
    return cast(ma.Schema, subclass())


def with_reader(view: View, read: Read, actor: Callable[[], Actor]) -> View:
    """Return a PATCH view whose body can be compared with the current response of GET.

    `read` returns this response; it gets the parameters of the path.
    """

    @wraps(view)
    def wrapper(*args: Any, **path: Any) -> Any:
        def answer() -> tuple[bytes, int]:
            with read_session() as session:
                return read(session, actor(), **path)

        g.read_answer = answer
        return view(*args, **path)

    return wrapper


def _wire_names(schema: type[ma.Schema]) -> set[str]:
    return {field.data_key or name for name, field in schema().fields.items()}


def _changes(data: dict[str, Any], read_only: Collection[str], derived: Collection[str]) -> dict[str, Any]:
    expected = expected_version(required=True)
    document, version = g.read_answer()
    if expected not in (None, version):
        raise Stale("version_stale")
    current = orjson.loads(document)
    if data.get("version", current["version"]) != current["version"]:
        raise Stale("version_stale")
    changed = {name: value for name, value in data.items() if name not in current or current[name] != value}
    faults = [
        {"field": name, "code": "read_only"} for name in changed if name in read_only and name not in derived
    ]
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})
    return {name: value for name, value in changed.items() if name not in read_only}
