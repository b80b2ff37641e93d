"""Storms and absences: as many as asked for, around what was, the same for the same seed."""

from datetime import timedelta
from statistics import median
from uuid import UUID

from app.core.geodesic import metres_between
from app.simulation.rules.people import Behaviour, Chance
from app.simulation.rules.scenarios import Report, absent, storm
from tests.simulation.worlds import GRIDS, START, worker

DAY = {"since": START, "until": START + timedelta(days=1)}
REPORTS = [
    Report(UUID(int=n), f"R{n}", START + timedelta(minutes=7 * n), 120.1 + 0.001 * n, 30.2, "E0102")
    for n in range(100)
]


def chance(seed=1):
    return Chance(seed, Behaviour())


def test_storm_adds_copies_near_real_reports():
    reports = storm(REPORTS, 5, chance(), **DAY)
    assert len(reports) == len({r.id for r in reports}) == 500
    assert set(REPORTS) <= set(reports)
    assert all(START <= r.at < START + timedelta(days=1) for r in reports)
    real = {r.name: r for r in REPORTS}
    copies = [(r, real[r.name.split("+")[0]]) for r in reports if "+" in r.name]
    apart = [metres_between(a.lon, a.lat, b.lon, b.lat) for a, b in copies]
    assert 40 < median(apart) < 110
    assert max(apart) < 400
    assert 5 < median(abs((a.at - b.at).total_seconds()) / 60 for a, b in copies) < 25
    assert storm(REPORTS, 5, chance(), **DAY) == reports != storm(REPORTS, 5, chance(2), **DAY)
    assert storm(REPORTS, 1, chance(), **DAY) == REPORTS
    assert 20 < len(storm(REPORTS, 0.5, chance(), **DAY)) < 80


def test_absence_removes_given_share_of_workers_on_duty():
    crew = [worker(n, list(GRIDS)[n % 4]) for n in range(20)]
    crew += [worker(90 + n, next(iter(GRIDS)), spans=[]) for n in range(5)]
    there = [w.id for w in absent(crew, 0.4, chance()) if w.spans]
    assert len(there) == 12
    assert len(absent(crew, 0.4, chance())) == 25
    assert there == [w.id for w in absent(crew, 0.4, chance()) if w.spans]
    assert there != [w.id for w in absent(crew, 0.4, chance(2)) if w.spans]
