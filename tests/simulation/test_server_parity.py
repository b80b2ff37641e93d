"""The simulator asks whom the server asks: the same state of a real database, the same worker and reason."""

from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.dispatch import service as dispatch
from app.dispatch.rules.batch_input import WaitingDemand
from app.dispatch.rules.ranking import Demand
from app.profiles import service as profiles
from app.profiles.rules.redispatch import Broadcast
from app.simulation import queries
from app.simulation.rules.crew import Crew, Person
from app.simulation.rules.incidents import Incident, Task
from app.simulation.rules.policies import Rings, RingsAndBatch
from app.simulation.service import SimulationRequest, load, snapshot
from tests.dispatch.acts import stand

GRIDS = ("g1", "g2", "g3", "g4")


@pytest.fixture
def people(city, rows):
    """Twelve workers of all kinds, on and off duty, with phones here and there, laden by chance."""
    random = Random(11)
    made = [
        city.worker(
            random.choice(GRIDS),
            on_duty=random.random() < 0.8,
            capacity=random.randint(1, 3),
            role=random.choice(["worker", "worker", "substitute", "chief"]),
            skills=("mediation",) if random.random() < 0.4 else (),
        )
        for _ in range(12)
    ]
    on_duty = {row.worker_id for row in rows("select worker_id from duty where upper(during) is null")}
    for person in made:
        if person.id in on_duty and random.random() < 0.75:
            stand(person, **city.at(random.uniform(0, 2), random.uniform(0, 2)))
    with db.transaction(SYSTEM) as session:
        for person in made:
            session.execute(
                text("update worker_load set open_work = :n where worker_id = :w"),
                {"n": random.randint(0, 3), "w": person.id},
            )
    return made


def crew_as_stored(workers, rows, now):
    """The crew as the database knows it at an instant."""
    people = []
    for worker in workers:
        person = Person(worker)
        state = rows(
            "select l.open_work, ST_X(p.geom) lon, ST_Y(p.geom) lat, p.at, "
            "exists (select 1 from duty d where d.worker_id = l.worker_id and d.during @> cast(:now as timestamptz)) there "
            "from worker_load l left join worker_position p using (worker_id) where l.worker_id = :w",
            w=worker.id,
            now=now,
        )[0]
        person.held = state.open_work
        person.is_located = state.lon is not None
        person.on_duty_since = 0 if state.there else None
        if state.lon is not None:
            person.place = (state.lon, state.lat)
        people.append(person)
    return Crew(people)


# Of all who may be asked, so that it does not matter who is last of them.
AT_ONCE, AFTER_RINGS = Broadcast(frozenset({1}), most=12), Broadcast(after_rings=True, most=12)
# Seconds of cost: the server dates fixes to the microsecond.
NEAR_TIE = 15


def is_clear(totals):
    """Whether the cheapest is so by more than what the two may measure differently."""
    return len(totals) < 2 or sorted(totals)[1] - min(totals) > NEAR_TIE


def place_and_roll_back(session, case_id, demand, chain, in_force, now):
    """What the server does; it is taken back. Returns the placement and what each cost that might have been asked."""
    profile, values = in_force
    inner = session.begin_nested()
    context = dispatch.DispatchContext(profile, values, now)
    placement = dispatch.place(session, context, demand, dispatch.AreaPaths(chain))
    candidates = session.scalar(
        text("select candidates from dispatch_run where incident_id = :i order by recorded_at desc limit 1"),
        {"i": case_id},
    )
    offered_to = set(
        session.scalars(
            text("select worker_id from offer where assignment_id = :a"), {"a": placement.assignment_id}
        )
    )
    inner.rollback()
    eligible = [v for v in candidates if v["eligible"]]
    # Rank goes by ring first, and in the grid by relation.
    best = [(v["ring"], v["relation"] if v["ring"] == "grid" else "") for v in eligible]
    totals = [v["cost_total"] for v, kind in zip(eligible, best, strict=True) if kind == best[0]]
    return placement, offered_to, totals


def test_simulated_policies_match_server_placements(city, people, report, rows):
    case = report(city.worker("g3", on_duty=False), city.in_no_grid())
    case_id, now = UUID(case["id"]), clock.now()
    with snapshot() as session:
        profile = profiles.profile_at(session, city.jurisdiction_id, now)
        in_force = profile, profiles.settings_for(profile, area_id=None, at=now)
        day = now.astimezone(profile.profile.calendar.zone).date()
        loaded = load(session, SimulationRequest(jurisdiction=city.code, day=day))
    crew = crew_as_stored(loaded.workers, rows, now)
    weights, values = loaded.profile.dispatch_weights, loaded.settings
    reasons = set()

    @given(
        place=st.tuples(st.floats(0.01, 1.99), st.floats(0.01, 1.99)),
        skills=st.sampled_from([frozenset(), frozenset({"mediation"})]),
        excluded=st.sets(st.integers(0, 11), max_size=8),
        priority=st.integers(1, 3),
        why=st.sampled_from(["declined", "offer_expired"]),
        rule=st.sampled_from([Broadcast(), AT_ONCE, AFTER_RINGS]),
    )
    @example((0.5, 1.5), frozenset(), set(), 1, "declined", AT_ONCE)
    @example((0.5, 1.5), frozenset(), set(range(12)), 3, "offer_expired", AFTER_RINGS)
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def compare(place, skills, excluded, priority, why, rule):
        ruled = replace(values, broadcast=rule)
        in_rule = profile, replace(in_force[1], values=replace(in_force[1].values, broadcast=rule))
        spot = city.at(*place)
        out = {people[n].id: why for n in excluded}
        demand = Demand(case_id, "handle", spot["lon"], spot["lat"], skills, priority, out)
        with db.transaction(SYSTEM) as session:
            chain = queries.chains(
                session, jurisdiction_id=city.jurisdiction_id, points=[(demand.lon, demand.lat)]
            )[0]
            placement, offered_to, totals = place_and_roll_back(session, case_id, demand, chain, in_rule, now)
            solved = dispatch.solve_batch(
                session,
                dispatch.DispatchContext(profile, in_force[1], now),
                [WaitingDemand(demand, chain)],
                area_id=city.areas["d"],
                path=chain["district"],
            )
        case_copy = Incident(case_id, "I", 0, demand.lon, demand.lat, "E0603", priority, skills, chain, None)
        task = Task(case_copy, "handle", 0, excluded=out)
        if placement.outcome == "broadcast":
            mine = Rings(weights, ruled).first(task, crew, 0)
            reasons.add(mine.reason)
            assert (set(mine.among), mine.reason) == (offered_to, placement.reason)
        elif is_clear(totals):
            mine = Rings(weights, ruled).first(task, crew, 0)
            assert not mine.among
            reasons.add(mine.reason)
            assert (mine.worker_id, mine.reason) == (placement.worker_id, placement.reason)
        if is_clear(solved.decision.total / 10):
            [(_, mine)] = RingsAndBatch(weights, values).solve(chain["district"], [task], crew, 0)
            chosen = solved.decision.worker[0]
            chosen_id = UUID(solved.batch_input.workers["id"][chosen]) if chosen >= 0 else None
            assert (mine.worker_id, mine.reason) == (chosen_id, solved.decision.reason[0])

    compare()
    assert len(reasons) > 2 and reasons >= {"broadcast_priority", "broadcast_rings"}
