"""Simulation of one day: reports, offers, answers, travel, work, rest and end of duty."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from app.core import calendar as clocks
from app.core.calendar import Calendar
from app.core.travel import TravelTime
from app.incidents.cases.rules.waiting_reasons import RETRIED, waiting_reason
from app.profiles.rules.planning import Rest
from app.profiles.rules.profile import ModeSettings
from app.simulation.rules.crew import Crew, Leg, Person
from app.simulation.rules.events import Events
from app.simulation.rules.incidents import CHECK, HANDLE, Incident, Task
from app.simulation.rules.people import Behaviour, Chance, Worker
from app.simulation.rules.policies import Choice, Policy

# What waits is looked at so often, as the job of the server does.
TICK_S = 10
DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Setting:
    """The conditions of a simulated day.

    `start` is second 0: midnight in the calendar's time zone. The simulation ends at second `until`.
    """

    start: datetime
    until: int
    settings: ModeSettings
    calendar: Calendar
    behaviour: Behaviour
    travel: TravelTime

    def moment(self, second: int) -> datetime:
        return self.start + timedelta(seconds=second)


@dataclass(frozen=True, slots=True)
class Span:
    """A period of travel, work or rest (`kind`) of a worker, in seconds from the day's start."""

    worker_id: UUID
    kind: str
    since: int
    until: int
    incident_id: UUID | None = None
    role: str | None = None


@dataclass(slots=True)
class WorkerState:
    """The state of a worker: present activity, accepted tasks, open offers and due breaks."""

    person: Person
    todo: list[Task] = field(default_factory=list)
    offers: list[Task] = field(default_factory=list)
    doing: Task | None = None
    rests: list[Rest] = field(default_factory=list)
    resting_until: int | None = None
    metres: int = 0
    taken: int = 0
    busy_s: int = 0


@dataclass(slots=True)
class SimulatedDay:
    """The result of a simulated day: its tasks, its workers and their activities."""

    tasks: list[Task]
    workers: dict[UUID, WorkerState]
    spans: list[Span]
    offers: int
    batches: int


class Day:
    """The simulation of one day under one policy. `on_report(1)` is called for each report."""

    def __init__(
        self,
        setting: Setting,
        incidents: Sequence[Incident],
        workers: Sequence[Worker],
        policy: Policy,
        chance: Chance,
        on_report: Callable[[int], object] = lambda n: None,
    ) -> None:
        self._setting = setting
        self._policy = policy
        self._chance = chance
        self._on_report = on_report
        people = [Person(worker, is_located=not chance.is_unlocated(worker.id)) for worker in workers]
        self.crew = Crew(people)
        self._workers = {p.worker.id: WorkerState(p) for p in self.crew.people.values()}
        self._events = Events()
        self._tasks: list[Task] = []
        self._waiting: dict[Task, None] = {}
        self._ticks: set[int] = set()
        self._spans: list[Span] = []
        self._offers = self._batches = 0
        for worker_state in self._workers.values():
            self._plan_duty(worker_state)
        for incident in sorted(incidents, key=lambda i: (i.at, str(i.id))):
            self._events.put(incident.at, partial(self._report, incident))

    def live(self) -> SimulatedDay:
        self._events.run(self._setting.until)
        return SimulatedDay(self._tasks, self._workers, self._spans, self._offers, self._batches)

    # -- duty and rest

    def _plan_duty(self, worker_state: WorkerState) -> None:
        for since, until in worker_state.person.worker.spans:
            self._events.put(max(since, 0), partial(self._start_duty, worker_state))
            self._events.put(until, partial(self._end_duty, worker_state))
            day = since // DAY_S
            for rest in self._setting.behaviour.planning.breaks:
                rest_starts_at = day * DAY_S + 60 * self._chance.rest_begins(
                    worker_state.person.worker.id, day, rest
                )
                if since <= rest_starts_at < until:
                    self._events.put(rest_starts_at, partial(self._request_rest, worker_state, rest))

    def _start_duty(self, worker_state: WorkerState) -> None:
        worker_state.person.on_duty_since = self._events.now
        self._retry_waiting()
        self._start_next(worker_state)

    def _end_duty(self, worker_state: WorkerState) -> None:
        """End a worker's duty, and withdraw all offers to the worker.

        Tasks without another open offer are dispatched again. The present task is finished; other accepted tasks wait for the
        next duty.
        """
        worker_state.person.on_duty_since = None
        worker_state.rests.clear()
        for task in list(worker_state.offers):
            if task.state == "open":
                self._remove_from_broadcast(worker_state, task)
                continue
            self._withdraw_offer(worker_state, task)
            self._dispatch(task)

    def _request_rest(self, worker_state: WorkerState, rest: Rest) -> None:
        if worker_state.person.on_duty_since is not None:
            worker_state.rests.append(rest)
            self._start_next(worker_state)

    def _rest(self, worker_state: WorkerState, rest: Rest) -> None:
        now = self._events.now
        worker_state.resting_until = now + 60 * rest.minutes
        self._span(worker_state, "rest", now, worker_state.resting_until)

        def end() -> None:
            worker_state.resting_until = None
            self._start_next(worker_state)

        self._events.put(worker_state.resting_until, end)

    # -- asking

    def _report(self, incident: Incident) -> None:
        self._on_report(1)
        task = Task(incident, HANDLE, self._events.now)
        self._tasks.append(task)
        if incident.apart:
            task.state, task.reason = "apart", incident.apart
        else:
            self._dispatch(task)

    def _dispatch(self, task: Task) -> None:
        self._apply(task, self._policy.first(task, self.crew, self._events.now))

    def _apply(self, task: Task, choice: Choice) -> None:
        if choice.among:
            self._ask_several(task, choice)
            return
        if choice.worker_id is not None:
            self._offer(task, self._workers[choice.worker_id], choice.reason)
            return
        reason = waiting_reason(task.role, choice.reason)
        if task.waiting_since is None:
            task.waiting_since = self._events.now
        task.state, task.reason, task.worker_id = "waiting", reason, None
        if reason not in RETRIED:
            self._waiting.pop(task, None)
        elif task not in self._waiting:
            self._waiting[task] = None
            self._tick_at(task.waiting_since + self._policy.hold(task))

    def _offer(self, task: Task, worker_state: WorkerState, reason: str) -> None:
        self._begin_round(task, "offered", reason)
        task.worker_id = worker_state.person.worker.id
        worker_state.person.held += 1
        self._ask(task, worker_state, on_accept=self._accept_offer, on_refuse=self._refuse_offer)

    def _ask_several(self, task: Task, choice: Choice) -> None:
        """Offer a task to several workers at once.

        The task does not count towards the capacity of any of them until one accepts it.
        """
        self._begin_round(task, "open", choice.reason)
        task.worker_id, task.was_asked_of_several = None, True
        task.among = set(choice.among)
        for worker_id in choice.among:
            self._ask(
                task,
                self._workers[worker_id],
                on_accept=self._accept_broadcast,
                on_refuse=self._refuse_broadcast,
            )

    def _begin_round(self, task: Task, state: str, reason: str) -> None:
        now = self._events.now
        self._waiting.pop(task, None)
        task.state, task.reason, task.waiting_since = state, reason, None
        task.rounds += 1
        task.offer += 1
        task.offered_at = now if task.offered_at is None else task.offered_at
        task.expires_at = self._expires(task)

    def _ask(
        self,
        task: Task,
        worker_state: WorkerState,
        *,
        on_accept: Callable[..., None],
        on_refuse: Callable[..., None],
    ) -> None:
        now, number, expires_at = self._events.now, task.offer, task.expires_at
        self._offers += 1
        worker_state.offers.append(task)
        delay_s, is_accepted = self._chance.answer(task.incident.id, task.role, worker_state.person.worker.id)
        answers_at = None if delay_s is None else max(now, worker_state.resting_until or 0) + delay_s
        if answers_at is None or answers_at >= expires_at:
            self._events.put(expires_at, partial(on_refuse, worker_state, task, number, "offer_expired"))
        elif is_accepted:
            self._events.put(answers_at, partial(on_accept, worker_state, task, number))
        else:
            self._events.put(answers_at, partial(on_refuse, worker_state, task, number, "declined"))

    def _expires(self, task: Task) -> int:
        limit = self._setting.settings.offer_times[task.incident.priority]
        now = self._setting.moment(self._events.now)
        expires_at = clocks.due_at(now, limit, self._setting.calendar)
        return max(self._events.now + 1, round((expires_at - self._setting.start).total_seconds()))

    def _accept_offer(self, worker_state: WorkerState, task: Task, number: int) -> None:
        if task.state != "offered" or task.offer != number:
            return
        worker_state.offers.remove(task)
        self._accept(worker_state, task)

    def _accept(self, worker_state: WorkerState, task: Task) -> None:
        task.state, task.accepted_at = "accepted", self._events.now
        worker_state.taken += 1
        worker_state.todo.append(task)
        self._start_next(worker_state)

    def _refuse_offer(self, worker_state: WorkerState, task: Task, number: int, reason: str) -> None:
        if task.state != "offered" or task.offer != number:
            return
        self._withdraw_offer(worker_state, task)
        task.excluded[worker_state.person.worker.id] = reason
        self._dispatch(task)

    def _accept_broadcast(self, worker_state: WorkerState, task: Task, number: int) -> None:
        """Assign a task offered to several workers to one who accepts; withdraw the other offers."""
        if not self._is_among(worker_state, task, number):
            return
        if worker_state.person.held >= worker_state.person.worker.capacity:
            expires_at = max(self._events.now + 1, task.expires_at)
            self._events.put(
                expires_at, partial(self._refuse_broadcast, worker_state, task, number, "offer_expired")
            )
            return
        for worker_id in task.among:
            self._workers[worker_id].offers.remove(task)
        task.among.clear()
        task.worker_id = worker_state.person.worker.id
        worker_state.person.held += 1
        self._accept(worker_state, task)

    def _refuse_broadcast(self, worker_state: WorkerState, task: Task, number: int, reason: str) -> None:
        if self._is_among(worker_state, task, number):
            task.excluded[worker_state.person.worker.id] = reason
            self._remove_from_broadcast(worker_state, task)

    def _is_among(self, worker_state: WorkerState, task: Task, number: int) -> bool:
        return task.state == "open" and task.offer == number and worker_state.person.worker.id in task.among

    def _remove_from_broadcast(self, worker_state: WorkerState, task: Task) -> None:
        """Withdraw one of several offers of a task. If it was the last one, dispatch the task again."""
        worker_state.offers.remove(task)
        task.among.discard(worker_state.person.worker.id)
        if not task.among:
            task.state = "new"
            self._dispatch(task)

    def _withdraw_offer(self, worker_state: WorkerState, task: Task) -> None:
        worker_state.offers.remove(task)
        worker_state.person.held -= 1
        task.state, task.worker_id = "new", None
        self._retry_waiting()

    # -- what waits

    def _retry_waiting(self) -> None:
        """Schedule an attempt to dispatch the waiting tasks, because a worker has free capacity."""
        if self._waiting:
            self._tick_at(self._events.now)

    def _tick_at(self, second: int) -> None:
        """Schedule a dispatch of the waiting tasks at the next multiple of 10 s after `second`."""
        at = (max(second, self._events.now) // TICK_S + 1) * TICK_S
        if at not in self._ticks:
            self._ticks.add(at)
            self._events.put(at, self._tick)

    def _tick(self) -> None:
        now = self._events.now
        self._ticks.discard(now)
        if not self._waiting:
            return
        self._batches += 1
        for task, choice in self._policy.again(list(self._waiting), self.crew, now):
            self._apply(task, choice)

    # -- doing

    def _start_next(self, worker_state: WorkerState) -> None:
        """Let an idle worker begin a break if one is due, or else the most urgent accepted task."""
        person, now = worker_state.person, self._events.now
        if (
            worker_state.doing is not None
            or worker_state.resting_until is not None
            or person.on_duty_since is None
        ):
            return
        if worker_state.rests:
            self._rest(worker_state, worker_state.rests.pop(0))
            return
        if not worker_state.todo:
            return
        task = min(worker_state.todo, key=lambda t: t.urgency)
        worker_state.todo.remove(task)
        worker_state.doing, task.state = task, "working"
        destination = (task.incident.lon, task.incident.lat)
        hour = self._setting.moment(now).astimezone(self._setting.calendar.zone).hour
        route = self._setting.travel.matrix(
            [person.place, destination], mode=self._setting.behaviour.travels_by, hours=(hour,)
        )
        arrives_at = now + route.seconds[0][1]
        person.leg = Leg(person.place, destination, now, arrives_at)
        worker_state.metres += route.metres[0][1]
        self._span(worker_state, "travel", now, arrives_at, task)
        self._events.put(arrives_at, partial(self._arrive, worker_state, task))

    def _arrive(self, worker_state: WorkerState, task: Task) -> None:
        now, incident = self._events.now, task.incident
        worker_state.person.place, worker_state.person.leg = (incident.lon, incident.lat), None
        task.arrived_at = now
        finishes_at = now + self._chance.seconds_at(incident.id, task.role, incident.priority)
        self._span(worker_state, "work", now, finishes_at, task)
        self._events.put(finishes_at, partial(self._finish, worker_state, task))

    def _finish(self, worker_state: WorkerState, task: Task) -> None:
        now = self._events.now
        task.state, task.done_at = "done", now
        worker_state.doing = None
        worker_state.person.held -= 1
        if task.role == HANDLE and self._setting.behaviour.has_checks:
            check = Task(task.incident, CHECK, now, excluded={worker_state.person.worker.id: "handled_it"})
            self._tasks.append(check)
            self._dispatch(check)
        self._retry_waiting()
        self._start_next(worker_state)

    def _span(
        self, worker_state: WorkerState, kind: str, since: int, until: int, task: Task | None = None
    ) -> None:
        worker_state.busy_s += until - since if kind != "rest" else 0
        self._spans.append(
            Span(
                worker_state.person.worker.id,
                kind,
                since,
                until,
                task.incident.id if task else None,
                task.role if task else None,
            )
        )
