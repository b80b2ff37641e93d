"""Solver that gives work to workers at the lowest total cost (minimum-cost flow)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class SolverFailed(RuntimeError):
    """Error of the solver: it found no solution, although one always exists."""


@dataclass(frozen=True, slots=True)
class Graph:
    """The problem: give demands 0..n-1 (work on cases) to workers 0..m-1 at the lowest cost.

    Costs are whole tenths of a second.

    Attributes:
        demand, worker, cost: One item for each allowed pair of demand and worker, in any order.
        room_worker, room_cost: One item for each further demand that a worker may take, with the additional cost. A worker
            with room for three has three items, and their costs must not decrease.
        pressing: Weight of each demand, at least 1. The solver first minimises the weight of the demands that get no worker,
            then the cost.
    """

    demand: Ints
    worker: Ints
    cost: Ints
    room_worker: Ints
    room_cost: Ints
    pressing: Ints

    @property
    def skip_unit(self) -> int:
        """Return the cost of leaving a demand (work on a case) of weight 1 without a worker.

        It is higher than the cost of giving every demand to a worker, so no demand is left out to save costs.
        """
        max_pair_cost = np.zeros(len(self.pressing), dtype=np.int64)
        np.maximum.at(max_pair_cost, self.demand, self.cost)
        return 1 + int(max_pair_cost.sum()) + int(self.room_cost.sum())


@dataclass(frozen=True, slots=True)
class Assignment:
    """The solution of a `Graph`: which demand (work on a case) goes to which worker.

    Attributes:
        pair: For each demand the position of the chosen pair of demand and worker; -1: nobody gets the demand.
        objective: Cost of the chosen pairs and of the capacity used. Demands without a worker are not included.
    """

    pair: Ints
    objective: int


def solve(graph: Graph) -> Assignment:
    """Return the cheapest solution among those that leave out the least weight of demands.

    The same graph in the same order gives the same solution. Callers sort by ids to make equal solutions reproducible.

    Raises:
        SolverFailed: The solver returned no optimum.
    """
    # Imported here: it takes 30 MB and a third of a second, and most server processes never solve a batch.
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
