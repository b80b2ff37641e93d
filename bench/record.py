"""Results of runs: what a run measured, beside the marks and beside the last kept run of the same kind.

    python -m bench.record keep      # keep the last run: results/DATE-COMMIT-KIND.json
    python -m bench.record readme    # make the table and the picture of README.md anew from the kept runs

A part of the bench calls `note` for each value that has a mark. `finish` writes `results/latest.*`, which git ignores.
"""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import chart, client
from bench.marks import BY_KEY, MARKS, Mark

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
README = FOLDER / "README.md"
BEGIN, END = "<!-- table: made by bench.record -->", "<!-- end of the table -->"
# A value that is worse than the last one by more than this share is marked.
WORSE = 0.10

_values: dict[str, dict[str, Any]] = {}


def note(key: str, value: float, **details: Any) -> None:
    """Record a value of this run. `details`: facts that explain it, such as what was left out."""
    if key not in BY_KEY:
        raise KeyError(f"{key} has no mark")
    _values[key] = {"value": round(value, 4), "load": round(os.getloadavg()[0], 1)} | details


def kind_of(cases: int, *, is_quick: bool) -> str:
    """Return the kind of a run. Only runs of one kind are compared: their values depend on the size of the city."""
    return f"{'quick' if is_quick else 'full'}-{cases}"


def machine() -> dict[str, Any]:
    """Return what decides about the absolute values of a run."""
    rows = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((row.partition(":")[2].strip() for row in rows if row.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": model or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "client": client.NAME,
    }


def commit() -> str:
    """Return the commit that was measured; with `+` if files of it are changed."""
    hash_ = _git("rev-parse", "--short=10", "HEAD")
    return hash_ + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=FOLDER, capture_output=True, text=True).stdout.strip()


def finish(kind: str, *, left_out: list[str], is_part: bool = False, **facts: Any) -> str:
    """Write what was measured as latest.json, latest.md and latest.svg. Return the table.

    Args:
        is_part: The table has only what was measured.
        left_out: Parts that were not run, or failed, with the reason.
    """
    result = {
        "kind": kind,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "left_out": left_out,
        "values": dict(_values),
    }
    RESULTS.mkdir(exist_ok=True)
    text = table(result, last_kept(kind), is_part=is_part)
    (RESULTS / "latest.json").write_text(_json(result))
    (RESULTS / "latest-facts.json").write_text(_json(facts))
    (RESULTS / "latest.md").write_text(text)
    (RESULTS / "latest.svg").write_text(chart.picture(result["values"]))
    return text


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def kept_runs(folder: Path = RESULTS) -> list[dict[str, Any]]:
    """Return the kept runs, the oldest first."""
    runs = [json.loads(path.read_text()) for path in folder.glob("2*.json")]
    return sorted(runs, key=lambda run: str(run["at"]))


def last_kept(kind: str, folder: Path = RESULTS) -> dict[str, Any] | None:
    """Return the last values of the kept runs of a kind, each of the newest run that has it; None: there is none.

    A value of an earlier run than the last one has its date and commit as a remark.
    """
    runs = [run for run in kept_runs(folder) if run["kind"] == kind]
    if not runs:
        return None
    values = {key: value | _earlier(run) for run in runs[:-1] for key, value in run["values"].items()}
    return runs[-1] | {"values": values | runs[-1]["values"]}


def _earlier(run: dict[str, Any]) -> dict[str, str]:
    return {"remark": f"{run['at'][:10]}, `{run['commit']}`"}


def table(result: dict[str, Any], before: dict[str, Any] | None, *, is_part: bool = False) -> str:
    """Return the table of a run: each mark with the value that was reached, and what became worse."""
    machine_text = "{processor}, {cores} cores, {memory_gib} GiB".format(**result["machine"])
    machine_text += f", load from {result['machine']['client']}" if "client" in result["machine"] else ""
    lines = [
        f"{result['kind']}, {result['at'][:10]}, commit `{result['commit']}`, {machine_text}."
        + (f" Compared with {before['at'][:10]}, `{before['commit']}`." if before else ""),
        "",
        "| work | beside | must | aim | reached | load | before |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for mark in MARKS:
        value = result["values"].get(mark.key)
        if value is None and is_part:
            continue
        old = before["values"].get(mark.key) if before else None
        lines.append("| " + " | ".join(_cells(mark, value, old)) + " |")
    lines += [f"\nNot measured: {text}." for text in result["left_out"]]
    return "\n".join(lines) + "\n"


def _cells(mark: Mark, value: dict[str, Any] | None, old: dict[str, Any] | None) -> list[str]:
    unit = "" if mark.unit == "ratio" else f" {mark.unit}"
    sign = "" if mark.better == "more" else "≤ "
    limits = ["" if limit is None else f"{sign}{limit:g}{unit}" for limit in (mark.must, mark.aim)]
    cells = [mark.work, mark.beside, *limits]
    if value is None:
        return [*cells, "not measured", "", ""]
    reached = f"{value['value']:.3g}" if value["value"] < 1000 else f"{value['value']:,.0f}"
    verdict = "" if mark.is_met(value["value"], mark.must) else ", **missed**"
    remark = f" ({value['remark']})" if "remark" in value else ""
    load = value.get("load")  # of the machine, when the value was measured; None: it was not recorded
    return [
        *cells,
        f"{reached}{unit}{verdict}{remark}",
        "" if load is None else f"{load:g}",
        _before(mark, value, old),
    ]


def _before(mark: Mark, value: dict[str, Any], old: dict[str, Any] | None) -> str:
    if old is None:
        return ""
    is_worse = mark.change(value["value"], old["value"]) < 1 - WORSE
    return f"{old['value']:.3g}" + (" **worse**" if is_worse else "")


def newest(folder: Path = RESULTS) -> dict[str, Any] | None:
    """Return the values to show: of the newest full run of the largest city, else of the newest run of all."""
    runs = kept_runs(folder)
    full = [run for run in runs if run["kind"].startswith("full-")]
    if not full:
        return runs[-1] if runs else None
    largest = max(int(run["kind"].partition("-")[2]) for run in full)
    return last_kept(f"full-{largest}", folder)


def keep() -> Path:
    """Copy the last run to the kept ones, for a commit."""
    result = json.loads((RESULTS / "latest.json").read_text())
    path = RESULTS / f"{result['at'][:10]}-{result['commit'].rstrip('+')}-{result['kind']}.json"
    path.write_text(_json(result))
    return path


def with_table(readme: str, result: dict[str, Any]) -> str:
    """Return the text of README.md with the table of a run between its two marks."""
    head, _, rest = readme.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table(result, None)}{END}{tail}"


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["keep"]:
        print(keep())
    elif sys.argv[1:] == ["readme"]:
        result = newest()
        if result is None:
            raise SystemExit("no run is kept yet: python -m bench.record keep")
        README.write_text(with_table(README.read_text(), result))
        (RESULTS / "marks.svg").write_text(chart.picture(result["values"]))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
