"""The program of the child process in which VROOM (a route optimiser) computes orders.

VROOM holds the Python interpreter lock while it computes, and may exceed its time limit. It therefore runs in its own
process, which can be killed (`app.core.child_processes`).

Input: `{"window": [start, end], "start": row or null, "matrix": [[seconds]], "room": n, "level": 0..5, "jobs": [[id,
row, service, earliest, latest, priority]], "breaks": [[id, service, earliest, latest]]}`, with times from the start of
the window. Output: `{"order": [["job" or "break", id]]}`.
"""

import os
from collections.abc import Iterator
from typing import Any

from app.core.child_program import serve


def solve(problem: dict[str, Any]) -> list[list[Any]]:
    """Return the order of jobs and breaks that VROOM computes.

    Jobs for which VROOM finds no time are not in the result.
    """
    import numpy
    import vroom  # type: ignore[import-untyped]

    start, end = problem["window"]
    rows = [list(row) for row in problem["matrix"]]
    # VROOM needs a start. A day without a start begins at an extra row whose distance to all places is 0.
    for row in rows:
        row.append(0)
    rows.append([0] * (len(rows) + 1))
    model = vroom.Input()
    model.set_durations_matrix("walk", numpy.array(rows, dtype=numpy.uint32))
    start_row = len(rows) - 1 if problem["start"] is None else problem["start"]
    breaks = sorted(problem["breaks"], key=lambda pause: (pause[2], pause[3], pause[0]))
    model.add_vehicle(
        vroom.Vehicle(
            id=1,
            start=start_row,
            profile="walk",
            time_window=(start, end),
            max_tasks=problem["room"],
            breaks=[
                vroom.Break(id=number, time_windows=[(earliest, latest)], service=service)
                for number, service, earliest, latest in breaks
            ],
        )
    )
    for number, row, service, earliest, latest, priority in problem["jobs"]:
        model.add_job(
            vroom.Job(
                id=number,
                location=row,
                default_service=service,
                time_windows=[(earliest, latest)],
                priority=priority,
            )
        )
    solution = model.solve(exploration_level=problem["level"], nb_threads=1)
    routes = solution.to_dict()["routes"]
    return [
        [route_step["type"], route_step["id"]]
        for route in routes
        for route_step in route["steps"]
        if route_step["type"] in ("job", "break")
    ]


def answer(problem: dict[str, Any], files: list[int]) -> Iterator[dict[str, Any]]:
    """Yield the order of the stops and breaks of one problem, as the output of this process."""
    yield {"order": solve(problem)}


if __name__ == "__main__":
    os.nice(5)  # requests come before plans
    serve(answer)
