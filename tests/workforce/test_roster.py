"""The roster: planned shifts, gaps, presence, and shift sheets."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM

MIDNIGHT = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=3)


def name_of(rows, worker) -> str:
    return rows("select username from account where id = :id", id=worker.account_id)[0][0]


def plan(boss, worker, since, until, note=""):
    body = {
        "worker_id": str(worker.account_id),
        "since": since.isoformat(),
        "until": until.isoformat(),
        "note": note,
    }
    answer = boss.post("/shifts", body)
    assert answer.status_code == 201, answer.json
    return answer.json["id"]


def hour(n: float):
    return MIDNIGHT + timedelta(hours=n)


def iso(at) -> str:
    return at.isoformat().replace("+", "%2B")


def roster(boss, city, query="", since=None, until=None):
    path = f"/shifts/roster?jurisdiction={city.code}&since={iso(since or hour(0))}&until={iso(until or hour(24))}"
    answer = boss.get(path + query)
    assert answer.status_code == 200, answer.json
    return {item["grid"]["code"].rsplit("-", 1)[1]: item for item in answer.json["items"]}


def gaps(item):
    return [
        (
            (datetime.fromisoformat(gap["since"]) - MIDNIGHT) / timedelta(hours=1),
            (datetime.fromisoformat(gap["until"]) - MIDNIGHT) / timedelta(hours=1),
            gap["reason"],
        )
        for gap in item["gaps"]
    ]


def test_roster_lists_shifts_and_gaps(workforce_city):
    boss = workforce_city.supervisor("c1")
    early, late = workforce_city.worker("g1", name="早"), workforce_city.worker("g1", name="晚")
    plan(boss, early, hour(8), hour(12), "早班")
    plan(boss, late, hour(13), hour(17))
    grids = roster(boss, workforce_city)
    assert [s["worker_name"] for s in grids["g1"]["shifts"]] == ["早", "晚"]
    assert [p["worker_name"] for p in grids["g1"]["responsible"]] == sorted(["早", "晚"])
    assert gaps(grids["g1"]) == [
        (0, 8, "nobody_planned"),
        (12, 13, "nobody_planned"),
        (17, 24, "nobody_planned"),
    ]
    assert gaps(grids["g2"]) == [(0, 24, "nobody_responsible")]


def test_roster_cover_ends_with_responsibility(workforce_city):
    boss = workforce_city.supervisor("c1")
    worker = workforce_city.worker("g1")
    body = {
        "worker_id": str(worker.account_id),
        "area_id": str(workforce_city.area("g2")),
        "role": "substitute",
        "since": hour(10).isoformat(),
        "until": hour(14).isoformat(),
    }
    assert boss.post("/responsibilities", body).status_code == 201
    plan(boss, worker, hour(8), hour(12))
    assert gaps(roster(boss, workforce_city)["g2"]) == [
        (0, 10, "nobody_responsible"),
        (12, 14, "nobody_planned"),
        (14, 24, "nobody_responsible"),
    ]
    workforce_city.worker(
        "g2"
    )  # also responsible and not planned: the other worker's shift counts only during their responsibility
    assert gaps(roster(boss, workforce_city)["g2"]) == [(0, 10, "nobody_planned"), (12, 24, "nobody_planned")]


def test_roster_gaps_are_limited_to_requested_hours(workforce_city):
    boss = workforce_city.supervisor("c1")
    plan(boss, workforce_city.worker("g1"), hour(0), hour(9))  # 08:00 to 17:00 in Shanghai
    grids = roster(boss, workforce_city, "&hours=08:00-18:00")
    assert gaps(grids["g1"]) == [(9, 10, "nobody_planned")]
    covered = roster(boss, workforce_city, "&hours=08:00-17:00&only_gaps=true")
    assert covered.keys() == {"g2"}


def test_roster_pages_contain_only_own_grids(workforce_city):
    boss = workforce_city.supervisor("s")
    assert roster(workforce_city.supervisor("c2"), workforce_city).keys() == {"g3"}
    seen, cursor = [], ""
    while cursor is not None:
        page = boss.get(f"/shifts/roster?limit=1{cursor and '&cursor=' + cursor}").json
        seen += [item["grid"]["code"][-2:] for item in page["items"]]
        cursor = page["next"]
    assert seen == ["g1", "g2", "g3"]
    assert roster(boss, workforce_city, f"&area_id={workforce_city.area('c2')}").keys() == {"g3"}


# --- who is there now ---------------------------------------------------------------------------


def present(boss, query=""):
    answer = boss.get(f"/workers/on-duty?limit=500{query}")
    assert answer.status_code == 200, answer.json
    return {item["name"]: item for item in answer.json["items"]}


def now_shift(city, worker, ago: timedelta):
    plan(city.supervisor("s"), worker, clock.now() - ago, clock.now() + timedelta(hours=4))


def test_presence_compares_shift_and_duty(workforce_city):
    hours = timedelta(hours=1)
    for name, ago, shift_ago in (
        ("准时", 2 * hours, 2 * hours - timedelta(minutes=5)),
        ("迟到", 1 * hours, 2 * hours),
        ("加班", 1 * hours, None),
        ("缺勤", None, 1 * hours),
        ("离开", 3 * hours, 3 * hours),
        ("休息", None, None),
    ):
        worker = workforce_city.worker("g1", name=name, on_duty_for=ago)
        if shift_ago:
            now_shift(workforce_city, worker, shift_ago)
        if name == "离开":
            assert worker.post(f"/workers/{worker.account_id}/duty", {"on_duty": False}).status_code == 200
    states = present(workforce_city.supervisor("c1"))
    assert {name: item["state"] for name, item in states.items()} == {
        "准时": "as_planned",
        "迟到": "late",
        "加班": "unplanned",
        "缺勤": "absent",
        "离开": "left",
    }
    assert 3500 < states["迟到"]["late_s"] < 3700
    assert 3500 < states["缺勤"]["late_s"] < 3700
    assert states["准时"]["late_s"] == 0
    assert states["加班"]["shift"] is None and states["加班"]["late_s"] is None
    there = [p["name"] for p in states["缺勤"]["grids"][0]["covered_by"]]
    assert sorted(there) == sorted(["准时", "迟到", "加班"])


def test_worker_back_from_break_is_not_late(workforce_city):
    worker = workforce_city.worker("g1", name="午休", on_duty_for=timedelta(hours=3))
    now_shift(workforce_city, worker, timedelta(hours=3))
    path = f"/workers/{worker.account_id}/duty"
    at = (clock.now() - timedelta(hours=1)).isoformat()
    assert worker.post(path, {"on_duty": False, "at": at}).status_code == 200
    assert worker.post(path, {"on_duty": True}).status_code == 200
    assert present(workforce_city.supervisor("c1"))["午休"]["state"] == "as_planned"


def test_presence_is_scoped_and_shows_no_place(workforce_city):
    worker = workforce_city.worker("g1", name="在", on_duty_for=timedelta(hours=1), capacity=7)
    workforce_city.worker("g3", name="别处", on_duty_for=timedelta(hours=1))
    now = clock.now().isoformat()
    fix = {"at": now, "lon": 120.0512345, "lat": 30.0512345, "accuracy_m": 5}
    assert worker.post("/positions", {"sent_at": now, "positions": [fix]}).json["accepted"] == 1
    boss = workforce_city.supervisor("c1")
    answer = boss.get("/workers/on-duty")
    assert "120.05" not in answer.text and "30.05" not in answer.text
    [item] = answer.json["items"]
    assert (item["name"], item["capacity"], item["open_work"]) == ("在", 7, 0)
    assert item["has_device"] is False and 0 <= item["position_age_s"] < 60
    everybody = workforce_city.supervisor("s")
    assert present(everybody).keys() == {"在", "别处"}
    assert present(everybody, f"&area_id={workforce_city.area('c2')}").keys() == {"别处"}
    assert present(everybody, "&state=absent,left") == {}
    assert worker.get("/workers/on-duty").status_code == 403


def test_presence_is_paged(workforce_city):
    for n in range(5):
        workforce_city.worker("g1", name=f"员{n}", on_duty_for=timedelta(hours=1))
    boss, seen, cursor = workforce_city.supervisor("c1"), [], ""
    while cursor is not None:
        page = boss.get(f"/workers/on-duty?limit=2{cursor and '&cursor=' + cursor}").json
        seen += [item["name"] for item in page["items"]]
        cursor = page["next"]
    assert seen == [f"员{n}" for n in range(5)]


# --- shifts by the sheet ------------------------------------------------------------------------


def send(boss, city, sheet, query=""):
    data = sheet if isinstance(sheet, bytes) else sheet.encode()
    path = f"/shifts/import?jurisdiction={city.code}{query}"
    return boss._call("POST", path, data=data, content_type="text/csv")


def sheet_of(*lines: str) -> str:
    return "\n".join(["worker,date,start,end,note", *lines]) + "\n"


def shifts_of(rows, worker):
    sql = """
      select lower(during) since, upper(during) until, note, version from shift
      where worker_id = :id and deleted_at is null order by during
    """
    return rows(sql, id=worker.account_id)


def test_shift_sheet_is_planned_once_when_repeated(workforce_city, rows):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    name = name_of(rows, worker)
    sheet = sheet_of(f"{name},2027-01-04,08:00,17:00,早班", f"{worker.account_id},2027-01-04,22:00,06:00,")
    tried = send(boss, workforce_city, sheet, "&dry_run=true")
    assert tried.json == {
        "dry_run": True,
        "planned": 2,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
        "faults": [],
    }
    assert shifts_of(rows, worker) == []
    assert send(boss, workforce_city, sheet).json == tried.json | {"dry_run": False}
    first = shifts_of(rows, worker)
    assert [(row.since.isoformat(), row.note) for row in first] == [
        ("2027-01-04T00:00:00+00:00", "早班"),
        ("2027-01-04T14:00:00+00:00", None),
    ]
    assert send(boss, workforce_city, sheet).json["unchanged"] == 2
    assert shifts_of(rows, worker) == first
    assert send(boss, workforce_city, sheet.replace("早班", "早")).json["changed"] == 1
    assert [row.note for row in shifts_of(rows, worker)] == ["早", None]
    events = rows(
        "select detail from audit_event where actor_id = :id and action = 'shift.import' order by id",
        id=boss.account_id,
    )
    assert [event.detail["planned"] for event in events] == [2, 0]


def test_shift_sheet_with_faults_is_refused_unless_partial(workforce_city, rows):
    worker, foreign, boss = (
        workforce_city.worker("g1"),
        workforce_city.worker("g3"),
        workforce_city.supervisor("c1"),
    )
    name = name_of(rows, worker)
    sheet = sheet_of(
        f"{name},2027-01-04,08:00,17:00,",
        f"{name},2027-01-04,16:00,18:00,",
        f"{name_of(rows, foreign)},2027-01-04,08:00,17:00,",
        f"{name},2027-13-04,08:00,17:00,",
    )
    refused = send(boss, workforce_city, sheet)
    assert (refused.status_code, refused.json["code"]) == (422, "sheet_has_faults")
    faults = [(e["row"], e["column"], e["code"]) for e in refused.json["errors"]]
    assert faults == [
        (3, "start", "shift_overlaps"),
        (4, "worker", "worker_unknown"),
        (5, "date", "date_invalid"),
    ]
    assert all(e["message"] for e in refused.json["errors"])
    assert shifts_of(rows, worker) == []
    taken = send(boss, workforce_city, sheet, "&partial=true")
    assert (taken.json["planned"], taken.json["refused"]) == (1, 3)
    assert [(f["row"], f["column"], f["code"]) for f in taken.json["faults"]] == faults
    assert len(shifts_of(rows, worker)) == 1 and shifts_of(rows, foreign) == []


def test_exported_shift_sheet_imports_unchanged(workforce_city, rows):
    worker, boss = workforce_city.worker("g1", name="=王芳"), workforce_city.supervisor("c1")
    plan(boss, worker, hour(1), hour(9), "=1+1")
    plan(boss, worker, hour(10.51), hour(40))
    path = f"/shifts.csv?jurisdiction={workforce_city.code}&since={iso(hour(0))}&until={iso(hour(48))}"
    answer = boss.get(path)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert ",'=1+1" in answer.text and ",'=王芳," in answer.text and ",=" not in answer.text
    back = send(boss, workforce_city, answer.data)
    assert (back.json["unchanged"], back.json["planned"], back.json["changed"]) == (2, 0, 0), back.json
    assert name_of(rows, worker) not in workforce_city.supervisor("c2").get(path).text


def test_concurrent_identical_sheets_are_planned_once(workforce_city, rows):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    sheet = sheet_of(*(f"{worker.account_id},2027-02-{day:02},08:00,17:00," for day in range(1, 20)))
    start, answers = Barrier(4), []

    def go():
        start.wait()
        answers.append(send(boss, workforce_city, sheet))

    threads = [Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.json["planned"] for answer in answers) == [0, 0, 0, 19]
    assert len(shifts_of(rows, worker)) == 19


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"json": {}}, 415, "media_type_unsupported"),
        ({"data": b"\xff\xff", "content_type": "text/csv"}, 422, "encoding_unknown"),
        ({"data": b"", "content_type": "text/csv"}, 422, "sheet_has_faults"),
    ],
)
def test_invalid_sheet_body_is_refused(workforce_city, options, status, code):
    answer = workforce_city.supervisor("c1")._call("POST", "/shifts/import", **options)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_shift_export_is_refused_when_too_long(workforce_city, monkeypatch):
    monkeypatch.setattr("app.workforce.rules.sheets.ROWS_MAX", 1)
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    path = f"/shifts.csv?since={iso(hour(0))}&until={iso(hour(48))}"
    plan(boss, worker, hour(1), hour(2))
    assert boss.get(path).status_code == 200
    plan(boss, worker, hour(3), hour(4))
    assert boss.get(path).json["code"] == "sheet_too_long"


def test_shift_sheet_rejects_deleted_worker(workforce_city, rows):
    worker, boss = workforce_city.worker("g1"), workforce_city.supervisor("c1")
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update worker set deleted_at = :at where id = :id"),
            {"at": clock.now(), "id": UUID(str(worker.account_id))},
        )
    refused = send(boss, workforce_city, sheet_of(f"{worker.account_id},2027-01-04,08:00,17:00,"))
    assert refused.json["errors"][0]["code"] == "worker_unknown"
