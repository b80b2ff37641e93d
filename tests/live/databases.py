"""Databases of a test's own on the server of the run."""

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import make_url

from app.core import db, logins

ROOT = Path(__file__).parents[2]


def plain(url: str) -> str:
    """The URL as libpq understands it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextlib.contextmanager
def empty_database(url: str) -> Iterator[str]:
    """A new database without tables on the same server."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        name = _create(connection)
    with _dropped_at_the_end(url, name) as own:
        yield own


@contextlib.contextmanager
def own_database(url: str) -> Iterator[str]:
    """A new migrated database on the same server: a copy of one that is migrated once for all of them."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        template = _template(connection, url)
        name = _create(connection, template)
        # What a migration says of the database itself is not copied with what is in it.
        for (setting,) in connection.execute(
            "select unnest(setconfig) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase"
            " where d.datname = %s and s.setrole = 0",
            [template],
        ).fetchall():
            key, _, value = setting.partition("=")
            connection.execute(
                sql.SQL("alter database {} set {} to {}").format(
                    sql.Identifier(name), sql.Identifier(key), sql.Literal(value)
                )
            )
    with _dropped_at_the_end(url, name) as own:
        yield own


def _create(connection: psycopg.Connection, template: str = "template0") -> str:
    name = f"gridward_{secrets.token_hex(6)}"
    connection.execute(
        sql.SQL("create database {} template {} encoding 'UTF8'").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )
    return name


@contextlib.contextmanager
def _dropped_at_the_end(url: str, name: str) -> Iterator[str]:
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(plain(url), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _template(connection: psycopg.Connection, url: str) -> str:
    """The name of the database of this server that is migrated and that nobody uses, made by whoever comes first.

    It goes with the throw-away cluster; on another server it is found again for as long as the migrations are the same.
    """
    digest = hashlib.sha256(
        b"".join(
            path.read_bytes()
            for path in sorted((ROOT / "migrations").rglob("*"))
            if path.suffix in (".py", ".sql")
        )
    )
    name = f"gridward_template_{digest.hexdigest()[:16]}"
    connection.execute("select pg_advisory_lock(hashtext(%s))", [name])
    try:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            making = f"{name}_making"
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(making))
            )
            connection.execute(
                sql.SQL("create database {} template template0 encoding 'UTF8'").format(
                    sql.Identifier(making)
                )
            )
            migrate(make_url(url).set(database=making).render_as_string(hide_password=False))
            connection.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(making), sql.Identifier(name))
            )
    finally:
        connection.execute("select pg_advisory_unlock(hashtext(%s))", [name])
    return name


def migrate(url: str) -> None:
    """What `gridward db upgrade` does, but for the rows that it makes."""
    owner = db.make_engine(url, role=None, pool_size=1, statement_timeout_ms=0)
    config = Config(str(ROOT / "alembic.ini"))
    with owner.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        urls = {role: logins.login_url(url, role) for role in (logins.APP, logins.JOB)}
        logins.prepare(connection.connection.driver_connection, urls)
    owner.dispose()
