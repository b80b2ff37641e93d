"""A loaded city with its server, for parts that need no more than one; a copy of the city for parts that write to it."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from app.settings import Settings
from bench import city
from bench.environment import (
    GRANIAN_OPTIONS,
    ROOT,
    cluster,
    of_database,
    prepare,
    served,
    set_passwords,
    signed_in,
)


@dataclass(slots=True)
class Stage:
    """A city and the server of it.

    Attributes:
        pid: Of granian's main process.
        settings: Of this process, for what is called without HTTP.
    """

    size: city.Size
    url: str
    base: str
    pid: int
    password: str
    settings: Settings

    def headers(self, username: str) -> dict[str, str]:
        """Return the header of a person, who signs in anew: access tokens are short-lived."""
        return signed_in(self.base, username, self.password)


def size_from_environment(default: float = 1.0) -> city.Size:
    """Return the size that BENCH_SIZE says."""
    return city.Size.of(float(os.environ.get("BENCH_SIZE", default)))


@contextmanager
def copied(server: str, url: str, name: str) -> Iterator[str]:
    """Yield the URL of a copy of a database, which is dropped at the end."""
    drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    with psycopg.connect(of_database(server, "postgres"), autocommit=True) as connection:
        connection.execute(drop)
        source = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
        # Files are copied: by blocks, PostgreSQL would write the whole city to its log, too.
        create = sql.SQL("create database {} template {} strategy file_copy")
        connection.execute(create.format(sql.Identifier(name), source))
    try:
        yield of_database(server, name)
    finally:
        with psycopg.connect(of_database(server, "postgres"), autocommit=True) as connection:
            connection.execute(drop)


@contextmanager
def stage(
    size: city.Size,
    people: Sequence[str],
    *,
    copy_as: str | None = None,
    env: Mapping[str, str] | None = None,
    with_jobs: bool = False,
) -> Iterator[Stage]:
    """Yield a city of a size with a server.

    Args:
        people: User names that sign in.
        copy_as: Name of a copy of the city that is served in its place.
        env: Settings of the server.
        with_jobs: A job worker runs, too.
    """
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        url = prepare(server, size)
        if copy_as:
            url = stack.enter_context(copied(server, url, copy_as))
        settings = Settings(
            database_url=url,
            state_dir=state,
            signing_key_file=state / "signing-key.pem",
            # A thousand people sign in before anything is measured.
            argon2_memory_kib=64,
            argon2_time_cost=1,
        )
        set_passwords(url, settings, people, password)
        base, pid = stack.enter_context(
            served(url, state, "app.server:application", *GRANIAN_OPTIONS, probe="/readyz", env=env)
        )
        if with_jobs:
            stack.enter_context(_job_worker(url, state, env or {}))
        yield Stage(size, url, base, pid, password, settings)


@contextmanager
def _job_worker(url: str, state: Path, env: Mapping[str, str]) -> Iterator[None]:
    command = [sys.executable, "-c", "from app.cli import main; main()", "jobs"]
    variables = os.environ | {"DATABASE_URL": url, "GRIDWARD_STATE_DIR": str(state), "PYTHONPATH": str(ROOT)}
    with (state / "jobs.log").open("a") as log:
        child = subprocess.Popen(command, env=variables | dict(env), cwd=ROOT, stdout=log, stderr=log)
        try:
            yield
        finally:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
