"""Minimum-cost flow: assign demands to workers at the least total cost. Arrays in, an assignment out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class SolverFailed(RuntimeError):
    """The solver gave no optimum. With a skip arc for every demand there always is one."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Demands 0..n-1 and workers 0..m-1, costs in whole tenths of a second.

    `demand`, `worker`, `cost` describe the pairs that are allowed, in any order. `room_worker`, `room_cost`: one
    entry for each further piece of work that a worker may take, the first at the least cost; the costs of one worker
    must not fall, so that they are used in order. `pressing` (n, at least 1): how much it matters that a demand
    is not left out; it decides before any cost does.
    """

    demand: Ints
    worker: Ints
    cost: Ints
    room_worker: Ints
    room_cost: Ints
    pressing: Ints

    @property
    def skip_unit(self) -> int:
        """More than all placings together could ever cost: leaving out one demand more is never the cheaper answer."""
        max_pair_cost = np.zeros(len(self.pressing), dtype=np.int64)
        np.maximum.at(max_pair_cost, self.demand, self.cost)
        return 1 + int(max_pair_cost.sum()) + int(self.room_cost.sum())


@dataclass(frozen=True, slots=True)
class Assignment:
    """`pair` (n): the index of the pair that each demand was given, -1 for none. `objective`: pairs and room used,
    without what was skipped.
    """

    pair: Ints
    objective: int


def solve(graph: Graph) -> Assignment:
    """The cheapest of the assignments that leave out least.

    First as much as possible is placed, the more pressing before the less; then the cost of pairs and of room decides.
    The same graph in the same order gives the same answer; callers sort by ids, which so break ties.
    """
    # 30 MB and a third of a second: for whoever solves, not for every server process.
    from ortools.graph.python import min_cost_flow

    n, pairs, slots = len(graph.pressing), len(graph.demand), len(graph.room_worker)
    workers = 1 + int(np.concatenate([graph.worker, graph.room_worker, [-1]]).max())
    source, sink = 0, n + workers + 1
    demands = np.arange(1, n + 1)
    arcs = [
        (np.full(n, source), demands, np.zeros(n, dtype=np.int64)),
        (1 + graph.demand, 1 + n + graph.worker, graph.cost),
        (1 + n + graph.room_worker, np.full(slots, sink), graph.room_cost),
        (demands, np.full(n, sink), graph.pressing * graph.skip_unit),
    ]
    tails, heads, costs = (np.concatenate([arc[part] for arc in arcs]) for part in range(3))
    flow: Any = min_cost_flow.SimpleMinCostFlow()
    arc_ids = flow.add_arcs_with_capacity_and_unit_cost(
        tails, heads, np.ones(len(tails), dtype=np.int64), costs
    )
    flow.set_node_supply(source, n)
    flow.set_node_supply(sink, -n)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SolverFailed(str(status))
    used = flow.flows(arc_ids)
    chosen = np.flatnonzero(used[n : n + pairs])
    pair = np.full(n, -1, dtype=np.int64)
    pair[graph.demand[chosen]] = chosen
    room = used[n + pairs : n + pairs + slots]
    return Assignment(pair, int(graph.cost[chosen].sum() + (room * graph.room_cost).sum()))
