"""What came of simulated days, for files and a terminal."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import isinf
from typing import Any

import orjson

from app.simulation.rules.figures import Figures, missed
from app.simulation.service.loading import Loaded, Wish
from app.simulation.service.running import Result


def header(loaded: Loaded, wish: Wish, seeds: Sequence[int]) -> Iterator[str]:
    """What was simulated, and with which assumptions, in lines."""
    there = sum(bool(worker.spans) for worker in loaded.workers)
    kind, weights = loaded.behaviour, loaded.profile.dispatch_weights
    yield f"{loaded.day} ({loaded.profile.timezone}): {len(loaded.reports)} reports, {there} workers on duty"
    if loaded.refused:
        yield f"  {loaded.refused} rows of the file left out: an import would refuse them"
    yield f"  scenario: storm x{wish.storm:g}, absent {wish.absent:.0%}, books closed after {wish.follow_h} h"
    yield f"  seeds: {', '.join(map(str, seeds))}"
    yield (
        f"  people: decline {kind.decline:.0%}, no answer {kind.silent:.0%}, answer after {kind.answer_s:g} s,"
        f" handling {'/'.join(f'{kind.handling[p]:g}' for p in sorted(kind.handling))} min by priority,"
        f" checks {f'{kind.check_minutes:g} min' if kind.has_checks else 'none'},"
        f" no position {kind.unlocated:.0%}, {kind.travels_by.value}"
    )
    said = ", ".join(f"{name} {value}" for name, value in asdict(weights).items())
    yield f"  weights: {said}; capacity {wish.capacity or 'as each has'}"


def plain(figures: Figures) -> dict[str, Any]:
    """Figures as JSON can hold them: waits as `to_offer_p50_s`, null for never."""
    found: dict[str, Any] = {}
    for name, value in (asdict(figures) | {"miss_share": round(figures.miss_share, 4)}).items():
        if name.startswith("to_"):
            found |= {f"{name}_p{share}_s": None if isinf(s) else s for share, s in value.items()}
        else:
            found[name] = value
    return found


def as_json(loaded: Loaded, wish: Wish, results: Sequence[Result]) -> bytes:
    document = {
        "day": loaded.day.isoformat(),
        "storm": wish.storm,
        "absent": wish.absent,
        "follow_h": wish.follow_h,
        "capacity": wish.capacity,
        "weights": asdict(loaded.profile.dispatch_weights),
        "people": {name: value for name, value in asdict(loaded.behaviour).items() if name != "planning"}
        | {"mode": loaded.behaviour.travels_by.value},
        "runs": [{"policy": one.policy, "seed": one.seed} | plain(one.figures) for one in results],
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(document, option=options) + b"\n"


def results_csv(results: Sequence[Result]) -> str:
    """A row for each run."""
    rows = []
    for one in results:
        said = plain(one.figures)
        said["reasons"] = "; ".join(f"{code} {n}" for code, n in said["reasons"].items())
        rows.append({"policy": one.policy, "seed": one.seed} | said)
    return _csv(rows)


_MISSED = ("policy", "seed", "incident_id", "case", "category", "priority", "reported_at", "due_at", "state",
           "reason", "worker_id", "done_at", "late_minutes")  # fmt: skip


def missed_csv(loaded: Loaded, results: Sequence[Result]) -> str:
    """A row for each case that was not handled in time: which, how late, with whom or why with nobody."""
    rows: list[dict[str, Any]] = []
    for one in results:
        for task in missed(one.lived.tasks, loaded.until):
            incident, due = task.incident, task.incident.due or 0
            ended = loaded.until if task.done_at is None else task.done_at
            rows.append(
                {
                    "policy": one.policy,
                    "seed": one.seed,
                    "incident_id": incident.id,
                    "case": incident.name,
                    "category": incident.category,
                    "priority": incident.priority,
                    "reported_at": loaded.moment(incident.at).isoformat(),
                    "due_at": loaded.moment(due).isoformat(),
                    "state": task.state,
                    "reason": task.reason,
                    "worker_id": task.worker_id or "",
                    "done_at": "" if task.done_at is None else loaded.moment(task.done_at).isoformat(),
                    "late_minutes": round((ended - due) / 60, 1),
                }
            )
    return _csv(rows, _MISSED)


def _csv(rows: Sequence[dict[str, Any]], names: Sequence[str] = ()) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, names or list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
