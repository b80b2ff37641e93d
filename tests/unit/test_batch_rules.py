"""Rules of a batch: eligibility, the reason of each unplaced case, and independence of input order."""

import random
from dataclasses import replace
from uuid import UUID

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dispatch.rules import batch
from app.dispatch.rules.batch import BatchInput, decide, stored_candidates
from app.dispatch.rules.batch_input import PoolWorker, WaitingDemand, build_batch_input
from app.dispatch.rules.ranking import Demand
from app.profiles.rules.profile import parse_profile
from app.profiles.service import packaged_profile

PROFILE = parse_profile(packaged_profile("generic"))
WEIGHTS, SETTINGS = PROFILE.dispatch_weights, PROFILE.modes["normal"]
CHAIN = {"district": "d", "street": "d.s", "community": "d.s.c1", "grid": "d.s.c1.g1"}
ELSEWHERE = {"district": "d", "street": "d.s", "community": "d.s.c2", "grid": "d.s.c2.g3"}


def uuid(n):
    return UUID(int=n)


def waits(n, *, lon=0.0, lat=0.0, chain=CHAIN, late=False, rounds=0, **fields):
    return WaitingDemand(
        Demand(uuid(n), fields.pop("role", "handle"), lon, lat, **fields), chain, late, rounds
    )


def works(n, *, open_work=0, capacity=5, skills=(), kept_out=None, home="d.s.c1.g1", role="worker", at=None):
    lon, lat = at or (None, None)
    return PoolWorker(
        uuid(n),
        open_work,
        capacity,
        frozenset(skills),
        kept_out,
        [(home, role)],
        lon,
        lat,
        None if at is None else 30.0,
    )


def answer(waiting, workers):
    given = build_batch_input(waiting, workers, SETTINGS)
    decision = decide(given, WEIGHTS)
    chosen = {
        given.demands["id"][d]: given.workers["id"][w] if w >= 0 else None
        for d, w in enumerate(decision.worker)
    }
    return chosen, dict(zip(given.demands["id"], decision.reason, strict=True))


def test_batch_assigns_near_workers_and_spreads_load():
    workers = [works(1, at=(0, 0)), works(2, at=(0.01, 0))]
    waiting = [waits(n, lon=0.0001 * n) for n in range(11, 15)]
    chosen, _ = answer(waiting, workers)
    assert sorted(chosen.values()) == sorted([str(uuid(1))] * 2 + [str(uuid(2))] * 2)


def test_batch_prefers_responsible_worker_over_nearer_ones():
    near = [works(n, at=(0.00001 * n, 0), home="d.s.c2.g3") for n in range(1, 31)]
    own = works(99, at=(0.003, 0))
    chosen, reasons = answer([waits(100)], [*near, own])
    assert chosen[str(uuid(100))] == str(uuid(99))
    assert reasons[str(uuid(100))] == "responsible"


def test_batch_assigns_worker_without_position():
    chosen, reasons = answer([waits(9)], [works(1), works(2, home="d.s.c2.g3")])
    assert (chosen[str(uuid(9))], reasons[str(uuid(9))]) == (str(uuid(1)), "responsible")
    chosen, reasons = answer([waits(9, chain=ELSEWHERE)], [works(1)])
    assert reasons[str(uuid(9))] == "nearest_street"


def scenes():
    """For each reason a scene in which demand 9 gets nobody for it."""
    declined = {uuid(1): "declined"}
    return {
        batch.ASKED_ENOUGH: ([waits(9, rounds=SETTINGS.max_rounds)], [works(1)]),
        batch.NOBODY_ON_DUTY: ([waits(9)], [works(1, kept_out="off_duty")]),
        batch.NOBODY_SKILLED: ([waits(9, skills=frozenset({"gas"}))], [works(1, skills=("water",))]),
        batch.ALL_EXCLUDED: ([waits(9, excluded=declined)], [works(1), works(2, kept_out="off_duty")]),
        batch.EVERYONE_FULL: ([waits(9)], [works(1, kept_out="full", open_work=5)]),
        batch.OUTRANKED: ([waits(9, priority=3), waits(8, priority=1)], [works(1, capacity=1)]),
    }


def test_batch_gives_each_unplaced_reason_in_its_scene():
    for reason, (waiting, workers) in scenes().items():
        chosen, reasons = answer(waiting, workers)
        assert chosen[str(uuid(9))] is None, reason
        assert reasons[str(uuid(9))] == reason
    # Losing a race happens in the database only: tests/dispatch.
    assert {*scenes(), batch.LOST_RACE} == set(batch.UNPLACED)


def test_batch_reports_nobody_on_duty_without_workers():
    _, reasons = answer([waits(9)], [])
    assert reasons == {str(uuid(9)): batch.NOBODY_ON_DUTY}


def test_batch_places_urgent_and_late_first_when_capacity_is_scarce():
    waiting = [waits(7, priority=2), waits(8, priority=2, late=True), waits(9, priority=1)]
    chosen, _ = answer(waiting, [works(1, capacity=2)])
    assert [chosen[str(uuid(n))] is not None for n in (7, 8, 9)] == [False, True, True]


def test_batch_places_cases_with_deadline_before_checks():
    near = {"lon": 0.0, "lat": 0.0}
    waiting = [
        waits(7, priority=1, role="check", late=True, **near),
        waits(8, priority=3, lon=0.01),
        waits(9, priority=2, role="check", **near),
    ]
    chosen, reasons = answer(waiting, [works(1, capacity=1, at=(0, 0))])
    assert [chosen[str(uuid(n))] is not None for n in (7, 8, 9)] == [False, True, False]
    assert reasons[str(uuid(7))] == batch.OUTRANKED
    chosen, _ = answer(waiting, [works(1, capacity=3, at=(0, 0))])
    assert None not in chosen.values()


@st.composite
def situations(draw):
    homes = ["d.s.c1.g1", "d.s.c1.g2", "d.s.c2.g3", "d.s2.c9.g9"]
    place = st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))
    workers = [
        works(
            n,
            open_work=draw(st.integers(0, 3)),
            capacity=draw(st.integers(1, 4)),
            skills=draw(st.sets(st.sampled_from(["gas", "water"]))),
            kept_out=draw(st.sampled_from([None, None, None, "off_duty"])),
            home=draw(st.sampled_from(homes)),
            role=draw(st.sampled_from(["worker", "substitute", "chief"])),
            at=draw(st.one_of(st.none(), place)),
        )
        for n in range(1, draw(st.integers(1, 30)))
    ]
    workers = [
        replace(w, kept_out=w.kept_out or ("full" if w.open_work >= w.capacity else None)) for w in workers
    ]
    waiting = [
        waits(
            1000 + n,
            lon=draw(place)[0],
            lat=draw(place)[1],
            chain=draw(st.sampled_from([CHAIN, ELSEWHERE])),
            late=draw(st.booleans()),
            priority=draw(st.integers(1, 3)),
            skills=draw(st.sampled_from([frozenset(), frozenset({"gas"})])),
            excluded={uuid(k): "declined" for k in draw(st.sets(st.integers(1, 5), max_size=2))},
        )
        for n in range(draw(st.integers(0, 25)))
    ]
    return waiting, workers


@settings(max_examples=100, print_blob=True, deadline=None)
@given(situations(), st.integers())
def test_batch_result_is_independent_of_input_order(situation, seed):
    waiting, workers = situation
    shuffled = random.Random(seed)
    mixed, others = list(waiting), list(workers)
    shuffled.shuffle(mixed)
    shuffled.shuffle(others)
    first, second = build_batch_input(waiting, workers, SETTINGS), build_batch_input(mixed, others, SETTINGS)
    assert first.as_json() == second.as_json()
    assert decide(first, WEIGHTS).worker.tolist() == decide(second, WEIGHTS).worker.tolist()


@settings(max_examples=100, print_blob=True, deadline=None)
@given(situations())
def test_batch_assigns_only_eligible_workers_and_explains_the_rest(situation):
    waiting, workers = situation
    given = build_batch_input(waiting, workers, SETTINGS)
    decision = decide(given, WEIGHTS)
    people, demands = {str(w.id): w for w in workers}, {str(w.demand.incident_id): w for w in waiting}
    taken = {}
    for d, name in enumerate(given.demands["id"]):
        if decision.worker[d] < 0:
            assert decision.reason[d] in batch.UNPLACED
            continue
        worker, demand = people[given.workers["id"][decision.worker[d]]], demands[name].demand
        taken[worker.id] = taken.get(worker.id, 0) + 1
        assert worker.kept_out is None
        assert demand.skills <= worker.skills
        assert worker.id not in demand.excluded
    for worker_id, n in taken.items():
        worker = people[str(worker_id)]
        assert worker.open_work + n <= worker.capacity


@settings(max_examples=50, print_blob=True, deadline=None)
@given(situations())
def test_stored_batch_input_reproduces_decision(situation):
    given = build_batch_input(*situation, SETTINGS)
    stored = BatchInput.of_json(orjson.loads(given.as_json()))
    first, again = decide(given, WEIGHTS), decide(stored, WEIGHTS)
    assert stored.digest(WEIGHTS) == given.digest(WEIGHTS)
    assert (first.worker.tolist(), first.objective) == (again.worker.tolist(), again.objective)
    assert stored_candidates(given, first) == stored_candidates(stored, again)


def test_batch_digest_changes_with_weights():
    given = build_batch_input([waits(9)], [works(1)], SETTINGS)
    assert given.digest(WEIGHTS) != given.digest(replace(WEIGHTS, load=WEIGHTS.load + 1))


def test_batch_uses_street_times_and_includes_them_in_digest():
    plain = build_batch_input([waits(9)], [works(1, at=(0.005, 0)), works(2, at=(0.006, 0))], SETTINGS)
    assert b"travel" not in plain.as_json()  # inputs from before keep their digest
    travel = {"seconds_per_m": 0.93}
    by_street = replace(plain, pairs=plain.pairs | {"seconds": [1200, 400]}, travel=travel)
    other = replace(plain, pairs=plain.pairs | {"seconds": [1200, 401]}, travel=travel)
    half = replace(plain, pairs=plain.pairs | {"seconds": [1200, -1]}, travel=travel)
    chosen = [plain.workers["id"][decide(given, WEIGHTS).worker[0]] for given in (plain, by_street, half)]
    assert chosen == [str(uuid(n)) for n in (1, 2, 2)]
    assert len({given.digest(WEIGHTS) for given in (plain, by_street, other)}) == 3
    again = BatchInput.of_json(orjson.loads(by_street.as_json()))
    assert again.digest(WEIGHTS) == by_street.digest(WEIGHTS)
    # A way that takes as long by street as by the line costs the same, whoever told it.
    metres = plain.pairs["metres"]
    same = replace(plain, pairs=plain.pairs | {"seconds": [round(m * 0.93) for m in metres]}, travel=travel)
    costs = [decide(given, WEIGHTS).parts["travel"] for given in (plain, same)]
    assert abs(costs[0] - costs[1]).max() <= 5
