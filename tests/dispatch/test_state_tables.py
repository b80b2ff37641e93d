"""Every function that changes the state of an offer or assignment follows the table of states, from every state."""

from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.dispatch.models import Assignment, Offer
from app.dispatch.queries import assignments, joint_parts, offers
from app.dispatch.rules.states import ASSIGNMENTS, OFFER_STATE_SQL, OFFERS, STATE_SINCE_SQL
from app.dispatch.scope import shown_offer_state, state_since
from tests.nonempty import nonempty


@pytest.fixture
def scene(city, report):
    """A worker, their unit, and a case offered to the worker."""
    worker = city.worker("g1")
    unit_id = next(iter(city.units.values()))
    return worker.id, unit_id, report(city.worker("g3", on_duty=False), city.in_grid("g1"))


def states_reached(scene, change, *, table, values):
    """Return, for each state of the rows of `table`, the state that `change` leads to, or None if it changes nothing."""
    worker_id, unit_id, case = scene
    incident_id, assignment_id = UUID(case["id"]), UUID(case["assignment"]["id"])
    ids = {"incident_id": incident_id, "assignment_id": assignment_id}
    reached = {}
    for state in (ASSIGNMENTS if table == "assignment" else OFFERS).states:
        with db.transaction(SYSTEM) as session:
            binds = {"state": state, "worker": worker_id, "unit": unit_id, "incident": incident_id}
            session.execute(
                text(f"update {table} set state = :state, {values} where incident_id = :incident"), binds
            )
            change(session, worker_id=worker_id, unit_id=unit_id, now=clock.now(), **ids)
            after = session.scalar(text(f"select state from {table} where incident_id = :incident"), binds)
            reached[state] = None if after == state else after
            session.rollback()
    return reached


def expected(table, *names):
    """Return what the transitions `names` of a table of states lead to, by state."""
    targets = {source: table[name].to for name in names for source in table[name].sources}
    return {state: targets.get(state) for state in table.states}


def accept(session, *, assignment_id, worker_id, now, **_):
    offers.accept_offer(session, assignment_id=assignment_id, worker_id=worker_id, now=now, since=now)


def decline(session, *, assignment_id, worker_id, now, **_):
    offers.decline_offer(
        session, assignment_id=assignment_id, worker_id=worker_id, reason="", because=None, now=now
    )


def withdraw(session, *, assignment_id, worker_id, now, **_):
    offers.withdraw_offer(session, assignment_id=assignment_id, worker_id=worker_id, because=None, now=now)


def expire(session, *, assignment_id, now, **_):
    offers.expire_offers(session, assignment_id=assignment_id, now=now)


def end(session, *, assignment_id, now, **_):
    assignments.end_assignment(session, assignment_id=assignment_id, state="withdrawn", now=now)


LIVE, OVER = "expires_at = now() + interval '1 h'", "expires_at = offered_at"


@pytest.mark.parametrize(
    ("change", "values", "name"),
    [
        (accept, LIVE, "accept"),
        (decline, LIVE, "decline"),
        (withdraw, LIVE, "withdraw"),
        (end, LIVE, "withdraw"),
        (expire, OVER, "miss"),
    ],
)
def test_changes_of_offers_follow_the_table_of_states(scene, change, values, name):
    assert states_reached(scene, change, table="offer", values=values) == expected(OFFERS, name)


def test_delivered_offers_expire_by_the_table_of_states(scene):
    def deliver_and_expire(session, *, incident_id, worker_id, now, **ids):
        sql = """insert into offer_delivery (offer_id, worker_id, way, occurred_at)
                 select id, :worker, 'pulled', :now from offer where incident_id = :incident"""
        session.execute(text(sql), {"worker": worker_id, "now": now, "incident": incident_id})
        expire(session, now=now, **ids)

    reached = states_reached(scene, deliver_and_expire, table="offer", values=OVER)
    assert reached == expected(OFFERS, "expire")


def accept_queued(session, *, assignment_id, worker_id, unit_id, now, **_):
    assignments.accept_queued(
        session, assignment_id=assignment_id, account_id=worker_id, unit_ids=[unit_id], since=now
    )


def ended(state):
    def change(session, *, assignment_id, now, **_):
        assignments.end_assignment(session, assignment_id=assignment_id, state=state, now=now)

    return change


def ended_part(state):
    def change(session, *, incident_id, now, **_):
        joint_parts.end_parts(
            session, incident_id=incident_id, state=state, because=None, now=now, unit_ids=None
        )

    return change


def progressed(state):
    def change(session, *, assignment_id, worker_id, now, **_):
        assignments.record_progress(
            session, assignment_id=assignment_id, account_id=worker_id, state=state, at=now
        )

    return change


@pytest.mark.parametrize(
    ("change", "values", "name"),
    [
        (accept, "account_id = null", "accept_offer"),
        (accept_queued, "unit_id = :unit", "accept_queued"),
        (progressed("en_route"), "account_id = :worker", "set_out"),
        (progressed("on_scene"), "account_id = :worker", "arrive"),
        (ended("done"), "account_id = :worker", "finish"),
        (ended("withdrawn"), "account_id = :worker", "withdraw"),
        (ended("failed"), "account_id = :worker", "fail"),
        (ended_part("done"), "role = 'joint', unit_id = :unit", "finish"),
        (ended_part("failed"), "role = 'joint', unit_id = :unit", "fail"),
    ],
)
def test_changes_of_assignments_follow_the_table_of_states(scene, change, values, name):
    reached = states_reached(scene, change, table="assignment", values=values)
    assert reached == expected(ASSIGNMENTS, name)


def test_conditions_for_other_packages_are_those_of_the_statements_as_text(scene):
    """`shown_offer_state` and `state_since` agree with the text that other statements still contain."""
    columns = {
        "offer": (shown_offer_state(Offer), text(OFFER_STATE_SQL.replace("o.", "offer."))),
        "assignment": (state_since(Assignment), text(STATE_SINCE_SQL.replace("a.", "assignment."))),
    }
    incident_id = UUID(scene[2]["id"])
    for (name, pair), model, states in zip(
        columns.items(), (Offer, Assignment), (OFFERS.states, ASSIGNMENTS.states), strict=True
    ):
        for state in nonempty(states):
            with db.transaction(SYSTEM) as session:
                session.execute(
                    text(f"update {name} set state = :state where incident_id = :incident"),
                    {"state": state, "incident": incident_id},
                )
                row = session.execute(
                    select(*pair).select_from(model).where(model.incident_id == incident_id)
                ).one()
                assert row[0] == row[1], (name, state)
                session.rollback()
