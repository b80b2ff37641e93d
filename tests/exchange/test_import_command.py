"""`gridward import`: a new city, documented columns, progress, an unavailable database."""

import os
import pty
import subprocess

import orjson
import pytest
from click.testing import CliRunner
from shapely.geometry import box, mapping

from app.cli import main
from app.exchange.rules.contract import KINDS
from tests.exchange.places import COMMAND, ROOT


@pytest.mark.parametrize("kind", KINDS)
def test_import_columns_command_matches_documentation(kind):
    answer = CliRunner().invoke(main, ["import", "--columns", kind])
    assert answer.exit_code == 0, answer.output
    assert f"### {kind}\n\n{answer.output}" in (ROOT / "docs/reference/imports.md").read_text()


def test_import_command_creates_new_city_and_dry_run_stores_nothing(place, tmp_path):
    file = tmp_path / "districts.geojson"
    feature = {
        "type": "Feature",
        "geometry": mapping(box(1, 1, 2, 2)),
        "properties": {"NAME_field": "Old Town"},
    }
    file.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": [feature]}))
    arguments = ("import", "areas", str(file), "--jurisdiction", "haven", "--profile", "generic", "--level", "district",
            "--timezone", "America/New_York",
            "--map", "NAME_field=name")  # fmt: skip
    status, output = place.run(*arguments, "--dry-run")
    assert (status, "would be stored        1" in output) == (0, True), output
    assert place.count("jurisdiction") == 1 and place.count("import_run") == 0
    status, output = place.run(*arguments)
    assert status == 0, output
    assert place.rows("select code from jurisdiction order by 1") == [("haven",), ("port",)]
    status, output = place.run(*arguments, "--dry-run")
    assert (status, "here already           1" in output) == (0, True), output


def test_import_command_shows_progress_on_terminal_only(place, tmp_path):
    cases = tmp_path / "cases.csv"
    rows = "".join(f"{n},39.2{n:03},-76.6,2020-01-01,case\n" for n in range(1, 6))
    cases.write_text("id,lat,lon,created,description\n" + rows)
    assert "%" not in place.imports(cases, "--dry-run")[1]
    terminal, end = pty.openpty()
    arguments = ("import", "incidents", str(cases), "--jurisdiction", "port", "--dry-run")
    env = {"DATABASE_URL": place.url, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    process = subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, env=env, stdout=end, stderr=end)
    os.close(end)
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:
        pass  # the terminal is closed at the other end
    assert process.wait() == 0, shown
    assert b"5/5" in shown, shown


def test_import_command_prints_one_error_when_database_is_unavailable(place, tmp_path):
    cases = tmp_path / "cases.csv"
    cases.write_text("id,lat,lon,created,description\n1,39.2001,-76.6,2020-01-01,case\n")
    away = place.__class__("postgresql://nobody@127.0.0.1:1/none", place.engine)
    status, output = away.imports(cases)
    assert (status, output.count("Error: "), "Traceback" in output) == (2, 1, False), output
    # It goes away while the rows are stored.
    place.rows("select 1")
    breaking = """create function go_away() returns trigger language plpgsql as
        $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
      create trigger go_away before insert on incident for each row execute function go_away()"""
    owner = place.url
    assert subprocess.run(["psql", owner, "-qc", breaking], capture_output=True).returncode == 0
    status, output = place.imports(cases)
    assert (status, output.count("Error: "), "Traceback" in output) == (3, 1, False), output
