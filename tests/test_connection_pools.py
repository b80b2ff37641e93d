"""The connection pools of a process: their settings, and what they do after PostgreSQL has ended all connections.

PostgreSQL ends all connections when one of its processes crashes.
"""

import pytest
from sqlalchemy import text

from app.core import db
from app.core.db.raw_read import read_one

# plan_cache_mode and hash_mem_multiplier of a statement, by the way in which it is planned.
SETTINGS = {
    "auto": ("auto", "2"),
    "generic": ("force_generic_plan", "2"),
    "custom": ("force_custom_plan", "8"),
}
SHOW = "select current_setting('plan_cache_mode') mode, current_setting('hash_mem_multiplier') memory"


@pytest.fixture
def kill(settings):
    """End all other connections to this database; how many it were."""
    owner = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)

    def act():
        sql = """select count(*) filter (where pg_terminate_backend(pid, 60000)) from pg_stat_activity
                 where datname = current_database() and pid <> pg_backend_pid() and application_name = 'gridward'"""
        with owner.connect() as connection:
            return connection.scalar(text(sql))

    yield act
    owner.dispose()


def test_requests_succeed_after_idle_connections_were_killed(city, kill, report):
    """Each of the pools is asked, for reading, for writing, and with each way of planning."""
    worker, boss = city.worker("g1"), city.supervisor("d")
    for _ in range(2):
        for path in ("/me", "/sync", "/assignments"):
            assert boss.get(path).status_code == 200, path
        report(worker, city.in_grid("g1"))
        assert kill() >= 2
    for engine in db.all_engines():
        backends(engine)  # the first that is found closed takes along those which were made before
        once = backends(engine)
        assert backends(engine) == once  # sound ones are kept


@pytest.mark.parametrize("plan", SETTINGS)
def test_statement_is_planned_as_declared(app, plan):
    row = read_one(SHOW, {}, plan=plan)
    assert row is not None and (row["mode"], row["memory"]) == SETTINGS[plan]
    for open_session in (db.read_session, db.snapshot_session, db.counting_session):
        with open_session(plan) as session:
            assert tuple(session.execute(text(SHOW)).one()) == SETTINGS[plan]


def test_pool_of_each_way_of_planning_has_its_own_connections(app):
    assert len({engine.pool for engine in db.all_engines()}) == 1 + len(SETTINGS)


def backends(engine):
    """The processes of PostgreSQL behind the connections of a pool, which hands them out in turn."""
    pids = set()
    for _ in range(2 * engine.pool.size()):
        with engine.connect() as connection:
            pids.add(connection.scalar(text("select pg_backend_pid()")))
    return pids


def test_pool_keeps_connection_when_parameter_changes(app, settings):
    engine = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    with engine.connect() as connection:
        before = connection.scalar(text("select pg_backend_pid()"))
        held = connection.connection.driver_connection
        name = connection.scalar(text("select current_database()"))
    owner = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"alter database {name} set application_name = 'x'"))
        connection.execute(text("select pg_reload_conf()"))
        connection.execute(text(f"alter database {name} reset application_name"))
    owner.dispose()
    with engine.connect() as connection:
        assert connection.connection.driver_connection is held
        assert connection.scalar(text("select pg_backend_pid()")) == before
    engine.dispose()
