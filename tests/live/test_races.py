"""Two at once, over real connections: nobody gets more than she can carry, and one of many wins."""

from tests.live.races import answer_at_once, overload, report_at_once, standing


def test_sixty_reports_at_once_overload_nobody(city, server, owner):
    workers = [city.worker("g1", capacity=5), city.worker("g1", capacity=5), city.worker("g1", capacity=5)]
    outer = city.worker("g3", capacity=5)
    answers = report_at_once(server, city.supervisor(), city.in_grid("g1"), reports=60, threads=16)
    assert overload(owner, city) == []
    assert {w.id: standing(owner, w) for w in [*workers, outer]} == {w.id: 5 for w in [*workers, outer]}
    waiting = [a["waiting"]["reason"] for a in answers if a["waiting"]]
    assert len(waiting) == 40
    assert set(waiting) == {"nobody_eligible"}


def test_many_answers_at_once_to_one_offer_have_one_winner(city, server, owner):
    for life_ms in (0, 30, 100, 5000):
        ended = answer_at_once(server, city, owner, threads=15, answers=15, life_ms=life_ms)
        print(f"an offer of {life_ms} ms: {dict(ended)}")
