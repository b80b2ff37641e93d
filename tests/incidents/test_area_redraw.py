"""Open cases follow a redraw in the same transaction."""

from shapely.geometry import box, mapping
from sqlalchemy import text

from app.core import clock, db
from app.core.ids import uuid7
from app.incidents import jobs
from tests.incidents.test_verification import is_sound


def test_redraw_moves_open_cases_and_reopened_ones_to_new_grid(city, rows, step):
    worker, reporter, supervisor = city.worker("g1"), city.worker("g4"), city.supervisor()
    body = {"id": str(uuid7()), "category": "E0102", **city.at(0.5, 1.9)}
    case = reporter.post("/incidents", body).json
    assert case["assignment"]["worker"]["id"] == str(worker.id)
    ended, doubled = (
        reporter.post("/incidents", body | {"id": str(uuid7()), "description": words}).json
        for words in ("另一件", "同一件")
    )
    assert step(supervisor, ended, "not_file", note="不属实").status_code == 200
    same = {"into_id": case["id"], "reason": "同一件"}
    assert supervisor.post(f"/incidents/{doubled['id']}/merge", same).status_code == 200
    west, south = city.at(0, 1).values()
    east, north = city.at(1, 2).values()
    middle = city.at(0, 1.5)["lat"]
    parts = [
        {
            "id": str(city.areas["g1"]),
            "code": f"{city.code}-g1",
            "geometry": mapping(box(west, south, east, middle)),
        },
        {"code": f"{city.code}-g1b", "geometry": mapping(box(west, middle, east, north))},
    ]
    names = {"name": {"zh": "新", "en": "New"}}
    answer = supervisor.post(
        "/areas/redraw",
        {
            "parent_id": str(city.areas["c1"]),
            "replaces": [str(city.areas["g1"])],
            "areas": [part | names for part in parts],
            "reason": "too many households",
        },
    )
    assert answer.status_code == 200, answer.json
    assert answer.json["counts"]["open_cases_moved"] == 1
    moved = supervisor.get(f"/incidents/{case['id']}").json
    assert moved["grid"]["code"] == f"{city.code}-g1b"
    assert moved["assignment"]["worker"]["id"] == str(worker.id)
    path = rows(
        "select i.scope_path = v.path from incident i join area_version v on v.area_id = i.grid_id and upper_inf(v.valid)"
        " where i.id = :i",
        i=case["id"],
    )
    assert path[0][0] is True
    actions = [e["action"] for e in supervisor.get(f"/incidents/{case['id']}/events").json["items"]]
    assert actions[-1] == "rehome"
    taken_out = supervisor.post(f"/incidents/{doubled['id']}/unmerge", {"reason": "不是同一件"}).json
    contested = step(reporter, ended, "contest", note="还在").json
    for case_shown in (taken_out, contested):
        assert case_shown["grid"]["code"] == f"{city.code}-g1b"
        is_sound(case_shown, rows)
        history = supervisor.get(f"/incidents/{case_shown['id']}/events").json["items"]
        (moved,) = [each for each in history if each["action"] == "rehome"]
        assert moved["actor"]["kind"] == "system" and moved["detail"]["by"] != str(reporter.id)


def test_due_job_moves_case_of_retired_area_to_current_grid(city, rows):
    city.worker("g1")
    reporter = city.worker("g4")
    case = reporter.post("/incidents", {"id": str(uuid7()), "category": "E0102", **city.in_grid("g1")}).json
    # The state after a report and a redraw at the same time.
    owner = db.make_engine(city.settings.database_url, role=None, pool_size=1, statement_timeout_ms=5000)
    with owner.begin() as connection:
        retired = connection.execute(
            text("select area_id from area_version where area_id = :a"), {"a": city.areas["g3"]}
        ).scalar_one()
        connection.execute(
            text(
                "update area_version set valid = tstzrange(lower(valid), now()) where area_id = :a and upper_inf(valid)"
            ),
            {"a": retired},
        )
        connection.execute(
            text("update incident set area_id = :a, grid_id = :a where id = :i"),
            {"a": retired, "i": case["id"]},
        )
    owner.dispose()
    jobs.run_due(clock.now())
    assert rows("select grid_id from incident where id = :i", i=case["id"])[0][0] == city.areas["g1"]
