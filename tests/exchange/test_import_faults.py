"""Faults of import rows: listed in pages for the importer, without text of the rows."""

from datetime import timedelta

from app.core import clock, db
from app.core.actor import Role
from app.exchange import service as exchange
from tests.exchange.test_import_requests import KEPT, send, sheet

SECRET = "李奶奶的电话是13900000000"


def faults(person, run, query=""):
    answer = person.get(f"/imports/{run['id']}/faults?{query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def test_import_faults_are_listed_in_pages_by_code_without_row_text(city, rows):
    admin = city.person(Role.ADMIN)
    outside = {"lat": city.lat + 30, "lon": city.lon}
    file = sheet([None, city.in_grid("g1"), outside, None, None]).replace(
        b"created,description", b"created,note"
    )
    file = file.replace(b"a,,,2020-01-01,", f"a,,,not a day,{SECRET}".encode())
    run = send(admin, city, file, dry_run="true").json
    assert (run["rows_seen"], run["rows_expected"], run["name"]) == (5, 5, "cases.csv")
    page = faults(admin, run, "limit=2")
    numbers = [row["row"] for row in page["items"]]
    page = faults(admin, run, f"limit=2&cursor={page['next']}")
    numbers += [row["row"] for row in page["items"]]
    assert (numbers, page["next"]) == ([1, 3, 4, 5], None)
    (alone,) = faults(admin, run, "code=outside_jurisdiction")["items"]
    assert alone["row"] == 3
    first = faults(admin, run)["items"][0]["faults"]
    unread = next(fault for fault in first if fault["code"] == "time_unreadable")
    assert unread["column"] == "created" and unread["sentence"]["zh"] and unread["sentence"]["en"]
    assert (
        rows("select 1 from import_fault where cast(import_fault as text) like :pattern", pattern="%李奶奶%")
        == []
    )
    assert city.supervisor("c2").get(f"/imports/{run['id']}/faults").status_code == 404


def test_import_faults_are_erased_with_error_file(city, rows):
    admin = city.person(Role.ADMIN)
    run = send(admin, city, sheet([None]), partial="true").json
    assert len(faults(admin, run)["items"]) == 1
    exchange.run_imports_due(db.transaction, clock.now() + KEPT - timedelta(hours=1), errors_kept=KEPT)
    assert len(faults(admin, run)["items"]) == 1
    exchange.run_imports_due(db.transaction, clock.now() + KEPT + timedelta(hours=1), errors_kept=KEPT)
    assert faults(admin, run)["items"] == []
    assert rows("select 1 from import_fault where run_id = cast(:id as uuid)", id=run["id"]) == []
