"""Idempotency-Key: a repeated request is applied once and gets the first answer again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import Role
from app.core.ids import uuid7
from tests.endpoints import ENDPOINTS, NEED_A_CITY, World
from tests.test_permissions import BUILDERS, TABLE
from tests.waits import await_waiter

DOCUMENT = "/api/v1/openapi.json"


@pytest.fixture
def shift(city):
    worker = city.worker("g1", on_duty=False)
    since = clock.now() + timedelta(days=1)
    return {
        "worker_id": str(worker.id),
        "since": since.isoformat(),
        "until": (since + timedelta(hours=8)).isoformat(),
    }


def keyed(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or f"key-{uuid7()}"}


def operations(app: Any) -> list[str]:
    """Those that document the header."""
    return [
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, item in app.test_client().get(DOCUMENT).json["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict)
        and any(p.get("name") == "Idempotency-Key" for p in operation.get("parameters", ()))
    ]


def test_repeated_request_is_applied_once_and_replays_answer(city, shift, rows):
    boss, headers = city.supervisor(), keyed()
    first = boss.post("/shifts", shift, headers=headers)
    again = boss.post("/shifts", shift, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert rows("select count(*) from shift where worker_id = :id", id=shift["worker_id"]) == [(1,)]


@pytest.mark.parametrize("value", [10**30, "half a pair: \ud800"])
def test_keyed_request_returns_422_for_unstorable_value(city, shift, value):
    answer = city.supervisor().post("/shifts", shift | {"worker_id": value}, headers=keyed())
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")


def test_replayed_answer_repeats_etag_and_content_type(city):
    admin, headers = city.person(Role.ADMIN), keyed()
    body = {
        "jurisdiction": city.code,
        "code": uuid7().hex,
        "name": {"zh": "园林", "en": "Parks"},
        "area_id": str(city.areas["s"]),
    }
    first, again = (admin.post("/units", body, headers=headers) for _ in range(2))
    assert first.status_code == 201 and first.headers["ETag"] == again.headers["ETag"]
    assert again.mimetype == "application/json" and again.headers["Idempotent-Replayed"] == "true"


def test_key_with_other_body_returns_422(city, shift):
    boss, headers = city.supervisor(), keyed()
    assert boss.post("/shifts", shift, headers=headers).status_code == 201
    other = boss.post("/shifts", shift | {"note": "早班"}, headers=headers)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_key_is_scoped_to_account_and_path(city, shift):
    boss, colleague, headers = city.supervisor(), city.supervisor(), keyed()
    assert boss.post("/shifts", shift, headers=headers).status_code == 201
    overlapping = colleague.post("/shifts", shift, headers=headers)
    assert (overlapping.status_code, overlapping.json["code"]) == (409, "shift_overlaps")
    body = {"worker_id": shift["worker_id"], "area_id": str(city.areas["g2"]), "role": "substitute"}
    assert boss.post("/responsibilities", body, headers=headers).status_code == 201


def test_refused_request_is_replayed_as_refused(city, shift, rows):
    boss, headers = city.supervisor(), keyed()
    assert boss.post("/shifts", shift).status_code == 201
    refused = boss.post("/shifts", shift, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (409, "shift_overlaps")
    with db.transaction() as session:
        session.execute(
            text("update shift set deleted_at = :at, during = 'empty' where worker_id = :id"),
            {"id": shift["worker_id"], "at": clock.now()},
        )
    again = boss.post("/shifts", shift, headers=headers)
    assert (again.status_code, again.data) == (409, refused.data)
    assert again.mimetype == "application/problem+json"
    assert boss.post("/shifts", shift, headers=keyed()).status_code == 201


def test_server_error_is_not_stored_and_rolls_back_effect(city, shift, rows):
    """The effect has happened, and then the answer cannot be kept."""
    boss, headers = city.supervisor(), keyed()

    def broken(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "insert into applied_op" in statement:
            raise RuntimeError("broken on purpose")

    event.listen(db.engine(), "before_cursor_execute", broken)
    try:
        assert boss.post("/shifts", shift, headers=headers).status_code == 500
    finally:
        event.remove(db.engine(), "before_cursor_execute", broken)
    assert rows("select 1 from shift where worker_id = :id", id=shift["worker_id"]) == []
    again = boss.post("/shifts", shift, headers=headers)
    assert again.status_code == 201 and "Idempotent-Replayed" not in again.headers


def test_repeated_request_waits_while_first_is_running(city, shift, settings, rows):
    boss, headers = city.supervisor(), keyed()
    boss.get("/me")
    engine = db.make_engine(settings.database_url, role="gridward_app", pool_size=1, statement_timeout_ms=0)
    # Held up by a lock on the worker, the first one is under way for as long as we like.
    with Session(engine) as holding, ThreadPoolExecutor(1) as pool:
        holding.execute(text("select 1 from worker where id = :id for update"), {"id": shift["worker_id"]})
        body = {"on_duty": True}
        path = f"/workers/{shift['worker_id']}/duty"
        first = pool.submit(boss.post, path, body, headers=headers)
        await_waiter(holding)
        second = city.app.test_client().post(
            f"/api/v1{path}", json=body, headers=headers | {"Authorization": f"Bearer {boss.token}"}
        )
        assert (second.status_code, second.json["code"]) == (409, "idempotency_in_flight")
        assert int(second.headers["Retry-After"]) >= 1
        holding.rollback()
        assert first.result().status_code == 200
    engine.dispose()
    assert boss.post(path, body, headers=headers).headers["Idempotent-Replayed"] == "true"
    assert rows("select count(*) from duty where worker_id = :id", id=shift["worker_id"]) == [(1,)]


@pytest.mark.parametrize("key", ["short", "x" * 201, "schlüssel-123"])
def test_invalid_key_returns_422(city, shift, key):
    answer = city.supervisor().post("/shifts", shift, headers={"Idempotency-Key": key})
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "Idempotency-Key"


def test_transition_with_key_is_replayed(city, report, step):
    worker = city.worker("g1")
    case, headers = report(worker, city.in_grid("g1")), keyed()
    first, again = (step(worker, case, "feed_back", note="好了", headers=headers) for _ in range(2))
    assert first.status_code == again.status_code == 200 and first.data == again.data
    assert first.headers["ETag"] == again.headers["ETag"]


def test_every_keyed_operation_is_applied_once(app, settings):
    """Each as its builder calls it, twice under one key: one answer."""
    world = World(app, settings)
    keyed_operations = operations(app)
    assert len(keyed_operations) >= 15
    for operation in keyed_operations:
        role = next(role for role, cell in TABLE[operation].items() if cell.startswith(("ok", "shown")))
        key = BUILDERS[operation]
        city = world.city() if key in NEED_A_CITY else world.home
        request = ENDPOINTS[key](world, role, city, True)
        actor = request.actor or world.person(role, city)
        headers = request.headers | keyed()
        method = key.partition(" ")[0]
        first, again = (
            actor.call(method, request.path, headers=dict(headers), **request.body) for _ in range(2)
        )
        assert 200 <= first.status_code < 300, (operation, first.text)
        assert (again.status_code, again.data) == (first.status_code, first.data), operation
        assert again.headers["Idempotent-Replayed"] == "true", operation
