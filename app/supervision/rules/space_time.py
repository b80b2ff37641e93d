"""Where and when more was reported than the place and the day explain: a space-time permutation scan. Pure.

Which place has how many reports, and which day, is taken as given; what is judged is whether they come together. So it
needs no population, and a place where much is always reported is no cluster for that. After Kulldorff and others (2005).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CELL_M = 100.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """`members`: which of the reports. `expected`: how many there would be if days and places had nothing to do with
    each other. `p`: in how many of the shuffles (and this) something as unlikely came up anywhere."""

    x_m: float
    y_m: float
    radius_m: float
    days: int
    members: tuple[int, ...]
    expected: float
    p: float


@dataclass(frozen=True, slots=True)
class _Land:
    """Cells that have reports; for each ring of radii the pairs of a cell and another that lies in it, by the cell, whose
    pairs begin where `firsts` says."""

    cell_of: Ints
    centres: NDArray[Any]
    rings: list[tuple[Ints, Ints]]
    firsts: list[Ints]


def scan(
    places: Floats,
    days: Ints,
    *,
    last_day: int,
    radii_m: tuple[float, ...],
    longest: int,
    shuffles: int,
    seed: int,
    least: int,
    p_most: float,
) -> list[Cluster]:
    """Clusters that reach up to `last_day`, the most unlikely first; none shares a report with another.

    `places`: (n, 2) metres; `days`: n whole days up to `last_day`. The same seed gives the same answer.
    """
    if len(days) < least:
        return []
    land = _land(places, radii_m)
    totals = _in_discs(land, np.bincount(land.cell_of, minlength=len(land.centres)).astype(float))
    age = last_day - days
    seen, expected, unlikely = _judge(land, age, totals, longest)
    chance = np.random.default_rng(seed)
    highest = np.array([_highest(land, chance.permutation(age), totals, longest) for _ in range(shuffles)])
    found: list[Cluster] = []
    taken = np.zeros(len(days), dtype=bool)
    for place in np.argsort(unlikely, axis=None, kind="stable")[::-1]:
        window, ring, cell = (int(n) for n in np.unravel_index(place, unlikely.shape))
        p = (1 + int((highest >= unlikely[window, ring, cell]).sum())) / (shuffles + 1)
        if p > p_most or unlikely[window, ring, cell] <= 0:
            break
        if seen[window, ring, cell] < least:
            continue
        away = np.hypot(*(land.centres[land.cell_of] - land.centres[cell]).T)
        inside = (away <= radii_m[ring]) & (age <= window)
        if (inside & taken).any():
            continue
        taken |= inside
        found.append(
            Cluster(
                float(land.centres[cell, 0]),
                float(land.centres[cell, 1]),
                radii_m[ring],
                window + 1,
                tuple(int(n) for n in np.flatnonzero(inside)),
                float(expected[window, ring, cell]),
                p,
            )
        )
    return found


def _land(places: Floats, radii_m: tuple[float, ...]) -> _Land:
    cells, cell_of = np.unique(np.floor(places / CELL_M).astype(np.int64), axis=0, return_inverse=True)
    index = {(int(x), int(y)): n for n, (x, y) in enumerate(cells)}
    reach = int(radii_m[-1] // CELL_M)
    rings: list[tuple[list[int], list[int]]] = [([], []) for _ in radii_m]
    offsets = [
        (dx, dy, next(n for n, r in enumerate(radii_m) if np.hypot(dx, dy) * CELL_M <= r))
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
        if np.hypot(dx, dy) * CELL_M <= radii_m[-1]
    ]
    for (x, y), n in index.items():
        for dx, dy, ring in offsets:
            other = index.get((x + dx, y + dy))
            if other is not None:
                rings[ring][0].append(n)
                rings[ring][1].append(other)
    pairs = [(np.array(a, dtype=np.int64), np.array(b, dtype=np.int64)) for a, b in rings]
    firsts = [np.searchsorted(centre, np.arange(len(cells) + 1)) for centre, _ in pairs]
    return _Land(cell_of.reshape(-1), (cells + 0.5) * CELL_M, pairs, firsts)


def _in_discs(land: _Land, counts: Floats) -> Floats:
    """(radius, cell): how many lie in the disc of each radius around each cell."""
    size = len(land.centres)
    found = np.zeros((len(land.rings), size))
    for n, (centre, other) in enumerate(land.rings):
        found[n] = np.bincount(centre, weights=counts[other], minlength=size)
    return np.cumsum(found, axis=0)


def _judge(land: _Land, age: Ints, totals: Floats, longest: int) -> tuple[Floats, Floats, Floats]:
    """By window (up to so many days), radius and cell: seen, expected, and how unlikely it is (log likelihood ratio)."""
    size, n = len(land.centres), len(age)
    seen = np.zeros((longest, *totals.shape))
    expected = np.zeros_like(seen)
    for window in range(longest):
        recent = age <= window
        seen[window] = _in_discs(land, np.bincount(land.cell_of[recent], minlength=size).astype(float))
        expected[window] = totals * (recent.sum() / n)
    more = (seen > expected) & (expected > 0)
    unlikely = np.zeros_like(seen)
    unlikely[more] = _ratio(seen[more], expected[more], n)
    return seen, expected, unlikely


def _highest(land: _Land, age: Ints, totals: Floats, longest: int) -> float:
    """The highest that `_judge` would find. Only what the last days brought can be more than expected, which is few of
    all reports: each is added to the discs that it lies in, and the rest of the land is not gone over."""
    n, recent = len(age), 0
    seen = np.zeros_like(totals)
    highest = 0.0
    for window in range(longest):
        cells = land.cell_of[age == window]
        recent += len(cells)
        for ring, ((_, other), first) in enumerate(zip(land.rings, land.firsts, strict=True)):
            # Who lies in a ring around a cell has that cell in its own.
            around = other[_stretches(first[cells], first[cells + 1])]
            seen[ring:] += np.bincount(around, minlength=totals.shape[1])
        expected = totals * (recent / n)
        more = seen > expected
        if more.any():
            highest = max(highest, float(np.max(_ratio(seen[more], expected[more], n))))
    return highest


def _stretches(begins: Ints, ends: Ints) -> Ints:
    """All whole numbers from each begin up to its end, one stretch after the other."""
    lengths = ends - begins
    before = np.cumsum(lengths) - lengths
    counted: Ints = np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(begins - before, lengths)
    return counted


def _ratio(c: Floats, mu: Floats, n: int) -> Floats:
    """How unlikely `c` of `n` are where `mu` are expected, which is fewer: a log likelihood ratio."""
    rest, rest_mu = n - c, n - mu
    ratio: Floats = c * np.log(c / mu)
    ratio += np.where(rest > 0, rest * np.log(np.maximum(rest, 1) / np.maximum(rest_mu, 1e-9)), 0.0)
    return ratio
