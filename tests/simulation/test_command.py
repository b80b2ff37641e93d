"""`gridward simulate` on a real database: a table, files, a picture; and not a row written."""

import csv
import io
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.cli import main
from app.core import clock
from app.simulation.service import snapshot
from tests.live.processes import set_aside


@pytest.fixture
def simulate(city):
    """Runs the command on the city; returns exit status and what it said."""

    def run(*words):
        env = {"DATABASE_URL": city.settings.database_url}
        with set_aside():
            ended = CliRunner().invoke(main, ["simulate", "--jurisdiction", city.code, *words], env=env)
        assert not ended.exception or isinstance(ended.exception, SystemExit), ended.exception
        return ended.exit_code, ended.stdout if ended.exit_code == 0 else ended.stderr

    return run


@pytest.fixture
def day(city, report):
    """Six reports in an hour and three workers; returns the day."""
    # A Wednesday to come, at a fixed hour: what is missed hangs on how much of the day and of the week is left.
    now = clock.now().replace(hour=9, minute=0, second=0, microsecond=0)
    now += timedelta(days=(2 - now.weekday()) % 7 or 7)
    for grid in ("g1", "g2", "g3"):
        city.worker(grid, capacity=2)
    reporter = city.supervisor()
    for n in range(6):
        with clock.at(now + timedelta(minutes=n)):
            report(reporter, city.in_grid(f"g{n % 3 + 1}"), category="E0102" if n else "0206")
    return now.date().isoformat()  # the city's rules go by UTC


def state_of(city, rows):
    """All cases of the city, who has them and how much each worker has."""
    return rows(
        "select i.id, i.version, a.id, a.state, l.worker_id, l.open_work from incident i "
        "left join assignment a on a.incident_id = i.id left join worker_load l on l.worker_id = a.worker_id "
        "where i.jurisdiction_id = :j order by 1, 3",
        j=city.jurisdiction_id,
    )


def test_simulate_prints_table_writes_files_and_changes_no_rows(city, day, simulate, rows, tmp_path):
    before = state_of(city, rows)
    files = {kind: tmp_path / f"told.{kind}" for kind in ("json", "csv")}
    missed, picture = tmp_path / "missed.csv", tmp_path / "told.svg"
    words = [
        "--day", day, "--shift", "00:00-24:00", "--storm", "10", "--seeds", "2", "--handling", "200,200,200",
        "--json", str(files["json"]), "--csv", str(files["csv"]), "--missed", str(missed),
    ]  # fmt: skip
    status, output = simulate(*words, "--picture", str(picture))
    assert status == 0, output
    lines = [text.split()[0] for text in output.splitlines() if text.strip()]
    assert [name for name in lines if name in ("nearest-free", "tier0", "tier0+1")] == [
        "nearest-free",
        "tier0",
        "tier0+1",
    ]
    assert "6 reports, 3 workers" in output
    runs = json.loads(files["json"].read_bytes())["runs"]
    assert [(r["policy"], r["seed"]) for r in runs] == [
        (policy, seed) for seed in (1, 2) for policy in ("nearest-free", "tier0", "tier0+1")
    ]
    for run in runs:
        assert run["done"] + run["assigned"] + run["unassigned"] == run["incidents"] == 60
        assert sum(run["reasons"].values()) == run["unassigned"]
        assert run["reasons"]["unit_queue"] == 10  # a road is the unit's
    table = list(csv.DictReader(io.StringIO(files["csv"].read_text())))
    assert [int(row["missed"]) for row in table] == [run["missed"] for run in runs]
    named = list(csv.DictReader(io.StringIO(missed.read_text())))
    assert len(named) == sum(run["missed"] for run in runs) > 0
    assert {row["state"] for row in named} <= {"done", "working", "accepted", "offered", "waiting"}
    assert picture.read_text().count("<path") > 10
    again = [file.read_bytes() for file in (*files.values(), missed)]
    assert simulate(*words) == (status, output)
    assert again == [file.read_bytes() for file in (*files.values(), missed)]
    assert state_of(city, rows) == before


def test_snapshot_session_is_read_only(city):
    with pytest.raises(DBAPIError, match="read-only"), snapshot() as session:
        session.execute(text("update worker_load set open_work = 0"))


def test_simulate_reads_reports_from_csv_file(city, day, simulate, tmp_path):
    spots = [city.in_grid("g1"), city.in_grid("g2"), city.in_no_grid()]
    lines = [f"R{n},{s['lon']},{s['lat']},E0102,2026-03-04 09:0{n}" for n, s in enumerate(spots)]
    lines += ["R9,0,0,E0102,2026-03-04 09:09", "R8,1.5,1.5,E0102,2026-03-05 09:00"]
    file = tmp_path / "cases.csv"
    file.write_text("\n".join(["编号,经度,纬度,类别,上报时间", *lines]))
    status, output = simulate("--file", str(file), "--day", "2026-03-04", "--policy", "tier0")
    assert status == 0, output
    assert "2026-03-04 (UTC): 3 reports, 3 workers" in output
    assert "1 rows of the file left out" in output
    assert "tier0: no_grid 1.0" in output


def test_simulate_reads_weights_file_and_rejects_unknown_names(day, simulate, tmp_path):
    file = tmp_path / "weights.json"
    file.write_text('{"load": 12345}')
    status, output = simulate("--day", day, "--shift", "00:00-24:00", "--weights", str(file))
    assert (status, "load 12345" in output) == (0, True)
    file.write_text('{"laod": 1}')
    status, output = simulate("--day", day, "--weights", str(file))
    assert (status, "dispatch_weights.laod" in output) == (2, True)


def test_simulate_exits_2_when_day_has_no_reports(city, simulate):
    status, output = simulate("--day", "2001-01-01")
    assert status == 2
    assert "Nothing was reported on 2001-01-01" in output
    status, output = simulate()
    assert (status, "Nothing was reported before today" in output) == (2, True)
