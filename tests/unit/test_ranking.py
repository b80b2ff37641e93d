"""Ranking of candidates: independent of input order, nearer rings first."""

import random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.dispatch.rules.ranking import Candidate, Demand, eligible, judge
from app.dispatch.rules.run_sentences import outcome_sentences, verdict_sentences
from app.profiles.rules.profile import parse_profile
from app.profiles.service import packaged_profile

PROFILE = parse_profile(packaged_profile("xihu"))
SETTINGS = PROFILE.modes["normal"]
RINGS = list(SETTINGS.rings)

candidates = st.lists(
    st.builds(
        Candidate,
        worker_id=st.integers(1, 10**6).map(lambda n: UUID(int=n)),
        name=st.sampled_from(["王芳", "陈刚", "Li"]),
        ring=st.sampled_from(RINGS),
        relation=st.sampled_from(["worker", "substitute", "chief"]),
        is_on_duty=st.booleans(),
        open_work=st.integers(0, 6),
        capacity=st.integers(0, 6),
        skills=st.frozensets(st.sampled_from(["electric", "first_aid"])),
        distance_m=st.none() | st.floats(0, 5_000),
        position_age_s=st.none() | st.floats(0, 5_000),
    ),
    max_size=12,
    unique_by=lambda c: c.worker_id,
)
demands = st.builds(
    Demand,
    incident_id=st.just(UUID(int=7)),
    role=st.just("handle"),
    lon=st.just(120.0),
    lat=st.just(30.0),
    skills=st.frozensets(st.sampled_from(["electric", "first_aid"])),
    priority=st.just(2),
    excluded=st.dictionaries(
        st.integers(1, 10**6).map(lambda n: UUID(int=n)), st.just("declined"), max_size=3
    ),
)


def _judge(demand, people):
    return judge(demand, people, PROFILE.dispatch_weights, SETTINGS)


@given(demands, candidates, st.integers())
def test_ranking_is_independent_of_candidate_order(demand, people, seed):
    shuffled = people[:]
    random.Random(seed).shuffle(shuffled)
    assert _judge(demand, people) == _judge(demand, shuffled)


@given(demands, candidates)
def test_ranking_selects_eligible_candidates_and_explains_the_rest(demand, people):
    verdicts = _judge(demand, people)
    assert len(verdicts) == len(people)
    by_id = {c.worker_id: c for c in people}
    for verdict in verdicts:
        person = by_id[verdict.worker_id]
        may = (
            person.worker_id not in demand.excluded
            and person.is_on_duty
            and demand.skills <= person.skills
            and person.open_work < person.capacity
        )
        assert verdict.eligible is may
        spoken = verdict_sentences(verdict.as_json(None))
        assert person.name in spoken["en"]
        assert person.name in spoken["zh"]


@given(demands, candidates)
def test_ranking_puts_nearer_ring_first(demand, people):
    order = [RINGS.index(v.ring) for v in eligible(_judge(demand, people))]
    assert order == sorted(order)


@given(demands, candidates)
def test_ranking_puts_responsible_worker_first_in_grid(demand, people):
    ranked = eligible(_judge(demand, people))
    relations = [v.relation for v in ranked if v.ring == "grid"]
    assert relations == sorted(relations, key=["worker", "substitute", "chief"].index)


def test_ranking_treats_stale_fix_as_unknown_position():
    def candidate(age):
        return Candidate(UUID(int=1), "x", "grid", "worker", True, 0, 5, frozenset(), 10.0, age)

    demand = Demand(UUID(int=7), "handle", 120.0, 30.0)
    fresh, stale = (_judge(demand, [candidate(age)])[0] for age in (5.0, 10_000.0))
    assert "travel" in fresh.cost
    assert stale.cost["unknown_position"] == PROFILE.dispatch_weights.unknown_position_penalty


def test_ranking_outcome_has_sentences_in_both_languages():
    assert outcome_sentences("offered", "responsible", "王芳") == {
        "en": "Offer sent to 王芳.",
        "zh": "已派给王芳。",
    }
    assert "supervisor" in outcome_sentences("waiting", "no_grid", None)["en"]
