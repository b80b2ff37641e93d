"""The joint decision about all waiting cases of a district: who gets which work. Pure.

Such a decision is called a *batch*. `batch_input.build_batch_input` makes the input, which is sorted by ids and has
everything that the decision depends on, but no positions of workers. `decide` depends only on this input and the weights
of the costs. A stored input can therefore be decided again: with the same weights to verify the decision, or with other
weights to see what would change.
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

# Reasons why a demand of a batch got no worker: the rule that excluded the last of them.
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
    """The complete input of a joint decision about all waiting cases of a district (a batch).

    A demand is the work of one role on a case. `demands`, `workers` and `pairs` are tables stored by column: each is a dict
    of lists of equal length.

    Attributes:
        rings: Levels of the areas in which workers were looked for (grid, community...), the smallest first.
        demands: Columns `id` (of the case), `role`, `priority` and `is_late`; `reason`: code why no worker is eligible, or "";
            `left_out`: number of workers excluded by each rule; `others`: some excluded workers, each as [worker, ring,
            relation, reason].
        workers: Columns `id`, `open_work`, `capacity`, and `surplus` if the weights of the costs use it.
        pairs: One row for each demand and eligible worker. `demand`, `worker` and `ring` are positions in `demands`, `workers`
            and `rings`; `relation` is a position in RELATIONS; `metres` is the distance, `age` the age of the worker's
            position in seconds (-1: unknown).
        travel: None if the street network was not used. Else the mode, `seconds_per_m` of the straight line, the number of
            pairs with a street time, and the reasons why others have none; `pairs` then has `seconds` (-1: none).
    """

    rings: tuple[str, ...]
    demands: dict[str, list[Any]]
    workers: dict[str, list[Any]]
    pairs: dict[str, list[Any]]
    travel: dict[str, Any] | None = None

    def as_json(self) -> bytes:
        """Return the input as JSON with sorted keys."""
        data = asdict(self)
        if self.travel is None:
            del data["travel"]  # so that the digest is that of inputs stored before street networks existed
        return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> "BatchInput":
        """Return the input parsed from JSON that `as_json` has written."""
        return cls(tuple(data["rings"]), data["demands"], data["workers"], data["pairs"], data.get("travel"))

    def digest(self, weights: DispatchWeights) -> str:
        """Return the SHA-256 (hexadecimal) of input and weights, to compare two decisions."""
        weights_json = orjson.dumps(weights.stored_values(), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(self.as_json() + weights_json).hexdigest()


@dataclass(frozen=True, slots=True)
class Decision:
    """The solution of a joint decision about many cases: who gets which work, and all costs.

    A demand is the work of one role on a case, a pair is a demand with one of its candidates. All costs are in tenths of a
    second.

    Attributes:
        worker: For each demand the position of its worker; -1: nobody.
        pair: For each demand the position of the chosen pair; -1: none.
        reason: For each demand the code of the reason.
        parts: For each pair the parts of its cost, by name.
        load: For each pair the cost of the worker's other open work. For a pair that was not chosen: the cost if the worker
            got the demand after all chosen ones.
        total: For each pair the whole cost.
        rank: For each pair its rank among the pairs of the demand, from 1.
        objective: Total cost of the solution.
    """

    worker: Ints
    pair: Ints
    reason: list[str]
    parts: dict[str, Ints]
    load: Ints
    total: Ints
    rank: Ints
    objective: int


def graph_of(batch_input: BatchInput, weights: DispatchWeights) -> tuple[Graph, dict[str, Ints]]:
    """Return (the problem of giving demands to workers as a graph, cost parts of each pair).

    A pair is a demand (work of one role on a case) with a worker who may get it. The parts of its cost are by name.
    """
    demand, worker = (np.array(batch_input.pairs[name], dtype=np.int64) for name in ("demand", "worker"))
    parts = pair_costs(batch_input, weights)
    cost = np.stack(list(parts.values())).sum(axis=0)
    open_work = np.array(batch_input.workers["open_work"], dtype=np.int64)
    room = np.array(batch_input.workers["capacity"], dtype=np.int64) - open_work
    room_worker, room_cost = _free_slots(open_work, room, np.bincount(worker, minlength=len(room)), weights)
    priority = np.array(batch_input.demands["priority"], dtype=np.int64)
    # A check has no deadline, so it uses no capacity that a demand with a deadline needs (docs/explanation/dispatch-study.md).
    is_check = np.array([role == "check" for role in batch_input.demands["role"]], dtype=bool)
    is_late = np.array(batch_input.demands["is_late"], dtype=np.int64)
    pressing = np.where(is_check, 1, 2 + 2 * np.maximum(9 - priority, 0) + is_late)
    return Graph(demand, worker, cost, room_worker, room_cost, pressing), parts


def decide(batch_input: BatchInput, weights: DispatchWeights) -> Decision:
    """Choose a worker for each waiting demand of a district, at the lowest total cost.

    A demand is the work of one role on a case. If no worker gets it, its reason code says why.
    """
    graph, parts = graph_of(batch_input, weights)
    assignment = solve(graph)
    demand, worker, ring = graph.demand, graph.worker, batch_input.pairs["ring"]
    chosen = np.where(assignment.pair >= 0, worker[assignment.pair] if len(worker) else -1, -1)
    open_work = np.array(batch_input.workers["open_work"], dtype=np.int64)
    load, total = _loads_and_totals(assignment.pair, worker, graph.cost, open_work, weights)
    return Decision(
        worker=chosen,
        pair=assignment.pair,
        reason=[
            placed_reason(batch_input.rings[ring[p]])
            if p >= 0
            else batch_input.demands["reason"][d] or OUTRANKED
            for d, p in enumerate(assignment.pair)
        ],
        parts=parts,
        load=load,
        total=total,
        rank=_ranks(demand, total, worker),
        objective=assignment.objective,
    )


def pair_costs(batch_input: BatchInput, weights: DispatchWeights) -> dict[str, Ints]:
    """Return the cost of each pair of demand and worker, split into named parts.

    Costs are in tenths of a second. A part that does not apply is 0.
    """
    ring, relation, metres, age = (
        np.array(batch_input.pairs[name], dtype=np.float64) for name in ("ring", "relation", "metres", "age")
    )
    is_grid = np.array([name == "grid" for name in batch_input.rings], dtype=bool)[ring.astype(np.int64)]
    is_known = metres >= 0
    if batch_input.travel is not None:
        seconds = np.array(batch_input.pairs["seconds"], dtype=np.float64)
        metres = np.where(seconds >= 0, seconds / batch_input.travel["seconds_per_m"], metres)
    fairness: dict[str, Ints] = {}
    if "surplus" in batch_input.workers:
        surplus = np.array(batch_input.workers["surplus"], dtype=np.float64)
        fairness["fairness"] = _to_tenths(
            weights.fairness * surplus[np.array(batch_input.pairs["worker"], dtype=np.int64)]
        )
    return fairness | {
        "ring": _to_tenths(weights.ring_penalty * ring),
        "not_owner": _to_tenths(np.where(is_grid & (relation == 0), 0, weights.not_owner_penalty)),
        "travel": _to_tenths(np.where(is_known, metres * weights.distance, 0)),
        "position_age": _to_tenths(np.where(is_known, age * weights.position_age, 0)),
        "unknown_position": _to_tenths(np.where(is_known, 0, weights.unknown_position_penalty)),
    }


def _to_tenths(seconds: NDArray[np.float64]) -> Ints:
    return np.rint(seconds * 10).astype(np.int64)


def _free_slots(
    open_work: Ints, free: Ints, pair_counts: Ints, weights: DispatchWeights
) -> tuple[Ints, Ints]:
    """Return (worker, cost): arrays with an item for each further demand that a worker can take.

    The cost is that of the work that the worker has by then. It grows with each further demand of the same worker, as in a
    decision about one case alone.
    """
    slots = np.clip(np.minimum(free, pair_counts), 0, None)
    worker = np.repeat(np.arange(len(slots)), slots)
    nth = np.arange(len(worker)) - np.repeat(np.cumsum(slots) - slots, slots)
    return worker, _to_tenths(weights.load * (open_work[worker] + nth).astype(np.float64) ** 2)


def _loads_and_totals(
    pair: Ints, worker: Ints, cost: Ints, open_work: Ints, weights: DispatchWeights
) -> tuple[Ints, Ints]:
    """Return (cost of the worker's other work, total cost): an item for each demand and worker.

    The cost of the other work is higher for the second demand that a worker gets than for the first. If a worker did not get
    a demand, it is the cost that would result after all demands that the worker got.
    """
    chosen = np.flatnonzero(pair >= 0)
    chosen_worker = worker[pair[chosen]] if len(worker) else np.zeros(0, dtype=np.int64)
    order = np.argsort(chosen_worker, kind="stable")
    starts = np.searchsorted(chosen_worker[order], chosen_worker[order], side="left")
    nth = np.empty(len(chosen_worker), dtype=np.int64)
    nth[order] = np.arange(len(chosen_worker)) - starts
    assigned = np.bincount(chosen_worker, minlength=len(open_work))
    loads = (open_work + assigned)[worker] if len(worker) else np.zeros(0, dtype=np.int64)
    loads[pair[chosen]] = open_work[chosen_worker] + nth
    load = _to_tenths(weights.load * loads.astype(np.float64) ** 2)
    return load, cost + load


def _ranks(demand: Ints, total: Ints, worker: Ints) -> Ints:
    """Return the rank of each worker among the candidates of the same demand, from 1 (cheapest).

    Candidates with equal costs are sorted by worker.
    """
    order = np.lexsort((worker, total, demand))
    rank = np.empty(len(demand), dtype=np.int64)
    rank[order] = np.arange(len(demand)) - np.searchsorted(demand[order], demand[order], side="left") + 1
    return rank


def stored_candidates(batch_input: BatchInput, decision: Decision) -> list[bytes]:
    """Return for each demand its candidates with costs, and excluded workers, as JSON to store."""
    demand = np.array(batch_input.pairs["demand"], dtype=np.int64)
    offsets = np.searchsorted(demand, np.arange(len(batch_input.demands["id"]) + 1))
    worker_columns = {name: batch_input.workers[name] for name in ("open_work", "capacity")}
    columns: dict[str, Sequence[Any]] = {
        **{name: batch_input.pairs[name] for name in ("worker", "ring", "relation", "metres", "age")},
        **{name: [column[w] for w in batch_input.pairs["worker"]] for name, column in worker_columns.items()},
        "rank": decision.rank.tolist(),
    }
    travel = {} if batch_input.travel is None else {"travel": batch_input.travel}
    if batch_input.travel is not None:
        columns["seconds"] = batch_input.pairs["seconds"]
    costs = {name: part.tolist() for name, part in decision.parts.items()} | {"load": decision.load.tolist()}
    return [
        orjson.dumps(
            {name: column[offsets[d] : offsets[d + 1]] for name, column in columns.items()}
            | {
                "cost": {name: column[offsets[d] : offsets[d + 1]] for name, column in costs.items()},
                "rings": batch_input.rings,
                **travel,
                "left_out": batch_input.demands["left_out"][d],
                "others": [
                    [*o, *(column[o[0]] for column in worker_columns.values())]
                    for o in batch_input.demands["others"][d]
                ],
            }
        )
        for d in range(len(batch_input.demands["id"]))
    ]
