"""Restores that take longer: of the demo city, and for an owner who is no superuser."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from app.demo import load as demo
from tests.live.databases import empty_database, own_database, plain
from tests.live.processes import app_on, as_job_worker
from tests.restore_manual import Place
from tests.test_migrations import migrate
from tests.test_restore import content_of, owner_of

pytestmark = pytest.mark.deep


def restore(place: Place, lines: list[str]) -> Any:
    """Run the lines of the manual; what was in the database right after the restore itself."""
    content = None
    for command in lines:
        outcome = place.run(command)
        assert outcome is None or outcome.exit_code == 0, outcome.output
        if "pg_restore" in command:
            content = content_of(place.url_of(place.restored))
    return content


@contextmanager
def database_with_extensions(url: str, *, owner: str | None = None) -> Iterator[str]:
    """A database without our schema, with the extensions that only a superuser makes, as a URL of libpq."""
    with empty_database(url) as own:
        with psycopg.connect(plain(own), autocommit=True) as connection:
            if owner:
                name = sql.Identifier(connection.info.dbname)
                connection.execute(
                    sql.SQL("alter database {} owner to {}").format(name, sql.Identifier(owner))
                )
            for extension in ("postgis", "ltree", "btree_gist"):
                connection.execute(f"create extension {extension}")
        yield plain(own)


def test_demo_city_is_restored(settings, tmp_path):
    with own_database(settings.database_url) as url:
        demo_settings = replace(settings, database_url=url, is_demo=True)
        with app_on(demo_settings), as_job_worker(demo_settings):
            demo.live(demo_settings, days=10, per_day=15)
        place = Place(url, tmp_path)
        place.back_up()
        content = content_of(url)
        with place.restoring() as lines:
            assert restore(place, lines) == content


def test_restore_by_non_superuser_owner_is_complete(settings, tmp_path):
    owner = f"owner_{secrets.token_hex(6)}"
    with psycopg.connect(plain(settings.database_url), autocommit=True) as connection:
        for statement in (
            "create role {} nosuperuser",
            "grant gridward_app, gridward_job to {} with admin option",
        ):
            connection.execute(sql.SQL(statement).format(sql.Identifier(owner)))
    try:
        with database_with_extensions(settings.database_url, owner=owner) as url:
            separator = "&" if "?" in url else "?"
            with owner_of(f"{url}{separator}options=-c%20role%3D{owner}") as engine:
                migrate(engine, "upgrade", "head")
            content = content_of(url)
            place = Place(url, tmp_path, owner=owner)
            place.back_up()
            with place.restoring() as lines:
                assert restore(place, lines) == content
                with psycopg.connect(plain(place.url_of(place.restored))) as connection:
                    owners = connection.execute(
                        "select distinct relowner::regrole::text from pg_class where relkind in ('r', 'p')"
                        " and relnamespace = 'public'::regnamespace and relname <> 'spatial_ref_sys'"
                    ).fetchall()
                assert owners == [(owner,)]
    finally:
        with psycopg.connect(plain(settings.database_url), autocommit=True) as connection:
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(owner)))
