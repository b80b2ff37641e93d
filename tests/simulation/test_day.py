"""Simulated days keep their books: nobody is lost, nobody does two things at once, the same seed is the same day."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from app.profiles.rules.redispatch import Broadcast
from app.simulation.rules.figures import figures, gini, missed, percentile
from app.simulation.rules.incidents import CHECK, HANDLE
from app.simulation.rules.policies import POLICIES
from tests.simulation.worlds import DAY, GRIDS, HOUR, SETTINGS, incident, live, random_day, worker

G11, G12, G21, G22 = GRIDS
POLICY = st.sampled_from(sorted(POLICIES))
SURE = {"decline": 0, "silent": 0, "unlocated": 0}


def outcome(lived):
    """All that a day came to, as plain values."""
    tasks = [
        (
            t.incident.id,
            t.role,
            t.state,
            t.reason,
            t.worker_id,
            t.offered_at,
            t.accepted_at,
            t.arrived_at,
            t.done_at,
        )
        for t in lived.tasks
    ]
    return tasks, lived.spans, {w: (s.metres, s.taken, s.busy_s) for w, s in lived.workers.items()}


@given(
    seed=st.integers(0, 10_000),
    policy=POLICY,
    incidents=st.integers(0, 25),
    workers=st.integers(1, 5),
    hours=st.integers(6, 40),
    share=st.sampled_from([0, 0.3, 0.5]),
)
@settings(max_examples=40, deadline=None)
def test_simulated_day_conserves_cases_and_worker_load(seed, policy, incidents, workers, hours, share):
    reports, crew = random_day(seed, incidents=incidents, workers=workers)
    until = hours * HOUR
    lived = live(policy, reports, crew, seed=seed, until=until, decline=share, silent=share / 2)
    told_by = figures(lived, until)
    note(str(told_by))

    # Everything that came in is there once: done, with somebody, or with nobody and a reason.
    came = [r.id for r in reports if r.at < until]
    assert Counter(t.incident.id for t in lived.tasks if t.role == HANDLE) == Counter(came)
    assert told_by.done + told_by.assigned + told_by.unassigned == told_by.incidents == len(came)
    assert sum(told_by.reasons.values()) == told_by.unassigned
    assert "" not in told_by.reasons
    for task in lived.tasks:
        assert (task.worker_id is not None) == (task.state in ("offered", "accepted", "working", "done"))

    # Nobody does two things at once, and nobody begins anything off duty.
    doing = defaultdict(list)
    for span in lived.spans:
        doing[span.worker_id].append(span)
    for worker_id, spans in doing.items():
        assert all(a.until <= b.since for a, b in pairwise(spans))
        duty = lived.workers[worker_id].person.worker.spans
        begun = [s for s in spans if s.kind != "work"]
        assert all(any(since <= s.since < end for since, end in duty) for s in begun)

    # The load that dispatch counts equals the open tasks; no worker exceeds their capacity.
    for worker_id, standing in lived.workers.items():
        own_tasks = [t for t in lived.tasks if t.worker_id == worker_id and t.state != "done"]
        assert standing.person.held == len(own_tasks) <= standing.person.worker.capacity
        if policy == "nearest-free":
            assert standing.person.held <= 1

    # Times follow each other, and whoever handled a case does not check it.
    handled = {t.incident.id: t.worker_id for t in lived.tasks if t.role == HANDLE and t.state == "done"}
    for task in lived.tasks:
        instants = [task.since, task.offered_at, task.accepted_at, task.arrived_at, task.done_at]
        times = [at for at in instants if at is not None]
        assert times == sorted(times)
        if task.role == CHECK:
            assert task.worker_id != handled[task.incident.id]


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_simulated_day_depends_on_seed_and_not_on_input_order(policy):
    reports, crew = random_day(7, incidents=30, workers=4)
    day = outcome(live(policy, reports, crew, seed=5))
    assert outcome(live(policy, reports[::-1], crew[::-1], seed=5)) == day
    assert outcome(live(policy, reports, crew, seed=6)) != day


def test_worker_behaviour_is_same_under_every_policy():
    target, before = incident(0, G11, 9 * HOUR), [incident(n, G22, 8 * HOUR + n) for n in range(1, 4)]
    crew = [worker(1, G11), worker(2, G22)]
    days = [
        live(p, [target, *others], crew, **SURE, has_checks=False)
        for p in POLICIES
        for others in ([], before)
    ]
    tasks = [next(t for t in day.tasks if t.incident is target) for day in days]
    assert {t.worker_id for t in tasks} == {UUID(int=1)}
    assert len({(t.accepted_at - t.offered_at, t.done_at - t.arrived_at) for t in tasks}) == 1


def test_rings_choose_responsible_worker_and_naive_policy_nearest():
    responsible, nearer = worker(1, G11), worker(2, G12)
    # The report comes from beside the other's place, but in the first one's grid.
    lon, lat = GRIDS[G12]
    report = incident(0, G11, 9 * HOUR)
    report = type(report)(**{f: getattr(report, f) for f in report.__slots__} | {"lon": lon, "lat": lat})
    chosen = {p: live(p, [report], [responsible, nearer], **SURE).tasks[0].worker_id for p in POLICIES}
    assert chosen == {"nearest-free": nearer.id, "tier0": responsible.id, "tier0+1": responsible.id}


def test_policies_limit_held_work_to_one_or_capacity():
    reports = [incident(n, G11, 9 * HOUR) for n in range(3)]
    for policy, held in (("nearest-free", 1), ("tier0", 2), ("tier0+1", 2)):
        lived = live(policy, reports, [worker(1, G11, capacity=2)], until=9 * HOUR + 20, **SURE)
        assert lived.workers[UUID(int=1)].person.held == held


def test_batch_assigns_highest_priority_first_when_duty_begins():
    crew = [worker(1, G11, capacity=1, spans=[(10 * HOUR, 18 * HOUR)])]
    reports = [incident(0, G11, 8 * HOUR, priority=3), incident(1, G11, 9 * HOUR, priority=1)]
    for policy in ("tier0", "tier0+1"):
        lived = live(policy, reports, crew, until=10 * HOUR + 15, **SURE)
        assert [t.state for t in lived.tasks] in (
            ["waiting", "offered"],
            ["waiting", "accepted"],
            ["waiting", "working"],
        )
        assert lived.tasks[1].offered_at == 10 * HOUR + 10


def test_batch_holds_case_for_priority_delay_and_rings_do_not():
    crew = [worker(1, G11, capacity=1), worker(2, G11, spans=[(9 * HOUR + 5, 18 * HOUR)])]
    reports = [incident(n, G11, 9 * HOUR, priority=3) for n in range(2)]
    offered = {
        p: live(p, reports, crew, until=9 * HOUR + 300, **SURE).tasks[1].offered_at - 9 * HOUR
        for p in ("tier0", "tier0+1")
    }
    assert offered == {"tier0": 10, "tier0+1": 70}


def test_worker_who_declined_or_expired_is_not_offered_again():
    crew = [worker(1, G11), worker(2, G11, role="substitute")]
    lived = live("tier0", [incident(0, G11, 9 * HOUR)], crew, decline=1, silent=0)
    assert lived.tasks[0].excluded == {UUID(int=1): "declined", UUID(int=2): "declined"}
    assert lived.tasks[0].state == "waiting"
    lived = live("tier0", [incident(0, G11, 9 * HOUR)], crew, decline=0, silent=1)
    assert lived.tasks[0].excluded == {UUID(int=1): "offer_expired", UUID(int=2): "offer_expired"}
    # Thirty working minutes each; then, as the profile says, once more both together, and no more.
    assert (lived.offers, lived.tasks[0].rounds, lived.tasks[0].was_asked_of_several) == (4, 3, True)


def broadcast_settings(priorities=(1,), after_rings=False, most=8):
    return replace(SETTINGS, broadcast=Broadcast(frozenset(priorities), after_rings, most))


def test_broadcast_goes_to_first_to_accept_and_adds_no_load_before():
    crew = [worker(n, G11, capacity=1, role="substitute") for n in (1, 2, 3)]
    reports = [incident(n, G11, 9 * HOUR, priority=1) for n in range(2)]
    lived = live("tier0", reports, crew, settings=broadcast_settings(), **SURE)
    first, second = (task for task in lived.tasks if task.role == HANDLE)
    # Nobody was full when the second came in: all three were asked for both.
    assert lived.offers - sum(t.role == CHECK for t in lived.tasks) >= 6
    assert {first.reason, second.reason} == {"broadcast_priority"}
    assert first.worker_id != second.worker_id and {first.state, second.state} == {"done"}
    assert all(not standing.offers and standing.person.held == 0 for standing in lived.workers.values())


def test_broadcast_does_not_exceed_worker_capacity():
    reports = [incident(n, G11, 9 * HOUR, priority=1) for n in range(2)]
    quick = SURE | {"answer_s": 5, "answer_sigma": 0, "has_checks": False}
    lived = live("tier0", reports, [worker(1, G11, capacity=1)], settings=broadcast_settings(), **quick)
    # The worker accepted the other offer too, had no room, and the offer expired as on the server.
    assert sorted(str(task.accepted_at is None) for task in lived.tasks) == ["False", "True"]
    assert [task.excluded for task in lived.tasks if task.accepted_at is None] == [
        {UUID(int=1): "offer_expired"}
    ]


def test_leaving_or_declining_worker_ends_only_own_broadcast_offer():
    crew = [worker(1, G11, spans=[(8 * HOUR, 9 * HOUR + 5)]), worker(2, G11)]
    lived = live(
        "tier0",
        [incident(0, G11, 9 * HOUR, priority=1)],
        crew,
        settings=broadcast_settings(),
        answer_s=100,
        answer_sigma=0,
        **SURE,
    )
    assert lived.tasks[0].worker_id == UUID(int=2) and lived.tasks[0].excluded == {}
    crew, quick = [worker(1, G11), worker(2, G11)], {"answer_s": 10, "answer_sigma": 0, "silent": 0}
    lived = live(
        "tier0",
        [incident(0, G11, 9 * HOUR, priority=1)],
        crew,
        settings=broadcast_settings(),
        decline=1,
        **quick,
    )
    assert lived.tasks[0].excluded == {UUID(int=n): "declined" for n in (1, 2)}
    assert lived.tasks[0].state == "waiting" and lived.tasks[0].rounds == 1


def test_accepted_work_stays_and_offers_pass_on_when_duty_ends():
    shift = [(8 * HOUR, 9 * HOUR + 5)]
    crew = [worker(1, G11, spans=shift), worker(2, G12, spans=[(9 * HOUR + 1, 18 * HOUR)])]
    passed_on = live("tier0", [incident(0, G11, 9 * HOUR)], crew, answer_s=1000, answer_sigma=0, **SURE)
    assert passed_on.tasks[0].worker_id == UUID(int=2)
    accepted = live(
        "tier0", [incident(n, G11, 9 * HOUR) for n in (0, 1)], crew[:1], answer_s=1, answer_sigma=0, **SURE
    )
    assert [t.state for t in accepted.tasks if t.role == HANDLE] == ["done", "accepted"]
    assert [t.incident.name for t in missed(accepted.tasks, DAY)] == ["I1"]


def test_break_is_taken_between_two_tasks():
    lived = live(
        "tier0", [incident(n, G11, 11 * HOUR) for n in range(3)], [worker(1, G11, capacity=3)], **SURE
    )
    kinds = [s.kind for s in lived.spans]
    assert kinds.count("rest") == 1
    rest = next(s for s in lived.spans if s.kind == "rest")
    assert rest.until - rest.since == HOUR
    assert 11.5 * HOUR <= rest.since <= 14 * HOUR


def test_percentile_and_gini_return_expected_values():
    assert [percentile([1, 2, 3, 4, 10], share) for share in (50, 90)] == [3, 10]
    assert (gini([3, 3, 3]), round(gini([0, 0, 0, 8]), 2), gini([0, 0])) == (0, 0.75, 0)
