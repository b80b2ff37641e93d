"""Rules of signals: significance, similarity of words, and continuation of a standing signal."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.profiles.rules.profile import ProfileInvalid, parse_profile
from app.profiles.rules.signals import DEFAULTS, parse_signals
from app.profiles.service import packaged_profile
from app.signals.rules import space_time
from app.signals.rules.probabilities import (
    accepted_by_fdr,
    binomial_or_fewer,
    binomial_or_more,
    rise_probability,
)
from app.signals.rules.signals import continued_keys
from app.signals.rules.space_time import Cluster, ScanLimits, scan
from app.signals.rules.text_clusters import ReportText, text_clusters, words_in_common, words_of

DAYS = 60


def town(seed: int, burst: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """1,500 reports, half of them in one busy place, on any day; and so many more that come together at its edge."""
    chance = np.random.default_rng(seed)
    spread = chance.uniform([0, 0], [5000, 3000], (750, 2))
    busy = chance.normal([2000, 1500], 250, (750, 2))
    near = chance.normal([4300, 700], 50, (burst, 2))
    days = np.concatenate([chance.integers(0, DAYS, 1500), chance.integers(DAYS - 4, DAYS, burst)])
    return np.concatenate([spread, busy, near]), days


def clusters_in(places: np.ndarray, days: np.ndarray, seed: int = 1) -> list[Cluster]:
    return scan(
        places,
        days,
        last_day=DAYS - 1,
        limits=ScanLimits((100.0, 200.0, 300.0, 400.0), longest=7, shuffles=99, least=5, p_most=0.05),
        seed=seed,
    )


def test_cluster_is_detected_at_place_and_time_of_burst():
    clusters = clusters_in(*town(7, burst=25))
    assert len(clusters) == 1
    first = clusters[0]
    assert np.hypot(first.x_m - 4300, first.y_m - 700) < 200
    assert sum(member >= 1500 for member in first.members) >= 18
    assert first.expected < 6 and first.p == 0.01 and first.days <= 5
    assert clusters_in(*town(7, burst=25)) == clusters


def test_cluster_of_shuffle_is_same_from_last_days_and_all_days():
    for seed in range(4):
        places, days = town(seed, burst=10 * seed)
        land = space_time._land(places, (100.0, 200.0, 300.0, 400.0))
        reports = np.bincount(land.cell_of, minlength=len(land.centres)).astype(float)
        totals = space_time._in_discs(land, reports)
        all_of_it = space_time._judge(land, DAYS - 1 - days, totals, 7)[2]
        discs = space_time._discs(land, totals)
        assert space_time._highest(land, discs, DAYS - 1 - days, 7) == all_of_it.max() > 0


def test_constantly_busy_place_is_no_cluster():
    """In one of twenty towns chance alone looks like one: of ten, three would be too many (p < 0.002 each way)."""
    assert sum(bool(clusters_in(*town(seed))) for seed in range(10)) <= 2


def test_too_few_reports_are_no_cluster():
    assert clusters_in(np.zeros((4, 2)), np.full(4, DAYS - 1)) == []


@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.01, 0.99))
def test_binomial_tails_add_up(seen, of, share):
    seen = min(seen, of)
    both = binomial_or_more(seen, of, share) + binomial_or_fewer(seen, of, share)
    assert 1 - 1e-9 <= both <= 2
    if seen < of:
        whole = binomial_or_more(seen + 1, of, share) + binomial_or_fewer(seen, of, share)
        assert whole == pytest.approx(1)


def test_rise_probability_accounts_for_length_of_past():
    # As scipy.stats.binomtest(7, 15, 7 / 91, alternative="greater") has it.
    assert rise_probability(7, 8, 7, 84) == pytest.approx(5.8868e-05, rel=0.001)
    assert rise_probability(7, 8, 7, 7) > 0.5
    assert rise_probability(0, 8, 7, 84) == 1


def test_false_discovery_rate_limits_accepted_chances():
    assert accepted_by_fdr([0.001, 0.2, 0.9], 0.05) == [True, False, False]
    assert accepted_by_fdr([0.04] + [0.9] * 9, 0.05) == [False] * 10
    assert accepted_by_fdr([0.04], 0.05) == [True]
    assert accepted_by_fdr([], 0.05) == []


def test_false_rises_are_rare_when_all_grids_are_counted():
    """Nights in which nothing has changed: 2,000 grids with a report a week, of which only those with five are given."""
    pace, weeks, least = 1.0, 12, 5
    chance = np.random.default_rng(20261127)
    false = {"given": 0, "all": 0}
    for _ in range(100):
        past, lately = chance.poisson(pace * weeks, 2000), chance.poisson(pace, 2000)
        chances = [
            rise_probability(int(n), int(m), 7, 7 * weeks)
            for n, m in zip(lately, past, strict=True)
            if n >= least
        ]
        false["given"] += any(accepted_by_fdr(chances, 0.01))
        false["all"] += any(accepted_by_fdr(chances, 0.01, of=2000))
    # One night in a hundred may have one; judged beside those given only, most have.
    assert false["all"] <= 5 and false["given"] > 20, false


def report(n: int, words: str, lon: float = 120.0) -> ReportText:
    return ReportText(UUID(int=n), lon, 30.0, frozenset(words[i : i + 2] for i in range(len(words) - 1)))


def test_pile_groups_similar_words_at_one_place():
    alike = [report(1, "共享单车乱停"), report(2, "单车乱停堵路"), report(3, "单车堵路")]
    others = [report(4, "共享单车乱停", lon=121), report(5, "夜里有人放鞭炮")]
    groups = text_clusters(alike + others, similarity=0.3, radius_m=1000, least=3)
    assert [{item.id for item in group} for group in groups] == [{item.id for item in alike}]
    assert text_clusters(alike + others, similarity=0.3, radius_m=1000, least=4) == []
    dictionary = words_of(["共享单车乱停放", "Shared bicycles"])
    assert words_in_common(alike, dictionary)[0] == "单车"


def test_pile_words_exclude_personal_names():
    about = [report(n, f"张三家门口单车乱停{n}") for n in range(3)]
    dictionary = words_of(["共享单车乱停放", "Zhang San"])
    assert set(words_in_common(about, dictionary)) == {"单车", "乱停", "车乱"}
    latin = [report(n, "zhang san parks badly") for n in range(3)]
    assert words_in_common(latin, dictionary) == []


@pytest.mark.parametrize("middle", [120.0, 180.0])
def test_pile_groups_near_reports_across_cell_edges(middle):
    """Each is like the next and 900 m from it, along a parallel and across the meridian where longitude begins."""
    row = [report(n, "共享单车乱停", lon=(middle + 0.00934 * (n - 25) + 180) % 360 - 180) for n in range(50)]
    assert [len(group) for group in text_clusters(row, similarity=0.3, radius_m=1000, least=2)] == [50]
    assert text_clusters(row, similarity=0.3, radius_m=850, least=2) == []


def test_signal_continues_standing_signal_with_most_common_members():
    ids = [UUID(int=n) for n in range(6)]
    standing = [("old", frozenset(ids[:3])), ("other", frozenset(ids[3:5]))]
    candidates = [("a", frozenset(ids[:4])), ("b", frozenset(ids[3:])), ("c", frozenset([UUID(int=9)]))]
    assert continued_keys(candidates, standing) == ["old", "other", "c"]
    assert continued_keys(candidates, []) == ["a", "b", "c"]


def test_signal_settings_of_profile_are_validated_with_defaults():
    assert parse_signals(None) == DEFAULTS
    document = packaged_profile("generic")
    given = {"cluster_radii_m": [300, 100], "unanswered_days": 3, "note": "spring"}
    read = parse_profile(
        document | {"signals": given, "duplicates": {"radius_m": 50, "weights": {"text": 0}}}
    )
    assert read.signals.cluster_radii_m == (100, 300) and read.signals.unanswered_days == 3
    assert (read.duplicates.radius_m, read.duplicates.text, read.duplicates.time) == (50, 0, 1)
    wrong = {"unheard_households": 3, "cluster_p_most": 2, "bouncing_returns": 0, "worst": 1}
    with pytest.raises(ProfileInvalid) as faults:
        parse_profile(document | {"signals": wrong, "duplicates": {"radius_m": 0, "weights": {"who": 1}}})
    assert {fault.path for fault in faults.value.findings} == {
        *(f"signals.{name}" for name in wrong),
        "duplicates.radius_m",
        "duplicates.weights.who",
    }
