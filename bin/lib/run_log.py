"""The last whole runs of the tests, in `.run/test-runs.jsonl`: when, how long, what was unsteady."""

import json
from collections import Counter
from pathlib import Path

RUNS_KEPT = 50


def read_runs(log: Path) -> list[dict]:
    """Return the runs of the log, the oldest first."""
    return [json.loads(text) for text in log.read_text().splitlines()] if log.exists() else []


def add_run(log: Path, run: dict) -> list[dict]:
    """Append a run to the log, which keeps the last RUNS_KEPT. Return the runs that it holds."""
    runs = [*read_runs(log), run][-RUNS_KEPT:]
    log.parent.mkdir(exist_ok=True)
    log.write_text("".join(json.dumps(each) + "\n" for each in runs))
    return runs


def unsteady_lines(runs: list[dict]) -> list[str]:
    """Return a line for each test that was unsteady in one of the runs: how often, and the last time."""
    counts = Counter(name for each in runs for name in each["unsteady"])
    last = {name: each["at"] for each in runs for name in each["unsteady"]}
    return [
        f"unsteady in {count} of the last {len(runs)} runs, last at {last[name]}: {name}"
        for name, count in counts.most_common()
    ]
