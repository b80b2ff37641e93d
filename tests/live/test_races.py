"""Two at once, over real connections: no worker exceeds their capacity, and one of many wins."""

from functools import partial

import psycopg

from tests.live.databases import plain
from tests.live.races import answer_at_once, overload, report_at_once, standing
from tests.live.storm import storm
from tests.seeds import SEED


def test_sixty_concurrent_reports_overload_no_worker(city, server, owner):
    workers = [city.worker("g1", capacity=5), city.worker("g1", capacity=5), city.worker("g1", capacity=5)]
    outer = city.worker("g3", capacity=5)
    answers = report_at_once(server, city.supervisor(), city.in_grid("g1"), reports=60, threads=16)
    assert overload(owner, city) == []
    assert {w.id: standing(owner, w) for w in [*workers, outer]} == {w.id: 5 for w in [*workers, outer]}
    waiting = [a["waiting"]["reason"] for a in answers if a["waiting"]]
    assert len(waiting) == 40
    assert set(waiting) == {"nobody_eligible"}


def test_concurrent_answers_to_offer_have_one_winner(city, server, owner):
    for life_ms in (0, 30, 100, 5000):
        ended = answer_at_once(server, city, owner, threads=15, answers=15, life_ms=life_ms)
        print(f"an offer of {life_ms} ms: {dict(ended)}")


def test_concurrent_offer_actions_keep_invariants(city, server, owner, settings):
    """The short form; 20,000 of them: `make check-deep ARGS='-k twenty_thousand'`."""
    connect = partial(psycopg.connect, plain(settings.database_url), autocommit=True)
    tally = storm(server, city, owner, connect, races=60, threads=4, seed=SEED)
    print(dict(tally))
    assert tally["races"] >= 60
    assert tally["asked of several"] > 0
