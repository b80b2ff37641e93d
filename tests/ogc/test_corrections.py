"""A case that is moved on a map is corrected: grid, owner, history and audit follow; nothing else of the body is taken."""

import pytest

from app.areas import service as areas
from app.core import db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from tests.ogc.test_edits import send


def test_incident_moved_by_patch_is_recorded_as_correction(city, boss, report, rows):
    case = report(city.worker("g1"), city.in_grid("g1"))
    there = city.in_grid("g3")
    body = {"geometry": {"type": "Point", "coordinates": [there["lon"], there["lat"]]}}
    answer = send(boss, "PATCH", f"incidents/items/{case['id']}", body)
    assert answer.status_code == 200, answer.text
    assert answer.json["properties"]["grid_id"] == str(city.areas["g3"])
    events = boss.person.get(f"/incidents/{case['id']}/events").json["items"]
    assert "relocate" in [event["action"] for event in events]
    report_of = rows("select ST_X(location) from report where id = cast(:id as uuid)", id=case["id"])
    assert report_of[0][0] == pytest.approx(city.in_grid("g1")["lon"])
    answer = send(
        boss,
        "PATCH",
        f"incidents/items/{case['id']}",
        {"properties": {"category": "0101", "status": "closed"}},
    )
    assert (answer.json["properties"]["category"], answer.json["properties"]["status"] != "closed") == (
        "0101",
        True,
    )
    words = send(
        boss, "PATCH", f"incidents/items/{case['id']}", {"properties": {"description": "other words"}}
    )
    assert words.status_code == 400 and "description" in words.json["description"]


def test_incident_moved_by_qgis_put_changes_only_location(city, boss, report, rows):
    """The whole feature comes back, with everything that the server makes said otherwise: only the place is taken."""
    theirs = uuid7()
    competence = {"area_id": city.areas["c2"], "category_prefix": "E01"}
    with db.transaction(SYSTEM) as session:
        areas.create_unit(
            *(session, SYSTEM),
            id=theirs,
            jurisdiction=city.code,
            code=f"{city.code}-sweepers",
            name={"zh": "保洁", "en": "Sweepers"},
            area_id=city.areas["c2"],
            competences=[competence],
        )
    case = report(city.worker("g1"), city.in_grid("g1"), category="E0102")
    path = f"incidents/items/{case['id']}"
    before = boss.get(f"/collections/{path}").json
    there = city.in_grid("g3")
    sent = {k: v for k, v in before.items() if k != "links"}
    sent["geometry"] = {"type": "Point", "coordinates": [there["lon"], there["lat"]]}
    sent["properties"] = before["properties"] | {
        "case_no": "made up",
        "status": "closed",
        "priority": 9,
        "grid_id": str(city.areas["g2"]),
        "grid_code": "made up",
        "owner_unit_id": None,
        "owner_unit_name": "made up",
        "closed_at": "2026-01-01T00:00:00Z",
        "rework_count": 7,
        "reported_at": "2001-01-01T00:00:00Z",
        "waiting_reason": "made up",
    }
    answer = send(boss, "PUT", path, sent)
    assert answer.status_code == 200, answer.text
    after = answer.json["properties"]
    assert after["grid_id"] == str(city.areas["g3"])
    assert before["properties"]["owner_unit_id"] == str(city.units["cleaning"])
    assert after["owner_unit_id"] == str(theirs)
    unchanged = ("case_no", "reported_at", "rework_count", "closed_at", "category", "description", "priority")
    assert {name: after[name] for name in unchanged} == {
        name: before["properties"][name] for name in unchanged
    }
    assert after["status"] != "closed" and after["waiting_reason"] != "made up"
    events = boss.person.get(f"/incidents/{case['id']}/events").json["items"]
    [moved] = [event for event in events if event["action"] == "relocate"]
    assert moved["actor"]["id"] == str(boss.person.id)
    audited = rows(
        "select actor_id, detail from audit_event where entity_id = cast(:id as uuid) and action = 'incident.correct'",
        id=case["id"],
    )
    assert [(str(actor), detail["fields"]) for actor, detail in audited] == [
        (str(boss.person.id), ["lat", "lon"])
    ]
    # The history of a case is its events, from which it can be replayed.
    [[detail]] = rows(
        "select detail from incident_event where incident_id = cast(:id as uuid) and action = 'relocate'",
        id=case["id"],
    )
    was = before["geometry"]["coordinates"]
    assert (detail["from"]["lon"], detail["from"]["lat"]) == pytest.approx(tuple(was), abs=1e-6)
    assert detail["to"]["lon"] == pytest.approx(there["lon"], abs=1e-6)
