"""Server, jobs and commands log in without power over the schema, and a login that has it is refused."""

import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.cli import main
from app.core import db, logins, logs
from app.core.db.engines import held_connections
from app.integrity.rules import readiness
from tests.live.conftest import job_worker
from tests.live.databases import plain
from tests.live.processes import ROOT, SERVE, environment, set_aside
from tests.waits import eventually

MANUAL = (ROOT / "docs" / "how-to" / "operations.md").read_text()


def gridward(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, *SERVE[:-1], *arguments]
    return subprocess.run(run, env=env, cwd=ROOT, capture_output=True, text=True, timeout=180)


@contextmanager
def logged_in(settings: Any, role: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(plain(logins.url_of(settings, role)), autocommit=True) as connection:
        yield connection


def logins_at_work(owner: Any, settings: Any) -> set[str]:
    """The logins of the server's and the job worker's connections: of the sessions, whatever role they have set."""
    sql = """
      select usename from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name in ('gridward', '')
    """
    return {row[0] for row in owner.execute(sql)}


def test_server_and_jobs_use_unprivileged_logins(server, settings, folder, owner, city, online):
    person = online(city.supervisor())
    assert person.get("/me").status_code == 200
    with job_worker(settings, folder):
        # Connections come and go: both are seen at some moment, and never another one.
        seen = set[str]()
        eventually(lambda: seen.update(logins_at_work(owner, settings)) or len(seen) > 1, seconds=30)
    assert seen == {logins.APP, logins.JOB}


@pytest.mark.parametrize("role", [logins.APP, logins.JOB])
@pytest.mark.parametrize(
    "way_back", ["set role none", "reset role", "reset session authorization", "discard all"]
)
def test_logins_cannot_regain_privileges_over_schema(settings, role, way_back):
    with logged_in(settings, role) as connection:
        connection.execute(way_back)
        assert connection.execute("select current_user, session_user").fetchone() == (role, role)
        for act in (
            "alter table audit_event disable trigger all",
            "drop trigger refuse_change on audit_event",
            "set session_replication_role = replica",
            "update audit_event set xid = xid",
            "delete from audit_event",
            "create table mine (a int)",
            "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
            "copy (select 1) to program 'true'",
            "set role gridward",
        ):
            with pytest.raises(psycopg.Error) as refused:
                connection.execute(act)
            assert refused.value.sqlstate == "42501", (act, refused.value)


@pytest.mark.parametrize(
    ("command", "variable"), [("serve", "GRIDWARD_APP_DATABASE_URL"), ("jobs", "GRIDWARD_JOB_DATABASE_URL")]
)
def test_start_as_schema_owner_is_refused_with_instruction(settings, folder, command, variable):
    ended = gridward(environment(settings, folder) | {variable: settings.database_url}, command)
    assert ended.returncode == 1
    assert "could switch off the audit trail" in ended.stderr
    assert f"Let {variable} name the login" in ended.stderr and "gridward db upgrade" in ended.stderr


@pytest.fixture
def gridward_here(settings: Any, folder: Any, monkeypatch: Any) -> Callable[..., Result]:
    """A command in this process, which is quicker."""
    monkeypatch.setattr(logs, "configure", lambda *_: None)

    def run(*arguments: str, **env: str) -> Result:
        with set_aside():
            return CliRunner().invoke(main, arguments, env=environment(settings, folder, **env))

    return run


def test_job_command_is_refused_with_request_login(settings, gridward_here):
    login = logins.url_of(settings, logins.APP)
    ended = gridward_here("sync", "rotate-epoch", GRIDWARD_JOB_DATABASE_URL=login)
    assert ended.exit_code == 1 and "does not have the rights of gridward_job" in ended.stderr


def test_command_logs_its_database_login(gridward_here, caplog):
    caplog.set_level(logging.INFO, "gridward.cli")
    assert gridward_here("sync", "rotate-epoch").exit_code == 0
    assert "database login gridward_job" in caplog.text


def test_migration_is_refused_to_other_login_than_owner(settings, gridward_here):
    upgraded = gridward_here("db", "upgrade", DATABASE_URL=logins.url_of(settings, logins.APP))
    assert upgraded.exit_code == 1
    assert "gridward_app" in upgraded.stderr and "cannot migrate" in upgraded.stderr


def test_config_check_reports_privileged_login(settings, gridward_here):
    ended = gridward_here("config", "check", GRIDWARD_APP_DATABASE_URL=settings.database_url)
    assert ended.exit_code == 1
    assert "MISSING database_login" in ended.stdout and "switch off the audit trail" in ended.stdout
    assert "ok      database_login" in gridward_here("config", "check").stdout


@pytest.fixture
def login_fault(settings: Any) -> Iterator[Any]:
    """What is wrong with a login that is made in a transaction, and taken back with it."""
    connection = psycopg.connect(plain(settings.database_url))

    def judge(*statements: str, role: str = logins.APP) -> str | None:
        try:
            connection.execute("create role gw_tried login")
            connection.execute("create role gw_owner")
            for statement in (*statements, "set local session authorization gw_tried"):
                connection.execute(sql.SQL(statement))  # type: ignore[arg-type]
            return logins.login_fault(connection, role)
        finally:
            connection.rollback()

    yield judge
    connection.close()


@pytest.mark.parametrize(
    ("statements", "fault_text"),
    [
        (["alter role gw_tried superuser"], "is a superuser"),
        (["alter table audit_event owner to gw_tried"], "owns the schema"),
        (["alter table audit_event owner to gw_owner", "grant gw_owner to gw_tried"], "a member of gw_owner"),
        (
            ["alter role gw_tried noinherit", "alter schema jobs owner to gw_owner", "grant gw_owner to gw_tried"],
            "a member of gw_owner",
        ),
        (
            ["alter schema jobs owner to gw_owner", "grant gw_owner to gridward_job", "grant gridward_job to gw_tried"],
            "a member of gw_owner",
        ),
        (["alter role gw_tried createrole"], "has CREATEROLE"),
        (["grant pg_execute_server_program to gw_tried"], "has pg_execute_server_program"),
        (["grant create on schema public to gw_tried"], "create objects"),
        ([], "does not have the rights of gridward_app"),
        (["alter role gw_tried noinherit", "grant gridward_app to gw_tried"], "does not have the rights"),
    ],
)  # fmt: skip
def test_login_fault_names_privilege_or_missing_rights(login_fault, statements, fault_text):
    fault = login_fault(*statements)
    assert fault and fault_text in fault and "GRIDWARD_APP_DATABASE_URL" in fault


def test_custom_login_with_required_rights_is_accepted(login_fault):
    assert login_fault("grant gridward_app to gw_tried") is None
    assert login_fault("grant gridward_job to gw_tried", role=logins.JOB) is None


def test_readiness_reports_refused_login_and_standby(app, owner, settings):
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    name = sql.Identifier(owner.info.dbname)
    cases = [
        (
            sql.SQL("grant create on schema public to gridward_app"),
            sql.SQL("revoke create on schema public from gridward_app"),
            "database login refused",
        ),
        (
            sql.SQL("alter database {} set default_transaction_read_only = on").format(name),
            sql.SQL("alter database {} reset default_transaction_read_only").format(name),
            "database read only",
        ),
    ]
    for act, back, status in cases:
        owner.execute(act)
        try:
            _reconnect()
            answer = client.get("/readyz")
        finally:
            owner.execute(back)
            _reconnect()
        assert (answer.status_code, answer.json["status"]) == (503, status)
    assert client.get("/readyz").status_code == 200


def _reconnect() -> None:
    for engine in db.all_engines():
        engine.dispose()


def _most(url: str, role: str, **sizes: int) -> int:
    """How many connections a process opens, held ones and those of its pools, before the pools refuse the next one."""
    with set_aside(), ExitStack() as held:
        db.configure(url, role=role, **sizes)
        links = [held_connections().take() for _ in range(held_connections().most)]
        for link in links:
            held_connections().give_back(link)
        count = sum(link.proxy is None for link in links)
        held.callback(held_connections().close)
        for engine in db.all_engines():
            engine.pool._timeout = 0.01  # type: ignore[attr-defined]
            with suppress(PoolTimeout):
                while True:
                    held.enter_context(engine.connect())
                    count += 1
        return count


def test_connection_pools_match_documented_connection_count(settings):
    process = readiness.Process(
        host="127.0.0.1",
        is_demo=False,
        workers=1,
        threads=1,
        job_concurrency=sum(settings.job_places().values()),
        statement_timeout_ms=0,
        schema_wanted=None,
        signing_key_mode=None,
    )
    of_server = _most(logins.url_of(settings, logins.APP), logins.APP, pool_size=1) + readiness.RELAY
    of_jobs = _most(logins.url_of(settings, logins.JOB), logins.JOB)
    of_jobs += sum(settings.job_places().values()) + readiness.QUEUE
    assert readiness.connections_wanted(process) == of_server + of_jobs
    [formula] = re.findall(r"`max_connections` at least\s+`([^`]+)`", MANUAL)
    for workers, threads in ((1, 1), (2, 2), (8, 3)):
        variant = replace(process, workers=workers, threads=threads)
        names = {"GRIDWARD_WORKERS": workers, "GRIDWARD_THREADS": threads}
        assert eval(formula, {}, names) == readiness.connections_wanted(variant)
