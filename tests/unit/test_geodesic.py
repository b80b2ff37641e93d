"""Distances on the spheroid, and what is derived from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.geodesic import (
    degrees_around,
    geocentric,
    metres_between,
    metres_between_each,
    metres_per_degree,
)

LON, LAT = 120.114, 30.2787


def test_distance_equals_published_distance_of_two_airports():
    # Los Angeles and Paris: the value of ST_Distance(geography, geography) in the manual of PostGIS.
    assert metres_between(-118.4079, 33.9434, 2.5559, 49.0083) == pytest.approx(9_124_665.27, abs=0.01)


def test_distance_is_correct_at_antimeridian_and_poles():
    assert metres_between(179.9999, 0, -179.9999, 0) == pytest.approx(22.26, abs=0.01)
    assert metres_between(0, 89.999, 180, 89.999) == pytest.approx(223.39, abs=0.01)
    assert metres_between(LON, LAT, LON, LAT) == 0


def test_distances_of_arrays_equal_single_distances_and_keep_nan():
    rng = np.random.default_rng(7)
    origins = rng.uniform([-180, -90], [180, 90], (200, 2))
    destinations = origins + rng.uniform(-0.1, 0.1, (200, 2))
    destinations[:, 1] = np.clip(destinations[:, 1], -90, 90)
    origins[3] = np.nan
    metres = metres_between_each(origins, destinations)
    assert np.isnan(metres[3])
    for n in {*range(200)} - {3}:
        assert metres[n] == pytest.approx(metres_between(*origins[n], *destinations[n]), abs=1e-6)
    assert metres_between_each(np.zeros((0, 2)), np.zeros((0, 2))).shape == (0,)


@given(st.floats(-180, 180), st.floats(-85, 85), st.floats(-0.08, 0.08), st.floats(-0.08, 0.08))
def test_geocentric_chord_equals_distance_to_a_centimetre(lon, lat, east, north):
    origin, destination = geocentric(np.array([[lon, lat], [lon + east, lat + north]]))
    assert np.linalg.norm(origin - destination) == pytest.approx(
        metres_between(lon, lat, lon + east, lat + north), abs=0.01
    )


@given(st.floats(-85, 85))
def test_degree_lengths_equal_distances_on_the_ground(lat):
    east_m, north_m = metres_per_degree(lat)
    assert metres_between(0, lat, 1e-3, lat) == pytest.approx(east_m / 1000, rel=1e-6)
    assert metres_between(0, lat - 5e-4, 0, lat + 5e-4) == pytest.approx(north_m / 1000, rel=1e-6)


@given(st.floats(-85, 85), st.floats(1, 20_000))
def test_search_box_contains_all_places_within_the_distance(lat, within_m):
    across, up = degrees_around(lat, within_m)
    # Every point of the edge is at least so far away; the corners and middles of the sides stand for it.
    for east, north in ((across, 0), (0, up), (0, -up), (across, up), (across, -up)):
        assert metres_between(0, lat, east, lat + north) >= within_m
