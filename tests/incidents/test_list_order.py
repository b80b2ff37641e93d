"""Orders of the list of open cases, their keyset pages, and the numbers of cases of a list."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Actor, Grant, Role
from app.incidents.cases.queries import sorted_lists
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.list_order import NEWEST_FIRST, SORTS
from tests.nonempty import nonempty

ORDER = [status.value for status in Status]


@pytest.fixture
def street(city, report):
    """Return (supervisor, ids by name): five open cases with different deadlines, and a closed one."""
    boss, teller = city.supervisor(), city.worker("g3", on_duty=False)
    ids = {
        name: report(teller, city.in_grid(grid), category=category)["id"]
        for name, grid, category in (
            ("late", "g1", "0102"),
            ("soon", "g2", "E0102"),
            ("same", "g1", "E0102"),
            ("later", "g3", "0101"),
            ("never", "g2", "0102"),
            ("closed", "g1", "0101"),
        )
    }
    now = clock.now()
    hours = {"late": -30, "soon": 2, "same": 2, "later": 50, "never": None, "closed": -90}
    with db.transaction(SYSTEM) as session:
        for name, n in hours.items():
            session.execute(
                text("update incident set due_at = :at, priority = :priority where id = :id"),
                {"at": n and now + timedelta(hours=n), "priority": len(name), "id": ids[name]},
            )
        session.execute(
            text("update incident set status = 'closed', closed_at = now() where id = :id"),
            {"id": ids["closed"]},
        )
    return boss, ids


def listed(person, path, pages_of=2):
    """Return the items of all pages."""
    items, cursor = [], ""
    while True:
        answer = person.get(f"/incidents?limit={pages_of}&{path}{cursor}")
        assert answer.status_code == 200, answer.json
        items += answer.json["items"]
        if answer.json["next"] is None:
            return items
        cursor = f"&cursor={answer.json['next']}"


def test_open_cases_are_listed_by_deadline_with_missing_ones_last(street):
    boss, ids = street
    names = {id: name for name, id in ids.items()}
    by_due = [names[item["id"]] for item in listed(boss, "status=open&sort=due_at")]
    assert by_due == ["late", "soon", "same", "later", "never"]
    reverse = [names[item["id"]] for item in listed(boss, "status=open&sort=-due_at")]
    assert reverse == by_due[::-1]
    in_community = listed(
        boss, f"status=open&sort=due_at&category=E0102&grid_id={boss_grid(boss, ids['same'])}"
    )
    assert [names[item["id"]] for item in in_community] == ["same"]


def boss_grid(boss, incident_id):
    return boss.get(f"/incidents/{incident_id}").json["grid"]["id"]


@pytest.mark.parametrize("sort", [sort for sort in SORTS if sort != NEWEST_FIRST])
def test_pages_of_each_order_have_each_open_case_once(street, sort):
    boss, ids = street
    items = listed(boss, f"status=open&sort={sort}", pages_of=1)
    assert sorted(item["id"] for item in items) == sorted(ids[name] for name in ids if name != "closed")
    keys = {
        "reported_at": lambda item: item["reported_at"],
        "due_at": lambda item: item["due_at"] or "9999",
        "priority": lambda item: item["priority"],
        "category": lambda item: item["category"],
        "status": lambda item: ORDER.index(item["status"]),
    }
    values = [keys[sort.removeprefix("-")](item) for item in items]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_order_of_open_cases_is_refused_when_the_list_has_ended_ones(street):
    boss, _ = street
    for query in ("sort=due_at", "sort=due_at&status=closed", "sort=due_at&status=open,closed"):
        answer = boss.get(f"/incidents?{query}")
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "sort_of_open_cases")
    assert boss.get("/incidents?sort=due_at&status=filed,dispatched").status_code == 200
    assert boss.get(f"/incidents?sort={NEWEST_FIRST}").status_code == 200


@pytest.mark.parametrize("sort", SORTS)
def test_cursor_is_refused_when_it_is_of_another_order(street, sort):
    boss, _ = street
    first = boss.get(f"/incidents?status=open&limit=1&sort={sort}").json
    for other in nonempty(SORTS):
        answer = boss.get(f"/incidents?status=open&limit=1&sort={other}&cursor={first['next']}")
        assert answer.status_code == (200 if other == sort else 422), (sort, other)


def test_counts_have_open_and_overdue_cases_of_all_pages(street):
    boss, _ = street
    counts = boss.get("/incidents?limit=1&counts=true").json["counts"]
    assert counts == {"total": 6, "open": 5, "overdue": 1, "is_complete": True}
    counts = boss.get("/incidents?limit=1&counts=true&sort=due_at&status=open&category=E0102").json["counts"]
    assert counts == {"total": 2, "open": 2, "overdue": 0, "is_complete": True}
    assert "counts" not in boss.get("/incidents?limit=1").json


def test_counting_stops_at_a_limit(street, city):
    boss, _ = street
    actor = Actor.of(id=boss.id, grants=(Grant(Role.SUPERVISOR, city.areas["s"]),))
    by_limit = {n: sorted_lists.counts(actor, filters={}, now=clock.now(), at_most=n) for n in (3, 6)}
    assert (by_limit[3]["total"], by_limit[3]["is_complete"]) == (3, False)
    assert by_limit[6] == {"total": 6, "open": 5, "overdue": 1, "is_complete": True}


def test_counts_and_orders_show_nobody_more_cases(street, city):
    _, ids = street
    other = city.supervisor("g2")
    listed_ids = {item["id"] for item in listed(other, "status=open&sort=due_at")}
    assert listed_ids == {ids["soon"], ids["never"]}
    assert other.get("/incidents?counts=true").json["counts"]["total"] == 2


def test_list_by_deadline_reads_its_index(app):
    statement = """
      explain select id from incident i
      where i.deleted_at is null and i.status not in ('not_filed', 'closed', 'force_closed')
      order by coalesce(i.due_at, 'infinity'::timestamptz), i.id limit 51"""
    with db.transaction(SYSTEM) as session:
        session.execute(text("set local enable_seqscan = off; set local enable_sort = off"))
        plan = "\n".join(session.scalars(text(statement)))
    assert "ix_incident_open_due_at_id" in plan
    assert db.as_sql(sorted_lists._KEYS["due_at"][0]) in statement
