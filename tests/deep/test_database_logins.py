"""`gridward db upgrade` makes logins with passwords, on a PostgreSQL of its own whose owner is no superuser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from app.core import logins
from tests.live.databases import plain
from tests.live.processes import ROOT
from tests.sync.clusters import own_cluster

pytestmark = pytest.mark.deep
ROLES = (logins.APP, logins.JOB)
__all__ = ["own_cluster"]


@pytest.fixture
def owned(own_cluster: Any) -> Iterator[tuple[psycopg.Connection, str]]:
    """The superuser's connection, and the URL of an empty database as its owner, who may make roles; by passwords."""
    with psycopg.connect(plain(own_cluster.url), autocommit=True) as superuser:
        superuser.execute("drop owned by gridward_app, gridward_job")
        superuser.execute("drop role gridward_app, gridward_job")
        superuser.execute("create role city_owner login createrole password 'a word'")
        superuser.execute("create database city owner city_owner template template0 encoding 'UTF8'")
        own = make_url(own_cluster.url).set(database="city")
        with psycopg.connect(plain(own.render_as_string(hide_password=False)), autocommit=True) as there:
            for extension in ("postgis", "ltree", "btree_gist"):
                there.execute(f"create extension {extension}")  # type: ignore[arg-type]
        [(rules,)] = superuser.execute("show hba_file").fetchall()
        # psql writes as the server's own user may: the file belongs to it.
        superuser.execute(
            "copy (values ('local all gridward peer map=gridward'), ('local all all scram-sha-256')) to program"
            f" 'cat >{rules}'"  # type: ignore[arg-type]
        )
        superuser.execute("select pg_reload_conf()")
        yield (
            superuser,
            own.set(username="city_owner", password="a word").render_as_string(hide_password=False),
        )


def upgrade(**env: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-c", "from app.cli import main; main()", "db", "upgrade"]
    return subprocess.run(run, env=os.environ | env, cwd=ROOT, capture_output=True, text=True)


def test_upgrade_creates_logins_usable_with_passwords(owned):
    superuser, url = owned
    for _ in range(2):  # the second one changes nothing
        done = upgrade(DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        for role in ROLES:
            assert logins.check_login(logins.login_url(url, role), role) == role
    wrong = make_url(url).set(username=logins.APP).render_as_string(hide_password=False)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        logins.check_login(wrong, logins.APP)
    with pytest.raises(logins.LoginRefused, match="owns the schema"):
        logins.check_login(url, logins.APP)

    given = {
        name: make_url(url).set(username=role, password=f"of {role}").render_as_string(hide_password=False)
        for role, name in logins.VARIABLE.items()
    }
    assert upgrade(DATABASE_URL=url, **given).returncode == 0
    for role in ROLES:
        assert logins.check_login(given[logins.VARIABLE[role]], role) == role

    superuser.execute("alter role gridward_app nologin")
    superuser.execute("alter role city_owner nocreaterole")
    refused = upgrade(DATABASE_URL=url, **given)
    assert refused.returncode == 1
    assert "As a superuser run `alter role gridward_app login`" in refused.stderr
