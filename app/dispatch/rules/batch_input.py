"""Construction of the input for deciding about all waiting cases of a district together.

The input of such a decision (a batch) is made of the waiting demands and the workers. A demand is the work of one role
on a case.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.core.geodesic import geocentric, metres_between_each
from app.dispatch.rules import batch
from app.dispatch.rules.batch import RELATIONS, UNKNOWN, BatchInput
from app.dispatch.rules.fairness import TOO_LITTLE_REST, TOO_LONG
from app.dispatch.rules.flow import Ints
from app.dispatch.rules.ranking import Demand
from app.profiles.rules.profile import ModeSettings

NEAREST = 20
# Number of demands compared with all workers at once: a few megabytes of memory.
_CHUNK_SIZE = 256
_MAX_OTHERS = 10


@dataclass(frozen=True, slots=True)
class WaitingDemand:
    """The work of one role on a case (a demand) that waits for a worker.

    Attributes:
        chain: Path of the area of the case at each level.
        is_late: The deadline of the case has passed.
        rounds: Number of times that the demand was offered.
    """

    demand: Demand
    chain: Mapping[str, str]
    is_late: bool = False
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class PoolWorker:
    """A worker who is responsible for areas of the district.

    Attributes:
        kept_out: Code of the rule why the worker can get no work at all now, or None. Examples: off_duty, unavailable, full.
        homes: Path and role of each area of responsibility.
        lon, lat: Position in WGS 84 degrees; None without a fresh position.
        age_s: Age of the position in seconds; None without a fresh position.
        surplus: Share by which the worker's assignments of the week exceed the mean of the street. None: it is not used.
    """

    id: UUID
    open_work: int
    capacity: int
    skills: frozenset[str]
    kept_out: str | None
    homes: Sequence[tuple[str, str]]
    lon: float | None = None
    lat: float | None = None
    age_s: float | None = None
    surplus: float | None = None


@dataclass(slots=True)
class _Pool:
    """The workers of a district as arrays, sorted by id, to find candidates of demands fast.

    A worker's number is the position in this order.

    Attributes:
        free: Boolean mask of the workers who can get work now (on duty, free capacity...).
        located: Numbers of the free workers with a fresh position; `points` are their positions in metres from
            the centre of the earth.
        unlocated_by_area: Numbers of the free workers without a fresh position, by the path of each area that contains one of
            the worker's areas.
        by_home_area: Numbers of all workers, by the path of each area for which the worker is responsible.
    """

    workers: list[PoolWorker]
    index: dict[UUID, int] = field(init=False)
    free: NDArray[np.bool_] = field(init=False)
    located: Ints = field(init=False)
    points: NDArray[np.float64] = field(init=False)
    unlocated_by_area: dict[str, list[int]] = field(init=False)
    by_home_area: dict[str, list[int]] = field(init=False)
    skill_masks: dict[frozenset[str], NDArray[np.bool_]] = field(default_factory=dict)
    exclusion_counts_by_skills: dict[frozenset[str], Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.workers = sorted(self.workers, key=lambda w: str(w.id))
        self.index = {w.id: i for i, w in enumerate(self.workers)}
        self.free = np.array([w.kept_out is None for w in self.workers], dtype=bool)
        self.located = np.array(
            [i for i, w in enumerate(self.workers) if w.kept_out is None and w.lon is not None],
            dtype=np.int64,
        )
        points = [(self.workers[i].lon, self.workers[i].lat) for i in self.located]
        self.points = geocentric(np.array(points, dtype=np.float64).reshape(-1, 2))
        self.unlocated_by_area, self.by_home_area = defaultdict(list), defaultdict(list)
        for i, worker in enumerate(self.workers):
            for path in {path for path, _ in worker.homes}:
                self.by_home_area[path].append(i)
            if worker.kept_out is None and worker.lon is None:
                for above in {above for path, _ in worker.homes for above in _ancestor_paths(path)}:
                    self.unlocated_by_area[above].append(i)

    def skill_mask(self, skills: frozenset[str]) -> NDArray[np.bool_]:
        """Return a Boolean mask of the workers who have all these skills."""
        if skills not in self.skill_masks:
            self.skill_masks[skills] = np.array([skills <= w.skills for w in self.workers], dtype=bool)
        return self.skill_masks[skills]

    def exclusion_of(self, i: int, demand: Demand) -> str | None:
        """Return the first rule that excludes a worker from the work on a case, or None.

        The rules are checked in the same order as in a decision about one case alone.
        """
        worker = self.workers[i]
        if worker.id in demand.excluded:
            return demand.excluded[worker.id]
        if worker.kept_out in ("off_duty", "unavailable", TOO_LONG, TOO_LITTLE_REST):
            return worker.kept_out
        if not demand.skills <= worker.skills:
            return "lacks_skill"
        return worker.kept_out

    def count_exclusions(self, demand: Demand) -> Counter[str]:
        """Return how many workers each rule excludes from the work on a case.

        The key is the code of the rule; "" for the workers who are not excluded. A worker is counted once.
        """
        if demand.skills not in self.exclusion_counts_by_skills:
            demand_without_exclusions = Demand(demand.incident_id, demand.role, 0, 0, demand.skills)
            self.exclusion_counts_by_skills[demand.skills] = Counter(
                self.exclusion_of(i, demand_without_exclusions) or "" for i in range(len(self.workers))
            )
        counts = self.exclusion_counts_by_skills[demand.skills].copy()
        demand_without_exclusions = Demand(demand.incident_id, demand.role, 0, 0, demand.skills)
        for worker_id, reason in demand.excluded.items():
            if (i := self.index.get(worker_id)) is not None:
                counts[self.exclusion_of(i, demand_without_exclusions) or ""] -= 1
                counts[reason] += 1
        return counts


def _ancestor_paths(path: str) -> list[str]:
    """Return the path of an area and the paths of all areas that contain it, the top area first."""
    labels = path.split(".")
    return [".".join(labels[: n + 1]) for n in range(len(labels))]


def build_batch_input(
    waiting: Sequence[WaitingDemand],
    workers: Sequence[PoolWorker],
    settings: ModeSettings,
    *,
    nearest: int = NEAREST,
) -> BatchInput:
    """Return the input for a joint decision about waiting demands and their possible workers.

    A demand is the work of one role on a case. Three groups of eligible workers are candidates of a demand: the nearest
    workers with a fresh position; all workers of its grid; and workers without a fresh position in the grid and the
    community. If fewer than `nearest` workers have a fresh position, workers without one in larger areas are added.

    Args:
        nearest: Number of workers with a fresh position for each demand.
    """
    waiting = sorted(waiting, key=lambda w: (str(w.demand.incident_id), w.demand.role))
    pool = _Pool(list(workers))
    reasons, left_out = [], []
    for waiting_demand in waiting:
        counted = pool.count_exclusions(waiting_demand.demand)
        reasons.append(_unplaceable_reason(waiting_demand, counted, settings))
        left_out.append({reason: n for reason, n in sorted(counted.items()) if reason and n > 0})
    open_demands = [d for d, reason in enumerate(reasons) if not reason]
    pairs = _pairs(waiting, open_demands, pool, nearest)
    ring, relation = _rings(pairs, waiting, pool, settings.rings)
    is_in_reach = ring < len(settings.rings)
    pairs, ring, relation = pairs[is_in_reach], ring[is_in_reach], relation[is_in_reach]
    demands_in_reach = set(pairs[:, 0].tolist())
    for d in open_demands:
        if d not in demands_in_reach:  # the eligible workers are outside the widest ring
            reasons[d] = batch.ALL_EXCLUDED
    metres, age = _distances(pairs, waiting, pool)
    return BatchInput(
        rings=tuple(settings.rings),
        demands={
            "id": [str(w.demand.incident_id) for w in waiting],
            "role": [w.demand.role for w in waiting],
            "priority": [w.demand.priority for w in waiting],
            "is_late": [int(w.is_late) for w in waiting],
            "reason": reasons,
            "left_out": left_out,
            "others": [_others(w, pool, settings.rings) for w in waiting],
        },
        workers={
            "id": [str(w.id) for w in pool.workers],
            "open_work": [w.open_work for w in pool.workers],
            "capacity": [w.capacity for w in pool.workers],
            **_surplus_column(pool.workers),
        },
        pairs={
            "demand": pairs[:, 0].tolist(),
            "worker": pairs[:, 1].tolist(),
            "ring": ring.tolist(),
            "relation": relation.tolist(),
            "metres": metres.tolist(),
            "age": age.tolist(),
        },
    )


def _surplus_column(workers: Sequence[PoolWorker]) -> dict[str, list[float]]:
    """Return {"surplus": how far each worker's week is above the mean of the street}, or {}."""
    if all(w.surplus is None for w in workers):
        return {}
    return {"surplus": [w.surplus or 0.0 for w in workers]}


def _unplaceable_reason(waiting_demand: WaitingDemand, counts: Counter[str], settings: ModeSettings) -> str:
    """Return the code of the reason why no worker can get a demand, or "" if one can."""
    if waiting_demand.rounds >= settings.max_rounds:
        return batch.ASKED_ENOUGH
    if counts[""] > 0:
        return ""
    if counts["full"] > 0:
        return batch.EVERYONE_FULL
    if counts["lacks_skill"] > 0:
        return batch.NOBODY_SKILLED
    if any(n > 0 for reason, n in counts.items() if reason not in ("", "off_duty")):
        return batch.ALL_EXCLUDED
    return batch.NOBODY_ON_DUTY


def _pairs(waiting: Sequence[WaitingDemand], open_demands: list[int], pool: _Pool, nearest: int) -> Ints:
    """Return each waiting demand with each of its candidates, as a sorted array (n, 2)."""
    blocks: list[Ints] = []
    for start in range(0, len(open_demands), _CHUNK_SIZE):
        chunk = open_demands[start : start + _CHUNK_SIZE]
        blocks.append(_nearest_located(waiting, chunk, pool, nearest))
    located = Counter(np.concatenate(blocks)[:, 0].tolist()) if blocks else Counter()
    unlocated_by_key: dict[tuple[str, frozenset[str], frozenset[UUID]], list[int]] = {}
    unlocated_pairs: list[tuple[int, int]] = []
    for d in open_demands:
        waiting_demand = waiting[d]
        missing = max(nearest - located[d], 0)
        key = (
            waiting_demand.chain.get("grid", ""),
            waiting_demand.demand.skills,
            frozenset(waiting_demand.demand.excluded),
        )
        if missing or key not in unlocated_by_key:
            unlocated = _unlocated(waiting_demand, pool, nearest, missing)
            if not missing:
                unlocated_by_key[key] = unlocated
        else:
            unlocated = unlocated_by_key[key]
        own_grid = [
            i
            for i in pool.by_home_area.get(waiting_demand.chain.get("grid", ""), ())
            if pool.exclusion_of(i, waiting_demand.demand) is None
        ]
        unlocated_pairs += [(d, i) for i in {*unlocated, *own_grid}]
    all_pairs = [*blocks, np.array(unlocated_pairs, dtype=np.int64).reshape(-1, 2)]
    return np.unique(np.concatenate(all_pairs), axis=0)


def _nearest_located(waiting: Sequence[WaitingDemand], chunk: list[int], pool: _Pool, nearest: int) -> Ints:
    """Return each demand with its nearest eligible workers, as an array (n, 2) of numbers.

    Only workers with a fresh position are included.
    """
    if not len(pool.located):
        return np.zeros((0, 2), dtype=np.int64)
    demand_points = geocentric(np.array([(waiting[d].demand.lon, waiting[d].demand.lat) for d in chunk]))
    # Squared chords from differences: exact for near points, and independent of the order in which a library adds.
    squared_chords = np.zeros((len(chunk), len(pool.located)))
    for axis in range(3):
        squared_chords += (demand_points[:, axis, None] - pool.points[None, :, axis]) ** 2
    for row, d in enumerate(chunk):
        demand = waiting[d].demand
        if demand.skills:
            squared_chords[row, ~pool.skill_mask(demand.skills)[pool.located]] = np.inf
        for worker_id in demand.excluded:
            if (i := pool.index.get(worker_id)) is not None:
                squared_chords[row, pool.located == i] = np.inf
    k = min(nearest, len(pool.located))
    columns = np.argpartition(squared_chords, k - 1, axis=1)[:, :k]
    rows = np.repeat(np.arange(len(chunk)), k)
    is_eligible = np.isfinite(squared_chords[rows, columns.ravel()])
    demands = np.array(chunk, dtype=np.int64)[rows]
    return np.stack([demands, pool.located[columns.ravel()]], axis=1)[is_eligible]


def _unlocated(waiting_demand: WaitingDemand, pool: _Pool, nearest: int, missing: int) -> list[int]:
    """Return eligible workers without a fresh position for a demand, as their numbers.

    At most `nearest` are of the two smallest areas around the case. Larger areas are added only up to `missing` in total.
    """
    eligible: list[int] = []
    for n, level in enumerate(_levels_outwards(waiting_demand.chain)):
        limit = nearest if n < 2 else missing
        for i in pool.unlocated_by_area.get(waiting_demand.chain[level], ()):
            if len(eligible) >= limit:
                break
            if i not in eligible and pool.exclusion_of(i, waiting_demand.demand) is None:
                eligible.append(i)
    return eligible


def _levels_outwards(chain: Mapping[str, str]) -> list[str]:
    """Return the levels of the areas around a case (grid, community...), the smallest first."""
    return sorted(chain, key=lambda level: -chain[level].count("."))


def _rings(
    pairs: Ints, waiting: Sequence[WaitingDemand], pool: _Pool, rings: Sequence[str]
) -> tuple[Ints, Ints]:
    """Return (ring, relation) of each pair of a demand and a worker, as two arrays of numbers.

    The ring is the smallest area around the case in which the worker is responsible for an area: a position in `rings`, or
    `len(rings)` if there is none. The relation is the worker's role in the grid of the case (worker, substitute, chief); for
    workers outside this grid it is `worker`.
    """
    numbers: dict[str, int] = {}
    prefixes = [[_ancestor_paths(path) for path, _ in w.homes] for w in pool.workers]
    depth = 1 + max((len(path) for homes in prefixes for path in homes), default=0)
    depth = max(depth, 1 + max((p.count(".") + 1 for w in waiting for p in w.chain.values()), default=0))
    homes = np.array([len(h) for h in prefixes], dtype=np.int64)
    first = np.cumsum(homes) - homes
    ancestors = np.full((int(homes.sum()), depth), -1, dtype=np.int64)
    role = np.zeros(int(homes.sum()), dtype=np.int64)
    for i, worker in enumerate(pool.workers):
        for h, (path, (_, relation)) in enumerate(zip(prefixes[i], worker.homes, strict=True), int(first[i])):
            ancestors[h, : len(path)] = [numbers.setdefault(p, len(numbers)) for p in path]
            role[h] = RELATIONS.index(relation)
    ring_area = np.full((len(waiting), len(rings)), -2, dtype=np.int64)
    level = np.zeros((len(waiting), len(rings)), dtype=np.int64)
    for d, waiting_demand in enumerate(waiting):
        for r, ring in enumerate(rings):
            if area := waiting_demand.chain.get(ring):
                ring_area[d, r] = numbers.get(area, -2)
                level[d, r] = area.count(".")
    rows = np.repeat(np.arange(len(pairs)), homes[pairs[:, 1]])
    nth = np.arange(len(rows)) - np.repeat(
        np.cumsum(homes[pairs[:, 1]]) - homes[pairs[:, 1]], homes[pairs[:, 1]]
    )
    home = first[pairs[rows, 1]] + nth
    ring_of = np.full(len(rows), len(rings), dtype=np.int64)
    for r in reversed(range(len(rings))):
        inside = ancestors[home, level[pairs[rows, 0], r]] == ring_area[pairs[rows, 0], r]
        ring_of[inside] = r
    is_grid = np.array([ring == "grid" for ring in [*rings, ""]], dtype=bool)[ring_of]
    key = ring_of * len(RELATIONS) + np.where(is_grid, role[home], 0)
    best = np.full(len(pairs), (len(rings) + 1) * len(RELATIONS), dtype=np.int64)
    np.minimum.at(best, rows, key)
    return best // len(RELATIONS), best % len(RELATIONS)


def _distances(
    pairs: Ints, waiting: Sequence[WaitingDemand], pool: _Pool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (distance in metres, age of position in seconds): arrays with one item per pair.

    Values have one decimal; -1 if the position is unknown.
    """
    demand_points = np.array([(w.demand.lon, w.demand.lat) for w in waiting], dtype=np.float64).reshape(-1, 2)
    worker_points = np.array(
        [(np.nan if w.lon is None else w.lon, np.nan if w.lat is None else w.lat) for w in pool.workers],
        dtype=np.float64,
    ).reshape(-1, 2)
    ages = np.array([UNKNOWN if w.lon is None else w.age_s for w in pool.workers], dtype=np.float64)
    metres = metres_between_each(worker_points[pairs[:, 1]], demand_points[pairs[:, 0]])
    return np.where(np.isnan(metres), UNKNOWN, np.round(metres, 1)), np.round(ages[pairs[:, 1]], 1)


def _others(waiting_demand: WaitingDemand, pool: _Pool, rings: Sequence[str]) -> list[list[int | str]]:
    """Return excluded workers whom the explanation of the decision is to name, at most ten.

    They are of the grid of the case, or may not get this demand, for example because they declined it. Each item is
    [worker, ring, relation, reason], with numbers for worker, ring and relation.
    """
    grid = waiting_demand.chain.get("grid", "")
    worker_indexes = [
        *pool.by_home_area.get(grid, ()),
        *(i for w in waiting_demand.demand.excluded if (i := pool.index.get(w)) is not None),
    ]
    others: list[list[int | str]] = []
    for i in dict.fromkeys(worker_indexes):
        reason = pool.exclusion_of(i, waiting_demand.demand)
        if reason is not None and len(others) < _MAX_OTHERS:
            roles = [RELATIONS.index(role) for path, role in pool.workers[i].homes if path == grid]
            ring = rings.index("grid") if roles and "grid" in rings else len(rings) - 1
            others.append([i, ring, min(roles, default=0), reason])
    return others
