"""PATCH takes the answer of GET: read, change a member, send all of it back."""

import pytest

from tests.endpoints import ENDPOINTS

RESOURCES = {
    "units/<uuid:unit_id>": {"contact": "8888 1234"},
    "components/<uuid:component_id>": {"state": "damaged"},
    "workers/<uuid:worker_id>": {"capacity": 7},
    "households/<uuid:household_id>": {"kind": "collective"},
    "premises/<uuid:premises_id>": {"kind": "rental"},
}


@pytest.fixture(params=RESOURCES)
def resource(request, world):
    """An administrator, the path of a row, its ETag and its answer, and a change of it."""
    path = ENDPOINTS[f"PATCH /{request.param}"](world, "admin", world.home, True).path
    admin = world.person("admin", world.home)
    answer = admin.get(path)
    assert answer.status_code == 200, answer.text
    return admin, path, answer.headers["ETag"], answer.json, RESOURCES[request.param]


def test_answer_of_get_with_changed_member_is_accepted_by_patch(resource):
    admin, path, tag, document, change = resource
    changed = admin.patch(path, document | change, version=tag.strip('"'))
    assert changed.status_code == 200, changed.text
    assert changed.json.items() >= change.items()
    assert admin.get(path).json == document | change | {"version": document["version"] + 1}


def test_patch_returns_422_for_read_only_member_with_other_value(resource):
    admin, path, tag, document, change = resource
    for other in ({"id": "01890000-0000-7000-8000-000000000000"}, {"id": None}):
        refused = admin.patch(path, document | change | other, version=tag.strip('"'))
        assert (refused.status_code, refused.json["code"]) == (422, "validation_failed"), refused.text
        assert [(e["field"], e["code"]) for e in refused.json["errors"]] == [("id", "read_only")]
    assert admin.get(path).json == document


def test_patch_of_read_answer_returns_412_when_it_changed_meanwhile(resource):
    admin, path, tag, document, change = resource
    assert admin.patch(path, change, version=tag.strip('"')).status_code == 200
    for precondition in (tag, "*"):
        stale = admin.call("PATCH", path, document | change, headers={"If-Match": precondition})
        assert (stale.status_code, stale.json["code"]) == (412, "version_stale"), stale.text
    assert admin.patch(path, document).status_code == 428


def test_patch_still_refuses_members_of_neither_change_nor_answer(resource):
    admin, path, tag, document, _ = resource
    refused = admin.patch(path, document | {"colour": "red"}, version=tag.strip('"'))
    assert [(e["field"], e["code"]) for e in refused.json["errors"]] == [("colour", "unknown_field")]


def test_unit_competences_read_are_accepted_beside_new_ones(world):
    admin, path = world.person("admin", world.home), f"/units/{world.home.units['roads']}"
    unit = admin.get(path)
    added = {"area_id": str(world.home.areas["g1"]), "category_prefix": "E07"}
    competences = [*unit.json["competences"], added]
    changed = admin.patch(path, unit.json | {"competences": competences}, version=unit.json["version"])
    assert changed.status_code == 200, changed.text
    assert added in changed.json["competences"]
    assert len(changed.json["competences"]) == len(competences)
