"""Statistics (*figures*) of a simulated day, such as waiting times and missed deadlines."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf

from app.simulation.rules.day import SimulatedDay
from app.simulation.rules.incidents import HANDLE, Task

# How a case stands at the end, by the state of its handling.
_OUTCOMES = {
    "done": "done",
    "working": "assigned",
    "accepted": "assigned",
    "offered": "assigned",
    "open": "unassigned",
    "waiting": "unassigned",
    "apart": "unassigned",
    "new": "unassigned",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """The statistics of one simulated day under one policy.

    Attributes:
        incidents: Number of incidents: the sum of `done`, `assigned` and `unassigned`.
        reasons: Number of unassigned incidents by the code of the reason.
        to_offer, to_accept, to_scene: Percentiles (50 and 90) of the seconds from the report to the first offer, acceptance
            and arrival. Infinite if too few cases got an offer, an acceptance or an arrival.
        judged: Number of cases that are dispatched to workers and are due before the simulation ends, or just then.
        missed: Number of the judged cases that were not handled in time.
        load_gini: Gini coefficient of the tasks taken by each worker on duty: 0 if all took as many, near 1 if one took all.
        load_max_mean: Most tasks of one worker, divided by the mean.
        looks: Number of attempts to dispatch the waiting tasks.
    """

    incidents: int
    done: int
    assigned: int
    unassigned: int
    reasons: Mapping[str, int]
    to_offer: Mapping[int, float]
    to_accept: Mapping[int, float]
    to_scene: Mapping[int, float]
    judged: int
    missed: int
    km: float
    load_gini: float
    load_max_mean: float
    workers: int
    checks: int
    checks_done: int
    offers: int
    looks: int

    @property
    def miss_share(self) -> float:
        return self.missed / self.judged if self.judged else 0.0


def figures(day: SimulatedDay, until: int) -> Figures:
    """Return the statistics of a simulated day, up to second `until` from its start."""
    cases = [task for task in day.tasks if task.role == HANDLE]
    dispatchable = [task for task in cases if task.state != "apart"]
    case_counts = Counter(_OUTCOMES[task.state] for task in cases)
    on_duty = [worker for worker in day.workers.values() if worker.person.worker.spans]
    loads = [worker.taken for worker in on_duty]
    checks = [task for task in day.tasks if task.role != HANDLE]
    return Figures(
        incidents=len(cases),
        done=case_counts["done"],
        assigned=case_counts["assigned"],
        unassigned=case_counts["unassigned"],
        reasons=dict(Counter(t.reason for t in cases if _OUTCOMES[t.state] == "unassigned").most_common()),
        to_offer=_percentiles(dispatchable, "offered_at"),
        to_accept=_percentiles(dispatchable, "accepted_at"),
        to_scene=_percentiles(dispatchable, "arrived_at"),
        judged=len(judged(day.tasks, until)),
        missed=len(missed(day.tasks, until)),
        km=round(sum(worker.metres for worker in on_duty) / 1000, 2),
        load_gini=round(gini(loads), 4),
        load_max_mean=round(max(loads) * len(loads) / sum(loads), 3) if sum(loads) else 0.0,
        workers=len(on_duty),
        checks=len(checks),
        checks_done=sum(task.state == "done" for task in checks),
        offers=day.offers,
        looks=day.batches,
    )


def judged(tasks: Sequence[Task], until: int) -> list[Task]:
    """Return the cases that are dispatched to workers and are due at second `until` or before."""
    return [
        task
        for task in tasks
        if task.role == HANDLE
        and task.state != "apart"
        and task.incident.due is not None
        and task.incident.due <= until
    ]


def missed(tasks: Sequence[Task], until: int) -> list[Task]:
    """Return the cases that were not handled before their deadline, the longest overdue first."""
    overdue = [
        task
        for task in judged(tasks, until)
        if task.done_at is None or task.done_at > (task.incident.due or 0)
    ]
    return sorted(overdue, key=lambda t: (-_lateness(t, until), str(t.incident.id)))


def _lateness(task: Task, until: int) -> int:
    return (until if task.done_at is None else task.done_at) - (task.incident.due or 0)


def _percentiles(tasks: Sequence[Task], attribute: str) -> dict[int, float]:
    instants = [getattr(task, attribute) for task in tasks]
    waits = sorted(inf if at is None else at - task.since for at, task in zip(instants, tasks, strict=True))
    return {share: percentile(waits, share) for share in (50, 90)}


def percentile(values: Sequence[float], share: int) -> float:
    """Return a percentile of sorted values, or 0 if there are none.

    It is the smallest value for which at least `share` percent of the values are not greater.
    """
    return values[max(ceil(len(values) * share / 100) - 1, 0)] if values else 0.0


def gini(values: Sequence[int]) -> float:
    """Return the Gini coefficient of values: 0 if all are equal, near 1 if one value has it all."""
    total = sum(values)
    if not total:
        return 0.0
    ranked = sorted(values)
    weighted = sum(n * value for n, value in enumerate(ranked, 1))
    return 2 * weighted / (len(ranked) * total) - (len(ranked) + 1) / len(ranked)
