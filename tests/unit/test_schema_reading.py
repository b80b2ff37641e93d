"""Every schema reads data as marshmallow's own code does: the same result, or the same faults."""

import random
from collections.abc import Iterator
from typing import Any

import marshmallow as ma
import pytest
from werkzeug.datastructures import MultiDict

import app.factory  # noqa: F401 (imports all schemas)
from app.http.schema import Schema

VALUES: tuple[Any, ...] = (
    *(None, "", "x", "1", "-3.5", "true", "open", "worker", "handle", "一", "a,b", "120,30,121,31", "\0"),
    *(0, 1, -1, 2.5, 1e300, True, False, [], ["x"], ["open", 3], {}, {"zh": "一", "en": "one"}, {"x": 1}),
    *(
        "0190f3a2-0000-7000-8000-000000000001",
        "2026-11-30",
        "2026-11-30T08:00:00Z",
        "2026-11-30T08:00:00",
        "08:00",
    ),
    {"type": "Point", "coordinates": [120, 30]},
)


def schemas() -> list[type[Schema]]:
    """Return all schema classes of the application that need no arguments."""
    classes: list[type[Schema]] = []

    def walk(kind: type[Schema]) -> Iterator[type[Schema]]:
        for below in kind.__subclasses__():
            yield below
            yield from walk(below)

    for kind in walk(Schema):
        if kind not in classes and kind.__module__.startswith("app."):
            classes.append(kind)
    return sorted(classes, key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")


def _outcome(schema: Schema, data: Any, **options: Any) -> Any:
    try:
        return schema.load(data, **options)
    except ma.ValidationError as error:
        return error.normalized_messages(), error.valid_data
    except Exception as error:  # of functions that expect what a view always passes
        return repr(error)


def _as_marshmallow_reads(monkeypatch: Any, schema: Schema, data: Any, **options: Any) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(Schema, "_deserialize", ma.Schema._deserialize)
        return _outcome(schema, data, **options)


def _data(draw: random.Random, schema: Schema) -> dict[str, Any]:
    share = draw.choice((0.0, 0.2, 0.6, 1.0))
    keys = [f.data_key or name for name, f in schema.load_fields.items() if draw.random() < share]
    if draw.random() < 0.2:
        keys.append("no_such_field")
    return {key: draw.choice(VALUES) for key in keys}


@pytest.mark.parametrize("kind", schemas(), ids=lambda kind: kind.__name__)
def test_schema_reads_data_as_marshmallow_does(monkeypatch, kind):
    draw = random.Random(kind.__qualname__)
    for reads_text in (False, True):
        schema = kind()
        schema.reads_text = reads_text
        for _ in range(8):
            data = _data(draw, schema)
            for options in ({}, {"unknown": ma.EXCLUDE}, {"partial": True}, {"partial": ("x",)}):
                expected = _as_marshmallow_reads(monkeypatch, schema, data, **options)
                assert repr(_outcome(schema, data, **options)) == repr(expected), (data, options)
        for odd in (None, [], "x", 1):
            assert repr(_outcome(schema, odd)) == repr(_as_marshmallow_reads(monkeypatch, schema, odd))


class _Query(Schema):
    one = ma.fields.String()
    several = ma.fields.List(ma.fields.String(), data_key="many")


def test_repeated_parameter_is_a_list_only_where_schema_has_one():
    values = MultiDict([("one", "a"), ("one", "b"), ("many", "c"), ("many", "d"), ("other", "e")])
    assert _Query().query_data(values) == {"one": "a", "many": ["c", "d"], "other": "e"}
    assert _Query().query_data(MultiDict()) == {}
