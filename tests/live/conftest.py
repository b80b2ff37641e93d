"""One server for all of these tests, on a database of their own; a job worker for those that want one."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.settings import Settings
from tests.factories import City, Person, make_city
from tests.live.databases import plain
from tests.live.own_servers import own_settings, running
from tests.live.processes import JOBS, Process, Server, app_on, environment
from tests.waits import eventually

STARTED = "job worker started"


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="package")
def settings(folder: Path) -> Iterator[Settings]:
    with own_settings(folder, threads_per_worker=16) as settings:
        yield settings


@pytest.fixture(scope="package")
def app(settings: Settings) -> Iterator[Any]:
    with app_on(settings) as app:
        yield app


@pytest.fixture(scope="package")
def server(app: Any, settings: Settings, folder: Path) -> Iterator[Server]:
    with running(Server(folder / "server.log", environment(settings, folder))) as server:
        yield server


@contextlib.contextmanager
def job_worker(settings: Settings, folder: Path, **variables: str) -> Iterator[Process]:
    """`gridward jobs`; it is to be alive at the end, and to end well. `variables`: more settings."""
    log = folder / "jobs.log"  # of all of them
    begun = log.read_text(errors="replace").count(STARTED) if log.exists() else 0
    worker = Process(log, environment(settings, folder, **variables), *JOBS)
    try:
        yield worker
        # A test may be over before it listens to signals.
        eventually(lambda: log.read_text(errors="replace").count(STARTED) > begun, seconds=30)
        assert worker.child.poll() is None, worker.log_text()
        assert worker.stop() == 0, worker.log_text()
    finally:
        worker.kill()


@pytest.fixture(scope="module")
def jobs(app: Any, settings: Settings, folder: Path) -> Iterator[Process]:
    with job_worker(settings, folder) as worker:
        yield worker


@pytest.fixture
def city(app: Any, settings: Settings) -> City:
    return make_city(app, settings)


@pytest.fixture
def online(server: Server) -> Callable[[Person], Person]:
    """The same person over the wire."""
    return lambda person: dataclasses.replace(person, client=server.client())


@pytest.fixture
def owner(settings: Settings) -> Iterator[Any]:
    """A connection as the database's owner, each statement by itself."""
    with psycopg.connect(plain(settings.database_url), autocommit=True) as connection:
        yield connection
