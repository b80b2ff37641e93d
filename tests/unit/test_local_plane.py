"""The local plane: lengths within a thousandth across a district, and exact round trips."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, box

from app.areas.rules.plane import Plane

LON, LAT = 120.114, 30.279
METRES_PER_DEGREE = np.array([111_412.84 * math.cos(math.radians(LAT)), 110_860.0])


@settings(deadline=None)
@given(st.floats(-10_000, 10_000), st.floats(-10_000, 10_000), st.floats(0, math.pi))
def test_plane_measures_length_within_a_thousandth(x: float, y: float, angle: float) -> None:
    # Against the midpoint formula of the ellipsoid, which is good to a millimetre over a kilometre.
    start = np.array([LON, LAT]) + np.array([x, y]) / METRES_PER_DEGREE
    end = start + np.array([math.cos(angle), math.sin(angle)]) * 1000 / METRES_PER_DEGREE
    middle = math.radians((start[1] + end[1]) / 2)
    w = math.sqrt(1 - 6.69437999014e-3 * math.sin(middle) ** 2)
    east = math.radians(end[0] - start[0]) * 6378137 / w * math.cos(middle)
    north = math.radians(end[1] - start[1]) * 6378137 * (1 - 6.69437999014e-3) / w**3
    plane = Plane([box(LON - 0.1, LAT - 0.09, LON + 0.1, LAT + 0.09)])
    flat = plane.flat(LineString([start, end]))
    # One in a thousand at 10 km to the north or south, and less nearer to the middle.
    assert flat.length == pytest.approx(math.hypot(east, north), rel=1e-7 * (abs(y) + 1000))


def test_plane_round_trips_exactly() -> None:
    # London: near the meridian of Greenwich degrees have more digits than metres from the middle.
    vertices = np.random.default_rng(7).uniform([-0.1, 51.4], [0.2, 51.7], (10_000, 2))
    plane = Plane([LineString(vertices)])
    assert plane.round(plane.flat(LineString(vertices))).equals_exact(LineString(vertices), 0)
