"""The caller is checked by the statement that reads the data: what has changed anywhere counts at once.

All changes here are made by SQL, as another process makes them: this process remembers the actor and hears of nothing.
"""

import gzip
import json
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import clock, db
from app.core.actor import Actor, Grant, Role
from app.core.db import raw_read
from app.core.db.caller_check import CallerChanged, CallerCheck, expect_caller, unchecked_caller
from app.core.ids import uuid7
from tests.factories import make_city
from tests.statements import recorded_statements

AT = "/areas/at?lon=120.1&lat=30.2"
# Of the paths below, each view is marked with `reads_row`.
PATHS = (AT, "/incidents?limit=5", "/assignments", f"/incidents/{UUID(int=1)}")
MAPS = ("/ogc/collections/areas/items?limit=1", f"/ogc/collections/incidents/items/{UUID(int=1)}")

CHANGES: dict[str, tuple[str, str]] = {
    "session_revoked": (
        "update session set revoked_at = now(), revoke_reason = 'sign_out' where account_id = :id returning id",
        "session_revoked",
    ),
    "session_expired": (
        "update session set expires_at = now() - interval '1 s' where account_id = :id returning id",
        "session_revoked",
    ),
    "account_disabled": (
        "update account set disabled_at = now() where id = :id returning id",
        "session_revoked",
    ),
    "account_deleted": (
        "update account set deleted_at = now() where id = :id returning id",
        "session_revoked",
    ),
    "device_revoked": (
        "update device set revoked_at = now() where account_id = :id returning id",
        "session_revoked",
    ),
    "grant_revoked": (
        "update account_grant set revoked_at = now() where account_id = :id returning id",
        "permission_missing",
    ),
    "password_to_change": (
        "update account set must_change_password = true where id = :id returning id",
        "password_change_required",
    ),
}


def _write(statement: str, **binds: Any) -> None:
    with db.transaction() as session:
        assert session.execute(db.sql_text(statement), binds).all()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("path", PATHS)
def test_remembered_caller_is_refused_at_once_when_change_is_elsewhere(someone, accounts_city, path, change):
    person = someone(Role.SUPERVISOR, accounts_city.street)
    for _ in range(2):
        assert person.get(path).status_code in (200, 404)
    statement, code = CHANGES[change]
    _write(statement, id=person.id)
    for _ in range(2):
        answer = person.get(path)
        assert (answer.status_code, answer.json["code"]) == (401 if code == "session_revoked" else 403, code)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("path", MAPS)
def test_remembered_caller_of_a_map_is_refused_at_once(someone, accounts_city, path, change):
    person = someone(Role.SUPERVISOR, accounts_city.street)
    assert person.sign_in().status_code == 200
    client, headers = person.client, {"Authorization": f"Bearer {person.tokens['access_token']}"}
    for _ in range(2):
        assert client.get(path, headers=headers).status_code in (200, 404)
    statement, code = CHANGES[change]
    _write(statement, id=person.id)
    for _ in range(2):
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (401 if code == "session_revoked" else 403, code)


WRITES = ("/incidents", "/positions")


def _body_of(path: str) -> dict[str, Any]:
    now = clock.now().isoformat()
    if path == "/positions":
        return {"sent_at": now, "positions": [{"at": now, "lon": 120.1, "lat": 30.2}]}
    return {"id": str(uuid7()), "lon": 120.1, "lat": 30.2, "description": "满溢"}


def _operations(person: Any) -> int:
    with db.read_session() as session:
        count = "select count(*) from applied_op where principal like '%' || :id || '%'"
        return session.scalar(db.sql_text(count), {"id": str(person.id)})


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("path", WRITES)
def test_remembered_caller_writes_nothing_when_change_is_elsewhere(someone, accounts_city, path, change):
    person = someone(Role.WORKER, accounts_city.street)
    before = [person.post(path, _body_of(path)).status_code for _ in range(2)]
    assert before in ([201, 201], [403, 403])  # no worker of the register sends positions
    statement, code = CHANGES[change]
    operations = _operations(person)
    _write(statement, id=person.id)
    for _ in range(2):
        answer = person.post(path, _body_of(path))
        assert (answer.status_code, answer.json["code"]) == (401 if code == "session_revoked" else 403, code)
    assert _operations(person) == operations


def test_report_is_stored_once_when_caller_changed_elsewhere_but_may_report(someone, accounts_city):
    person = someone(Role.WORKER, accounts_city.street)
    assert person.post("/incidents", _body_of("/incidents")).status_code == 201
    _write("update account set name = '李四' where id = :id returning id", id=person.id)
    body = _body_of("/incidents")
    operations = _operations(person)
    with recorded_statements() as statements:
        answer = person.post("/incidents", body)
    assert answer.status_code == 201, answer.json
    assert _operations(person) == operations + 1
    # The check fails, the actor is loaded, and the report is claimed again.
    assert sum("insert into applied_op" in statement for statement in statements) == 2


def test_report_of_a_named_place_checks_the_caller_first(someone, accounts_city):
    person = someone(Role.WORKER, accounts_city.street)
    body = {"place": "nowhere at all", "description": "满溢"}
    assert person.post("/incidents", body).status_code == 422
    _write(CHANGES["session_revoked"][0], id=person.id)
    with recorded_statements() as statements:
        assert person.post("/incidents", body).status_code == 401
    assert not any("place" in statement.split("from")[-1] for statement in statements)


def test_packed_body_is_read_again_when_caller_changed_elsewhere(someone, accounts_city):
    person = someone(Role.WORKER, accounts_city.street)
    assert person.post("/positions", _body_of("/positions")).json["code"] == "not_a_worker"
    _write("update account set name = '李四' where id = :id returning id", id=person.id)
    answer = person.post(
        "/positions",
        data=gzip.compress(json.dumps(_body_of("/positions")).encode()),
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert answer.json["code"] == "not_a_worker"


def test_remembered_caller_sees_new_area_at_once_when_grant_moved_elsewhere(someone, accounts_city):
    person = someone(Role.SUPERVISOR, accounts_city.street)
    before = [person.get("/me").json, person.get(AT).status_code]
    assert before[1] == 200
    _write(
        "update account_grant set role = 'handler', area_id = null, unit_id = :unit where account_id = :id returning id",
        id=person.id,
        unit=accounts_city.unit,
    )
    # A handler reads areas and assignments, and is none of the supervisors any more.
    assert person.get("/assignments").status_code == 200
    assert person.get(AT).status_code == 200
    _write("update account_grant set revoked_at = now() where account_id = :id returning id", id=person.id)
    assert person.get(AT).status_code == 403


def test_worker_sees_other_city_at_once_when_responsibility_moved_elsewhere(app, settings, city):
    other = make_city(app, settings)
    worker = city.worker("g1")
    path = "/areas/at?lon={lon}&lat={lat}".format(**other.in_grid("g1"))
    for _ in range(2):
        assert worker.get(path).json["grid"] is None
    moved = "update responsibility set area_id = :area where worker_id = :id returning id"
    _write(moved, area=other.areas["g1"], id=worker.id)
    assert worker.get(path).json["grid"]["id"] == str(other.areas["g1"])
    ended = (
        "update responsibility set valid = tstzrange(lower(valid), now()) where worker_id = :id returning id"
    )
    _write(ended, id=worker.id)
    assert worker.get(path).json["grid"] is None


def test_error_is_not_told_to_revoked_session_when_request_is_invalid(someone, accounts_city):
    person = someone(Role.SUPERVISOR, accounts_city.street)
    for path, status in ((AT, 200), ("/areas/at?lon=x&lat=1", 422), ("/areas/at?lon=1&lat=1&more=1", 422)):
        assert person.get(path).status_code == status
    _write(CHANGES["session_revoked"][0], id=person.id)
    for path in ("/areas/at?lon=x&lat=1", "/areas/at?lon=1&lat=1&more=1", "/incidents?limit=0"):
        assert person.get(path).status_code == 401, path


@pytest.mark.parametrize("path", PATHS)
def test_read_of_row_is_one_statement_when_caller_is_remembered(someone, accounts_city, path):
    person = someone(Role.SUPERVISOR, accounts_city.street)
    statuses = []
    with recorded_statements() as first:
        statuses.append(person.get(path).status_code)
    with recorded_statements() as second:
        statuses.append(person.get(path).status_code)
    assert statuses[0] == statuses[1]
    assert len(second) == 1, second
    assert "caller_is_live" in second[0]
    assert len(first) > 1


def test_answer_is_the_same_when_caller_is_remembered(someone, accounts_city):
    person = someone(Role.SUPERVISOR, accounts_city.street)
    for path in PATHS:
        answers = [person.get(path) for _ in range(3)]
        bodies = {answer.data if answer.status_code == 200 else answer.json["code"] for answer in answers}
        headers = [
            sorted((n, v) for n, v in answer.headers if n not in ("X-Request-Id", "RateLimit"))
            for answer in answers
        ]
        assert len(bodies) == 1, path
        assert headers[0] == headers[1] == headers[2] or answers[0].status_code == 404


@pytest.fixture
def check(someone) -> Any:
    """Return a function that makes the check of a signed-in person, who is remembered."""
    from app.accounts.queries.callers import caller_check, load_caller

    person = someone(Role.ADMIN)
    person.sign_in()
    with db.read_session() as session:
        row = session.execute(
            db.sql_text("select id, device_id from session where account_id = :id"), {"id": person.id}
        ).one()
    ids = {"account_id": person.id, "session_id": row.id, "device_id": row.device_id, "now": clock.now()}
    loaded = load_caller(**ids)
    assert loaded is not None
    expected, _ = loaded

    def make(**changed: Any) -> CallerCheck:
        return caller_check(**{**ids, "expected": expected, **changed})

    yield make
    expect_caller(None)


def test_data_is_read_beside_the_caller_when_both_have_binds_and_rows(check):
    expect_caller(check())
    row = raw_read.read_one(
        "select :me as me, cast(:now as text) as at, 'é{}$1%' as sign", {"me": "x", "now": "then"}
    )
    assert row == {"me": "x", "at": "then", "sign": "é{}$1%"}
    assert unchecked_caller() is None


def test_result_is_none_when_caller_holds_and_data_has_no_row(check):
    expect_caller(check())
    assert raw_read.read_one("select 1 as one where false", {}) is None


def test_read_raises_when_default_jurisdiction_of_placeless_caller_is_another(check):
    expected = check().expected
    assert not expected.endswith("]")
    assert str(UUID(expected[-36:])) == expected[-36:]
    expect_caller(check(expected=expected[:-36] + str(uuid7())))
    with pytest.raises(CallerChanged):
        raw_read.read_one("select 1 as one", {})


@pytest.mark.parametrize(
    "changed", [{"expected": "[]"}, {"session_id": uuid7()}, {"now": clock.now() + timedelta(days=9_000)}]
)
@pytest.mark.parametrize("plan", ["generic", "custom", "auto"])
def test_read_raises_when_caller_is_another(check, changed, plan):
    expect_caller(check(**changed))
    with pytest.raises(CallerChanged):
        raw_read.read_one("select 1 as one", {}, plan=plan)


@pytest.mark.parametrize(
    "door",
    [
        db.read_session,
        db.snapshot_session,
        db.counting_session,
        db.transaction,
        db.one_transaction,
        lambda: db.long_read_session(1_000),
    ],
)
def test_no_session_opens_when_caller_is_another(check, door):
    expect_caller(check(expected="[]"))
    with pytest.raises(CallerChanged), door():
        pytest.fail("opened")


def test_data_is_not_executed_when_caller_is_no_longer_valid(check):
    expect_caller(check(now=clock.now() + timedelta(days=9_000)))
    with pytest.raises(CallerChanged):
        raw_read.read_one("select 1 / (random() * 0)::int as one", {})


def test_check_of_one_thread_is_none_of_another(check):
    expect_caller(check(expected="[]"))
    rows: list[Any] = []
    other = threading.Thread(target=lambda: rows.append(raw_read.read_one("select 1 as one", {})))
    other.start()
    other.join()
    assert rows == [{"one": 1}]


def test_cached_rights_differ_when_actors_of_one_account_differ():
    account = uuid7()
    wide = Actor.of(id=account, grants=(Grant(Role.ADMIN),))
    narrow = Actor.of(id=account, grants=(Grant(Role.WORKER, uuid7()),))
    assert hash(wide) == hash(narrow)
    from app.core.actor import Permission

    assert wide.holding(Permission.ACCOUNT_MANAGE) is wide
    assert narrow.holding(Permission.ACCOUNT_MANAGE) is None
