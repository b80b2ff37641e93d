"""Formatting of the results of simulated days as text, JSON and CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import isinf
from typing import Any

import orjson

from app.simulation.rules.figures import Figures, missed
from app.simulation.service.day_loader import LoadedDay, SimulationRequest
from app.simulation.service.runner import Result


def header(loaded: LoadedDay, request: SimulationRequest, seeds: Sequence[int]) -> Iterator[str]:
    """Yield lines of text that describe the simulated day and its assumptions."""
    worker_count = sum(bool(worker.spans) for worker in loaded.workers)
    behaviour, weights = loaded.behaviour, loaded.profile.dispatch_weights
    yield f"{loaded.day} ({loaded.profile.timezone}): {len(loaded.reports)} reports, {worker_count} workers on duty"
    if loaded.refused:
        yield f"  {loaded.refused} rows of the file left out: an import would refuse them"
    yield f"  scenario: storm x{request.storm:g}, absent {request.absent:.0%}, books closed after {request.follow_h} h"
    yield f"  seeds: {', '.join(map(str, seeds))}"
    yield (
        f"  people: decline {behaviour.decline:.0%}, no answer {behaviour.silent:.0%}, answer after {behaviour.answer_s:g} s,"
        f" handling {'/'.join(f'{behaviour.handling[p]:g}' for p in sorted(behaviour.handling))} min by priority,"
        f" checks {f'{behaviour.check_minutes:g} min' if behaviour.has_checks else 'none'},"
        f" no position {behaviour.unlocated:.0%}, {behaviour.travels_by.value}"
    )
    weight_text = ", ".join(f"{name} {value}" for name, value in asdict(weights).items())
    yield f"  weights: {weight_text}; capacity {request.capacity or 'as each has'}"


def json_values(figures: Figures) -> dict[str, Any]:
    """Return the statistics as JSON values; an infinite waiting time becomes null.

    Waiting times have names such as `to_offer_p50_s`.
    """
    values: dict[str, Any] = {}
    for name, value in (asdict(figures) | {"miss_share": round(figures.miss_share, 4)}).items():
        if name.startswith("to_"):
            values |= {f"{name}_p{share}_s": None if isinf(s) else s for share, s in value.items()}
        else:
            values[name] = value
    return values


def as_json(loaded: LoadedDay, request: SimulationRequest, results: Sequence[Result]) -> bytes:
    """Return the request and the results as JSON."""
    document = {
        "day": loaded.day.isoformat(),
        "storm": request.storm,
        "absent": request.absent,
        "follow_h": request.follow_h,
        "capacity": request.capacity,
        "weights": asdict(loaded.profile.dispatch_weights),
        "people": {name: value for name, value in asdict(loaded.behaviour).items() if name != "planning"}
        | {"mode": loaded.behaviour.travels_by.value},
        "runs": [
            {"policy": result.policy, "seed": result.seed} | json_values(result.figures) for result in results
        ],
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(document, option=options) + b"\n"


def results_csv(results: Sequence[Result]) -> str:
    """Return a CSV file with a row for each run."""
    rows = []
    for result in results:
        values = json_values(result.figures)
        values["reasons"] = "; ".join(f"{code} {n}" for code, n in values["reasons"].items())
        rows.append({"policy": result.policy, "seed": result.seed} | values)
    return _csv(rows)


_MISSED = ("policy", "seed", "incident_id", "case", "category", "priority", "reported_at", "due_at", "state",
           "reason", "worker_id", "done_at", "late_minutes")  # fmt: skip


def missed_csv(loaded: LoadedDay, results: Sequence[Result]) -> str:
    """Return a CSV file with a row for each case that missed its deadline."""
    rows: list[dict[str, Any]] = []
    for result in results:
        for task in missed(result.lived.tasks, loaded.until):
            incident, due = task.incident, task.incident.due or 0
            ended_at = loaded.until if task.done_at is None else task.done_at
            rows.append(
                {
                    "policy": result.policy,
                    "seed": result.seed,
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
                    "late_minutes": round((ended_at - due) / 60, 1),
                }
            )
    return _csv(rows, _MISSED)


def _csv(rows: Sequence[dict[str, Any]], names: Sequence[str] = ()) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names or list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()
