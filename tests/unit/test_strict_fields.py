"""Types of JSON are checked as the document declares them; only text of a query is parsed."""

import ast
import math
from pathlib import Path
from typing import Any

import marshmallow as ma
import pytest

from app.http import fields
from app.http.smorest import Schema

APP = Path(__file__).parents[2] / "app"
# The fields of requests and of profiles, each of which refuses other types.
STRICT_BY_THEMSELVES = {APP / "http" / "fields.py", APP / "profiles" / "rules" / "schema_fields.py"}


class Sample(Schema):
    whole = fields.Integer()
    number = fields.Float()
    flag = fields.Boolean()
    wholes = ma.fields.List(fields.Integer())
    key = ma.fields.String(validate=fields.Pattern("^[a-z]{1,3}$"))


def load(values: dict[str, Any], *, is_query: bool = False) -> Any:
    schema = Sample()
    schema.reads_text = is_query
    try:
        return schema.load(values)
    except ma.ValidationError as error:
        return sorted(error.messages_dict)


@pytest.mark.parametrize("value", ["yes", "t", "true", "1", 0, 1, 1.0, []])
def test_json_boolean_is_refused_when_not_true_or_false(value):
    assert load({"flag": value}) == ["flag"]
    assert load({"flag": True}) == {"flag": True}


def test_json_integer_is_any_number_without_fraction():
    for value in (2091, 2091.0):
        loaded = load({"whole": value})
        assert loaded == {"whole": 2091} and type(loaded["whole"]) is int
    for value in ("2091", True, 2091.5, math.inf, math.nan, [], None):
        assert load({"whole": value}) == ["whole"], value
    assert load({"wholes": [1, "2"]}) == ["wholes"]


def test_json_number_is_refused_when_text_or_boolean():
    assert load({"number": 120}) == {"number": 120.0}
    for value in ("120", "nan", False, math.nan, math.inf, {}):
        assert load({"number": value}) == ["number"], value


def test_query_text_is_parsed_as_json_reads_it():
    read = load({"whole": "-7", "number": "1e3", "flag": "false", "wholes": ["2"]}, is_query=True)
    assert read == {"whole": -7, "number": 1000.0, "flag": False, "wholes": [2]}
    for name, value in (
        *(("whole", text) for text in ("1_0", "٣", " 1", "1.5", "0x1", "", "1e999")),
        *(("number", text) for text in ("nan", "inf", "Infinity", "1_0", " 1", "1e999")),
        *(("flag", text) for text in ("yes", "True", "1", "t", "")),
    ):
        assert load({name: value}, is_query=True) == [name], (name, value)


def test_pattern_matches_whole_text():
    assert load({"key": "abc"}) == {"key": "abc"}
    for value in ("abcd", "abc\n", "äb", ""):
        assert load({"key": value}) == ["key"], value
    with pytest.raises(ValueError, match="a"):
        fields.Pattern("a")


def test_numbers_and_booleans_of_schemas_are_strict():
    """marshmallow's own fields read text too, its patterns match a beginning, and its choices have no name."""
    loose = {
        "Integer",
        "Int",
        "Float",
        "Number",
        "Decimal",
        "Boolean",
        "Bool",
        "Enum",
        "Constant",
        "OneOf",
        "Regexp",
    }
    loose_fields = [
        f"{path.relative_to(APP)}:{node.lineno}"
        for path in APP.rglob("*.py")
        if path not in STRICT_BY_THEMSELVES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in loose
        and ast.unparse(node.value) in ("ma.fields", "ma.validate")
    ]
    assert loose_fields == []
