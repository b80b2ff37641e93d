"""Frequent reads hand connections from one to the next: how many are held, and which are closed."""

import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import db, logins
from app.core.db.engines import held_connections, reader
from app.core.db.raw_read import read_one
from tests.live.processes import set_aside

BACKEND = "select pg_backend_pid() pid"


@pytest.fixture
def own_engines(app, settings):
    """Engines of this process that other tests have not used."""
    with set_aside():
        _configure(settings)
        yield


def _configure(settings: Any) -> None:
    db.configure(logins.url_of(settings, logins.APP), pool_size=2)


def _pool() -> Any:
    return reader("generic").pool


def _pid() -> int:
    row = read_one(BACKEND, {})
    assert row is not None
    return int(row["pid"])


def _kill(pid: int) -> None:
    with db.read_session() as session:
        assert session.scalar(text("select pg_terminate_backend(:pid, 60000)"), {"pid": pid})


def test_connection_is_handed_on_without_the_pool(own_engines):
    first = _pid()
    assert [_pid() for _ in range(10)] == [first] * 10
    pool = _pool()
    assert (pool.checkedout(), pool.checkedin()) == (0, 1)  # the place that it left in the pool
    with db.read_session("generic") as session:
        assert session.scalar(text("select pg_backend_pid()")) != first


def test_number_of_held_connections_is_limited(own_engines):
    held = held_connections()
    links = [held.take() for _ in range(4)]
    pids = {link.driver.info.backend_pid for link in links}
    assert len(pids) == 4
    for link in links:
        held.give_back(link)
    assert len(held._idle) == held.most == 2
    assert _pool().checkedout() == 0


def test_more_connections_than_before_are_never_open(own_engines):
    held = held_connections()
    links: list[Any] = []
    with pytest.raises(Exception, match="QueuePool limit"):
        _pool()._timeout = 0.05
        while len(links) < 20:
            links.append(held.take())
    for link in links:
        held.give_back(link)
    assert len(links) + held.most == 2 + 4


def test_read_succeeds_after_held_connection_was_killed(own_engines):
    first = _pid()
    _kill(first)
    second = _pid()
    assert second != first
    assert _pid() == second


def test_connection_is_closed_when_it_was_in_use_at_the_end_of_its_engine(own_engines, settings):
    held = held_connections()
    _pid()
    link = held.take()
    assert link.proxy is None
    _configure(settings)
    held.give_back(link)
    assert link.driver.closed
    assert held._idle == []


def test_connection_is_closed_when_a_transaction_is_left_open(own_engines):
    held = held_connections()
    _pid()
    link = held.take()
    link.driver.autocommit = False
    link.driver.execute("select 1")
    held.give_back(link)
    assert link.driver.closed
    again = held.take()
    assert again.driver is not link.driver
    held.give_back(again)
    assert len(held._idle) == 1


def test_error_of_a_statement_leaves_the_connection_usable(own_engines):
    first = _pid()
    for _ in range(8):  # by a cursor, then prepared
        with pytest.raises(DBAPIError):
            read_one("select 1 / (select 0 where pg_backend_pid() > 0)", {})
    assert _pid() == first


def test_threads_never_share_a_connection(own_engines):
    faults: list[object] = []

    def read(number: int) -> None:
        for n in range(60):
            row = read_one("select cast(:n as int) n, pg_backend_pid() pid", {"n": number * 1_000 + n})
            if row is None or row["n"] != number * 1_000 + n:
                faults.append(row)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert _pool().checkedout() == 0
