"""Assumptions about the behaviour of workers: answers, durations, breaks, drawn at random.

Each draw has its own random generator, seeded by the seed of the day and the name of the draw. A worker therefore gives
the same answer to an offer of the same case under every policy, and policies can be compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from random import Random
from uuid import UUID

from app.core.travel import Mode
from app.profiles.rules.planning import DEFAULTS, Planning, Rest

# Seconds between two fixes of a phone.
FIX_S = 60


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker of the simulated day.

    Attributes:
        homes: Path and role of each area of responsibility.
        start: Position at the start of the duty: (lon, lat) in degrees.
        spans: Times on duty, in seconds from the start of the day.
    """

    id: UUID
    name: str
    capacity: int
    skills: frozenset[str]
    homes: Sequence[tuple[str, str]]
    start: tuple[float, float]
    spans: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Assumptions about the behaviour of workers. Durations are log-normal.

    Attributes:
        decline: Share of offers that are declined.
        silent: Share of offers that get no answer.
        answer_s: Median time to an answer in seconds.
        answer_sigma, handling_sigma: Sigma of the log-normal distribution.
        handling: Median time of handling in minutes, by priority.
        check_minutes: Median time of a check in minutes.
        unlocated: Share of workers whose phones send no positions.
    """

    decline: float = 0.05
    silent: float = 0.05
    answer_s: float = 60
    answer_sigma: float = 0.8
    handling: Mapping[int, float] = field(default_factory=lambda: {1: 40.0, 2: 30.0, 3: 20.0})
    check_minutes: float = 10
    handling_sigma: float = 0.5
    unlocated: float = 0.1
    planning: Planning = DEFAULTS
    mode: Mode | None = None
    has_checks: bool = True

    @property
    def travels_by(self) -> Mode:
        return self.mode or self.planning.mode


class Chance:
    """The random draws of a simulated day with one seed."""

    def __init__(self, seed: int, behaviour: Behaviour) -> None:
        self.seed = seed
        self._behaviour = behaviour

    def of(self, *key: object) -> Random:
        return Random(":".join(map(str, (self.seed, *key))))

    def answer(self, incident: UUID, role: str, worker: UUID) -> tuple[int | None, bool]:
        """Return (seconds until the worker answers an offer, True if they accept).

        The seconds are None if the worker never answers.
        """
        random, behaviour = self.of("answer", incident, role, worker), self._behaviour
        drawn = random.random()
        if drawn < behaviour.silent:
            return None, False
        delay_s = max(1, round(random.lognormvariate(log(behaviour.answer_s), behaviour.answer_sigma)))
        return delay_s, drawn >= behaviour.silent + behaviour.decline

    def seconds_at(self, incident: UUID, role: str, priority: int) -> int:
        """Return for how many seconds a worker works on a task at the place of the incident."""
        behaviour = self._behaviour
        minutes = behaviour.check_minutes if role == "check" else behaviour.handling[priority]
        seconds = self.of("takes", incident, role).lognormvariate(log(60 * minutes), behaviour.handling_sigma)
        return max(60, round(seconds))

    def is_unlocated(self, worker: UUID) -> bool:
        return self.of("phone", worker).random() < self._behaviour.unlocated

    def rest_begins(self, worker: UUID, day: int, rest: Rest) -> int:
        """Return the minute after midnight at which the worker may begin a break."""
        return self.of("rest", worker, day, rest.since).randint(rest.since, rest.until - rest.minutes)
