"""A plain case, or one without relations, is read by a short statement, and the answer is that of the long one."""

from functools import lru_cache

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import Actor, Grant, Permission, Role
from app.incidents.cases.queries import views
from app.incidents.scope import case_visibility
from tests.incidents.cases import read_case
from tests.statements import recorded_statements

WHY = {"note": "two units are needed"}


@pytest.fixture
def cases(city, report, step, boss):
    """Return cases by their relation to others."""
    at = [city.in_grid(f"g{number}") for number in (1, 2, 1, 2, 1, 1, 2)]
    worker = city.worker("g1", on_duty=False)
    names = ("alone", "linked", "other", "was_linked", "target", "merged", "joint")
    made = {
        name: report(worker, place, category="0102" if name == "joint" else "E0102")
        for name, place in zip(names, at, strict=True)
    }
    for name, other in (("linked", "other"), ("was_linked", "other")):
        body = {"to_id": made[other]["id"], "reason": "one sewer"}
        assert boss.post(f"/incidents/{made[name]['id']}/link", body).status_code == 200
    assert boss.post(f"/incidents/{made['was_linked']['id']}/unlink", body).status_code == 200
    body = {"into_id": made["target"]["id"], "reason": "one"}
    assert boss.post(f"/incidents/{made['merged']['id']}/merge", body).status_code == 200
    unit = str(city.units["cleaning"])
    assert step(boss, made["joint"], "add_unit", unit_id=unit, **WHY).status_code == 200
    return made


@pytest.fixture
def long_statement(monkeypatch):
    """Return a function after which each case is read by the long statement."""

    def apply():
        short = views._detail
        monkeypatch.setattr(views, "plain_case", lambda rule, directed: None)
        monkeypatch.setattr(
            views,
            "_detail",
            lru_cache(lambda rule, directed, is_alone: short(rule, directed, is_alone=False)),
        )

    return apply


def test_answer_is_that_of_long_statement_for_each_relation_and_reader(city, cases, boss, long_statement):
    readers = [
        boss,
        city.supervisor("d"),
        city.person(Role.ADMIN),
        city.worker("g1"),
        city.handler("roads"),
        city.handler("cleaning"),
        city.person(Role.GIS, area="s"),
        city.person(Role.GRID_CHIEF, area="s"),
    ]
    paths = [f"/incidents/{case['id']}" for case in cases.values()]
    before = [(reader.get(path).status_code, reader.get(path).data) for reader in readers for path in paths]
    long_statement()
    after = [(reader.get(path).status_code, reader.get(path).data) for reader in readers for path in paths]
    by_status = [(status, data if status == 200 else b"") for status, data in before]
    assert by_status == [(status, data if status == 200 else b"") for status, data in after]
    assert sum(status == 200 for status, _ in before) > 2 * len(paths)
    shown = read_case(boss, cases["joint"])
    assert [part["part"] for part in shown["parts"]] == ["lead", "joint"]
    assert [each["id"] for each in read_case(boss, cases["target"])["merged"]] == [cases["merged"]["id"]]


@pytest.mark.parametrize(
    ("name", "statements"),
    [("alone", 1), ("linked", 2), ("was_linked", 2), ("target", 2), ("merged", 1), ("joint", 2)],
)
def test_only_case_with_relations_is_read_by_second_statement(cases, boss, name, statements):
    path = f"/incidents/{cases[name]['id']}"
    for _ in range(2):
        with recorded_statements() as sent:
            assert boss.get(path).status_code == 200
    assert len(sent) == statements


def test_relation_that_arises_between_requests_is_shown_at_once(city, report, boss):
    worker = city.worker("g1", on_duty=False)
    case, other = report(worker, city.in_grid("g1")), report(worker, city.in_grid("g2"))
    assert read_case(boss, case)["linked"] == []
    answer = boss.post(f"/incidents/{case['id']}/link", {"to_id": other["id"], "reason": "one sewer"})
    assert answer.status_code == 200
    assert [each["id"] for each in read_case(boss, case)["linked"]] == [other["id"]]


def _plans(city, report, boss):
    """Return the plans of the two long statements and of the short one."""
    case = report(city.worker("g1", on_duty=False), city.in_grid("g1"))
    actor = Actor.of(id=boss.id, grants=(Grant(Role.SUPERVISOR, city.areas["s"]),))
    with db.snapshot_session() as session:
        visibility = case_visibility(actor, clock.now())
        directed = case_visibility(actor, clock.now(), Permission.INCIDENT_DIRECT)
        binds = directed.binds | visibility.binds | {"id": case["id"], "now": clock.now()}
        rules = (visibility.rule, directed.rule)
        statements = [views._detail(*rules, is_alone=is_alone) for is_alone in (True, False)]
        statements.append(views.plain_case(*rules))
        plans = []
        # Whether a bitmap of few rows is taken depends on what other tests left in the tables.
        session.execute(text("set local enable_bitmapscan = off"))
        assert session.scalar(text("show enable_bitmapscan")) == "off"
        for statement in statements:
            explained = db.Fragment("explain {statement}", statement=statement)
            plans.append("\n".join(session.execute(explained, binds).scalars()))
    return plans


def test_short_statement_prepares_a_share_of_the_nodes(city, report, boss):
    """PostgreSQL prepares every node of a plan at each execution."""
    nodes = [plan.count("(cost=") for plan in _plans(city, report, boss)]
    assert nodes[0] * 10 <= nodes[1] * 6, nodes
    assert nodes[2] * 10 <= nodes[1] * 4, nodes


def test_short_statement_leaves_the_index_of_past_areas_alone(city, report, boss):
    """The index of the exclusion constraint (GiST) has the same row and takes three times as long."""
    short = _plans(city, report, boss)[-1]
    assert "ex_area_version_area_valid" not in short, short
