"""Candidates of a ring are cut to the nearest ones on the ground, not to the nearest in degrees."""

import pytest

from app.core.geodesic import metres_between
from app.dispatch.rules.ranking import RING_LIMIT
from tests.dispatch.acts import last_run, stand
from tests.factories import make_city


def test_nearest_worker_is_candidate_when_many_are_nearer_in_degrees(app, settings, report, rows):
    # At 60 degrees of latitude a degree of longitude is half as long as one of latitude.
    city = make_city(app, settings, at=(25.0, 60.0))
    spot = city.in_grid("g1")
    supervisor, reporter = city.supervisor(), city.worker("g3", on_duty=False)
    for n in range(RING_LIMIT):
        stand(city.worker("g1", name=f"North {n}"), spot["lon"], spot["lat"] + 0.006)
    nearest = city.worker("g1", name="East")
    stand(nearest, spot["lon"] + 0.0075, spot["lat"])
    run = last_run(supervisor, report(reporter, spot))
    assert (run["tier"], run["worker_name"]) == (0, "East")
    distances_m = {verdict["name"]: verdict["distance_m"] for verdict in run["candidates"]}
    assert len(distances_m) == RING_LIMIT
    # The database and Python measure the same.
    expected_m = metres_between(spot["lon"] + 0.0075, spot["lat"], spot["lon"], spot["lat"])
    assert distances_m["East"] == pytest.approx(expected_m, abs=0.051)
    [row] = rows(
        "select ST_Distance(cast(ST_Point(:lon + 0.0075, :lat, 4326) as geography), "
        "cast(ST_Point(:lon, :lat, 4326) as geography)) m",
        **spot,
    )
    assert row.m == pytest.approx(expected_m, abs=1e-6)
