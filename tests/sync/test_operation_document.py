"""The document describes each operation of a push as the server takes it."""

from typing import Any

import pytest

from app.core.ids import uuid7
from app.sync.operations import OPERATIONS
from app.sync.routes.document import component_name, example
from tests.sync.document_schemas import faults, validator_of
from tests.sync.push_client import PushClient

SHAPE_CODES = {"validation_failed", "unknown_field", "operation_unknown", "permission_missing"}
# The server does without them; a device that leaves them out loses what they are for.
ADVISED = {"client_at", "base", "base_version"}
BY_NAME = pytest.mark.parametrize("name", OPERATIONS, ids="_".join)


def operation(name: tuple[str, str], **members: Any) -> dict[str, Any]:
    return example(OPERATIONS[name]) | members


def test_every_operation_is_explained_and_in_the_document(document):
    assert all(kind.explanation.summary.endswith(".") for kind in OPERATIONS.values())
    schemas = document["components"]["schemas"]
    assert schemas["Push"]["properties"]["ops"]["items"] == {"$ref": "#/components/schemas/PushOperation"}
    assert {component_name("Push", *name) for name in OPERATIONS} <= schemas.keys()


@BY_NAME
def test_example_of_operation_matches_its_schema_and_no_other(document, name):
    assert faults(validator_of(document, "PushOperation"), operation(name)) == []
    other = component_name("Push", *next(key for key in OPERATIONS if key != name))
    assert faults(validator_of(document, other), operation(name)) != []


def test_server_takes_the_shape_of_every_example(city):
    phone = PushClient(city.worker("g1", capacity=100))
    ops = [
        operation(name, op_id=str(uuid7()), device_seq=next(phone.numbers), client_at=phone.now().isoformat())
        for name in OPERATIONS
    ]
    codes = {
        f"{op['entity']} {op['op']}": result["code"]
        for op, result in zip(ops, phone.push(*ops), strict=True)
        if result["code"] in SHAPE_CODES
    }
    assert codes == {}


def test_server_refuses_operation_without_a_required_member(document, city):
    phone = PushClient(city.worker("g1", capacity=100))
    ops, lacking = [], []
    for name in OPERATIONS:
        schema = document["components"]["schemas"][component_name("Push", *name)]
        patch = document["components"]["schemas"].get(f"{component_name('Push', *name)}Fields", {})
        whole = operation(name)
        for member in set(schema["required"]) - ADVISED - {"entity", "op", "patch"}:
            ops.append({key: value for key, value in numbered(phone, whole).items() if key != member})
            lacking.append((name, member))
        for member in patch.get("required", []):
            fields = {key: value for key, value in whole["patch"].items() if key != member}
            ops.append(numbered(phone, whole) | {"patch": fields})
            lacking.append((name, f"patch.{member}"))
    results = phone.push(*ops)
    missed = [
        (name, member, result["code"], result["errors"])
        for (name, member), result in zip(lacking, results, strict=True)
        if member not in [error["field"] for error in result["errors"]]
    ]
    assert missed == [] and len(results) > 60


def numbered(phone: PushClient, whole: dict[str, Any]) -> dict[str, Any]:
    return whole | {"op_id": str(uuid7()), "device_seq": next(phone.numbers)}


def test_push_takes_an_operation_that_the_document_does_not_know(city):
    phone = PushClient(city.worker("g1"))
    good = phone.report(city.in_grid("g1"))
    answer = phone.send(None, {"entity": "planet"}, good | {"device_seq": 9})
    assert [result["status"] for result in answer.json["results"]] == ["rejected", "rejected", "applied"]
