"""The OpenAPI document is valid, and as strict as the server: names, required members, patterns and media types."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import marshmallow as ma
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.document import _completed, document
from app.http.smorest import Schema
from tests.endpoints import ENDPOINTS, World
from tests.test_openapi import COMMITTED, differing_lines
from tests.test_permissions import BUILDERS, TABLE

# Enumerations of other meaning that have the same values today.
SAME_VALUES: list[set[str]] = []
# Not of ECMA-262 (with the flag u), which JSON Schema names for patterns.
FOREIGN_PATTERN = re.compile(r"\\[ZAzh]|\(\?[P#<(a-zA-Z]|\[\[:|\\-")


def nodes(value: Any, at: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object of the document, with its place."""
    if isinstance(value, dict):
        yield at, value
        for key, inner in value.items():
            yield from nodes(inner, f"{at}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from nodes(item, f"{at}/{number}")


@pytest.fixture(scope="module")
def schemas(document) -> dict[str, dict[str, Any]]:
    by_name: dict[str, dict[str, Any]] = document["components"]["schemas"]
    return by_name


def test_document_is_valid_openapi(document, schemas):
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []
    for name, schema in schemas.items():
        assert jsonschema_rs.meta.is_valid(schema), name


def test_length_is_limited_of_strings_only(document):
    wrong = [
        at for at, node in nodes(document) if "maxLength" in node and "string" not in node.get("type", ())
    ]
    assert wrong == []


def test_every_enumeration_is_a_named_schema(document, schemas):
    inline = [
        at
        for at, node in nodes(document)
        if isinstance(node.get("enum"), list) and not re.fullmatch(r"#/components/schemas/[A-Za-z]+", at)
    ]
    assert inline == []
    assert sum("enum" in schema for schema in schemas.values()) > 50
    assert all(len(schema["enum"]) > 1 for schema in schemas.values() if "enum" in schema)


def test_no_two_enumerations_have_the_same_values(schemas):
    by_values: dict[frozenset[str], set[str]] = {}
    for name, schema in schemas.items():
        if "enum" in schema:
            by_values.setdefault(frozenset(schema["enum"]), set()).add(name)
    assert [names for names in by_values.values() if len(names) > 1 and names not in SAME_VALUES] == []


def test_patch_names_its_sensitive_fields_in_the_document(schemas):
    sensitive = "Sensitive fields, whose conflicts wait for a person:"
    assert f"{sensitive} `name`; `phone`; " in schemas["PushResidentPatch"]["description"]
    assert f"{sensitive} `lon` with `lat`; " in schemas["PushPremisesPatch"]["description"]
    assert sensitive not in schemas["PushHouseholdPatch"]["description"]


def test_enumeration_is_referred_to_where_a_field_may_be_null(document, schemas):
    assert schemas["IncidentOut"]["properties"]["status"]["$ref"] == "#/components/schemas/CaseStatus"
    state = schemas["AssignmentRef"]["properties"]["offer_state"]
    assert state["anyOf"] == [{"$ref": "#/components/schemas/OpenOfferState"}, {"type": "null"}]
    (level,) = [p for p in document["paths"]["/api/v1/areas"]["get"]["parameters"] if p["name"] == "level"]
    assert level["schema"] == {"$ref": "#/components/schemas/AreaLevel"}


def test_document_is_refused_when_one_name_has_two_lists_of_values():
    schemas = {"Colour": {"type": "string", "enum": ["red", "green"]}}
    node = {"type": "string", "x-enumeration": "Colour", "enum": ["red", "blue"]}
    with pytest.raises(RuntimeError, match="Colour"):
        _completed(node, schemas)


def test_document_is_refused_when_one_value_has_two_meanings():
    schemas = {"Colour": {"type": "string", "enum": ["red", "green"], "description": "- `red`: stop"}}
    node = {
        "type": "string",
        "x-enumeration": "Colour",
        "x-meanings": "- `red`: go",
        "enum": ["red", "green"],
    }
    with pytest.raises(RuntimeError, match="Colour"):
        _completed(node, schemas)


def test_every_value_of_an_enumeration_is_explained_in_the_document(schemas):
    unexplained = {
        name: missing
        for name, schema in schemas.items()
        if "enum" in schema
        and (missing := [v for v in schema["enum"] if f"- `{v}`: " not in schema.get("description", "")])
    }
    assert unexplained == {}


def test_single_value_is_a_constant(schemas):
    for name, kind in (("IncidentFeatures", "FeatureCollection"), ("IncidentFeature", "Feature")):
        assert schemas[name]["properties"]["type"].items() >= {"type": "string", "const": kind}.items()


def test_answers_require_all_properties_but_optional_ones(document, schemas):
    assert set(schemas["IncidentOut"]["required"]) == schemas["IncidentOut"]["properties"].keys()
    opened = schemas["AccountOpened"]
    assert opened["properties"].keys() - set(opened["required"]) == {"one_time_password"}
    assert "required" not in schemas["IncidentPatch"]
    answers = {
        match[1]
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
        for at, node in nodes(operation["responses"])
        if (match := re.fullmatch(r"#/components/schemas/(\w+)", node.get("$ref", "")))
    }
    closed = {name for name in answers if "properties" in schemas[name]}
    assert [name for name in sorted(closed) if "required" not in schemas[name]] == []
    assert not any({"x-optional", "x-enumeration", "x-meanings"} & node.keys() for _, node in nodes(document))


def test_patterns_are_anchored_and_of_ecma_262(document):
    patterns = {node["pattern"] for _, node in nodes(document) if isinstance(node.get("pattern"), str)}
    assert len(patterns) > 4
    assert [
        p for p in patterns if not (p.startswith("^") and p.endswith("$")) or FOREIGN_PATTERN.search(p)
    ] == []


def test_json_is_the_first_media_type(document):
    several = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            for response in operation["responses"].values():
                media = list(response.get("content", ()))
                if "application/json" in media and len(media) > 1:
                    several += 1
                    assert media[0] == "application/json", f"{method} {path}"
    assert several >= 6
    text = COMMITTED.read_text()
    first = text.index('"/api/v1/incidents": {')
    assert text.index('"application/json"', first) < text.index('"application/geo+json"', first)


def test_problem_is_open_and_names_its_members(schemas):
    problem, fault = schemas["Problem"], schemas["FieldError"]
    assert problem["additionalProperties"] is True and fault["additionalProperties"] is True
    assert set(problem["required"]) == {"type", "title", "status", "code", "detail", "request_id"}
    assert problem["properties"]["errors"]["items"] == {"$ref": "#/components/schemas/FieldError"}
    assert all("description" in member for member in problem["properties"].values())


def test_exclusive_bound_replaces_the_inclusive_one(schemas):
    amount = schemas["TransitionAskExtension"]["properties"]["amount"]
    assert amount["exclusiveMinimum"] == 0 and "minimum" not in amount


def test_ids_made_by_clients_have_the_pattern_of_uuid7(schemas):
    pattern = schemas["ReportIncident"]["properties"]["id"]["pattern"]
    assert re.fullmatch(pattern, "01a2101b-9508-7f16-a222-262960ac6784")
    assert not re.fullmatch(pattern, "01a2101b-9508-4f16-a222-262960ac6784")


class _Ids(Schema):
    id = fields.Uuid7(allow_none=True)
    box = fields.BBox()
    cursor = fields.Cursor()
    colour = fields.Choice(Enumeration("Colour", ("red", "green")))


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("id", "01a2101b-9508-4f16-a222-262960ac6784", "uuid_version"),
        ("id", "01a2101b95087f16a222262960ac6784", "invalid"),
        ("box", "1,2,3", "bbox_invalid"),
        ("box", "1,2, 3,4", "bbox_invalid"),
        ("box", "nan,2,3,4", "bbox_invalid"),
        ("box", "3,2,1,4", "bbox_invalid"),
        ("cursor", "a=", "cursor_invalid"),
        ("colour", "blue", "Must be one of: red, green."),
    ],
)
def test_value_outside_of_documented_pattern_is_refused(name, value, code):
    with pytest.raises(ma.ValidationError) as refused:
        _Ids().load({name: value})
    assert refused.value.messages_dict == {name: [code]}


def test_body_is_required_when_an_empty_one_is_refused(app, settings, document):
    """Sends requests of the table without their body."""
    world = World(app, settings)
    refused, differing = 0, []
    for operation in TABLE:
        method, path = operation.split()
        body = document["paths"][f"/api/v1{path}"][method.lower()].get("requestBody", {})
        if not body.get("required") or "application/json" not in body["content"]:
            continue
        role = next(role for role, cell in TABLE[operation].items() if cell.startswith(("ok", "shown")))
        request = ENDPOINTS[BUILDERS[operation]](world, role, world.home, True)
        actor = request.actor or world.person(role, world.home)
        status = actor.call(method, request.path, headers=request.headers).status_code
        refused += status == 422
        if status < 300:
            differing.append(operation)
    assert differing == [] and refused > 50


def test_document_is_the_same_when_made_twice(app):
    api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    for _ in range(2):
        assert differing_lines(document(api), COMMITTED.read_bytes()) == ""
