"""An operation that exceeds the statement timeout each time is rejected, and the queue continues."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import db
from app.sync.service import operation_runner
from tests.endpoints import flat
from tests.sync.push_client import PushClient, codes

TRIES = 3


@pytest.fixture
def phone(city: Any) -> PushClient:
    return PushClient(city.worker("g1"))


@pytest.fixture
def impatient(limit_statements: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements end after 0.2 s, and three times are enough."""
    monkeypatch.setattr(operation_runner, "MOST_TIMEOUTS", TRIES)
    limit_statements(200)


@pytest.fixture
def held(city: Any, settings: Any) -> Iterator[Any]:
    """A household that somebody holds."""
    home = flat(city)
    engine = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    with Session(engine) as rival:
        rival.execute(text("select 1 from household where id = :id for update"), {"id": home["household"]})
        yield home
    engine.dispose()


def test_operation_that_always_times_out_is_rejected_and_queue_continues(
    city: Any, phone: PushClient, held: Any, impatient: None, rows: Any
) -> None:
    before = phone.report(city.in_grid("g1"))
    stuck = phone.op("household", "patch", held["household"], base_version=1, patch={"label": "甲"})
    group = [
        phone.op("household", "patch", flat(city)["household"], base_version=1, patch={"label": n}, group="a")
        for n in "乙丙"
    ]
    after = phone.report(city.in_grid("g1"))
    for _ in range(TRIES):
        results = phone.send(before, stuck, *group, after).json["results"]
        assert [r["retryable"] for r in results] == [True] * 5
    results = phone.send(before, stuck, *group, after).json["results"]
    assert codes(results) == ["applied", "rejected:took_too_long", "applied", "applied", "applied"]
    assert not results[1]["retryable"]
    letters = rows(
        "select code, operation ->> 'op_id' from sync_dead_letter where account_id = :id", id=phone.person.id
    )
    assert letters == [("took_too_long", stuck["op_id"])]
    assert codes(phone.push(stuck)) == ["rejected:took_too_long"]  # that is its answer


def test_operation_that_waited_for_lock_is_applied_later(
    city: Any, phone: PushClient, impatient: None, settings: Any
) -> None:
    homes = [flat(city)["household"] for _ in range(2 * TRIES)]
    engine = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    ops = [phone.op("household", "patch", home, base_version=1, patch={"label": "x"}) for home in homes]
    for home, op in zip(homes, ops, strict=True):  # each once: none has had its tries
        with Session(engine) as rival:
            rival.execute(text("select 1 from household where id = :id for update"), {"id": home})
            assert phone.send(op).json["results"][0]["retryable"]
    engine.dispose()
    assert codes(phone.push(*ops)) == ["applied"] * len(ops)
