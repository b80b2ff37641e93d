"""Fixtures of all tests: one migrated database and one app for each process; a test creates its own city and commits."""

import contextlib
import dataclasses
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from sqlalchemy import text

from app.areas import service as areas
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.core.loading import loading
from app.factory import create_app
from app.settings import Settings
from app.workforce import service as workforce
from tests import problem_codes, row_rules, run_times, sample_sizes
from tests.endpoints import World
from tests.factories import City, Person, make_city
from tests.live.databases import migrate, own_database, plain
from tests.live.processes import app_on
from tests.seeds import SEED

# Examples have no limit of time, which a busy machine exceeds, and come from the seed of the run, on servers that set CI, too.
hypothesis.settings.register_profile(
    "gridward",
    deadline=None,
    derandomize=False,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    print_blob=True,
)
hypothesis.settings.load_profile("gridward")


def pytest_configure(config: pytest.Config) -> None:
    """Give each xdist process a database of its own: some tests read whole tables, or react to every change."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        own = own_database(os.environ["GRIDWARD_TEST_DATABASE_URL"])
        os.environ["GRIDWARD_TEST_DATABASE_URL"] = own.__enter__()
        config.add_cleanup(lambda: own.__exit__(None, None, None))


def pytest_report_header() -> str:
    return f"GRIDWARD_TEST_SEED={SEED} repeats what this run draws at random"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print where the minutes went, if tests of several folders ran."""
    reports = [
        report for kind in terminalreporter.stats.values() for report in kind if hasattr(report, "duration")
    ]
    times = [(report.nodeid.partition("::")[0], report.duration) for report in reports]
    if len(run_times.by_folder(times)) > 2:
        terminalreporter.section("seconds by folder, and the slowest files")
        terminalreporter.write_line("\n".join(run_times.lines(times)))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[Any]:
    """Collect without garbage collection, and set the modules and items aside from its later rounds.

    They are a million objects that each process keeps to its end. A full round over them takes half a second.
    """
    with first_collects_alone(session.config.rootpath / ".run"), loading():
        return (yield)


@contextlib.contextmanager
def first_collects_alone(folder: Path) -> Iterator[None]:
    """Let one process of a run collect before the others, which then read what it has compiled.

    In a checkout without caches pytest rewrites and Hypothesis parses each test module. Four processes that begin
    together all do this, and each needs nine seconds of a processor more.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    folder.mkdir(exist_ok=True)
    with (folder / "collection.lock").open("w") as lock:  # released with the process if that is killed
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Leave out what a whole run does not draw (tests/sample_sizes.py). All of it is `wide`."""
    files = {item.nodeid: item.nodeid.partition("::")[0] for item in items}
    for item in items:
        if sample_sizes.divisor(files[item.nodeid]) > 1:
            item.add_marker(pytest.mark.wide)
    yield
    if sample_sizes.IS_WHOLE:
        out = sample_sizes.left_out((files[item.nodeid], item.nodeid) for item in items)
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in out])
        items[:] = [item for item in items if item.nodeid not in out]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return our scheduler for `--dist loadfile`; None selects the one of xdist."""
    from tests.file_scheduler import FolderByFolder

    return FolderByFolder(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    url = os.environ["GRIDWARD_TEST_DATABASE_URL"]
    migrate(url)
    return Settings(
        database_url=url,
        signing_key_file=tmp_path_factory.mktemp("keys") / "signing-key.pem",
        media_store=tmp_path_factory.mktemp("media").as_uri(),
        media_spool=str(tmp_path_factory.mktemp("spool")),
        argon2_memory_kib=64,
        argon2_time_cost=1,
        threads_per_worker=16,
        # Tests send more requests in a minute than people do. tests/http has those of quotas.
        quotas="off",
        # A test that is not about this limit is not to fail on a slow machine.
        statement_timeout_ms=30_000,
    )


@pytest.fixture(scope="session")
def statements_without_rule() -> list[str]:
    """The list to which each statement of a request is added that reads a table without its rule of visibility."""
    return row_rules.watch()


@pytest.fixture(scope="session")
def app(settings: Settings, statements_without_rule: list[str]) -> Any:
    app = create_app(settings)
    app.extensions["undeclared_codes"] = problem_codes.watch(app)
    app.extensions["statements_without_rule"] = statements_without_rule
    with db.transaction(SYSTEM) as session:
        areas.ensure_default_jurisdiction(session)
        workforce.prepare_partitions(session, clock.now())
    yield app
    db.dispose()


@pytest.fixture(scope="module")
def app_alone(settings: Settings, statements_without_rule: list[str]) -> Iterator[Any]:
    """An app on a new database, for a module whose jobs work on all cities: those of earlier tests are not in it.

    The module has a fixture `app` that returns this one.
    """
    with (
        own_database(settings.database_url) as url,
        app_on(dataclasses.replace(settings, database_url=url)) as app,
    ):
        app.extensions["undeclared_codes"] = problem_codes.watch(app)
        app.extensions["statements_without_rule"] = statements_without_rule
        yield app


@pytest.fixture(autouse=True)
def stays_connected() -> Iterator[None]:
    """Assert that a test leaves the database engines of this process as it found them."""
    before = db.all_engines()
    yield
    assert not before or db.all_engines() == before, "connected otherwise; see tests.live.processes.set_aside"


@pytest.fixture(autouse=True)
def answers_declared_codes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Assert that each error of a test is one that its operation declares by `Blueprint.problem`."""
    yield
    if "app" in request.fixturenames:
        undeclared = request.getfixturevalue("app").extensions.get("undeclared_codes", [])
        answered, undeclared[:] = sorted(set(undeclared)), []
        assert answered == [], "declare these by @blp.problem(status, code)"


@pytest.fixture(autouse=True)
def reads_with_rules_of_visibility(request: pytest.FixtureRequest) -> Iterator[None]:
    """Assert that each reading statement of a request has the rule of visibility of its tables, or a reason against it."""
    yield
    if "app" in request.fixturenames:
        without_rule = request.getfixturevalue("app").extensions.get("statements_without_rule", [])
        faults, without_rule[:] = sorted(set(without_rule)), []
        assert faults == [], "see app.core.db.unscoped"


@pytest.fixture(scope="module")
def document(app: Any) -> dict[str, Any]:
    """The OpenAPI document as the server serves it."""
    served: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").json
    return served


@pytest.fixture
def city(app: Any, settings: Settings) -> City:
    """A district at a place of the globe that no other test uses."""
    return make_city(app, settings)


@pytest.fixture
def boss(city: City) -> Person:
    """A supervisor of the street."""
    return city.supervisor()


@pytest.fixture(scope="module")
def world(app: Any, settings: Settings) -> World:
    return World(app, settings)


@pytest.fixture
def rows(app: Any) -> Callable[..., list[Any]]:
    """Return a function that runs a query and returns its rows."""

    def read(sql: str, **binds: Any) -> list[Any]:
        with db.read_session() as session:
            return list(session.execute(text(sql), binds).all())

    return read


@pytest.fixture
def report():
    """Return a function that reports a case as a person and returns the answered case."""

    def send(person: Any, place: dict[str, float], **fields: Any) -> dict[str, Any]:
        body = {"id": str(uuid7()), "category": "E0102", "description": "垃圾堆积", **place, **fields}
        answer = person.post("/incidents", body)
        assert answer.status_code == 201, answer.json
        incident: dict[str, Any] = answer.json
        return incident

    return send


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection of the owner of the schema, whose transaction is rolled back after the test."""
    with psycopg.connect(plain(settings.database_url)) as connection:
        connection.execute("set search_path = public")
        yield connection
        connection.rollback()


@pytest.fixture
def step():
    """Return a function that applies a transition to a case and returns the answer."""

    def move(person: Any, case: dict[str, Any], action: str, **fields: Any) -> Any:
        headers = fields.pop("headers", {})
        return person.post(
            f"/incidents/{case['id']}/transitions", {"action": action, **fields}, headers=headers
        )

    return move


@pytest.fixture
def accept():
    def take(person: Any, case: dict[str, Any]) -> Any:
        return person.post(f"/assignments/{case['assignment']['id']}/accept", {})

    return take
