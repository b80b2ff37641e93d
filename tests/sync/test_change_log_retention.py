"""Retention of the change log and its epoch.

On a database of its own: epoch and pruning apply to a whole database.
"""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.accounts.service import derived_key
from app.core import changes, clock, db
from app.core.actor import SYSTEM
from app.sync.rules import tokens
from app.sync.rules.tokens import Seal
from tests.factories import City, Person, make_city
from tests.live.databases import own_database
from tests.live.processes import app_on, as_job_worker
from tests.sync.pull_client import fresh
from tests.waits import eventually


@pytest.fixture
def city(settings, app) -> Iterator[City]:
    with own_database(settings.database_url) as url:
        mine = dataclasses.replace(settings, database_url=url)
        with app_on(mine) as app:
            yield make_city(app, mine)


def wait_until_nothing_runs() -> None:
    """Transactions of other tests, in other databases, hold back what a token is known to have seen."""
    sql = "select pg_snapshot_xmin(pg_current_snapshot()) > (select max(xid) from change_log)"

    def is_seen() -> bool:
        with db.read_session() as session:
            return bool(session.scalar(text(sql)))

    eventually(is_seen, seconds=15, every=0.05)


def seal_of(city: City, person: Person) -> Seal:
    with db.read_session() as session:
        device = session.scalar(text("select id from device where account_id = :id"), {"id": person.id})
    return Seal(derived_key(city.settings.signing_key_file, "sync token"), person.id, device)


def test_pull_case_20_returns_410_for_token_of_other_epoch(city):
    worker = city.worker("g1")
    phone = fresh(worker)
    with db.transaction(SYSTEM) as session:
        changes.rotate_epoch(session)
    answer = phone.ask(phone.token)
    assert (answer.status_code, answer.json["code"], answer.json["reason"]) == (
        410,
        "resync_required",
        "epoch",
    )
    phone.begin_anew()
    phone.pull()
    assert phone.pull().pulled_rows == []


def test_pull_case_20_returns_410_for_token_newer_than_restored_database(city):
    """Nobody rotated the epoch, but transaction ids went back."""
    worker = city.worker("g1")
    phone = fresh(worker)
    key = seal_of(city, worker)
    token = tokens.read(phone.token, key)
    later = dataclasses.replace(token, prev=f"{10**15}:{10**15}:")
    answer = phone.ask(tokens.write(later, key))
    assert (answer.status_code, answer.json["reason"]) == (410, "epoch")


def test_pull_case_20_returns_410_for_token_older_than_change_log(city):
    """200 days old, or one that was given just before the oldest change that is kept."""
    old = fresh(city.worker("g1"))
    city.supervisor()
    late = city.worker("g2")
    late.get("/me")
    wait_until_nothing_runs()
    young = fresh(late)
    city.supervisor()
    # Everything up to the young token is forgotten, as the upkeep does it.
    token = tokens.read(young.token, seal_of(city, young.person))
    owner = db.make_engine(city.settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    with owner.begin() as connection:
        connection.execute(
            text("""update change_log set at = at - interval '200 days'
                    where xid < pg_snapshot_xmin(cast(:seen as pg_snapshot))"""),
            {"seen": token.prev},
        )
    owner.dispose()
    with as_job_worker(city.settings), db.transaction(SYSTEM) as session:
        assert changes.prune(session, before=clock.now() - timedelta(days=90), limit=10**9) > 0
    answer = old.ask(old.token)
    assert (answer.status_code, answer.json["reason"]) == (410, "too_old")
    assert young.pull().pages[0]["complete"]
