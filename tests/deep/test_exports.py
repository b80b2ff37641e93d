"""A million homes go out as a GeoPackage in little memory, and come in again, both with progress."""

import hashlib
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.homes import Homes, forget_peak, homes_on, memory
from tests.live.processes import ROOT
from tests.waits import PATIENCE

pytestmark = pytest.mark.deep

HOMES = 1_000_000
# What an export adds to the memory of the process that writes (GDAL is in it), and to that of one that sends the file.
MORE_MB = 100
MOST_SECONDS = {"out": 900, "in": 2_400}
# Processor time of the command and its reader of files, to which a busy machine does not add. The rate of the first 60,000
# rows makes 150 of it.
MOST_PROCESSOR_SECONDS = 500


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homes]:
    with homes_on(os.environ["GRIDWARD_TEST_DATABASE_URL"], tmp_path_factory.mktemp("homes"), 1) as made:
        yield made


@pytest.fixture(scope="module")
def exported(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Any]:
    time.sleep(30)  # pause: the first jobs of a worker go through the whole city
    before_mb = forget_peak(homes.worker.pid)
    began = time.monotonic()
    run = homes.export(MOST_SECONDS["out"], format="gpkg")
    run["more_mb"] = memory(homes.worker.pid) - before_mb
    print(f"out: {time.monotonic() - began:.0f} s, {run['size'] / 1e6:.0f} MB,", end=" ")
    print(f"{run['more_mb']:.0f} MB of memory in the job worker, above {before_mb:.0f}")
    path = tmp_path_factory.mktemp("out") / "homes.gpkg"
    before = {pid: forget_peak(pid) for pid in homes.server.workers()}
    if run["state"] == "done":
        homes.fetch(run, path)
        run["more_mb_of_servers"] = [memory(pid) - before_mb for pid, before_mb in before.items()]
        print(f"server processes: {run['more_mb_of_servers']} MB more")
    return run, path


def test_million_homes_are_exported_in_bounded_memory(homes, exported):
    run, path = exported
    assert (run["state"], run["rows"], run["rows_expected"]) == ("done", HOMES, HOMES), run
    assert run["more_mb"] < MORE_MB
    assert all(added_mb < MORE_MB for added_mb in run["more_mb_of_servers"])
    # How far it was could be read all the time.
    assert len(run["seen"]) > 20, run["seen"]
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == run["sha256"]
    info = subprocess.run(["ogrinfo", "-so", "-al", str(path)], capture_output=True, text=True)
    assert f"Feature Count: {HOMES}" in info.stdout, info
    rtree = "select count(*) n from rtree_households_geom"
    info = subprocess.run(["ogrinfo", "-q", "-sql", rtree, str(path)], capture_output=True, text=True)
    assert f"= {HOMES}" in info.stdout, info


def test_million_homes_geopackage_is_imported_with_progress(homes, exported):
    _, path = exported
    wanted = f"import households {path} --map kind= --map premises_kind=kind --dry-run"
    command = f'{sys.executable} -c "from app.cli import main; main()" {wanted}'
    began, used_before = time.monotonic(), processor_seconds()
    # A terminal, since progress is for people; one without a size would have room for none.
    outcome = subprocess.run(
        ["script", "-qec", f"stty cols 100 rows 40; {command}", "/dev/null"],
        cwd=ROOT,
        env=homes.env,
        capture_output=True,
        text=True,
    )
    seconds, processor_s = time.monotonic() - began, processor_seconds() - used_before
    print(
        f"in, as a dry run: {seconds:.0f} s, of which {processor_s:.0f} s of processor time beside PostgreSQL's"
    )
    assert outcome.returncode == 0, outcome.stdout[-2000:]
    # They are in the city already, unchanged.
    assert re.search(rf"here already +{HOMES}\b", outcome.stdout), outcome.stdout[-2000:]
    shown = {int(rows) for rows in re.findall(r"(\d+)/1000000", outcome.stdout)}
    assert len(shown) > 20, outcome.stdout[:2000]
    assert processor_s < MOST_PROCESSOR_SECONDS
    assert seconds < PATIENCE * MOST_SECONDS["in"]


def processor_seconds() -> float:
    """Return the processor time of the child processes that have ended, and of their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
