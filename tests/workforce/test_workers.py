"""Workers: who may read, enrol and update whom."""

from datetime import timedelta

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.workforce import service


def ids(response) -> set[str]:
    assert response.status_code == 200, response.json
    return {item["id"] for item in response.json["items"]}


def test_supervisor_lists_only_workers_of_own_areas(workforce_city):
    inside, outside = workforce_city.worker("g1"), workforce_city.worker("g3")
    assert ids(workforce_city.supervisor("c1").get("/workers")) == {str(inside.account_id)}
    assert ids(workforce_city.supervisor("s").get("/workers")) == {
        str(inside.account_id),
        str(outside.account_id),
    }


def test_global_supervisor_lists_every_worker(workforce_city):
    worker = workforce_city.worker(None, name=f"王{workforce_city.code}")
    boss = workforce_city.supervisor(None)
    assert boss.get(f"/workers/{worker.account_id}").status_code == 200
    assert ids(boss.get(f"/workers?q={workforce_city.code}")) == {str(worker.account_id)}


def test_chief_lists_workers_of_own_grids(workforce_city):
    chief = workforce_city.worker("g1", role=Role.GRID_CHIEF)
    colleague, other = workforce_city.worker("g1"), workforce_city.worker("g2")
    assert ids(chief.get("/workers")) == {str(chief.account_id), str(colleague.account_id)}
    assert chief.get(f"/workers/{other.account_id}").status_code == 404


def test_worker_reads_only_own_record(workforce_city):
    worker, other = workforce_city.worker("g1"), workforce_city.worker("g1")
    assert worker.get(f"/workers/{worker.account_id}").status_code == 200
    assert worker.get(f"/workers/{other.account_id}").status_code == 404
    assert worker.get("/workers").status_code == 403


def test_worker_leaves_scope_when_responsibility_ends(workforce_city):
    worker, boss = workforce_city.worker(None), workforce_city.supervisor("c1")
    with db.transaction(SYSTEM) as session:
        held = service.set_responsibility(
            session,
            SYSTEM,
            worker_id=worker.account_id,
            area_id=workforce_city.area("g1"),
            role="worker",
            since=clock.now() - timedelta(days=2),
        )
    assert boss.get(f"/workers/{worker.account_id}").status_code == 200
    with db.transaction(SYSTEM) as session:
        service.end_responsibility(session, SYSTEM, responsibility_id=held)
    assert boss.get(f"/workers/{worker.account_id}").status_code == 404


def test_worker_with_grant_in_area_is_visible_without_grid(workforce_city):
    account = workforce_city.person(Role.WORKER, "c1")
    boss = workforce_city.supervisor("c1")
    assert boss.post("/workers", {"account_id": str(account)}).status_code == 201
    assert boss.get(f"/workers/{account}").status_code == 200
    assert workforce_city.supervisor("c2").get(f"/workers/{account}").status_code == 404


def test_worker_list_filters_and_pages_reach_each_worker_once(workforce_city):
    made = {
        str(workforce_city.worker(g, name=n).account_id)
        for g, n in (("g1", "甲"), ("g1", "甲"), ("g2", "乙"), ("g3", "丙"))
    }
    on_duty = workforce_city.worker("g1", name="丁", on_duty_for=timedelta(hours=1))
    boss = workforce_city.supervisor("d")
    seen, cursor = [], ""
    while cursor is not None:
        answer = boss.get(f"/workers?limit=2{f'&cursor={cursor}' if cursor else ''}").json
        seen += [item["id"] for item in answer["items"]]
        cursor = answer["next"]
    assert sorted(seen) == sorted(made | {str(on_duty.account_id)})
    assert ids(boss.get("/workers?on_duty=true")) == {str(on_duty.account_id)}
    assert ids(boss.get("/workers?on_duty=false")) == made
    assert len(ids(boss.get(f"/workers?area_id={workforce_city.area('c1')}"))) == 4
    assert len(ids(boss.get("/workers?q=甲"))) == 2


@pytest.mark.parametrize("cursor", ["x", "WyJhIiwiYiJd", "WyJhXHUwMDAwIiwiYiJd", "W10"])
def test_forged_cursor_returns_422(workforce_city, cursor):
    assert workforce_city.supervisor("d").get(f"/workers?cursor={cursor}").status_code == 422


def test_worker_item_has_state_grids_and_load(workforce_city, rows):
    worker = workforce_city.worker("g1", on_duty_for=timedelta(hours=1), capacity=7)
    item = worker.get(f"/workers/{worker.account_id}").json
    since = item.pop("on_duty_since")
    assert since.endswith("+00:00")
    assert item == {
        "id": str(worker.account_id),
        "name": "王芳",
        "capacity": 7,
        "skills": [],
        "permits": {},
        "phone": None,
        "open_work": 0,
        "on_duty": True,
        "grids": [
            {
                "id": str(workforce_city.area("g1")),
                "code": f"{workforce_city.code}-g1",
                "name": {"zh": "区", "en": "Area"},
                "role": "worker",
            }
        ],
        "version": 1,
    }


def test_worker_etag_changes_when_shown_values_change(workforce_city):
    worker = workforce_city.worker("g1")
    path = f"/workers/{worker.account_id}"
    tag = worker.get(path).headers["ETag"]
    assert worker.get(path, headers={"If-None-Match": f"W/{tag}"}).status_code == 304
    worker.post(f"{path}/duty", {"on_duty": True})
    assert worker.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_enrolment_requires_field_role_in_scope(workforce_city):
    boss = workforce_city.supervisor("c1")
    clerk = workforce_city.person(Role.GIS, "c1")
    assert boss.post("/workers", {"account_id": str(clerk)}).json["code"] == "worker_role_missing"
    elsewhere = workforce_city.person(Role.WORKER, "c2")
    assert boss.post("/workers", {"account_id": str(elsewhere)}).status_code == 404
    assert boss.post("/workers", {"account_id": str(uuid7())}).status_code == 404
    account = workforce_city.person(Role.WORKER, "c1", "陈静")
    made = boss.post("/workers", {"account_id": str(account), "skills": ["gas", "fire", "gas"]})
    assert made.status_code == 201
    assert (made.json["name"], made.json["skills"]) == ("陈静", ["fire", "gas"])
    assert boss.post("/workers", {"account_id": str(account)}).status_code == 409
    assert workforce_city.worker("g1").post("/workers", {"account_id": str(account)}).status_code == 403


def test_worker_update_requires_current_version(workforce_city, rows):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    path = f"/workers/{worker.account_id}"
    assert boss.patch(path, {"capacity": 3}).status_code == 428
    tag = boss.get(path).headers["ETag"]
    changed = boss.patch(path, {"capacity": 3, "skills": ["fire"]}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json["capacity"], changed.json["version"]) == (200, 3, 2)
    assert boss.patch(path, {"capacity": 4}, headers={"If-Match": tag}).status_code == 412
    assert boss.patch(path, {"capacity": 4}, headers={"If-Match": '"2"'}).status_code == 200
    events = rows(
        "select 1 from audit_event where entity_id = :id and action = 'worker.change'",
        id=worker.account_id,
    )
    assert len(events) == 2


def test_permit_is_a_skill_with_expiry(workforce_city, rows):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    path = f"/workers/{worker.account_id}"
    until = "2027-04-01T00:00:00+08:00"

    def change(**fields):
        return boss.patch(path, fields, headers={"If-Match": boss.get(path).headers["ETag"]})

    assert change(skills=["gas", "fire"]).status_code == 200
    changed = change(permits={"gas": until})
    assert changed.status_code == 200, changed.json
    assert changed.json["permits"] == {"gas": "2027-03-31T16:00:00+00:00"}
    refused = change(permits={"lifts": until})
    assert refused.status_code == 422
    assert refused.json["errors"][0] | {"message": ""} == {
        "field": "permits",
        "code": "permit_without_skill",
        "skill": "lifts",
        "message": "",
    }
    # A removed skill has no permit.
    assert change(skills=["fire"]).json["permits"] == {}
    assert change(skills=["fire", "gas"]).json["permits"] == {}
    assert change(skills=[], permits={"fire": until}).status_code == 422


def test_phone_of_worker_is_changed_cleared_and_not_listed(workforce_city):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    path = f"/workers/{worker.account_id}"

    def change(**fields):
        return boss.patch(path, fields, headers={"If-Match": "*"})

    assert change(phone="138 0000 1111").json["phone"] == "138 0000 1111"
    assert change(capacity=3).json["phone"] == "138 0000 1111", "it stays when another field changes"
    assert worker.get(path).json["phone"] == "138 0000 1111"
    assert all("phone" not in item for item in boss.get("/workers").json["items"])
    refused = change(phone="call me")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "phone")
    assert change(phone=None).json["phone"] is None


def test_duty_change_preserves_worker_version(workforce_city):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    path = f"/workers/{worker.account_id}"
    tag = boss.get(path).headers["ETag"]
    worker.post(f"{path}/duty", {"on_duty": True})
    assert boss.patch(path, {"capacity": 3}, headers={"If-Match": tag}).status_code == 200


def test_worker_update_requires_supervisor_of_area(workforce_city):
    worker = workforce_city.worker("g1")
    path, match = f"/workers/{worker.account_id}", {"If-Match": "*"}
    assert workforce_city.supervisor("c2").patch(path, {"capacity": 3}, headers=match).status_code == 404
    assert worker.patch(path, {"capacity": 3}, headers=match).status_code == 403
    assert workforce_city.supervisor("c1").patch(path, {"capacity": 101}, headers=match).status_code == 422
    assert workforce_city.supervisor("c1").patch(path, {"salary": 1}, headers=match).status_code == 422
