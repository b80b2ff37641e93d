"""Each row field that the documentation calls editable changes when its patch is pushed."""

from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM, Role
from app.sync.operations import OPERATIONS
from app.sync.routes.document import patch_schema
from app.sync.schemas.rows.patch_fields import patch_fields
from tests.sample_sizes import drawn_share
from tests.sync.pull_client import PullClient, fresh
from tests.sync.push_client import PushClient, codes
from tests.sync.scenes import settle, tag

PATCHED = [entity for entity, op in OPERATIONS if op == "patch"]
# Fields of a patch that no row shows: what the other fields mean, and what only a reveal shows.
NOT_IN_ROWS = {
    "premises": {"coord_sys", "allow_same_address"},
    "resident": {"registered_at", "birth_year"},
}
CASES = [(entity, field) for entity in PATCHED for field in patch_fields(entity)]


def value_of(data: Any, path: str) -> Any:
    for member in path.split("."):
        data = data[member]
    return data


@pytest.fixture
def home(city):
    return settle(city, city.in_grid("g1"))


@pytest.fixture
def row_ids(city, home) -> dict[str, str]:
    """A row of each entity that can be patched; the household wants no visits and lives elsewhere."""
    worker = city.worker("g1")
    resident = next(iter(fresh(worker).ids("resident")))
    with db.transaction(SYSTEM) as session:
        sql = "update household set declined_at = now(), moved_away_at = now() where id = :id"
        session.execute(text(sql), {"id": home.household_id})
    return {
        "premises": str(home.premises_id),
        "household": str(home.household_id),
        "resident": resident,
        "care_tag": tag(worker, resident)["id"],
    }


def new_values(city: Any) -> dict[str, dict[str, Any]]:
    return {
        "premises": {
            "kind": "shop",
            "name": "便民超市",
            "address": "幸福路99号",
            "external_ref": "A-1",
            **city.at(0.3, 1.3),
            **dict.fromkeys(("province", "city", "county", "town", "community", "grid", "compound"), "甲"),
            **{"building": "1幢", "unit": "2单元", "room": "501"},
        },
        "household": {
            "label": "西间",
            "kind": "collective",
            "next_visit_due": "2027-01-05",
            "is_declined": False,
            "has_moved_away": False,
        },
        "resident": {
            "name": "赵六",
            "phone": "13900001111",
            "email": "wang@mail.example",
            "is_registered_here": False,
            "lives_here": False,
        },
        "care_tag": {"purpose": "上楼需要帮助", "ends_on": "soon", "cycle_days": 30},
    }


@pytest.mark.parametrize("entity", PATCHED)
def test_every_patch_field_belongs_to_a_row_field(entity):
    schema = patch_schema(OPERATIONS[entity, "patch"])
    assert schema is not None
    loaded = set(schema().load_fields)
    changing = {field for fields in patch_fields(entity).values() for field in fields}
    assert loaded - changing == NOT_IN_ROWS.get(entity, set())
    assert changing <= loaded


@pytest.mark.wide
@pytest.mark.parametrize(("entity", "row_field"), drawn_share(CASES, one_in=3, name="pushed fields"))
def test_pushed_patch_changes_its_row_field(city, row_ids, entity, row_field):
    worker = city.worker("g1")
    city.grant(worker, Role.SUPERVISOR, area="s")  # reads addresses and names in full
    phone, key = PullClient(worker).pull(), (entity, row_ids[entity])
    before = value_of(phone.rows[key], row_field)
    values = new_values(city)[entity]
    if row_field == "ends_on":
        values["ends_on"] = before[:-1] + ("1" if before[-1] != "1" else "2")
    patch = {field: values[field] for field in patch_fields(entity)[row_field]}
    pushing = PushClient(worker)
    version = next(row["version"] for row in phone.pulled_rows if (row["entity"], row["id"]) == key)
    base = dict.fromkeys(patch)
    (result,) = pushing.push(
        pushing.op(entity, "patch", row_ids[entity], patch=patch, base=base, base_version=version)
    )
    assert codes([result]) == ["applied"], result
    assert value_of(phone.pull().rows[key], row_field) != before
