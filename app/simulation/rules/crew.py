"""The workers of a simulated day as dispatch sees them: on duty, how much they have, where their phones say they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.core.sphere import metres_between
from app.core.travel import Place
from app.dispatch.rules.batch_input import PoolWorker
from app.dispatch.rules.ranking import RELATION_ORDER, RING_LIMIT, Candidate, Demand
from app.simulation.rules.people import FIX_S, Worker


@dataclass(frozen=True, slots=True)
class Leg:
    """A way that somebody is on: degrees and seconds from the start."""

    origin: Place
    to: Place
    since: int
    until: int

    def at(self, second: int) -> Place:
        """Where on the straight line she is."""
        share = min(max((second - self.since) / max(self.until - self.since, 1), 0.0), 1.0)
        return (
            self.origin[0] + share * (self.to[0] - self.origin[0]),
            self.origin[1] + share * (self.to[1] - self.origin[1]),
        )


@dataclass(slots=True)
class Person:
    """A worker as she is now. `held`: offers to her and accepted work that is not done, as dispatch counts load."""

    worker: Worker
    place: Place = field(init=False)
    is_located: bool = True
    on_duty_since: int | None = None
    leg: Leg | None = None
    held: int = 0

    def __post_init__(self) -> None:
        self.place = self.worker.start

    def fix(self, now: int) -> tuple[Place, int] | None:
        """The newest fix of her phone and its age in seconds; None if there is none."""
        if not self.is_located or self.on_duty_since is None:
            return None
        age = (now - self.on_duty_since) % FIX_S
        return (self.leg.at(now - age) if self.leg else self.place), age


class Crew:
    """All workers, and who looks after what."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.people: Mapping[UUID, Person] = {
            p.worker.id: p for p in sorted(people, key=lambda p: p.worker.id)
        }
        self._under: dict[str, dict[UUID, list[tuple[str, str]]]] = defaultdict(dict)
        for worker_id, person in self.people.items():
            for path, role in person.worker.homes:
                labels = path.split(".")
                for n in range(len(labels)):
                    here = self._under[".".join(labels[: n + 1])]
                    here.setdefault(worker_id, []).append((path, role))

    def has_room(self, capacity: int | None = None) -> bool:
        """Whether anybody on duty could take one more, by her own capacity or this one for all."""
        return any(
            p.on_duty_since is not None and p.held < (capacity or p.worker.capacity)
            for p in self.people.values()
        )

    def in_ring(self, demand: Demand, grid: str | None, ring: str, path: str, now: int) -> list[Candidate]:
        """Who looks after grids under `path`, as the statement of placing finds them: the grid's own first, then who may
        be asked, then the nearest; at most RING_LIMIT."""
        found = []
        for worker_id, homes in self._under.get(path, {}).items():
            own = [role for home, role in homes if home == grid]
            relation = min(own or [role for _, role in homes], key=RELATION_ORDER.__getitem__)
            candidate = self._candidate(
                self.people[worker_id], demand, "grid" if own else ring, relation, now
            )
            found.append((_order(demand, candidate, self.people[worker_id], now), candidate))
        return [candidate for _, candidate in sorted(found, key=lambda f: f[0])[:RING_LIMIT]]

    def everyone(self, demand: Demand, ring: str, now: int) -> list[Candidate]:
        """All workers, wherever they belong, with room for one piece of work only."""
        return [self._candidate(p, demand, ring, "worker", now, capacity=1) for p in self.people.values()]

    def pool(self, path: str, now: int) -> list[PoolWorker]:
        """Who looks after grids under `path`, as a batch takes them in."""
        return [
            _pooled(self.people[worker_id], homes, now)
            for worker_id, homes in self._under.get(path, {}).items()
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


def _order(demand: Demand, candidate: Candidate, person: Person, now: int) -> tuple[bool, bool, float, str]:
    may_be_asked = (
        candidate.open_work < candidate.capacity
        and demand.skills <= candidate.skills
        and candidate.worker_id not in demand.excluded
        and candidate.is_on_duty
    )
    fix = person.fix(now)
    # By degrees, as the index of PostGIS orders them.
    apart = ((fix[0][0] - demand.lon) ** 2 + (fix[0][1] - demand.lat) ** 2) ** 0.5 if fix else float("inf")
    return candidate.ring != "grid", not may_be_asked, apart, str(candidate.worker_id)


def _pooled(person: Person, homes: Sequence[tuple[str, str]], now: int) -> PoolWorker:
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
