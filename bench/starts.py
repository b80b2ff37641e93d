"""`python -m bench.starts`: a second `make run` until it is ready, and the time of `make test` from its own log.

The second start is timed twice in a state folder of its own, after a first start that makes cluster and demo city. Settings:
STARTS_STATE: a folder in which `make run` has run before, to be used instead.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench import record
from bench.environment import ROOT, free_port, say

RUN_LOG = ROOT / ".run" / "test-runs.jsonl"
FIRST_S, AGAIN_S = 1_200, 120


def seconds_to_start(state: str, limit_s: float) -> float:
    """Return the seconds until /readyz answers 200. Everything is stopped again."""
    port = free_port()
    env = os.environ | {"PORT": str(port), "GRIDWARD_STATE_DIR": state}
    started = time.monotonic()
    with (Path(state) / "bench.log").open("a") as log:
        child = subprocess.Popen(
            ["make", "run"], cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
                    return time.monotonic() - started
                except OSError:
                    if child.poll() is not None or time.monotonic() - started > limit_s:
                        raise SystemExit(f"`make run` did not become ready: {log.name}") from None
                    time.sleep(0.05)
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)


def minutes_of_tests() -> tuple[float, str] | None:
    """Return the minutes of the last whole `make test`, and when it was; None: there was none."""
    if not RUN_LOG.exists():
        return None
    runs = [json.loads(text) for text in RUN_LOG.read_text().splitlines() if text]
    whole = [run for run in runs if "seconds" in run]
    return (whole[-1]["seconds"] / 60, whole[-1]["at"]) if whole else None


def main() -> None:
    """Measure starts, and read the log of the tests."""
    print("| | |\n|---|---:|")
    tests = minutes_of_tests()
    if tests is not None:
        record.note("tests", tests[0], at=tests[1])
        print(f"| `make test`, {tests[1]} | {tests[0]:.1f} min |")
    else:
        say(f"`make test` has not run here: no {RUN_LOG}")
    with tempfile.TemporaryDirectory(prefix="gridward-bench-") as folder:
        state = os.environ.get("STARTS_STATE", folder)
        os.chmod(folder, 0o711)
        first_s = seconds_to_start(state, FIRST_S)
        say(f"first start: {first_s:.1f} s")
        again = [seconds_to_start(state, AGAIN_S) for _ in range(2)]
        subprocess.run(
            [str(ROOT / "bin" / "postgres"), "stop", "run"],
            env=os.environ | {"GRIDWARD_STATE_DIR": state},
            stdout=subprocess.DEVNULL,
        )
    record.note("second_run", statistics.median(again), first_s=round(first_s, 1))
    print(f"| first `make run` | {first_s:.1f} s |\n| second `make run` | {statistics.median(again):.1f} s |")


if __name__ == "__main__":
    sys.exit(main())
