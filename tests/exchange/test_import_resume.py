"""An import that is killed and run again stores the same rows as an uninterrupted one."""

import csv
import time
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.places import Place, port
from tests.seeds import dice
from tests.waits import eventually

# Minutes on a slow machine: left to `make check-deep`.
pytestmark = pytest.mark.deep

ROWS = 5_000
STORED_CASES = """
  select r.attributes ->> 'key', i.id, i.status, i.reported_at, i.closed_at, ST_AsText(i.location), r.words,
    (select array_agg(e.action order by e.seq) from incident_event e where e.incident_id = i.id),
    (select count(*) from dispatch_run d where d.incident_id = i.id),
    (select count(*) from audit_event a where a.entity_id = i.id)
  from incident i join report r on r.incident_id = i.id order by 1
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("cases") / "cases.csv"
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "lat", "lon", "created", "closed", "description"])
        for n in range(ROWS):
            closed = f"2020-02-01 {n % 24:02}:00" if n % 3 else ""
            bad = n % 501 == 7
            writer.writerow([n, "" if bad else 39.2 + n / 100_000, -76.6, "2020-01-01", closed, f"case {n}"])
    return path


@pytest.fixture(scope="module")
def uninterrupted(settings, file) -> list[Any]:
    with port(settings.database_url) as place:
        place.imports(file, "--partial")
        return [tuple(row) for row in place.rows(STORED_CASES.replace("i.id, i.status", "i.status"))]


def same(place: Place, wanted: list[Any]) -> bool:
    return [tuple(row) for row in place.rows(STORED_CASES.replace("i.id, i.status", "i.status"))] == wanted


@pytest.mark.parametrize("moment", [0, pytest.param(1, marks=pytest.mark.deep)])
def test_partial_import_is_completed_by_second_run_when_killed(
    place: Place, file: Path, uninterrupted: list[Any], moment: int
):
    chance = dice("partial import")
    process = place.start(
        "import",
        "incidents",
        str(file),
        "--jurisdiction",
        "port",
        "--partial",
        "--timezone",
        "America/New_York",
    )
    enough = chance.randrange(1, ROWS - 1_500)
    eventually(
        lambda: place.count("import_row") >= enough or process.poll() is not None, seconds=60, every=0.01
    )
    time.sleep(chance.random() / 5)  # pause: another moment of the kill each time
    process.kill()
    process.communicate()
    before = place.count("incident")
    assert 0 < before < len(uninterrupted)
    assert place.count("import_row") == place.count("report") == place.count("dispatch_run") == before
    assert place.is_sound()
    status, output = place.imports(file, "--partial")
    assert status == 1, output
    assert f"here already    {before:>8}" in output
    assert same(place, uninterrupted)
    assert place.is_sound()


def test_atomic_import_stores_nothing_when_killed(
    place: Place, file: Path, uninterrupted: list[Any], tmp_path
):
    good = tmp_path / "good.csv"
    with file.open(newline="") as given, good.open("w", newline="") as out:
        csv.writer(out).writerows(row for row in csv.reader(given) if row[1])
    process = place.start(
        "import", "incidents", str(good), "--jurisdiction", "port", "--timezone", "America/New_York"
    )
    seen = dice("atomic import").randrange(1_000, ROWS - 1_500)
    progress = "select coalesce(max(rows_seen), 0) from import_run"
    eventually(
        lambda: process.poll() is not None or place.rows(progress)[0][0] >= seen, seconds=60, every=0.01
    )
    assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    for table in ("incident", "report", "import_row", "incident_event", "dispatch_run", "reporter"):
        assert place.count(table) == 0, table
    assert place.is_sound()
    status, output = place.imports(good)
    assert status == 0, output
    assert same(place, uninterrupted)
