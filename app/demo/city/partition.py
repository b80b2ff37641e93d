"""Division of connected pieces of land among owners: each in one piece, of about the wanted weight. Pure."""

import heapq
from collections import defaultdict
from collections.abc import Mapping

import shapely
from shapely import STRtree
from shapely.geometry import Point, Polygon

_ROUNDS = 8
# A border shorter than this (degrees, about two metres) does not make neighbours.
_BORDER = 2e-5


def partition(
    pieces: Mapping[int, Polygon],
    weights: Mapping[int, float],
    seeds: Mapping[str, Point],
    shares: Mapping[str, int],
) -> dict[int, str]:
    """Return the owner of each piece.

    The owners grow from their seeds: the one that has least of its share takes the nearest piece beside its own. The
    seeds then move to the middle of what was taken, and all grow again. The best round is returned.

    Args:
        shares: Wanted weight of each owner in proportion to the others.
    """
    neighbours = _neighbours(pieces)
    middles = {n: piece.representative_point() for n, piece in pieces.items()}
    unit = sum(weights[n] for n in pieces) / sum(shares.values())
    at = dict(seeds)
    best: tuple[float, dict[int, str]] | None = None
    for _ in range(_ROUNDS):
        owners = _grow(neighbours, middles, weights, at, {key: share * unit for key, share in shares.items()})
        totals: dict[str, float] = defaultdict(float)
        for n, key in owners.items():
            totals[key] += weights[n]
        uneven = max(abs(totals[key] / (share * unit) - 1) for key, share in shares.items())
        if best is None or uneven < best[0]:
            best = (uneven, owners)
        for key in at:
            mine = [middles[n] for n, owner in owners.items() if owner == key]
            centre = shapely.MultiPoint(mine).centroid
            at[key] = min(mine, key=centre.distance)
    assert best is not None
    return best[1]


def _grow(
    neighbours: Mapping[int, set[int]],
    middles: Mapping[int, Point],
    weights: Mapping[int, float],
    seeds: Mapping[str, Point],
    wanted: Mapping[str, float],
) -> dict[int, str]:
    owners: dict[int, str] = {}
    fronts: dict[str, list[tuple[float, int]]] = {key: [] for key in seeds}
    totals = dict.fromkeys(seeds, 0.0)

    def take(key: str, n: int) -> None:
        owners[n] = key
        totals[key] += weights[n]
        for other in neighbours[n]:
            if other not in owners:
                heapq.heappush(fronts[key], (seeds[key].distance(middles[other]), other))

    for key, seed in seeds.items():
        take(key, min((n for n in middles if n not in owners), key=lambda n: seed.distance(middles[n])))
    while len(owners) < len(middles):
        for key in seeds:
            while fronts[key] and fronts[key][0][1] in owners:
                heapq.heappop(fronts[key])
        growing = [key for key in seeds if fronts[key]]
        key = min(growing, key=lambda candidate: (totals[candidate] / wanted[candidate], candidate))
        take(key, heapq.heappop(fronts[key])[1])
    return owners


def _neighbours(pieces: Mapping[int, Polygon]) -> dict[int, set[int]]:
    numbers = list(pieces)
    shapes = [pieces[n] for n in numbers]
    tree = STRtree(shapes)
    results: dict[int, set[int]] = {n: set() for n in numbers}
    for i, j in zip(*tree.query(shapes, predicate="intersects"), strict=True):
        if i < j and shapes[i].boundary.intersection(shapes[j].boundary).length > _BORDER:
            results[numbers[i]].add(numbers[j])
            results[numbers[j]].add(numbers[i])
    return results
