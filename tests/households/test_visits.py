"""Visits: due tasks of all members, outcomes, next due date."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from app.core.ids import uuid7
from app.households import jobs
from tests.households.homes import in_days, members, settle_people, tag, visit

PEOPLE = ({"name": "张三丰"}, {"name": "李四"})
CYCLE = 180  # of the generic profile


@pytest.fixture
def worker(square_city, person, sql):
    """The worker who is responsible for the western grid."""
    made = person((Role.WORKER, None))
    sql("insert into worker (id, name, capacity, created_at) values (:id, 'W', 5, now())", id=made.id)
    sql(
        "insert into responsibility (id, worker_id, area_id, role, valid) values "
        "(:first, :worker, :g1, 'worker', tstzrange(now(), null))",
        first=uuid7(),
        worker=made.id,
        g1=square_city.ids["-g1"],
    )
    return made


@pytest.fixture
def home(square_city):
    return settle_people(square_city, *PEOPLE)


def due(worker, home):
    answer = worker.get(f"/households/{home.household_id}/due")
    assert answer.status_code == 200, answer.json
    return answer.json


def due_ids(worker, **query):
    return [item["household"]["id"] for item in worker.get("/visits/due", **query).json["items"]]


def test_visit_completes_due_tasks_of_all_household_members(worker, home):
    # Ids of one millisecond are in no order.
    first, second = sorted(members(worker, home), key=lambda member: member["name"])
    oxygen = tag(worker, first["id"], kind="home_oxygen_or_power", cycle_days=7).json
    calls = tag(worker, second["id"], kind="regular_call", cycle_days=30).json
    tag(worker, second["id"], kind="interpreter")  # no task
    due_state = due(worker, home)
    assert due_state["visit"] == {"due_on": None, "is_due": True, "cycle_days": CYCLE}
    assert {(t["care_tag_id"], t["resident"]["name"], t["is_due"]) for t in due_state["tasks"]} == {
        (oxygen["id"], "张**", True),
        (calls["id"], "李**", True),
    }
    (listed,) = worker.get("/visits/due").json["items"]
    assert (listed["household"]["id"], listed["tasks_due"]) == (str(home.household_id), 2)
    made = visit(worker, home, care_done=[oxygen["id"], calls["id"]])
    assert made.status_code == 201, made.json
    after = due(worker, home)
    assert after["visit"]["due_on"] == in_days(CYCLE) and not after["visit"]["is_due"]
    assert {(t["care_tag_id"], t["due_on"], t["is_due"]) for t in after["tasks"]} == {
        (oxygen["id"], in_days(7), False),
        (calls["id"], in_days(30), False),
    }
    assert due_ids(worker) == []
    assert due_ids(worker, until=in_days(7)) == [str(home.household_id)]


def test_visit_creation_is_idempotent(worker, home, sql):
    body = {"id": str(uuid7()), "outcome": "done", "note": "一切都好"}
    first, again = (worker.post(f"/households/{home.household_id}/visits", body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    other = worker.post(f"/households/{home.household_id}/visits", body | {"outcome": "nobody_home"})
    assert (other.status_code, other.json["code"]) == (409, "id_reused")
    assert len(worker.get(f"/households/{home.household_id}/visits").json["items"]) == 1


@pytest.mark.parametrize(("outcome", "days"), [("done", CYCLE), ("refused_entry", CYCLE), ("nobody_home", 7)])
def test_visit_outcome_determines_next_due_date(worker, home, outcome, days):
    visit(worker, home, outcome)
    assert due(worker, home)["visit"]["due_on"] == in_days(days)


@pytest.mark.parametrize(("outcome", "undo"), [("declined", "is_declined"), ("moved_away", "has_moved_away")])
def test_final_visit_outcome_stays_until_reset(worker, home, outcome, undo):
    visit(worker, home, outcome)
    due_state = due(worker, home)
    assert due_state[f"{outcome}_at"] and not due_state["visit"]["is_due"]
    assert due_ids(worker, until=in_days(3000)) == []
    visit(worker, home, "nobody_home")  # by a colleague who did not know
    assert due_ids(worker, until=in_days(3000)) == []
    answer = worker.patch(f"/households/{home.household_id}", {undo: False}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.json
    assert due_ids(worker) == [str(home.household_id)]
    assert (
        worker.patch(f"/households/{home.household_id}", {undo: True}, headers={"If-Match": "*"}).status_code
        == 422
    )


def test_late_visit_does_not_override_newer_visit(worker, home):
    visit(worker, home, "done")
    late = visit(worker, home, "declined", visited_at=(clock.now() - timedelta(days=3)).isoformat())
    assert late.status_code == 201
    due_state = due(worker, home)
    assert due_state["declined_at"] is None
    assert due_state["visit"]["due_on"] == in_days(CYCLE)


@pytest.mark.parametrize(
    ("ago", "code"), [(timedelta(hours=-1), "in_future"), (timedelta(days=40), "out_of_range")]
)
def test_visit_time_in_future_or_too_old_returns_422(worker, home, ago, code):
    answer = visit(worker, home, visited_at=(clock.now() - ago).isoformat())
    assert answer.json["errors"][0] | {"code": code, "field": "visited_at"} == answer.json["errors"][0]


def test_visit_returns_422_for_care_tag_of_other_household(square_city, worker, home):
    other = settle_people(square_city, {"name": "王五"})
    theirs = tag(worker, members(worker, other)[0]["id"], cycle_days=7).json
    answer = visit(worker, home, care_done=[theirs["id"]])
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "reference_unknown")
    assert worker.get(f"/households/{home.household_id}/visits").json["items"] == []


def test_visit_note_returns_422_for_national_id(worker, home):
    answer = visit(worker, home, note="证件 11010519491231002X")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "looks_like_national_id")


def test_visit_notes_and_care_tags_are_removed_when_expired(worker, home, sql):
    (resident, _) = members(worker, home)
    tag(worker, resident["id"], ends_on=in_days(10))
    made = visit(worker, home, note="门铃坏了", note_days=5).json
    assert made["note_expires_on"] == in_days(5)

    def run(days):
        with transaction(SYSTEM) as session:
            jobs.run_due(session, clock.now() + timedelta(days=days))
        (seen,) = worker.get(f"/households/{home.household_id}/visits").json["items"]
        (left,) = sql(
            "select count(*) n from care_tag where resident_id = :id and deleted_at is null",
            id=resident["id"],
        )
        return seen["note"], seen["note_expires_on"], left.n

    assert run(4) == ("门铃坏了", in_days(5), 1)
    assert run(7) == (None, None, 1)
    assert run(12) == (None, None, 0)
    (history,) = sql(
        "select count(*) n from fact_history where row::text like '%门铃坏了%' and entity = 'visit'"
    )
    assert history.n == 0


def test_due_visit_pages_return_every_household_once(square_city, worker):
    homes = [settle_people(square_city, {"name": "甲"}, at=(0.1, n / 10)) for n in range(1, 6)]
    seen, cursor = [], {}
    while True:
        body = worker.get("/visits/due", limit=2, **cursor).json
        seen += [item["household"]["id"] for item in body["items"]]
        if body["next"] is None:
            break
        cursor = {"cursor": body["next"]}
    assert seen == sorted(str(home.household_id) for home in homes)
