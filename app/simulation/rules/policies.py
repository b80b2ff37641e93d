"""Dispatch policies to compare: the rules of Gridward, and a naive policy.

The rules of Gridward are not implemented again: the functions of `app.dispatch.rules` are used.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.dispatch.rules import batch, ranking
from app.dispatch.rules.batch_input import WaitingDemand, build_batch_input
from app.dispatch.rules.broadcasts import (
    AFTER_RINGS,
    BY_PRIORITY,
    for_broadcast,
    has_unsuccessful_offers,
    select_recipients,
)
from app.profiles.rules.profile import DispatchWeights, ModeSettings
from app.simulation.rules.crew import Crew
from app.simulation.rules.incidents import HANDLE, Task


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision about a task: which worker or workers get an offer.

    Attributes:
        worker_id: The chosen worker; None if no worker or several are chosen.
        reason: Code of the reason.
        among: The chosen workers, if several get an offer at once.
    """

    worker_id: UUID | None
    reason: str
    among: tuple[UUID, ...] = ()


class Policy(Protocol):
    """The interface of a dispatch policy, which chooses the worker of each task.

    The method `first` is called for a new task, and again if the chosen worker did not take the task. The method `again`
    is called with the waiting tasks, at most every ten seconds; the caller applies each choice before it takes the next
    one. The method `hold` returns the seconds for which a task may wait before it is passed to `again`.
    """

    name: str

    def first(self, task: Task, crew: Crew, now: int) -> Choice: ...

    def again(self, waiting: Sequence[Task], crew: Crew, now: int) -> Iterator[tuple[Task, Choice]]: ...

    def hold(self, task: Task) -> int: ...


class NearestFree:
    """The naive policy, for comparison: the nearest idle worker gets each task.

    Tasks are offered in the order of the reports. The worker must be on duty and may belong to any grid.
    """

    name = "nearest-free"

    def __init__(self, weights: DispatchWeights, settings: ModeSettings) -> None:
        self._weights = weights
        self._settings = settings

    def first(self, task: Task, crew: Crew, now: int) -> Choice:
        if task.rounds >= self._settings.max_rounds:
            return Choice(None, batch.ASKED_ENOUGH)
        ring = self._settings.rings[-1]
        candidates = crew.everyone(task.demand, ring, now)
        verdicts = ranking.judge(task.demand, candidates, self._weights, self._settings)
        free = ranking.eligible(verdicts)
        if not free:
            return Choice(None, ranking.waiting_reason(task.incident.chain, verdicts))
        infinity = float("inf")
        nearest = min(
            free, key=lambda v: (infinity if v.distance_m is None else v.distance_m, str(v.worker_id))
        )
        return Choice(nearest.worker_id, "nearest")

    def again(self, waiting: Sequence[Task], crew: Crew, now: int) -> Iterator[tuple[Task, Choice]]:
        for task in sorted(waiting, key=lambda t: (t.since, str(t.incident.id))):
            if not crew.has_room(capacity=1):
                return  # nobody left to ask: the others wait on as they did
            yield task, self.first(task, crew, now)

    def hold(self, task: Task) -> int:
        return 0


class Rings:
    """The dispatch rules that decide about one task at a time (named "tier 0").

    Workers are looked for in the grid, then in larger areas (*rings*). The responsible worker comes first. Waiting tasks are
    tried again one by one, by priority and waiting time.
    """

    name = "tier0"

    def __init__(self, weights: DispatchWeights, settings: ModeSettings) -> None:
        self._weights = weights
        self._settings = settings

    def first(self, task: Task, crew: Crew, now: int) -> Choice:
        """Choose a worker for a new task, or several workers if the settings say so.

        Each task is offered to several workers at once at most one time.
        """
        rules = self._settings.broadcast
        may_ask_several = (
            task.role == HANDLE and "grid" in task.incident.chain and not task.was_asked_of_several
        )
        if may_ask_several and task.incident.priority in rules.priorities:
            choice = self._ask_several(task, crew, now, BY_PRIORITY)
            if choice is not None:
                return choice
        choice = self._ask_one(task, crew, now)
        is_in_vain = choice.worker_id is None and has_unsuccessful_offers(task.excluded)
        if may_ask_several and rules.after_rings and is_in_vain:
            return self._ask_several(task, crew, now, AFTER_RINGS) or choice
        return choice

    def _ask_one(self, task: Task, crew: Crew, now: int) -> Choice:
        if task.rounds >= self._settings.max_rounds:
            return Choice(None, batch.ASKED_ENOUGH)
        verdicts = self._verdicts(task.demand, task, crew, now)
        ranked = ranking.eligible(verdicts)
        if not ranked:
            return Choice(None, ranking.waiting_reason(task.incident.chain, verdicts))
        return Choice(ranked[0].worker_id, ranked[0].reason)

    def _ask_several(self, task: Task, crew: Crew, now: int, reason: str) -> Choice | None:
        verdicts = self._verdicts(for_broadcast(task.demand), task, crew, now, is_whole=True)
        chosen = select_recipients(verdicts, self._settings.broadcast)
        return Choice(None, reason, tuple(v.worker_id for v in chosen)) if chosen else None

    def _verdicts(
        self, demand: ranking.Demand, task: Task, crew: Crew, now: int, *, is_whole: bool = False
    ) -> list[ranking.Verdict]:
        chain = task.incident.chain
        candidates: dict[UUID, ranking.Candidate] = {}
        verdicts: list[ranking.Verdict] = []
        for ring, path in ranking.rings_outwards(chain, self._settings.rings):
            for candidate in crew.in_ring(demand, chain.get("grid"), ring, path, now):
                candidates.setdefault(candidate.worker_id, candidate)
            verdicts = ranking.judge(demand, candidates.values(), self._weights, self._settings)
            if ranking.eligible(verdicts) and not is_whole:
                break
        return verdicts

    def again(self, waiting: Sequence[Task], crew: Crew, now: int) -> Iterator[tuple[Task, Choice]]:
        for task in sorted(waiting, key=_priority_order):
            if not crew.has_room():
                return
            yield task, self.first(task, crew, now)

    def hold(self, task: Task) -> int:
        return 0


class RingsAndBatch(Rings):
    """The dispatch rules that decide about new tasks one by one, but waiting tasks together.

    All waiting tasks of a district are assigned by one optimisation (named "tier 1").
    """

    name = "tier0+1"

    def again(self, waiting: Sequence[Task], crew: Crew, now: int) -> Iterator[tuple[Task, Choice]]:
        districts: dict[str, list[Task]] = defaultdict(list)
        for task in sorted(waiting, key=_priority_order):
            districts[self._district(task)].append(task)
        for path, tasks in sorted(districts.items()):
            if any(now - (t.waiting_since or 0) >= self.hold(t) for t in tasks):
                yield from self.solve(path, tasks, crew, now)

    def hold(self, task: Task) -> int:
        return int(self._settings.batch_windows[task.incident.priority].total_seconds())

    def _district(self, task: Task) -> str:
        """Return the path of the area whose waiting tasks are solved together.

        It is the largest area in which the settings allow to look for workers, or the top area if there is none.
        """
        chain = task.incident.chain
        return chain.get(self._settings.rings[-1]) or min(chain.values(), key=len)

    def solve(self, path: str, tasks: Sequence[Task], crew: Crew, now: int) -> Iterator[tuple[Task, Choice]]:
        waiting = [
            WaitingDemand(
                demand=task.demand,
                chain=task.incident.chain,
                is_late=task.incident.due is not None and task.incident.due < now,
                rounds=task.rounds,
            )
            for task in tasks
        ]
        batch_input = build_batch_input(waiting, crew.pool(path, now), self._settings)
        decision = batch.decide(batch_input, self._weights)
        task_of = {str(task.incident.id): task for task in tasks}
        for n, incident in enumerate(batch_input.demands["id"]):
            worker = int(decision.worker[n])
            worker_id = UUID(batch_input.workers["id"][worker]) if worker >= 0 else None
            yield task_of[incident], Choice(worker_id, decision.reason[n])


def _priority_order(task: Task) -> tuple[int, int, str]:
    return task.incident.priority, task.waiting_since or 0, str(task.incident.id)


POLICIES: Mapping[str, type[NearestFree] | type[Rings]] = {
    policy_class.name: policy_class for policy_class in (NearestFree, Rings, RingsAndBatch)
}
