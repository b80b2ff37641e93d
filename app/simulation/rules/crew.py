"""The workers of a simulated day, from whom a policy chooses one for a task."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from uuid import UUID

from app.core.geodesic import metres_between
from app.core.travel import Place
from app.dispatch.rules.batch_input import PoolWorker
from app.dispatch.rules.ranking import RELATION_ORDER, RING_LIMIT, Candidate, Demand
from app.simulation.rules.people import FIX_S, Worker


@dataclass(frozen=True, slots=True)
class Leg:
    """A trip of a worker from one place to another, in a straight line.

    Attributes:
        origin, to: Places (lon, lat) in degrees.
        since, until: Start and arrival, in seconds from the start of the day.
    """

    origin: Place
    to: Place
    since: int
    until: int

    def at(self, second: int) -> Place:
        """Return the place of the travelling worker at a second of the day."""
        share = min(max((second - self.since) / max(self.until - self.since, 1), 0.0), 1.0)
        return (
            self.origin[0] + share * (self.to[0] - self.origin[0]),
            self.origin[1] + share * (self.to[1] - self.origin[1]),
        )


@dataclass(slots=True)
class Person:
    """A worker with the state that changes during the simulated day.

    Attributes:
        is_located: False for a worker whose phone sends no positions.
        leg: The present trip, or None.
        held: Number of offers and of accepted, unfinished tasks. Offers to several workers at once are not counted.
    """

    worker: Worker
    place: Place = field(init=False)
    is_located: bool = True
    on_duty_since: int | None = None
    leg: Leg | None = None
    held: int = 0

    def __post_init__(self) -> None:
        self.place = self.worker.start

    def fix(self, now: int) -> tuple[Place, int] | None:
        """Return the last position that the worker's phone sent, and its age in seconds.

        Return None for a worker who is off duty or has no position.
        """
        if not self.is_located or self.on_duty_since is None:
            return None
        age = (now - self.on_duty_since) % FIX_S
        return (self.leg.at(now - age) if self.leg else self.place), age


class Crew:
    """All workers of a simulated day, indexed by the areas for which they are responsible."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.people: Mapping[UUID, Person] = {
            p.worker.id: p for p in sorted(people, key=lambda p: p.worker.id)
        }
        self._homes_under: dict[str, dict[UUID, list[tuple[str, str]]]] = defaultdict(dict)
        for worker_id, person in self.people.items():
            for path, role in person.worker.homes:
                labels = path.split(".")
                for n in range(len(labels)):
                    homes_under_path = self._homes_under[".".join(labels[: n + 1])]
                    homes_under_path.setdefault(worker_id, []).append((path, role))

    def has_room(self, capacity: int | None = None) -> bool:
        """Return True if at least one worker on duty has fewer tasks than their capacity.

        Args:
            capacity: Capacity used for every worker in place of their own.
        """
        return any(
            p.on_duty_since is not None and p.held < (capacity or p.worker.capacity)
            for p in self.people.values()
        )

    def in_ring(self, demand: Demand, grid: str | None, ring: str, path: str, now: int) -> list[Candidate]:
        """Return at most RING_LIMIT workers responsible for grids in the area at `path`.

        The order is the same as in the SQL of the server: workers of the grid come first, then workers who may get the offer,
        then the nearest.

        Args:
            demand: The task that needs a worker.
            grid: Path of the grid of the task.
            ring: Level of the area at `path`.
        """
        ordered = []
        for worker_id, homes in self._homes_under.get(path, {}).items():
            own_roles = [role for home, role in homes if home == grid]
            relation = min(own_roles or [role for _, role in homes], key=RELATION_ORDER.__getitem__)
            candidate = self._candidate(
                self.people[worker_id], demand, "grid" if own_roles else ring, relation, now
            )
            ordered.append((_order(demand, candidate), candidate))
        return [candidate for _, candidate in sorted(ordered, key=lambda f: f[0])[:RING_LIMIT]]

    def everyone(self, demand: Demand, ring: str, now: int) -> list[Candidate]:
        """Return all workers as candidates for a task, each with the capacity 1.

        With this capacity only idle workers get an offer.
        """
        return [self._candidate(p, demand, ring, "worker", now, capacity=1) for p in self.people.values()]

    def pool(self, path: str, now: int) -> list[PoolWorker]:
        """Return the workers responsible for grids in the area at `path`, for a joint decision.

        The decision assigns all waiting tasks of the area to workers at once.
        """
        return [
            _pool_worker(self.people[worker_id], homes, now)
            for worker_id, homes in self._homes_under.get(path, {}).items()
        ]

    def _candidate(
        self, person: Person, demand: Demand, ring: str, relation: str, now: int, capacity: int | None = None
    ) -> Candidate:
        fix = person.fix(now)
        return Candidate(
            worker_id=person.worker.id,
            name=person.worker.name,
            ring=ring,
            relation=relation,
            is_on_duty=person.on_duty_since is not None,
            open_work=person.held,
            capacity=person.worker.capacity if capacity is None else capacity,
            skills=person.worker.skills,
            distance_m=round(metres_between(*fix[0], demand.lon, demand.lat), 1) if fix else None,
            position_age_s=float(fix[1]) if fix else None,
        )


def _order(demand: Demand, candidate: Candidate) -> tuple[bool, bool, float, str]:
    is_askable = (
        candidate.open_work < candidate.capacity
        and demand.skills <= candidate.skills
        and candidate.worker_id not in demand.excluded
        and candidate.is_on_duty
    )
    distance_m = inf if candidate.distance_m is None else candidate.distance_m
    return candidate.ring != "grid", not is_askable, distance_m, str(candidate.worker_id)


def _pool_worker(person: Person, homes: Sequence[tuple[str, str]], now: int) -> PoolWorker:
    fix = person.fix(now)
    kept_out = None
    if person.on_duty_since is None:
        kept_out = "off_duty"
    elif person.held >= person.worker.capacity:
        kept_out = "full"
    return PoolWorker(
        id=person.worker.id,
        open_work=person.held,
        capacity=person.worker.capacity,
        skills=person.worker.skills,
        kept_out=kept_out,
        homes=sorted(homes),
        lon=fix[0][0] if fix else None,
        lat=fix[0][1] if fix else None,
        age_s=float(fix[1]) if fix else None,
    )
