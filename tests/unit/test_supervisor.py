"""The process supervisor bin/lib/supervisor.py, with small real processes. bin/run itself: tests/deep/test_run.py."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.processes import ROOT, is_alive
from tests.waits import eventually

# Pauses of hundredths of seconds in place of seconds; the rest is what bin/run uses.
RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import supervisor
supervisor.FIRST_PAUSE_S, supervisor.TICK_SECONDS, supervisor.SWEEP_SECONDS = 0.02, 0.02, 0.3
parts = [supervisor.Part(*command.split(" ", 3)) for command in sys.argv[3:]]
is_up = lambda: "NEVER_UP" not in supervisor.os.environ
sys.exit(supervisor.Supervisor(parts, stop_seconds=float(sys.argv[2]), is_up=is_up).run())
"""
# Writes its pid down, beginning a line each time it starts; then waits for SIGTERM.
STEADY = "sh -c echo $$ >> {}; exec sleep 60"


class Run:
    def __init__(self, *parts: str, stop_seconds: float = 20, **env: str) -> None:
        command = [sys.executable, "-c", RUN, str(ROOT / "bin" / "lib"), str(stop_seconds), *parts]
        self.child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | env
        )

    def end(self, seconds: float = 10) -> tuple[int, str]:
        output, _ = self.child.communicate(timeout=seconds)
        return self.child.returncode, output


@pytest.fixture
def run():
    runs: list[Run] = []

    def begin(*parts: str, **options) -> Run:
        runs.append(Run(*parts, **options))
        return runs[-1]

    yield begin
    for each in runs:
        each.child.kill()
        each.child.communicate()


def started(file: Path, times: int) -> list[int]:
    """The pids of a part's main process, one for each start, once there are so many."""
    eventually(lambda: file.exists() and len(file.read_text().split()) >= times)
    return [int(pid) for pid in file.read_text().split()]


def test_supervisor_restarts_killed_part_and_leaves_others_running(tmp_path, run):
    first, other = tmp_path / "one", tmp_path / "other"
    running = run("one " + STEADY.format(first), "other " + STEADY.format(other))
    started(other, 1)
    for times in (1, 2, 3):
        os.kill(started(first, times)[-1], signal.SIGKILL)
    last = started(first, 4)[-1]
    running.child.send_signal(signal.SIGTERM)
    code, output = running.end()
    assert code == 128 + signal.SIGTERM
    assert output.count("one ended (-9) and is started again") == 3, output
    assert len(started(other, 1)) == 1 and not is_alive(last)


def test_supervisor_kills_orphans_before_restart(tmp_path, run):
    """An orphaned server process would hold the port. This one ignores SIGTERM."""
    pids, orphans = tmp_path / "pids", tmp_path / "orphans"
    stubborn = f"trap '' TERM; (echo $$ >> {pids}; exec sleep 60 & echo $! >> {orphans}; exec sleep 60)"
    running = run(f"part sh -c {stubborn}", stop_seconds=0.3)
    main = started(pids, 1)[0]
    orphan = started(orphans, 1)[0]
    os.kill(main, signal.SIGKILL)
    started(pids, 2)
    assert not is_alive(orphan)
    running.child.send_signal(signal.SIGTERM)
    assert running.end()[0] == 128 + signal.SIGTERM


def test_supervisor_exits_with_code_of_part_that_dies_repeatedly(tmp_path, run):
    other = tmp_path / "other"
    running = run("broken sh -c kill -9 $$", "other " + STEADY.format(other))
    code, output = running.end()
    assert code == 128 + signal.SIGKILL
    assert output.count("is started again") == 5 and "broken ended (-9), 6 times in 10 minutes" in output, (
        output
    )
    assert not is_alive(started(other, 1)[0])


def test_supervisor_exits_when_part_fails_before_server_is_ready(tmp_path, run):
    running = run("wrong sh -c exit 3", "other " + STEADY.format(tmp_path / "other"), NEVER_UP="1")
    code, output = running.end()
    assert code == 3 and "wrong ended (3) before the server was ready" in output
    assert "is started again" not in output


@pytest.mark.parametrize("signals", [1, 2])
def test_supervisor_kills_part_that_ignores_sigterm(tmp_path, run, signals):
    pids = tmp_path / "pids"
    deaf = f"trap '' TERM; echo $$ >> {pids}; exec sleep 60"
    running = run(f"part sh -c {deaf}", stop_seconds=0.3 if signals == 1 else 60)
    [pid] = started(pids, 1)
    running.child.send_signal(signal.SIGINT)
    if signals == 2:
        assert running.child.stdout and running.child.stdout.readline() == "SIGINT: stopping\n"
        running.child.send_signal(signal.SIGINT)
    assert running.end()[0] == 128 + signal.SIGINT
    assert not is_alive(pid)


def test_parts_exit_when_supervisor_is_killed(tmp_path, run):
    pids = tmp_path / "pids"
    running = run("part " + STEADY.format(pids))
    [pid] = started(pids, 1)
    running.child.kill()
    eventually(lambda: not is_alive(pid))


def test_supervisor_prefixes_output_and_passes_json_lines(run):
    script = """sh -c echo plain; echo '{"a": 1}'; exit 3"""
    _, output = run(f"part {script}", NEVER_UP="1").end()
    assert "part   | plain\n" in output and 'part   | {"a": 1}\n' in output
    _, output = run(f"part {script}", NEVER_UP="1", GRIDWARD_LOG_FORMAT="json").end()
    lines = [json.loads(raw) for raw in output.splitlines()]
    assert {"a": 1} in lines
    assert "part: plain" in [entry.get("message") for entry in lines]


LINES = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import supervisor
script = "echo '10:00:00 info    jobs: done'; echo '10:00:01 warning jobs: late'; echo Traceback"
part = supervisor.Part("jobs", "sh", "-c", script, log_file=pathlib.Path(sys.argv[2]))
part.start()
part.child.wait()
part.readers[0].join()
"""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_ordinary_lines_of_a_part_go_to_its_log_file_as_text(tmp_path, log_format):
    log_file = tmp_path / "jobs.log"
    command = [sys.executable, "-c", LINES, str(ROOT / "bin" / "lib"), str(log_file)]
    env = os.environ | {"GRIDWARD_LOG_FORMAT": log_format}
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout
    assert "late" in printed and "Traceback" in printed
    assert ("done" in printed) == (log_format == "json")
    assert log_file.exists() == (log_format == "text")
    if log_file.exists():
        assert log_file.read_text() == "10:00:00 info    jobs: done\n"
