"""Import of a 311 export of another city: dry run, errors, import, repetition, corrected error file."""

import shutil
from collections import Counter

import pytest

from app.incidents.cases.rules.waiting_reasons import RETRIED
from tests.exchange.places import CITY_311, Place, port, table_of, write_table

# Minutes on a slow machine: left to `make check-deep`.
pytestmark = pytest.mark.deep

REFUSED = {
    "no_usable_point": 13,
    "time_unreadable": 1,
    "closed_before_reported": 1,
    "closed_without_time": 1,
    "status_unknown": 1,
    "outside_jurisdiction": 2,
    "in_future": 1,
    "duplicate_in_file": 1,
    "number_unreadable": 1,
}
ROWS = 62
GOOD = ROWS - sum(REFUSED.values())


def test_city311_import_stores_valid_rows_and_accepts_corrected_error_file(place: Place, tmp_path):
    file = tmp_path / "cases.csv"
    shutil.copy(CITY_311, file)
    errors = tmp_path / "cases.errors.csv"

    status, output = place.imports(file, "--dry-run", "--partial")
    assert status == 1, output
    assert f"would be stored {GOOD:>8}" in output
    assert "category:TRM-Pothole Repair=C-pothole" in output
    assert [place.count(t) for t in ("incident", "report", "import_row", "dispatch_run")] == [0, 0, 0, 0]
    assert _reasons(errors) == REFUSED

    status, output = place.imports(file)
    assert status == 1 and place.count("incident") == 0, output

    status, output = place.imports(file, "--partial", "--map-value", "category:TRM-Pothole Repair=C-pothole")
    assert status == 1 and f"stored          {GOOD:>8}" in output, output
    assert _reasons(errors) == REFUSED
    assert place.count("incident") == GOOD
    assert place.is_sound()

    status, output = place.imports(file, "--partial", "--map-value", "category:TRM-Pothole Repair=C-pothole")
    assert "stored                 0" in output and f"here already    {GOOD:>8}" in output
    assert place.count("incident") == GOOD

    mended = tmp_path / "mended.csv"
    write_table(mended, [_corrected(row) for row in table_of(errors) if "duplicate" not in row["_reason"]])
    status, output = place.imports(mended)
    assert status == 0, output
    assert place.count("incident") == ROWS - 1
    assert place.is_sound()


@pytest.fixture(scope="module")
def taken_in(settings):
    with port(settings.database_url) as place:
        place.output = place.imports(CITY_311, "--partial")[1]
        yield place


def test_city311_import_keeps_history_and_dispatches_nothing(taken_in: Place):
    place = taken_in
    states = dict(place.rows("select status, count(*) from incident group by 1"))
    assert set(states) == {"closed", "filed"}
    assert place.rows("select distinct waiting_reason from incident where status = 'filed'") == [
        ("imported",)
    ]
    assert place.rows("""
      select 1 from incident i join report r on r.incident_id = i.id
      where r.attributes ->> 'key' = '17-00797606' and i.status = 'closed' and i.closed_at = i.reported_at
        and i.reported_at = timestamptz '2017-12-25 19:00 America/New_York' and i.due_at is null
        and r.attributes ->> 'category' = 'SW-Rat Rubout Proactive' and i.category = 'unclassified'
    """)
    for table in ("assignment", "offer", "deadline", "jobs.procrastinate_jobs"):
        assert place.count(table) == 0, table
    assert place.rows("select distinct name, phone, kind from reporter") == [(None, None, "anonymous")]


def test_city311_import_leaves_open_cases_waiting_for_decision(taken_in: Place):
    assert "imported" not in RETRIED
    assert taken_in.rows("select count(*) from incident where waiting_reason = 'imported'")[0][0] > 0


def test_city311_live_import_dispatches_open_cases(place: Place):
    status, output = place.imports(CITY_311, "--partial", "--live")
    assert status == 1, output
    assert place.rows("select distinct waiting_reason from incident where status = 'filed'") == [("no_grid",)]
    opened = place.rows("select count(*) from incident where status = 'filed' and due_at > now()")[0][0]
    assert (
        place.rows("select count(*) from deadline where started_at > now() - interval '1 hour'")[0][0]
        == opened
        > 0
    )
    assert place.is_sound()


def test_city311_import_reports_ambiguous_and_nonexistent_local_times(taken_in: Place):
    assert "1 rows time_ambiguous" in taken_in.output and "1 rows time_nonexistent" in taken_in.output
    times = taken_in.rows("""
      select i.reported_at = timestamptz '2018-11-04 05:30Z', i.closed_at = timestamptz '2018-11-04 06:10Z'
      from incident i join report r on r.incident_id = i.id where r.attributes ->> 'key' = '18-99900005'
    """)
    assert times == [(True, True)]


def test_city311_import_refuses_row_changed_since_import(taken_in: Place, tmp_path):
    place = taken_in
    rows = [row for row in table_of(CITY_311) if row["ServiceRequestNum"] == "17-00797606"][:1]
    rows[0]["SRType"] = "something else"
    write_table(tmp_path / "later.csv", rows)
    status, output = place.imports(tmp_path / "later.csv", "--partial")
    assert status == 1 and "changed_since_import" in output
    assert place.count("incident") == GOOD


def test_city311_import_exits_with_2_for_invalid_options(place: Place, tmp_path):
    for arguments, code in (
        (["--map", "Nothing=category"], "column_unknown"),
        (["--map", "Agency=colour"], "field_unknown"),
        (["--map", "Agency"], "option_invalid"),
        (["--crs", "EPSG:99999"], "crs_unknown"),
        (["--timezone", "Mars/Olympus"], "option_invalid"),
        (["--map", "Agency=category", "--map", "SRType=category"], "columns_ambiguous"),
        (["--partial", "--errors", "/nowhere/errors.csv"], "option_invalid"),
    ):
        status, output = place.imports(CITY_311, *arguments)
        assert (status, code in output) == (2, True), output
    (tmp_path / "ids.csv").write_text("id,lat,lon,created,身份证号\n1,39.3,-76.6,2020-01-01,x\n")
    status, output = place.imports(tmp_path / "ids.csv", "--map", "身份证号=reporter_name")
    assert (status, "forbidden_field" in output) == (2, True), output
    assert place.count("incident") == 0


def _reasons(path) -> Counter[str]:
    return Counter(row["_reason"].split(":")[0].split(" ")[0] for row in table_of(path))


def _corrected(row: dict[str, str]) -> dict[str, str]:
    right = {"Latitude": "39.2905", "Longitude": "-76.6122", "CreatedDate": "06/01/2018 09:00:00 AM"}
    right |= {"SRStatus": "Closed", "CloseDate": "06/03/2018 09:00:00 AM"}
    return row | right
