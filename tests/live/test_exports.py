"""Exports by real processes: memory does not grow with the rows, files go out in parts, a killed job begins anew."""

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.live.homes import Homes, homes_on, memory

# Minutes: the suite has to stay under its quarter of an hour. Formats, scope and masks: tests/exchange.
pytestmark = pytest.mark.deep

# What a chunk and its batch may leave behind.
GROWTH_MB = 40


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homes]:
    """Forty thousand."""
    folder = tmp_path_factory.mktemp("homes")
    with homes_on(os.environ["GRIDWARD_TEST_DATABASE_URL"], folder, 0.04) as made:
        yield made


@pytest.mark.parametrize("format", ["gpkg", "fgb", "csv", "geojson", "shp", "xlsx"])
def test_export_memory_does_not_grow_with_rows(homes, format):
    small = homes.export(60, format=format, query={"filter": "is_generated = false"})
    assert (small["state"], small["rows"]) == ("done", 0), small
    before = memory(homes.worker.pid, "VmRSS")
    run = homes.export(240, format=format)
    assert (run["state"], run["rows"], run["rows_expected"]) == ("done", 40_000, 40_000), run
    assert run["size"] > 1_000_000
    after = memory(homes.worker.pid, "VmRSS")
    assert after - before < GROWTH_MB, (before, after)


def test_export_file_is_served_whole_and_in_ranges(homes, tmp_path):
    run = homes.export(120, format="gpkg")
    whole = tmp_path / "homes.gpkg"
    before = max(memory(pid, "VmRSS") for pid in homes.server.workers())
    homes.fetch(run, whole)
    assert max(memory(pid, "VmRSS") for pid in homes.server.workers()) - before < 10
    content = whole.read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (run["size"], run["sha256"])
    part = homes.asker.get(f"/exports/{run['id']}/file", headers={"Range": "bytes=1000000-1999999"})
    assert (part.status_code, part.headers["Content-Length"]) == (206, "1000000")
    assert part.data == content[1_000_000:2_000_000]
    head = homes.asker.call("HEAD", f"/exports/{run['id']}/file")
    assert (head.headers["Content-Length"], head.data) == (str(run["size"]), b"")
    info = subprocess.run(["ogrinfo", "-so", "-al", str(whole)], capture_output=True, text=True)
    assert "Feature Count: 40000" in info.stdout, info


def test_small_export_is_answered_at_once(homes):
    body = {"collection": "grids", "format": "geojson"}
    answer = homes.asker.post("/exports/at-once", body)
    assert answer.status_code == 200, answer.json
    assert len(answer.json["features"]) == 400
    assert answer.headers["Content-Length"] == str(len(answer.data))
    # The same grids with the file of the answer gone and the connection used again.
    assert homes.asker.post("/exports/at-once", body).data == answer.data


def test_exported_geopackage_can_be_imported(homes, tmp_path):
    homes.fetch(homes.export(120, format="gpkg"), path := tmp_path / "homes.gpkg")
    outcome = homes.gridward(
        "import", "households", str(path), "--map", "kind=", "--map", "premises_kind=kind", "--dry-run"
    )
    assert outcome.returncode == 0, outcome.stdout[-2000:] + outcome.stderr[-2000:]
    assert re.search(r"here already +40000", outcome.stdout), outcome.stdout


def test_export_command_uses_rights_of_account(homes, tmp_path):
    path = tmp_path / "grids.gpkg"
    outcome = homes.gridward("export", "grids", str(path), "--as", "asker", "-q", "properties=code")
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.startswith("grids: 400 rows")
    # Many homes need a second person here, too; what stood there before stays.
    outcome = homes.gridward("export", "households", str(path), "--as", "asker", "--purpose", "fire safety")
    assert (outcome.returncode, "5000" in outcome.stderr) == (2, True), outcome
    assert (
        "Feature Count: 400"
        in subprocess.run(["ogrinfo", "-so", "-al", str(path)], capture_output=True, text=True).stdout
    )
    for wrong in (["--as", "nobody"], ["--as", "asker", "-q", "limit=1"]):
        outcome = homes.gridward("export", "grids", str(path), *wrong)
        assert outcome.returncode == 2, outcome
        assert outcome.stderr.startswith("Error: ")
    assert [file.name for file in tmp_path.iterdir()] == ["grids.gpkg"]
