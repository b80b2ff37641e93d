"""Corrections recompute grid, owner and deadline; the report stays as it was made."""

from datetime import datetime, timedelta

import pytest

from app.core import clock, db
from app.core.actor import Role
from app.statistics import service as statistics
from tests.factories import in_days


@pytest.fixture
def supervisor(city):
    return city.supervisor()


def _case(city, report):
    city.worker("g1", name="甲")
    return report(city.worker("g4", name="丙"), city.in_grid("g1"))


def test_relocated_case_gets_grid_and_worker_of_new_place(city, report, supervisor, rows):
    case = _case(city, report)
    there = city.worker("g3", name="丁")
    before = clock.now()
    answer = supervisor.patch(
        f"/incidents/{case['id']}", city.in_grid("g3") | {"note": "wrong side"}, case["version"]
    )
    assert answer.status_code == 200, answer.json
    assert answer.json["grid"]["id"] == str(city.areas["g3"])
    assert answer.json["assignment"]["worker"]["id"] == str(there.id)
    sent = supervisor.get(f"/incidents/{case['id']}").json["reports"][0]["sent"]
    assert (sent["lon"], sent["lat"]) == pytest.approx(tuple(city.in_grid("g1").values()))
    path = rows(
        "select scope_path = (select path from area_version where area_id = i.grid_id and upper_inf(valid)) "
        "from incident i where id = :i",
        i=case["id"],
    )
    assert path[0][0] is True
    # The case is counted in the grid in which it lay at the instant of the query.
    after = clock.now()

    def counted(grid, at):
        with db.read_session() as session:
            return [*statistics.open_in_grid(session, city.areas[grid], at=at).values()]

    assert (counted("g1", before), counted("g3", before)) == ([[case["id"]]], [])
    assert (counted("g1", after), counted("g3", after)) == ([], [[case["id"]]])


def test_recategorised_case_gets_owner_and_limit_of_new_category(city, report, supervisor):
    case = _case(city, report)
    before = supervisor.get(f"/incidents/{case['id']}").json
    answer = supervisor.patch(
        f"/incidents/{case['id']}", {"category": "0101", "note": "看错了"}, case["version"]
    )
    assert answer.json["owner_unit"]["id"] == str(city.units["roads"])
    assert answer.json["assignment"]["state"] == "queued"
    after = supervisor.get(f"/incidents/{case['id']}").json
    assert after["due_at"] != before["due_at"]
    assert [d["outcome"] for d in after["deadlines"]] == ["replaced", None]
    assert after["due_at"] == after["deadlines"][1]["due_at"]


def test_accepted_case_keeps_worker_when_relocated(city, report, supervisor, accept):
    worker = city.worker("g1")
    case = report(city.worker("g4"), city.in_grid("g1"))
    version = accept(worker, case).json["version"]
    answer = supervisor.patch(f"/incidents/{case['id']}", city.in_grid("g2") | {"note": "挪一下"}, version)
    assert answer.json["grid"]["id"] == str(city.areas["g2"])
    assert answer.json["assignment"]["worker"]["id"] == str(worker.id)


def test_correction_requires_current_version(city, report, supervisor):
    case = _case(city, report)
    path = f"/incidents/{case['id']}"
    missing = supervisor.patch(path, {"category": "E0103", "note": "看错了"})
    assert (missing.status_code, missing.json["code"]) == (428, "if_match_missing")
    assert (
        supervisor.patch(path, {"category": "E0103", "note": "看错了"}, case["version"] + 7).status_code
        == 412
    )
    assert supervisor.patch(path, {"category": "E0103", "note": "看错了"}, case["version"]).status_code == 200


def test_correction_requires_reason_and_stores_it_in_history(city, report, supervisor):
    case = _case(city, report)
    path = f"/incidents/{case['id']}"
    for change in ({"category": "E0103"}, city.in_grid("g2"), {"category": "E0103", "note": " "}):
        silent = supervisor.patch(path, change, case["version"])
        assert silent.status_code == 422, change
        assert [(e["field"], e["code"]) for e in silent.json["errors"]] == [("note", "required")]
    many = {"action": "correct", "ids": [case["id"]], "body": {"category": "E0103"}}
    assert supervisor.post("/incidents/bulk", many).json["errors"][0]["field"] == "body.note"
    changes = {"category": "E0103", "note": "是建筑垃圾"}
    assert supervisor.patch(path, changes, case["version"]).status_code == 200
    history = supervisor.get(f"{path}/events").json["items"]
    assert [event["note"] for event in history if event["action"] == "recategorise"] == ["是建筑垃圾"]


def test_correction_reports_unknown_category_and_missing_coordinate(city, report, supervisor):
    case = _case(city, report)
    path = f"/incidents/{case['id']}"
    assert (
        supervisor.patch(path, {"category": "nonsense", "note": "看错了"}, case["version"]).json["errors"][0][
            "code"
        ]
        == "category_unknown"
    )
    assert (
        supervisor.patch(path, {"lon": 1.0, "note": "挪一下"}, case["version"]).json["errors"][0]["field"]
        == "lat"
    )


def test_correction_is_allowed_to_admin_but_not_to_worker_or_stranger(city, report):
    case = _case(city, report)
    assert (
        city.worker("g1")
        .patch(f"/incidents/{case['id']}", {"category": "E0103", "note": "看错了"}, case["version"])
        .status_code
        == 403
    )
    assert (
        city.supervisor("c2")
        .patch(f"/incidents/{case['id']}", {"category": "E0103", "note": "看错了"}, case["version"])
        .status_code
        == 404
    )
    assert (
        city.person(Role.ADMIN)
        .patch(f"/incidents/{case['id']}", {"category": "E0103", "note": "看错了"}, case["version"])
        .status_code
        == 200
    )


def test_case_scope_returns_to_grid_when_conduct_category_is_corrected(city, report, supervisor, rows):
    case = report(city.worker("g4"), city.in_grid("g1"), category="E0690")
    levels = "select nlevel(scope_path) from incident where id = :i"
    assert rows(levels, i=case["id"])[0][0] == 3
    for category, level in (("E0102", 4), ("E0690", 3)):
        case = supervisor.patch(
            f"/incidents/{case['id']}", {"category": category, "note": "看错了"}, case["version"]
        ).json
        assert rows(levels, i=case["id"])[0][0] == level


def test_recategorised_limit_includes_earlier_pauses(city, report, supervisor, step):
    case = _case(city, report)
    start = clock.now()
    with clock.at(start + timedelta(minutes=1)):
        step(supervisor, case, "defer", until=in_days(9), note="waits for a part")
    with clock.at(start + timedelta(days=100)):
        supervisor.token = None
        resumed = step(supervisor, case, "resume").json
        changed = supervisor.patch(
            f"/incidents/{case['id']}", {"category": "E0103", "note": "看错了"}, resumed["version"]
        ).json
    assert datetime.fromisoformat(changed["due_at"]) > start + timedelta(days=100)


def test_correction_without_change_keeps_assignment(city, report, supervisor):
    case = _case(city, report)
    same = supervisor.patch(
        f"/incidents/{case['id']}", {"category": case["category"], "note": "看错了"}, case["version"]
    ).json
    assert same["assignment"]["id"] == case["assignment"]["id"]


def test_unit_case_waits_for_supervisor_when_moved_out_of_grids(city, report, supervisor):
    case = report(city.worker("g4"), city.in_grid("g1"), category="0101")
    moved = supervisor.patch(
        f"/incidents/{case['id']}", city.in_no_grid() | {"note": "挪一下"}, case["version"]
    ).json
    assert (moved["assignment"], moved["waiting"]["reason"]) == (None, "no_grid")
