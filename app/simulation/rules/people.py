"""Assumptions about people: answers, durations and breaks. Random draws are seeded by name.

Each draw has a Random of its own, made of the seed and of what is drawn, never of the order of draws. So the same
worker answers the same offer of the same case alike whatever the policy, and policies are compared on one day.
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
    """A worker with responsibilities. `homes`: path and role of each; `start`: degrees at the start of duty.

    `spans`: times on duty, in seconds from the start of the day.
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
    """The behaviour of workers.

    `decline`, `silent`: shares of offers that are declined and never answered. `answer_s`: median of the seconds to an
    answer. `handling`: median of the minutes by priority, `check_minutes` for a check. Times are log-normal with the
    given sigmas. `unlocated`: share of workers whose phones send no positions.
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
    """Draws of one seed."""

    def __init__(self, seed: int, behaviour: Behaviour) -> None:
        self.seed = seed
        self._behaviour = behaviour

    def of(self, *key: object) -> Random:
        return Random(":".join(map(str, (self.seed, *key))))

    def answer(self, incident: UUID, role: str, worker: UUID) -> tuple[int | None, bool]:
        """Return after how many seconds the worker answers (None: never), and whether they accept."""
        random, behaviour = self.of("answer", incident, role, worker), self._behaviour
        drawn = random.random()
        if drawn < behaviour.silent:
            return None, False
        delay_s = max(1, round(random.lognormvariate(log(behaviour.answer_s), behaviour.answer_sigma)))
        return delay_s, drawn >= behaviour.silent + behaviour.decline

    def seconds_at(self, incident: UUID, role: str, priority: int) -> int:
        """Return the duration of the work on site in seconds."""
        behaviour = self._behaviour
        minutes = behaviour.check_minutes if role == "check" else behaviour.handling[priority]
        seconds = self.of("takes", incident, role).lognormvariate(log(60 * minutes), behaviour.handling_sigma)
        return max(60, round(seconds))

    def is_unlocated(self, worker: UUID) -> bool:
        return self.of("phone", worker).random() < self._behaviour.unlocated

    def rest_begins(self, worker: UUID, day: int, rest: Rest) -> int:
        """Return the minute after midnight at which the worker would begin a break."""
        return self.of("rest", worker, day, rest.since).randint(rest.since, rest.until - rest.minutes)
