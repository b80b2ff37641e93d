"""The flow solver of batches, compared with brute force and scipy."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dispatch.rules.flow import Graph, solve

INT = np.int64


@st.composite
def graphs(draw):
    """Up to five demands and three workers: few enough to try every assignment."""
    demands, workers = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    pairs = [(d, w) for d in range(demands) for w in range(workers) if draw(st.booleans())]
    costs = [draw(st.integers(0, 50)) for _ in pairs]
    rooms = []
    for w in range(workers):
        rooms += [(w, c) for c in sorted(draw(st.lists(st.integers(0, 30), max_size=4)))]
    pressing = [draw(st.integers(1, 4)) for _ in range(demands)]
    return Graph(
        np.array([d for d, _ in pairs], dtype=INT),
        np.array([w for _, w in pairs], dtype=INT),
        np.array(costs, dtype=INT),
        np.array([w for w, _ in rooms], dtype=INT),
        np.array([c for _, c in rooms], dtype=INT),
        np.array(pressing, dtype=INT),
    )


def judged(graph, pair):
    """What an assignment comes to, worst first: pressing work left out, and its cost; None if it is not allowed."""
    cost, taken = 0, {}
    for p in pair:
        if p >= 0:
            cost += int(graph.cost[p])
            worker = int(graph.worker[p])
            taken[worker] = taken.get(worker, 0) + 1
    for worker, n in taken.items():
        rooms = sorted(int(c) for w, c in zip(graph.room_worker, graph.room_cost, strict=True) if w == worker)
        if n > len(rooms):
            return None
        cost += sum(rooms[:n])
    left = sum(int(graph.pressing[d]) for d, p in enumerate(pair) if p < 0)
    return left, cost


def best_by_trying(graph):
    options = [
        [-1, *[p for p in range(len(graph.demand)) if graph.demand[p] == d]]
        for d in range(len(graph.pressing))
    ]
    return min(score for pair in product(*options) if (score := judged(graph, pair)) is not None)


@settings(max_examples=300, print_blob=True, deadline=None)
@given(graphs())
def test_flow_solution_equals_brute_force_optimum(graph):
    answer = solve(graph)
    score = judged(graph, answer.pair)
    assert score == best_by_trying(graph)
    assert answer.objective == score[1]
    for d, p in enumerate(answer.pair):
        assert p < 0 or graph.demand[p] == d


@settings(max_examples=60, print_blob=True, deadline=None)
@given(graphs())
def test_flow_solution_is_deterministic(graph):
    assert solve(graph).pair.tolist() == solve(graph).pair.tolist()


def test_flow_solves_empty_graph_and_graph_without_workers():
    nothing = np.zeros(0, dtype=INT)
    empty = solve(Graph(nothing, nothing, nothing, nothing, nothing, nothing))
    assert (empty.pair.tolist(), empty.objective) == ([], 0)
    alone = solve(Graph(nothing, nothing, nothing, nothing, nothing, np.array([3, 1], dtype=INT)))
    assert alone.pair.tolist() == [-1, -1]


@pytest.mark.parametrize("seed", range(5))
def test_flow_cost_equals_scipy_assignment_cost(seed):
    from scipy.optimize import linear_sum_assignment

    random = np.random.default_rng(seed)
    print(f"seed {seed}")
    demands, workers, capacity = 120, 40, 4
    demand, worker = np.nonzero(random.random((demands, workers)) < 0.3)
    cost = random.integers(0, 30_000, len(demand))
    open_work = random.integers(0, capacity, workers)
    rooms = [(w, 3000 * n * n) for w in range(workers) for n in range(open_work[w], capacity)]
    pressing = random.integers(1, 6, demands)
    graph = Graph(
        demand.astype(INT),
        worker.astype(INT),
        cost.astype(INT),
        np.array([w for w, _ in rooms], dtype=INT),
        np.array([c for _, c in rooms], dtype=INT),
        pressing.astype(INT),
    )
    # Each piece of room is a column of its own, and each demand may have a column in which it is skipped.
    skip = pressing * graph.skip_unit
    never = int(skip.sum()) * 2
    dense = np.full((demands, len(rooms) + demands), never, dtype=float)
    of = {(int(d), int(w)): int(c) for d, w, c in zip(demand, worker, cost, strict=True)}
    for column, (w, c) in enumerate(rooms):
        for d in range(demands):
            if (d, w) in of:
                dense[d, column] = of[d, w] + c
    dense[np.arange(demands), len(rooms) + np.arange(demands)] = skip
    rows, columns = linear_sum_assignment(dense)
    answer = solve(graph)
    left = int(skip[answer.pair < 0].sum())
    assert (answer.pair < 0).sum() > 0, "so that room is scarce"
    assert answer.objective + left == int(dense[rows, columns].sum())
