"""A day in simulated time: incidents come in, somebody is asked, answers, goes there, works, rests and goes home."""

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
    """What a day is lived under. `start`: the instant of second 0, midnight of the calendar's zone; `until`: the second at
    which it is looked at."""

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
    """What a worker did from when to when, in seconds: travel, work or rest; of which incident."""

    worker_id: UUID
    kind: str
    since: int
    until: int
    incident_id: UUID | None = None
    role: str | None = None


@dataclass(slots=True)
class Standing:
    """What a worker does and has taken on."""

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
class Lived:
    """A day that is over: every task, every worker, and who did what when."""

    tasks: list[Task]
    workers: dict[UUID, Standing]
    spans: list[Span]
    offers: int
    batches: int


class Day:
    """One day under one policy. `on_report` hears of every incident that came in."""

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
        self._standing = {p.worker.id: Standing(p) for p in self.crew.people.values()}
        self._events = Events()
        self._tasks: list[Task] = []
        self._waiting: dict[Task, None] = {}
        self._ticks: set[int] = set()
        self._spans: list[Span] = []
        self._offers = self._batches = 0
        for standing in self._standing.values():
            self._plan_duty(standing)
        for one in sorted(incidents, key=lambda i: (i.at, str(i.id))):
            self._events.put(one.at, partial(self._report, one))

    def live(self) -> Lived:
        self._events.run(self._setting.until)
        return Lived(self._tasks, self._standing, self._spans, self._offers, self._batches)

    # -- duty and rest

    def _plan_duty(self, standing: Standing) -> None:
        for since, until in standing.person.worker.spans:
            self._events.put(max(since, 0), partial(self._come, standing))
            self._events.put(until, partial(self._leave, standing))
            day = since // DAY_S
            for rest in self._setting.behaviour.planning.breaks:
                begins = day * DAY_S + 60 * self._chance.rest_begins(standing.person.worker.id, day, rest)
                if since <= begins < until:
                    self._events.put(begins, partial(self._want_rest, standing, rest))

    def _come(self, standing: Standing) -> None:
        standing.person.on_duty_since = self._events.now
        self._freed()
        self._next(standing)

    def _leave(self, standing: Standing) -> None:
        """She ends what she is at and keeps what she has accepted; what she was only asked for goes on to others."""
        standing.person.on_duty_since = None
        standing.rests.clear()
        for task in list(standing.offers):
            if task.state == "open":
                self._drop(standing, task)
                continue
            self._take_back(standing, task)
            self._first(task)

    def _want_rest(self, standing: Standing, rest: Rest) -> None:
        if standing.person.on_duty_since is not None:
            standing.rests.append(rest)
            self._next(standing)

    def _rest(self, standing: Standing, rest: Rest) -> None:
        now = self._events.now
        standing.resting_until = now + 60 * rest.minutes
        self._span(standing, "rest", now, standing.resting_until)

        def end() -> None:
            standing.resting_until = None
            self._next(standing)

        self._events.put(standing.resting_until, end)

    # -- asking

    def _report(self, one: Incident) -> None:
        self._on_report(1)
        task = Task(one, HANDLE, self._events.now)
        self._tasks.append(task)
        if one.apart:
            task.state, task.reason = "apart", one.apart
        else:
            self._first(task)

    def _first(self, task: Task) -> None:
        self._carry_out(task, self._policy.first(task, self.crew, self._events.now))

    def _carry_out(self, task: Task, choice: Choice) -> None:
        if choice.among:
            self._ask_several(task, choice)
            return
        if choice.worker_id is not None:
            self._offer(task, self._standing[choice.worker_id], choice.reason)
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

    def _offer(self, task: Task, standing: Standing, reason: str) -> None:
        self._begin_round(task, "offered", reason)
        task.worker_id = standing.person.worker.id
        standing.person.held += 1
        self._ask(task, standing, yes=self._yes, no=self._no)

    def _ask_several(self, task: Task, choice: Choice) -> None:
        """It is nobody's load until somebody accepts."""
        self._begin_round(task, "open", choice.reason)
        task.worker_id, task.was_asked_of_several = None, True
        task.among = set(choice.among)
        for worker_id in choice.among:
            self._ask(task, self._standing[worker_id], yes=self._yes_first, no=self._no_among)

    def _begin_round(self, task: Task, state: str, reason: str) -> None:
        now = self._events.now
        self._waiting.pop(task, None)
        task.state, task.reason, task.waiting_since = state, reason, None
        task.rounds += 1
        task.offer += 1
        task.offered_at = now if task.offered_at is None else task.offered_at
        task.expires_at = self._expires(task)

    def _ask(
        self, task: Task, standing: Standing, *, yes: Callable[..., None], no: Callable[..., None]
    ) -> None:
        now, number, expires = self._events.now, task.offer, task.expires_at
        self._offers += 1
        standing.offers.append(task)
        after, is_accepted = self._chance.answer(task.incident.id, task.role, standing.person.worker.id)
        answers = None if after is None else max(now, standing.resting_until or 0) + after
        if answers is None or answers >= expires:
            self._events.put(expires, partial(no, standing, task, number, "offer_expired"))
        elif is_accepted:
            self._events.put(answers, partial(yes, standing, task, number))
        else:
            self._events.put(answers, partial(no, standing, task, number, "declined"))

    def _expires(self, task: Task) -> int:
        limit = self._setting.settings.offer_times[task.incident.priority]
        now = self._setting.moment(self._events.now)
        ends = clocks.due_at(now, limit, self._setting.calendar)
        return max(self._events.now + 1, round((ends - self._setting.start).total_seconds()))

    def _yes(self, standing: Standing, task: Task, number: int) -> None:
        if task.state != "offered" or task.offer != number:
            return
        standing.offers.remove(task)
        self._take(standing, task)

    def _take(self, standing: Standing, task: Task) -> None:
        task.state, task.accepted_at = "accepted", self._events.now
        standing.taken += 1
        standing.todo.append(task)
        self._next(standing)

    def _no(self, standing: Standing, task: Task, number: int, why: str) -> None:
        if task.state != "offered" or task.offer != number:
            return
        self._take_back(standing, task)
        task.asked[standing.person.worker.id] = why
        self._first(task)

    def _yes_first(self, standing: Standing, task: Task, number: int) -> None:
        """The first of several has it, if she has room by now; the others are asked no more."""
        if not self._is_among(standing, task, number):
            return
        if standing.person.held >= standing.person.worker.capacity:
            expires = max(self._events.now + 1, task.expires_at)
            self._events.put(expires, partial(self._no_among, standing, task, number, "offer_expired"))
            return
        for worker_id in task.among:
            self._standing[worker_id].offers.remove(task)
        task.among.clear()
        task.worker_id = standing.person.worker.id
        standing.person.held += 1
        self._take(standing, task)

    def _no_among(self, standing: Standing, task: Task, number: int, why: str) -> None:
        if self._is_among(standing, task, number):
            task.asked[standing.person.worker.id] = why
            self._drop(standing, task)

    def _is_among(self, standing: Standing, task: Task, number: int) -> bool:
        return task.state == "open" and task.offer == number and standing.person.worker.id in task.among

    def _drop(self, standing: Standing, task: Task) -> None:
        """One of several is asked no more; with the last of them it goes on."""
        standing.offers.remove(task)
        task.among.discard(standing.person.worker.id)
        if not task.among:
            task.state = "new"
            self._first(task)

    def _take_back(self, standing: Standing, task: Task) -> None:
        standing.offers.remove(task)
        standing.person.held -= 1
        task.state, task.worker_id = "new", None
        self._freed()

    # -- what waits

    def _freed(self) -> None:
        """Somebody can take more than before: what waits is looked at again."""
        if self._waiting:
            self._tick_at(self._events.now)

    def _tick_at(self, second: int) -> None:
        """The first look after this second. Nothing changes for what waits in looks between."""
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
            self._carry_out(task, choice)

    # -- doing

    def _next(self, standing: Standing) -> None:
        """What a worker does when she has nothing in hand: rest if it is time, else the most pressing."""
        person, now = standing.person, self._events.now
        if standing.doing is not None or standing.resting_until is not None or person.on_duty_since is None:
            return
        if standing.rests:
            self._rest(standing, standing.rests.pop(0))
            return
        if not standing.todo:
            return
        task = min(standing.todo, key=lambda t: t.urgency)
        standing.todo.remove(task)
        standing.doing, task.state = task, "working"
        there = (task.incident.lon, task.incident.lat)
        hour = self._setting.moment(now).astimezone(self._setting.calendar.zone).hour
        way = self._setting.travel.matrix(
            [person.place, there], mode=self._setting.behaviour.travels_by, hours=(hour,)
        )
        arrives = now + way.seconds[0][1]
        person.leg = Leg(person.place, there, now, arrives)
        standing.metres += way.metres[0][1]
        self._span(standing, "travel", now, arrives, task)
        self._events.put(arrives, partial(self._arrive, standing, task))

    def _arrive(self, standing: Standing, task: Task) -> None:
        now, one = self._events.now, task.incident
        standing.person.place, standing.person.leg = (one.lon, one.lat), None
        task.arrived_at = now
        ends = now + self._chance.seconds_at(one.id, task.role, one.priority)
        self._span(standing, "work", now, ends, task)
        self._events.put(ends, partial(self._finish, standing, task))

    def _finish(self, standing: Standing, task: Task) -> None:
        now = self._events.now
        task.state, task.done_at = "done", now
        standing.doing = None
        standing.person.held -= 1
        if task.role == HANDLE and self._setting.behaviour.has_checks:
            check = Task(task.incident, CHECK, now, asked={standing.person.worker.id: "handled_it"})
            self._tasks.append(check)
            self._first(check)
        self._freed()
        self._next(standing)

    def _span(self, standing: Standing, kind: str, since: int, until: int, task: Task | None = None) -> None:
        standing.busy_s += until - since if kind != "rest" else 0
        self._spans.append(
            Span(
                standing.person.worker.id,
                kind,
                since,
                until,
                task.incident.id if task else None,
                task.role if task else None,
            )
        )
