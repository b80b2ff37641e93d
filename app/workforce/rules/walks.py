"""The parts of a batch of positions in which a worker simply walks or drives, found for all positions at once.

Most positions of a batch need no second look: they are exact, and far enough from the one before, but not too far. What is left
is judged one by one in `positions.judge`, whose results are the same with and without this module.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.core.coordinates import CoordSys
from app.core.geodesic import Floats, metres_per_degree_each
from app.workforce.rules.fixes import (
    COARSE_M,
    IMPLAUSIBLE_MPS,
    NEAR,
    STATIONARY_FOR,
    STATIONARY_M,
    STEEP,
    Fix,
    Stored,
)

_MICROSECOND = timedelta(microseconds=1)
_STATIONARY_US = STATIONARY_FOR // _MICROSECOND
# Makes a position of a tuple of its values. `Stored._make` takes four times as long.
_stored = partial(tuple.__new__, Stored)


class Walk:
    """The positions of a batch, and the steps among them.

    A step is a position that `positions.judge` stores without a mark if the one before was stored and is usable. Distances are
    measured in a plane, to a hundredth, as by `judge`; a position whose distance is that close to a limit is not taken for a
    step.
    """

    def __init__(self, timed: Sequence[tuple[datetime, Fix]]) -> None:
        """Find the steps.

        Args:
            timed: The positions with their corrected times, the earliest first.
        """
        instants = [at for at, _ in timed]
        _, lons, lats, accuracies, speeds, headings, batteries, mocks, systems = zip(
            *[fix for _, fix in timed], strict=True
        )
        known_accuracies, accuracies_m = _between(accuracies, 0, np.inf)
        places = np.array((lons, lats), np.float64)
        with np.errstate(invalid="ignore", over="ignore"):  # coordinates of no place on earth
            is_step = _are_steps(instants, places[0], places[1], accuracies_m)
        if any(mocks):
            is_step &= ~np.array(mocks, bool)
        if any(system != CoordSys.WGS84.value for system in set(systems)):
            # A distance is in one system: the position must not follow one of another system either.
            is_wgs84 = np.array([system == CoordSys.WGS84.value for system in systems], bool)
            is_step &= is_wgs84
            is_step[1:] &= is_wgs84[:-1]
        self._stops: list[int] = [*np.flatnonzero(~is_step).tolist(), len(instants)]
        no = (False,) * len(instants)
        self._columns = (
            *(instants, lons, lats, known_accuracies, no, no),
            *(
                _between(speeds, 0, 1_000)[0],
                _between(headings, 0, 360)[0],
                _between(batteries, 0, 100)[0],
                no,
            ),
        )

    def steps_from(self, number: int) -> list[Stored]:
        """Return the positions from this number on that are steps, up to the first one that is not."""
        end = self._stops[bisect_left(self._stops, number)]
        return list(map(_stored, zip(*[column[number:end] for column in self._columns], strict=True)))


def _between(
    values: Sequence[float | None], least: float, most: float
) -> tuple[Sequence[float | None], Floats]:
    """Return the values with None for those out of range, and as numbers with NaN for None."""
    numbers = np.array(values, np.float64)
    is_good = (numbers >= least) & (numbers <= most)
    if is_good.all():
        return values, numbers
    in_range = [value if good else None for value, good in zip(values, is_good.tolist(), strict=True)]
    return in_range, np.where(is_good, numbers, np.nan)


def _are_steps(
    instants: Sequence[datetime], lons: Floats, lats: Floats, accuracies_m: Floats
) -> NDArray[np.bool_]:
    """Return for each position whether it is a step, by time, place and accuracy (NaN: unknown). The first one is not."""
    offsets = np.array([(at - instants[0]) // _MICROSECOND for at in instants], np.int64)
    gaps_us = np.diff(offsets)
    east, north = np.diff(lons), np.diff(lats)
    lon, lat = lons[1:], lats[1:]
    east_m, north_m = metres_per_degree_each(lat)
    rough_m = np.sqrt((east * east_m) ** 2 + (north * north_m) ** 2)
    accuracy_m = accuracies_m[1:]
    is_exact = ~(accuracy_m > COARSE_M)
    limit_m = np.fmax(accuracy_m, STATIONARY_M)
    is_on_land = (np.abs(lon) >= 1e-6) & (np.abs(lon) <= 180) & (np.abs(lat) < STEEP)
    is_near = (np.abs(east) < NEAR) & (np.abs(north) < NEAR)
    has_moved = (rough_m >= 1.01 * limit_m) | (gaps_us >= _STATIONARY_US)
    is_plausible = rough_m <= 0.99 * IMPLAUSIBLE_MPS * gaps_us / 1e6
    is_step = np.zeros(len(instants), bool)
    is_step[1:] = (gaps_us > 0) & is_exact & is_on_land & is_near & has_moved & is_plausible
    return is_step
