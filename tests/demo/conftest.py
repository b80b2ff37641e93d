"""A database with the demo, as `gridward demo load` makes it: the recorded days, and the days since."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.live.processes import app_on
from tests.waits import eventually

Ask = Callable[..., dict[str, Any]]

PHOTOS = Path(tempfile.gettempdir()) / f"gridward_demo_{os.getpid()}"


COMMAND = (sys.executable, "-c", "from app.cli import main; main()")


def environment(url: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": url, "GRIDWARD_DEMO": "1", "MEDIA_STORE": PHOTOS.as_uri()}


def gridward(url: str, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command; the pool and roles of this process stay as they are."""
    return subprocess.run(
        [*COMMAND, *args], env=environment(url) | env, capture_output=True, text=True, check=False
    )


def succeed(url: str, *args: str) -> None:
    done = gridward(url, *args)
    assert done.returncode == 0, done.stderr


def kill_a_load(url: str) -> None:
    """Begin to load the demo, and kill the process while it copies the recorded days."""
    with (
        psycopg.connect(url, autocommit=True) as connection,
        subprocess.Popen([*COMMAND, "demo", "load"], env=environment(url), stderr=subprocess.DEVNULL) as load,
    ):
        is_begun = "select exists (select 1 from applied_op where principal = 'demo')"
        eventually(lambda: connection.execute(is_begun).fetchone() == (True,), seconds=30)
        load.kill()
        load.wait()
        assert connection.execute("select count(*) from incident").fetchone() == (0,)


@pytest.fixture(scope="session")
def loaded() -> Iterator[str]:
    """The address of a database with the demo in it, loaded after a load that was killed; dropped afterwards."""
    server = make_url(os.environ["GRIDWARD_TEST_DATABASE_URL"]).set(drivername="postgresql")
    name = f"{server.database}_demo_{os.getpid()}"
    there = server.render_as_string(hide_password=False)
    url = server.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(there, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    try:
        succeed(url, "db", "upgrade")
        kill_a_load(url)
        succeed(url, "demo", "load")
        yield url
    finally:
        with psycopg.connect(there, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
        shutil.rmtree(PHOTOS, ignore_errors=True)


@pytest.fixture
def ask(loaded):
    def answer(query: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(loaded) as connection:
            return connection.execute(query, values).fetchall()

    return answer


@pytest.fixture(scope="module")
def sign_in(loaded: str, settings) -> Iterator[Callable[[str], Ask]]:
    """Sign in as a person of the demo; the result asks paths of the API with GET."""
    url = make_url(loaded).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    with app_on(replace(settings, database_url=url, is_demo=True)) as app:
        client = app.test_client()

        def as_person(username: str) -> Ask:
            signed_in = client.post(
                "/api/v1/auth/token",
                json={"username": username, "password": "gridward-demo", "device_id": "test"},
            )
            assert signed_in.status_code == 200, signed_in.text
            headers = {"Authorization": f"Bearer {signed_in.json['access_token']}"}

            def ask(path: str, **query: Any) -> dict[str, Any]:
                answer = client.get(f"/api/v1/{path}", query_string=query, headers=headers)
                assert answer.status_code == 200, answer.text
                return answer.json

            return ask

        yield as_person


@pytest.fixture(scope="module")
def supervisor(sign_in) -> Ask:
    return sign_in("demo-supervisor")
