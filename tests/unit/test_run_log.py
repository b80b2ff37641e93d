"""The log of whole test runs: the tests that were unsteady in the last of them are counted."""

import importlib.util
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / "bin" / "lib"


@pytest.fixture(scope="module")
def run_log():
    spec = importlib.util.spec_from_file_location("run_log", LIB / "run_log.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_unsteady_tests_are_counted_over_the_last_runs(run_log, tmp_path):
    log = tmp_path / "state" / "runs.jsonl"
    assert run_log.read_runs(log) == []
    for minute, unsteady in enumerate((["a"], [], ["a", "b"])):
        runs = run_log.add_run(log, {"at": f"00:0{minute}", "seconds": 1.5, "unsteady": unsteady})
    assert runs == run_log.read_runs(log)
    assert run_log.unsteady_lines(runs) == [
        "unsteady in 2 of the last 3 runs, last at 00:02: a",
        "unsteady in 1 of the last 3 runs, last at 00:02: b",
    ]


def test_log_keeps_the_last_runs_only(run_log, tmp_path):
    log = tmp_path / "runs.jsonl"
    for turn in range(run_log.RUNS_KEPT + 3):
        runs = run_log.add_run(log, {"at": str(turn), "seconds": 1.0, "unsteady": ["a"] if turn < 3 else []})
    assert [runs[0]["at"], len(runs)] == ["3", run_log.RUNS_KEPT]
    assert run_log.unsteady_lines(runs) == []
