"""Repeated imports with other options, and undo of an import run."""

import secrets

import pytest

from app.core.ids import uuid7
from tests.exchange.places import Place
from tests.exchange.test_household_import import PLACE, ground, run_import, workbook
from tests.exchange.test_household_members import HOMES, MEMBERS, sheet, take_in
from tests.exchange.test_import_requests import send

__all__ = ["ground"]

CASES = "id,lat,lon,created,closed,description\n"
CASES_NOW = """select i.reported_at, ST_X(i.location) lon from incident i
               where i.jurisdiction_id = :id and i.deleted_at is null"""


def family_rows(*names):
    return [("1", "幸福路1号", name, "", "", "", "", "") for name in names]


def last_run(boss, kind="households"):
    return boss.get(f"/imports?kind={kind}&limit=1").json["items"][0]["id"]


def undo(boss, run, **body):
    answer = boss.post(f"/imports/{run}/undo", body)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_household_import_moves_homes_when_repeated_with_other_crs(ground, rows, tmp_path):
    path = workbook(
        tmp_path / "a.xlsx", [1, *PLACE, "1幢", "无", "301", None], [2, *PLACE, "1幢", "无", "302", None]
    )
    run_import(ground, path)
    places = """select ST_X(p.location) lon from premises p join jurisdiction j on j.id = p.jurisdiction_id
                where j.code = :code"""
    assert {row.lon for row in rows(places, code=ground)} == {PLACE[0]}
    summary = run_import(ground, path, crs="gcj02").summary
    assert (summary["stored"], summary["changed"], summary["unchanged"]) == (2, 2, 0)
    assert all(abs(row.lon - PLACE[0]) > 0.002 for row in rows(places, code=ground))
    assert run_import(ground, path, crs="gcj02").summary["unchanged"] == 2


def test_incident_import_replaces_cases_when_repeated_with_other_timezone(city, rows):
    admin, place = city.supervisor(), city.in_grid("g1")
    row = f"7,{place['lat']},{place['lon']},2020-01-01 12:00,2020-01-02 12:00,灯不亮\n"
    file = (CASES + row).encode()
    assert send(admin, city, file).json["outcome"]["stored"] == 1
    (before,) = rows(CASES_NOW, id=city.jurisdiction_id)
    outcome = send(admin, city, file, timezone="America/New_York").json["outcome"]
    assert (outcome["stored"], outcome["changed"], outcome["refused"]) == (1, 1, 0)
    (after,) = rows(CASES_NOW, id=city.jurisdiction_id)
    assert after[0] != before[0]
    again = send(admin, city, file, timezone="America/New_York").json["outcome"]
    assert (again["stored"], again["unchanged"]) == (0, 1)
    other = send(admin, city, file.replace("灯不亮".encode(), "灯亮".encode())).json["outcome"]
    assert other["reasons"] == {"changed_since_import": 1}


def test_undone_household_import_can_be_repeated(city, boss, rows):
    number = f"139{secrets.randbelow(10**8):08d}"
    file = sheet(city, *family_rows("王芳", "王强"), ("2", "路2号", "李四", number, *[""] * 4))
    take_in(boss, city, file)
    run = last_run(boss)
    dry = undo(boss, run, dry_run=True)
    assert (dry["taken_back"], dry["kept"]) == ({"premises": 2, "household": 2, "resident": 3}, [])
    assert len(rows(HOMES, id=city.jurisdiction_id)) == 2
    assert undo(boss, run) == dry | {"dry_run": False}
    assert rows(HOMES, id=city.jurisdiction_id) == [] == rows(MEMBERS, id=city.jurisdiction_id)
    gone = "select count(*) from fact_history where cast(row as text) like concat('%', cast(:number as text), '%')"
    assert rows(gone, number=number) == [(0,)]
    assert undo(boss, run)["taken_back"] == {}
    assert take_in(boss, city, file)["stored"] == 3
    assert [home[3] for home in rows(HOMES, id=city.jurisdiction_id)] == [2, 1]
    assert take_in(boss, city, file)["unchanged"] == 3


def test_import_undo_keeps_rows_with_dependents_and_returns_reasons(city, boss, rows):
    file = sheet(
        city,
        *family_rows("王芳"),
        ("2", "路2号", "李四", *[""] * 5),
        ("3", "路3号", "赵六", *[""] * 5),
        ("4", "路4号", "孙七", *[""] * 5),
    )
    take_in(boss, city, file)
    run = last_run(boss)
    homes = rows(
        """select h.id, p.id from household h join premises p on p.id = h.premises_id
           where h.jurisdiction_id = :id order by p.external_ref""",
        id=city.jurisdiction_id,
    )
    visited = boss.post(f"/households/{homes[0][0]}/visits", {"id": str(uuid7()), "outcome": "done"})
    assert visited.status_code == 201, visited.json
    edited = boss.patch(f"/premises/{homes[1][1]}", {"name": "小店"}, version=1)
    assert edited.status_code == 200, edited.json
    added = boss.post(f"/households/{homes[2][0]}/residents", {"id": str(uuid7()), "name": "赵小"})
    assert added.status_code == 201, added.json
    whole = undo(boss, run, whole=True)
    assert sum(whole["taken_back"].values()) == 0 and whole["kept_total"] == 6
    done = undo(boss, run)
    assert done["taken_back"] == {"premises": 1, "household": 2, "resident": 3}
    remaining = sorted((thing["entity"], thing["reason"]) for thing in done["kept"])
    assert remaining == [
        ("household", "has_others"),
        ("household", "visited"),
        ("premises", "edited"),
        ("premises", "has_others"),
        ("premises", "has_others"),
        ("resident", "visited"),
    ]
    assert all(thing["sentence"]["zh"] and thing["sentence"]["en"] for thing in done["kept"])
    assert city.supervisor("c2").post(f"/imports/{run}/undo", {}).status_code == 404


def test_incident_import_undo_keeps_cases_with_later_work(city, rows):
    boss, place = city.supervisor(), city.in_grid("g1")
    lines = "".join(f"{n},{place['lat']},{place['lon']},2020-01-01,,灯不亮{n}\n" for n in range(3))
    file = (CASES + lines).encode()
    assert send(boss, city, file).json["outcome"]["stored"] == 3
    run = last_run(boss, "incidents")
    ids = rows("select id from incident where jurisdiction_id = :id order by id", id=city.jurisdiction_id)
    noted = boss.post(f"/incidents/{ids[0][0]}/notes", {"words": "看过"})
    assert noted.status_code in (200, 201), noted.json
    done = undo(boss, run)
    assert (done["taken_back"], [thing["reason"] for thing in done["kept"]]) == (
        {"incident": 2},
        ["attached"],
    )
    assert boss.get(f"/incidents/{ids[1][0]}").status_code == 404
    again = send(boss, city, file).json["outcome"]
    assert (again["stored"], again["unchanged"]) == (2, 1)


@pytest.mark.deep
def test_import_undo_command_removes_cases_of_run(place: Place, tmp_path):
    cases = tmp_path / "cases.csv"
    cases.write_text(CASES + "1,39.2001,-76.6,2020-01-01,2020-01-02,case\n")
    status, output = place.imports(cases)
    run = output.split("run ")[1].split()[0]
    status, output = place.run("import", "undo", run, "--dry-run")
    assert (status, "would be taken back        1 incident" in output) == (0, True), output
    status, output = place.run("import", "undo", run)
    assert (status, "taken back        1 incident" in output) == (0, True), output
    assert place.rows("select 1 from incident where deleted_at is null") == []
    assert place.is_sound()
    status, output = place.run("import", "undo", str(uuid7()))
    assert (status, output.count("Error: ")) == (2, 1), output


def test_import_undo_returns_409_for_areas(city, boss):
    file = b"name,level,wkt\nA,grid,POINT(0 0)\n"
    assert send(boss, city, file, kind="areas", name="a.csv", partial="true").status_code == 200
    answer = boss.post(f"/imports/{last_run(boss, 'areas')}/undo", {})
    assert (answer.status_code, answer.json["code"]) == (409, "import_not_undoable")


def test_import_matches_merged_premises_without_duplicates(city, boss, rows):
    first, other = ("", "幸福路1号", "王芳"), ("", "幸福路2号", "李四")
    rest = [""] * 5
    take_in(boss, city, sheet(city, (*first, *rest), (*other, *rest)))
    a, b = (
        home["id"] for home in sorted(boss.get("/premises").json["items"], key=lambda home: home["address"])
    )
    body = {"into_id": b, "reason": "同一处所登记了两次"}
    merged = boss.post(f"/premises/{a}/merge", body, headers={"If-Match": "*"})
    assert merged.status_code == 200, merged.json
    before = rows(MEMBERS, id=city.jurisdiction_id)
    outcome = take_in(boss, city, sheet(city, (*first, "13900001111", *rest[1:]), (*other, *rest)))
    assert (outcome["refused"], outcome["changed"]) == (0, 1)
    after = rows(MEMBERS, id=city.jurisdiction_id)
    assert sorted(row[0] for row in after) == sorted(row[0] for row in before) == ["李四", "王芳"]
    assert boss.get(f"/premises/{b}").json["address"] == "幸福路2号"


def test_import_undo_keeps_premises_with_merged_premises(city, boss, rows):
    take_in(boss, city, sheet(city, ("1", "幸福路1号", *[""] * 6)))
    (made,) = boss.get("/premises").json["items"]
    place = city.in_grid("g1")
    ours = {"id": str(uuid7()), "kind": "shop", "name": "小店", "building": "9幢", "room": "1", **place}
    assert boss.post("/premises", ours).status_code == 201
    body = {"into_id": made["id"], "reason": "同一处所登记了两次"}
    assert boss.post(f"/premises/{ours['id']}/merge", body, headers={"If-Match": "*"}).status_code == 200
    remaining = undo(boss, last_run(boss))["kept"]
    assert ("premises", "has_others") in {(thing["entity"], thing["reason"]) for thing in remaining}
    assert boss.get(f"/premises/{made['id']}").status_code == 200


def test_import_undo_erases_description_of_cases(city, boss, rows):
    place, words = city.in_grid("g1"), f"灯不亮{secrets.token_hex(4)}"
    file = (CASES + f"8,{place['lat']},{place['lon']},2020-01-01,2020-01-02,{words}\n").encode()
    assert send(boss, city, file).json["outcome"]["stored"] == 1
    words_query = (
        "select words from report where incident_id in (select id from incident where jurisdiction_id = :id)"
    )
    assert rows(words_query, id=city.jurisdiction_id) == [(words,)]
    assert undo(boss, last_run(boss, "incidents"))["taken_back"] == {"incident": 1}
    assert rows(words_query, id=city.jurisdiction_id) == [("",)]
