"""Space-time permutation scan: finds places and days with unexpectedly many reports.

The scan takes the number of reports of each place and of each day as given, and tests whether place and day are
independent. So it needs no population, and a place with many reports on all days is no cluster. Reports of the same case
are shuffled separately: one case that many people report within days is a cluster by itself. Source: Kulldorff and others
(2005). No database is used.

The scan examines cylinders: a *disc* (the grid cells around a centre) in a *window* (the last days of the period).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CELL_M = 100.0


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """Settings of a scan for clusters of reports.

    Attributes:
        radii_m: Radii of the discs in metres, ascending.
        longest: Length of the longest window in days.
        shuffles: Number of random permutations.
        least: Least number of reports in a cluster.
        p_most: Greatest p-value of a cluster.
    """

    radii_m: tuple[float, ...]
    longest: int
    shuffles: int
    least: int
    p_most: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """A disc and a window that together have more reports than expected.

    Attributes:
        x_m, y_m: Centre in metres.
        days: Length of the window in days.
        members: Indices of the reports.
        expected: The number of reports that would be expected if place and day were independent.
        p: P-value: the share of permutations that have a cluster at least as unlikely. The observed order counts as one
            permutation.
    """

    x_m: float
    y_m: float
    radius_m: float
    days: int
    members: tuple[int, ...]
    expected: float
    p: float


@dataclass(frozen=True, slots=True)
class _Land:
    """The cells of a square raster that contain reports, and the cells near each of them.

    Attributes:
        cell_of: Index of the cell of each report.
        centres: Centre of each cell in metres.
        rings: For each radius, the pairs (cell, neighbour) whose distance is at most this radius, but more than the next
            smaller radius.
    """

    cell_of: Ints
    centres: NDArray[Any]
    rings: list[tuple[Ints, Ints]]


@dataclass(frozen=True, slots=True)
class _Discs:
    """All discs (each radius around each cell), ordered by their total number of reports.

    Attributes:
        totals: The distinct totals of reports, ascending.
        starts: For each of these totals, the index of the first disc that has it.
        around: Indices of the discs that contain a cell, for all cells one after the other.
        firsts: For each cell, the index in `around` at which its discs begin.
        number: The number of discs.
    """

    totals: Floats
    starts: Ints
    around: Ints
    firsts: Ints
    number: int


def scan(places: Floats, days: Ints, *, last_day: int, limits: ScanLimits, seed: int) -> list[Cluster]:
    """Return the clusters whose window ends on `last_day`, the most unlikely first.

    No two clusters have a report in common.

    Args:
        places: Place of each report, as an array (n, 2) in metres in a plane.
        days: Day of each report as an integer, none after `last_day`.
        seed: Seed of the permutations. The same seed gives the same clusters.
    """
    if len(days) < limits.least:
        return []
    land = _land(places, limits.radii_m)
    totals = _in_discs(land, np.bincount(land.cell_of, minlength=len(land.centres)).astype(float))
    age = last_day - days
    observed, expected, unlikely = _judge(land, age, totals, limits.longest)
    chance = np.random.default_rng(seed)
    discs = _discs(land, totals)
    highest = np.array(
        [_highest(land, discs, chance.permutation(age), limits.longest) for _ in range(limits.shuffles)]
    )
    clusters: list[Cluster] = []
    is_used = np.zeros(len(days), dtype=bool)
    for window_index in np.argsort(unlikely, axis=None, kind="stable")[::-1]:
        window, ring, cell = (int(n) for n in np.unravel_index(window_index, unlikely.shape))
        p = (1 + int((highest >= unlikely[window, ring, cell]).sum())) / (limits.shuffles + 1)
        if p > limits.p_most or unlikely[window, ring, cell] <= 0:
            break
        if observed[window, ring, cell] < limits.least:
            continue
        distance_m = np.hypot(*(land.centres[land.cell_of] - land.centres[cell]).T)
        inside = (distance_m <= limits.radii_m[ring]) & (age <= window)
        if (inside & is_used).any():
            continue
        is_used |= inside
        clusters.append(
            Cluster(
                float(land.centres[cell, 0]),
                float(land.centres[cell, 1]),
                limits.radii_m[ring],
                window + 1,
                tuple(int(n) for n in np.flatnonzero(inside)),
                float(expected[window, ring, cell]),
                p,
            )
        )
    return clusters


def _land(places: Floats, radii_m: tuple[float, ...]) -> _Land:
    """Assign the reports to grid cells, and find the neighbours of each cell by distance."""
    cells, cell_of = np.unique(np.floor(places / CELL_M).astype(np.int64), axis=0, return_inverse=True)
    reach = int(radii_m[-1] // CELL_M)
    # Each cell as one number. The rows are so far apart that a neighbour in another row has another number.
    low, high = cells.min(axis=0), cells.max(axis=0)
    row = int(high[1] - low[1]) + 2 * reach + 1
    codes = (cells[:, 0] - low[0]) * row + cells[:, 1] - low[1]
    rings: list[list[tuple[Ints, Ints]]] = [[] for _ in radii_m]
    for dx in range(-reach, reach + 1):
        for dy in range(-reach, reach + 1):
            distance_m = np.hypot(dx, dy) * CELL_M
            if distance_m <= radii_m[-1]:
                neighbours = codes + dx * row + dy
                indices = np.minimum(np.searchsorted(codes, neighbours), len(codes) - 1)
                (sources,) = np.nonzero(codes[indices] == neighbours)
                rings[next(n for n, r in enumerate(radii_m) if distance_m <= r)].append(
                    (sources, indices[sources])
                )
    pairs = [
        (np.concatenate([sources for sources, _ in ring]), np.concatenate([targets for _, targets in ring]))
        if ring
        else (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        for ring in rings
    ]
    return _Land(cell_of.reshape(-1), (cells + 0.5) * CELL_M, pairs)


def _discs(land: _Land, totals: Floats) -> _Discs:
    """Return all discs (each radius around each cell), ordered by their number of reports.

    `totals`: the number of reports by (radius, cell).
    """
    order = np.argsort(totals, axis=None, kind="stable")
    ordered = totals.reshape(-1)[order]
    starts = np.flatnonzero(np.append(True, np.diff(ordered) != 0))
    rank = np.empty(totals.shape, dtype=np.int64)
    rank.reshape(-1)[order] = np.arange(totals.size)
    # A larger disc holds the rings of all smaller ones.
    pairs = [
        (neighbour, rank[disc][centre])
        for ring, (centre, neighbour) in enumerate(land.rings)
        for disc in range(ring, len(land.rings))
    ]
    cells = np.concatenate([cell for cell, _ in pairs])
    by_cell = np.argsort(cells, kind="stable")
    firsts = np.searchsorted(cells[by_cell], np.arange(totals.shape[1] + 1))
    around = np.concatenate([into for _, into in pairs])[by_cell]
    return _Discs(ordered[starts], starts, around, firsts, totals.size)


def _in_discs(land: _Land, counts: Floats) -> Floats:
    """Sum `counts` over the cells of each disc. Return the sums as an array (radius, cell)."""
    size = len(land.centres)
    counts_by_ring = np.zeros((len(land.rings), size))
    for n, (centre, neighbour) in enumerate(land.rings):
        counts_by_ring[n] = np.bincount(centre, weights=counts[neighbour], minlength=size)
    return np.cumsum(counts_by_ring, axis=0)


def _judge(land: _Land, age: Ints, totals: Floats, longest: int) -> tuple[Floats, Floats, Floats]:
    """Compute observed count, expected count and log likelihood ratio of each disc and window.

    Each of the three returned arrays has the axes (window, radius, cell). The window with index n has the last n + 1 days.

    Args:
        age: Days from each report to the last day.
        totals: Number of reports by (radius, cell).
        longest: The number of windows.
    """
    size, n = len(land.centres), len(age)
    observed = np.zeros((longest, *totals.shape))
    expected = np.zeros_like(observed)
    for window in range(longest):
        recent = age <= window
        observed[window] = _in_discs(land, np.bincount(land.cell_of[recent], minlength=size).astype(float))
        expected[window] = totals * (recent.sum() / n)
    is_excess = (observed > expected) & (expected > 0)
    unlikely = np.zeros_like(observed)
    unlikely[is_excess] = _ratio(observed[is_excess], expected[is_excess], n)
    return observed, expected, unlikely


def _highest(land: _Land, discs: _Discs, age: Ints, longest: int) -> float:
    """Return the highest log likelihood ratio of all discs and windows, for one permutation.

    This is faster than `_judge`. The reports of each day are added to the discs that contain them. Among discs with equal
    expected counts, only the disc with the highest observed count can have the highest ratio.
    """
    n, recent = len(age), 0
    observed = np.zeros(discs.number, dtype=np.int64)
    highest = 0.0
    for window in range(longest):
        cells = land.cell_of[age == window]
        recent += len(cells)
        within = discs.around[_stretches(discs.firsts[cells], discs.firsts[cells + 1])]
        observed += np.bincount(within, minlength=discs.number)
        highest_observed = np.maximum.reduceat(observed, discs.starts)
        expected = discs.totals * (recent / n)
        is_excess = highest_observed > expected
        if is_excess.any():
            unlikely = _ratio(highest_observed[is_excess].astype(float), expected[is_excess], n)
            highest = max(highest, float(np.max(unlikely)))
    return highest


def _stretches(begins: Ints, ends: Ints) -> Ints:
    """Return one array with the integers of all ranges [begin, end), one range after the other."""
    lengths = ends - begins
    before = np.cumsum(lengths) - lengths
    counted: Ints = np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(begins - before, lengths)
    return counted


def _ratio(c: Floats, mu: Floats, n: int) -> Floats:
    """Return the log likelihood ratio of `c` observed and `mu` expected reports out of `n`.

    Each `c` must be greater than its `mu`.
    """
    others, others_mu = n - c, n - mu
    ratio: Floats = c * np.log(c / mu)
    ratio += np.where(others > 0, others * np.log(np.maximum(others, 1) / np.maximum(others_mu, 1e-9)), 0.0)
    return ratio
