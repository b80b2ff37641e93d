"""The document describes each row of a pull: keys, types and nulls, as a real bootstrap has them.

`GRIDWARD_WRITE_DOCS=1 pytest tests/sync/test_row_document.py` writes the example rows anew.
"""

import os
from typing import Any

import orjson
import pytest

from app.sync.queries.registry import ENTITIES
from app.sync.schemas.rows import ROW_DATA, ROW_EXAMPLES
from app.sync.schemas.rows.catalogue import EXAMPLES_FILE
from tests.factories import make_city
from tests.sync.document_schemas import faults, validator_of
from tests.sync.pull_client import fresh
from tests.sync.readable_json import Readable, in_order
from tests.sync.row_scene import RowScene

LONG_MEMBERS = {"profile": {"data": {}, "transitions": []}}


@pytest.fixture(scope="module")
def scene(app, settings) -> RowScene:
    return RowScene(make_city(app, settings))


@pytest.fixture(scope="module")
def rows_by_entity(scene) -> dict[str, list[dict[str, Any]]]:
    """The rows that the worker, the supervisor and a member of the unit for roads are sent."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for person in (scene.worker, scene.boss, scene.other, scene.city.handler("roads")):
        for row in fresh(person).pulled_rows:
            rows.setdefault(row["entity"], []).append(row)
    return rows


def test_every_entity_has_documented_data():
    assert [entity.name for entity in ENTITIES] == list(ROW_DATA)


@pytest.mark.parametrize("entity", ROW_DATA)
def test_rows_of_bootstrap_match_documented_schema(document, rows_by_entity, entity):
    validator = validator_of(document, "SyncRow")
    own = validator_of(document, f"{entity.title().replace('_', '')}Row")
    rows = rows_by_entity[entity]
    assert [fault for row in rows for fault in faults(own, row)] == []
    assert all(validator.is_valid(row) for row in rows)


def test_removed_row_matches_documented_schema(document, scene):
    row = {"bucket": "global", "entity": "household", "id": scene.household_id, "op": "R"}
    assert faults(validator_of(document, "SyncRow"), row) == []


def test_each_row_member_is_described(document):
    schemas = document["components"]["schemas"]
    bare = [
        f"{name}.{member}"
        for name, schema in schemas.items()
        if name.endswith("Data") and name.removesuffix("Data") + "Row" in schemas
        for member, described in schema["properties"].items()
        if not described.get("description", "").endswith(".")
    ]
    assert bare == []


def richest(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the row with the fewest nulls."""
    return min(rows, key=lambda row: str(row["data"]).count("None"))


def test_example_rows_have_the_members_of_real_rows(document, scene, rows_by_entity):
    if os.environ.get("GRIDWARD_WRITE_DOCS"):
        examples = {}
        named = {scene.city.code: "city", scene.worker.username: "wangfang"}
        for entity in ROW_DATA:
            row = richest(rows_by_entity[entity])
            row = Readable(named, in_order(row))(row)
            row["data"] |= LONG_MEMBERS.get(entity, {})
            examples[entity] = row
        EXAMPLES_FILE.write_bytes(
            orjson.dumps(examples, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        )
        return
    assert list(ROW_EXAMPLES) == list(ROW_DATA)
    for entity, example in ROW_EXAMPLES.items():
        assert faults(validator_of(document, "SyncRow"), example) == []
        assert example["data"].keys() == richest(rows_by_entity[entity])["data"].keys(), entity
