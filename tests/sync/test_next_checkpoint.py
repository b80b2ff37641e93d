"""A pull that follows a complete one is answered in one or two statements, with the same page as in one snapshot.

The first of them checks the caller, too: what has changed elsewhere counts at once.
"""

import re

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.households import service as households
from app.sync.routes import pull as route
from app.sync.service import expected_kinds
from app.sync.service.expected_kinds import KindMemory
from tests.endpoints import care_tag, flat
from tests.seeds import dice
from tests.statements import recorded_statements
from tests.sync.pull_client import PullClient, fresh
from tests.sync.push_client import PushClient


def _pages(phone, monkeypatch):
    """Return the same page by both ways, without the token and the time."""
    bodies = []
    with monkeypatch.context() as patch:
        ways = []
        answer = route.service.pull_next

        def note(*args, **kwargs):
            page = answer(*args, **kwargs)
            ways.append(page is not None)
            return page if not bodies else None

        patch.setattr(route.service, "pull_next", note)
        for _ in range(2):
            body = phone.ask(phone.token).text
            bodies.append(re.sub(r'"(token|server_time)":"[^"]+",', "", body))
    return bodies, ways


CHANGES = {
    "nothing": lambda city, home, push: None,
    "a household": lambda city, home, push: _set(
        "update household set label = '甲' where id = :id", id=home["household"]
    ),
    "a deleted resident": lambda city, home, push: _set(
        "update resident set deleted_at = now() where id = :id", id=home["resident"]
    ),
    "cases and a report of another grid": lambda city, home, push: push.push(
        push.report(city.in_grid("g1")), push.report(city.in_grid("g3"))
    ),
    "new premises": lambda city, home, push: _settle(city),
}


def _set(sql, **binds):
    with db.transaction(SYSTEM) as session:
        session.execute(text(sql), binds)


def _settle(city):
    row = {"jurisdiction_id": city.jurisdiction_id, "address": "二号楼", **city.in_grid("g1")}
    with db.transaction(SYSTEM) as session:
        households.insert_many(session, SYSTEM, rows=[row | {"id": uuid7()} for _ in range(3)])


@pytest.mark.parametrize("name", CHANGES)
def test_next_pull_equals_pull_in_one_snapshot(city, monkeypatch, name):
    home, worker = flat(city), city.worker("g1")
    phone = fresh(worker)
    CHANGES[name](city, home, PushClient(worker))
    (quick, slow), ways = _pages(phone, monkeypatch)
    assert ways == [True, True]
    assert quick == slow
    assert ('"rows":[]' in quick) == (name == "nothing")


@pytest.fixture
def one_statement(monkeypatch):
    """Let each combination of kinds be frequent from its first pull on."""
    memory = KindMemory(frequent=1, max_combinations=100)
    monkeypatch.setattr(expected_kinds, "memory", memory)
    return memory


@pytest.mark.parametrize("name", CHANGES)
def test_next_pull_in_one_statement_equals_pull_in_one_snapshot(city, monkeypatch, one_statement, name):
    home, worker = flat(city), city.worker("g1")
    phone = fresh(worker)
    CHANGES[name](city, home, PushClient(worker))
    phone.ask(phone.token)
    with recorded_statements() as sent:
        phone.ask(phone.token)
    assert len(sent) == 1, sent
    (quick, slow), ways = _pages(phone, monkeypatch)
    assert ways == [True, True]
    assert quick == slow


def test_next_pulls_equal_pulls_in_one_snapshot_when_kinds_of_rows_differ(city, monkeypatch, one_statement):
    lot = dice("kinds of rows")
    homes, worker = [flat(city) for _ in range(4)], city.worker("g1")
    phone, push = fresh(worker), PushClient(worker)
    for _ in range(12):
        for name in lot.sample(list(CHANGES), lot.randrange(1, 4)):
            CHANGES[name](city, lot.choice(homes), push)
        (quick, slow), ways = _pages(phone, monkeypatch)
        assert ways == [True, True] and quick == slow
        if lot.random() < 0.7:
            phone.pull()
    phone.pull()
    assert phone.rows == PullClient(worker).pull().rows


def test_next_pull_has_rows_of_present_time_zone_when_it_has_changed(city, monkeypatch, one_statement):
    home, worker = flat(city), city.worker("g1")
    care_tag(city, home)
    phone = fresh(worker)
    _set("update care_tag set cycle_days = 9 where household_id = :id", id=home["household"])
    phone.ask(phone.token)
    zones = {city.jurisdiction_id: "America/Lima"}
    expected = one_statement.expected
    monkeypatch.setattr(one_statement, "expected", lambda actor: expected(actor)._replace(zones=zones))
    (quick, slow), ways = _pages(phone, monkeypatch)
    assert ways == [True, True]
    assert quick == slow and '"care_tag"' in quick


def test_combination_of_kinds_is_read_at_once_when_it_is_frequent(city, monkeypatch):
    monkeypatch.setattr(expected_kinds, "memory", KindMemory())
    home, worker = flat(city), city.worker("g1")
    phone = fresh(worker)
    _set("update household set label = '甲' where id = :id", id=home["household"])
    numbers = []
    for _ in range(expected_kinds.FREQUENT + 1):
        with recorded_statements() as sent:
            phone.ask(phone.token)
        numbers.append(len(sent))
    assert numbers == [2] * expected_kinds.FREQUENT + [1]


def test_next_pull_continues_with_token_of_either_way(city, monkeypatch):
    phone = fresh(city.worker("g1"))
    _settle(city)
    phone.pull()
    with monkeypatch.context() as patch:
        patch.setattr(route.service, "pull_next", lambda *_, **__: None)
        _settle(city)
        phone.pull()
    _settle(city)
    phone.pull()
    whole = PullClient(phone.person).pull()
    assert phone.rows == whole.rows and phone.refs == whole.refs


def test_next_pull_is_answered_in_one_snapshot_when_responsibility_is_new(city):
    worker, home = city.worker("g1"), flat(city, **city.in_grid("g2"))
    phone = fresh(worker)
    _set(
        """insert into responsibility (id, worker_id, area_id, role, valid)
           values (gen_random_uuid(), :worker, :area, 'substitute', tstzrange(now(), null))""",
        worker=worker.id,
        area=city.areas["g2"],
    )
    phone.pull()
    assert ("household", str(home["household"])) in phone.rows
    assert phone.rows == PullClient(worker).pull().rows


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("update session set revoked_at = now(), revoke_reason = 'sign_out' where account_id = :id", 401),
        ("update account set disabled_at = now() where id = :id", 401),
        ("update device set revoked_at = now() where account_id = :id", 401),
        ("update account set must_change_password = true where id = :id", 403),
    ],
)
def test_next_pull_is_refused_at_once_when_caller_has_changed_elsewhere(city, rows, change, status):
    worker = city.worker("g1")
    phone = fresh(worker)
    body = {"category": "E0102", "description": "垃圾", **city.in_grid("g1")}
    assert city.worker("g3", on_duty=False).post("/incidents", body).json["status"] == "dispatched"
    phone.pull()
    assert phone.ids("offer")
    _set(change, id=worker.id)
    for _ in range(2):
        assert worker.get(f"/sync?token={phone.token}").status_code == status
    # The token says that the offer has reached the device: a caller who is refused marks nothing.
    assert not rows("select 1 from offer_delivery where worker_id = :id and way = 'pulled'", id=worker.id)


def test_next_pull_has_new_rights_at_once_when_grant_is_revoked_elsewhere(city):
    flat(city)
    worker = city.worker("g1")
    phone = fresh(worker)
    phone.pull()
    assert phone.ids("household")
    _set("update account_grant set revoked_at = now() where account_id = :id", id=worker.id)
    phone.pull()
    assert not phone.ids("household")
    assert phone.rows == PullClient(worker).pull().rows
