"""Retention: which rows upkeep prunes after their time, and which rows it must not prune."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import cli
from app.core import clock, db, idempotency, logs, retention
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from tests.live.databases import own_database
from tests.live.processes import app_on, as_job_worker, set_aside

DAY = timedelta(days=1)


@pytest.fixture
def own_settings(settings):
    """A database of its own: pruning is for all of it."""
    with own_database(settings.database_url) as url:
        mine = replace(settings, database_url=url)
        with app_on(mine), as_job_worker(mine):
            yield mine


def read_rows(sql: str, **binds: Any) -> list[Any]:
    with db.read_session() as session:
        return list(session.execute(text(sql), binds).all())


def change(session: Session, entity: str, at: Any) -> None:
    sql = "insert into change_log (bucket, entity, row_id, op, at) values ('global', :e, :id, 'P', :at)"
    session.execute(text(sql), {"e": entity, "id": uuid7(), "at": at})


def write_change_log(*transactions: list[tuple[str, Any]]) -> None:
    for rows in transactions:
        with db.transaction(SYSTEM) as session:
            for entity, at in rows:
                change(session, entity, at)


def change_log_entities() -> list[str]:
    return [
        row[0] for row in read_rows("select entity from change_log where entity like 'test%' order by seq")
    ]


def test_change_log_is_pruned_by_whole_transactions(own_settings):
    now = clock.now()
    with db.transaction(SYSTEM) as session:
        session.execute(text("delete from change_log"))  # of the set-up, which is of now and came before
    write_change_log(
        [("test old", now - 100 * DAY), ("test old", now - 95 * DAY)],
        [("test split", now - 91 * DAY), ("test split", now - 89 * DAY)],
        [("test late", now - 91 * DAY)],
        [("test new", now - DAY)],
    )
    done = retention.run_due(now, settings=own_settings, batch=1)
    assert done["change_log"] >= 2
    assert change_log_entities() == ["test split", "test split", "test late", "test new"]
    assert retention.run_due(now, settings=own_settings)["change_log"] == 0


def test_change_log_pruning_retains_newest_transaction(own_settings):
    now = clock.now()
    write_change_log([("test a", now)], [("test b", now), ("test b", now)])
    retention.run_due(now + 1000 * DAY, settings=own_settings)
    assert change_log_entities() == ["test b", "test b"]


def test_applied_operations_are_pruned_after_retention(own_settings):
    now = clock.now()
    insert = """insert into applied_op (principal, key, route, digest, result, applied_at)
                values ('account:x', :key, 'test', '', '{}', :at)"""
    with db.transaction(SYSTEM) as session:
        for n in range(25):
            session.execute(text(insert), {"key": f"old {n}", "at": now - 401 * DAY})
        session.execute(text(insert), {"key": "young", "at": now - 399 * DAY})
    assert retention.run_due(now, settings=own_settings, batch=10)["applied_op"] == 25
    assert read_rows("select key from applied_op where principal = 'account:x'") == [("young",)]
    assert retention.run_due(now, settings=replace(own_settings, applied_op_days=398))["applied_op"] == 1


def test_repeated_report_returns_409_after_pruning(city, report, settings):
    worker = city.worker("g1")
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102", "description": "x"}
    assert worker.post("/incidents", body).status_code == 201
    with as_job_worker(settings), db.transaction(SYSTEM) as session:
        assert idempotency.prune(session, before=clock.now() - 365 * DAY, limit=1) == 0
        session.execute(text("delete from applied_op where key = :key"), {"key": body["id"]})
    again = worker.post("/incidents", body)
    assert (again.status_code, again.json["code"]) == (409, "id_reused")


def test_rotate_epoch_command_starts_new_epoch(own_settings, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", own_settings.database_url)
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    before = read_rows("select epoch from sync_epoch")
    with set_aside():
        answer = CliRunner().invoke(cli.main, ["sync", "rotate-epoch"])
    assert answer.exit_code == 0, answer.output
    after = read_rows("select epoch from sync_epoch")
    assert after != before and str(after[0][0]) == answer.output.strip()
