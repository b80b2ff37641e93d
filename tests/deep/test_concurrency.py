"""Many at once, over real connections and without faults."""

import os
from collections import Counter
from functools import partial

import psycopg
import pytest

from tests.live.databases import plain
from tests.live.races import answer_at_once, overload, report_at_once, standing
from tests.live.storm import storm
from tests.seeds import SEED

pytestmark = pytest.mark.deep


def test_two_thousand_reports_overload_no_worker(city, server, owner, capsys):
    workers = [city.worker("g1", capacity=5) for _ in range(3)]
    outer = [city.worker(grid, capacity=5) for grid in ("g2", "g3")]
    answers = report_at_once(server, city.supervisor(), city.in_grid("g1"), reports=2000, threads=64)
    assert overload(owner, city) == []
    assert [standing(owner, w) for w in [*workers, *outer]] == [5] * 5
    reasons = Counter((a["waiting"] or a["assignment"])["reason"] for a in answers)
    with capsys.disabled():
        print(f"\n2,000 reports at once: {dict(reasons)}")
    assert sum(1 for a in answers if a["assignment"]) == 25
    assert reasons["nobody_eligible"] == 1975
    assert len({a["case_no"] for a in answers}) == 2000


@pytest.mark.parametrize("life_ms", [0, 50, 200, 800, 30_000])
def test_five_hundred_answers_to_offer_have_one_winner(city, server, owner, life_ms, capsys):
    outcomes = answer_at_once(server, city, owner, threads=48, answers=500, life_ms=life_ms)
    with capsys.disabled():
        print(f"\nan offer of {life_ms} ms: {dict(outcomes)}")


def test_twenty_thousand_offer_races_keep_invariants(city, server, owner, settings, capsys):
    """Each race: accept, decline and expiry of one offer at once, while batches run and people go off duty."""
    races = int(os.environ.get("GRIDWARD_RACES", "20000"))
    connect = partial(psycopg.connect, plain(settings.database_url), autocommit=True)
    tally = storm(server, city, owner, connect, races=races, threads=8, seed=SEED)
    with capsys.disabled():
        print(f"\nseed {SEED}: {dict(tally)}")
    assert tally["races"] >= races
    assert all(
        tally[f"offer {state}"] for state in ("accepted", "declined", "expired", "undelivered", "withdrawn")
    )
    assert tally["asked of several"] > races / 50
