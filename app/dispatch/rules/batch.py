"""A district's waiting demands and its workers, made into one problem, and the answer with a reason for each.

`gather` fixes the input: everything that the answer depends on, sorted by ids, without anybody's place. `decide` is pure
in it and in the weights, so a kept input answers again what it answered, or what other weights would have made of it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from app.dispatch.rules.flow import Graph, Ints, solve
from app.dispatch.rules.ranking import RELATION_ORDER, placed_reason
from app.profiles.rules.profile import DispatchWeights

RELATIONS = tuple(RELATION_ORDER)
SOLVER = "min_cost_flow"
UNKNOWN = -1

# Why a demand of a batch got nobody: each names the rule that kept everybody out.
ASKED_ENOUGH = "asked_enough"
NOBODY_ON_DUTY = "nobody_on_duty"
NOBODY_SKILLED = "nobody_skilled"
ALL_EXCLUDED = "all_excluded"
EVERYONE_FULL = "everyone_full"
OUTRANKED = "outranked"
LOST_RACE = "lost_race"
UNPLACED = (
    ASKED_ENOUGH,
    NOBODY_ON_DUTY,
    NOBODY_SKILLED,
    ALL_EXCLUDED,
    EVERYONE_FULL,
    OUTRANKED,
    LOST_RACE,
)


@dataclass(frozen=True, slots=True)
class BatchInput:
    """What an answer depends on. Lists of one group have one entry for each of its members, in one order.

    demands: id, role, priority, is_late, reason (why nobody may be asked at all, or ""), left_out (how many are kept
    out by which rule), others (the grid's own people who may not be asked: worker, ring, relation, reason).
    workers: id, open_work, capacity, and surplus where weeks are weighed. pairs: demand and worker as places in these
    lists, ring as a place in `rings`, relation as a place in RELATIONS, metres and seconds of age, or -1 where her
    whereabouts are not known.
    travel, where the street network was asked: mode, `seconds_per_m` of the straight line, of how many pairs it told
    and why not of the others; pairs then have `seconds` by it, or -1.
    """

    rings: tuple[str, ...]
    demands: dict[str, list[Any]]
    workers: dict[str, list[Any]]
    pairs: dict[str, list[Any]]
    travel: dict[str, Any] | None = None

    def as_json(self) -> bytes:
        said = asdict(self)
        if self.travel is None:
            del said["travel"]  # as it was before there were street networks
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> "BatchInput":
        return cls(tuple(data["rings"]), data["demands"], data["workers"], data["pairs"], data.get("travel"))

    def digest(self, weights: DispatchWeights) -> str:
        """What makes two runs the same question: input and weights, as a SHA-256 in hexadecimal."""
        said = orjson.dumps(weights.said(), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(self.as_json() + said).hexdigest()


@dataclass(frozen=True, slots=True)
class Decision:
    """`worker` and `pair` for each demand (-1: nobody), `reason` for each; cost parts for each pair, in tenths of a
    second; `load` is what one piece of work more costs with her, after the batch (for who was chosen: in it)."""

    worker: Ints
    pair: Ints
    reason: list[str]
    parts: dict[str, Ints]
    load: Ints
    total: Ints
    rank: Ints
    objective: int


def graph_of(given: BatchInput, weights: DispatchWeights) -> tuple[Graph, dict[str, Ints]]:
    """The batch as a problem with prices, and the parts of what each pair costs."""
    demand, worker = (np.array(given.pairs[name], dtype=np.int64) for name in ("demand", "worker"))
    parts = pair_costs(given, weights)
    cost = np.stack(list(parts.values())).sum(axis=0)
    open_work = np.array(given.workers["open_work"], dtype=np.int64)
    room = np.array(given.workers["capacity"], dtype=np.int64) - open_work
    room_worker, room_cost = _rooms(open_work, room, np.bincount(worker, minlength=len(room)), weights)
    priority = np.array(given.demands["priority"], dtype=np.int64)
    # A check has no deadline: it takes no room that somebody needs who has one. docs/dispatch-study.md has the figures.
    is_check = np.array([role == "check" for role in given.demands["role"]], dtype=bool)
    is_late = np.array(given.demands["is_late"], dtype=np.int64)
    pressing = np.where(is_check, 1, 2 + 2 * np.maximum(9 - priority, 0) + is_late)
    return Graph(demand, worker, cost, room_worker, room_cost, pressing), parts


def decide(given: BatchInput, weights: DispatchWeights) -> Decision:
    """Solve the batch. Every demand gets a worker, or a reason that names the rule."""
    graph, parts = graph_of(given, weights)
    answer = solve(graph)
    demand, worker, ring = graph.demand, graph.worker, given.pairs["ring"]
    chosen = np.where(answer.pair >= 0, worker[answer.pair] if len(worker) else -1, -1)
    open_work = np.array(given.workers["open_work"], dtype=np.int64)
    load, total = _with_load(answer.pair, worker, graph.cost, open_work, weights)
    return Decision(
        worker=chosen,
        pair=answer.pair,
        reason=[
            placed_reason(given.rings[ring[p]]) if p >= 0 else given.demands["reason"][d] or OUTRANKED
            for d, p in enumerate(answer.pair)
        ],
        parts=parts,
        load=load,
        total=total,
        rank=_ranks(demand, total, worker),
        objective=answer.objective,
    )


def pair_costs(given: BatchInput, weights: DispatchWeights) -> dict[str, Ints]:
    """The parts of what each pair costs, in tenths of a second; zero where a part does not apply."""
    ring, relation, metres, age = (
        np.array(given.pairs[name], dtype=np.float64) for name in ("ring", "relation", "metres", "age")
    )
    is_grid = np.array([name == "grid" for name in given.rings], dtype=bool)[ring.astype(np.int64)]
    is_known = metres >= 0
    if given.travel is not None:
        seconds = np.array(given.pairs["seconds"], dtype=np.float64)
        metres = np.where(seconds >= 0, seconds / given.travel["seconds_per_m"], metres)
    weeks: dict[str, Ints] = {}
    if "surplus" in given.workers:
        surplus = np.array(given.workers["surplus"], dtype=np.float64)
        weeks["fairness"] = _tenths(
            weights.fairness * surplus[np.array(given.pairs["worker"], dtype=np.int64)]
        )
    return weeks | {
        "ring": _tenths(weights.ring_penalty * ring),
        "not_owner": _tenths(np.where(is_grid & (relation == 0), 0, weights.not_owner_penalty)),
        "travel": _tenths(np.where(is_known, metres * weights.distance, 0)),
        "position_age": _tenths(np.where(is_known, age * weights.position_age, 0)),
        "unknown_position": _tenths(np.where(is_known, 0, weights.unknown_position_penalty)),
    }


def _tenths(seconds: NDArray[np.float64]) -> Ints:
    return np.rint(seconds * 10).astype(np.int64)


def _rooms(open_work: Ints, room: Ints, wanted: Ints, weights: DispatchWeights) -> tuple[Ints, Ints]:
    """One entry for each further piece of work that somebody could take: it costs what tier 0 would say then."""
    places = np.clip(np.minimum(room, wanted), 0, None)
    worker = np.repeat(np.arange(len(places)), places)
    nth = np.arange(len(worker)) - np.repeat(np.cumsum(places) - places, places)
    return worker, _tenths(weights.load * (open_work[worker] + nth).astype(np.float64) ** 2)


def _with_load(
    pair: Ints, worker: Ints, cost: Ints, open_work: Ints, weights: DispatchWeights
) -> tuple[Ints, Ints]:
    """What load adds to each pair: for a chosen one in the order of demands, for others as one piece of work more."""
    chosen = np.flatnonzero(pair >= 0)
    hers = worker[pair[chosen]] if len(worker) else np.zeros(0, dtype=np.int64)
    order = np.argsort(hers, kind="stable")
    starts = np.searchsorted(hers[order], hers[order], side="left")
    nth = np.empty(len(hers), dtype=np.int64)
    nth[order] = np.arange(len(hers)) - starts
    given = np.bincount(hers, minlength=len(open_work))
    standing = (open_work + given)[worker] if len(worker) else np.zeros(0, dtype=np.int64)
    standing[pair[chosen]] = open_work[hers] + nth
    load = _tenths(weights.load * standing.astype(np.float64) ** 2)
    return load, cost + load


def _ranks(demand: Ints, total: Ints, worker: Ints) -> Ints:
    """1 for the cheapest of each demand; equal ones by worker."""
    order = np.lexsort((worker, total, demand))
    rank = np.empty(len(demand), dtype=np.int64)
    rank[order] = np.arange(len(demand)) - np.searchsorted(demand[order], demand[order], side="left") + 1
    return rank


def kept_candidates(given: BatchInput, decision: Decision) -> list[bytes]:
    """For each demand what its run keeps: everyone considered, by column, with cost parts; and who was left out."""
    demand = np.array(given.pairs["demand"], dtype=np.int64)
    at = np.searchsorted(demand, np.arange(len(given.demands["id"]) + 1))
    standing = {name: given.workers[name] for name in ("open_work", "capacity")}
    columns: dict[str, Sequence[Any]] = {
        **{name: given.pairs[name] for name in ("worker", "ring", "relation", "metres", "age")},
        **{name: [column[w] for w in given.pairs["worker"]] for name, column in standing.items()},
        "rank": decision.rank.tolist(),
    }
    travel = {} if given.travel is None else {"travel": given.travel}
    if given.travel is not None:
        columns["seconds"] = given.pairs["seconds"]
    costs = {name: part.tolist() for name, part in decision.parts.items()} | {"load": decision.load.tolist()}
    return [
        orjson.dumps(
            {name: column[at[d] : at[d + 1]] for name, column in columns.items()}
            | {
                "cost": {name: column[at[d] : at[d + 1]] for name, column in costs.items()},
                "rings": given.rings,
                **travel,
                "left_out": given.demands["left_out"][d],
                "others": [
                    [*o, *(column[o[0]] for column in standing.values())] for o in given.demands["others"][d]
                ],
            }
        )
        for d in range(len(given.demands["id"]))
    ]
