"""A database that cannot write acknowledges nothing and recovers by itself."""

import os
import secrets
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.factories import make_city
from tests.live.databases import migrate, plain
from tests.live.processes import Server, app_on, environment
from tests.sync.client import TryLater
from tests.sync.clusters import settings_on
from tests.sync.faults.homes import homes
from tests.sync.faults.phones import phone_of


def soon(seconds: float) -> None:
    """The pause of a phone between two attempts, shortened."""
    time.sleep(0.2)  # pause: the phone goes on by itself


@pytest.fixture
def small_disk(own_cluster):
    """A folder of 64 MB that belongs to PostgreSQL's user."""
    folder = Path("/tmp") / f"gridward-full-{secrets.token_hex(4)}"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m,mode=777", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode == 0:
        os.chown(folder, user_of(own_cluster.url), -1)
    else:
        folder.rmdir()
        pytest.skip("may not mount a small disk here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def user_of(url: str) -> int:
    """The system's user that the PostgreSQL behind a socket runs as."""
    return next(Path(make_url(url).query["host"]).glob(".s.PGSQL.*")).stat().st_uid


def visit_all(phone: Any, homes: list[Any], words: str) -> None:
    for home in homes:
        patch = {"household_id": str(home), "outcome": "done", "note": words * 200}
        phone.do("visit", "create", patch=patch)


@pytest.mark.deep
def test_push_case_31_succeeds_after_database_was_read_only(own_cluster, tmp_path):
    settings = settings_on(own_cluster.url, tmp_path)
    with app_on(settings) as app, psycopg.connect(plain(own_cluster.url), autocommit=True) as owner:
        city = make_city(app, settings)
        mine, person = homes(city, "g1", 3), city.worker("g1")
        server = Server(tmp_path / "server.log", environment(settings, tmp_path)).wait_ready()
        try:
            with phone_of(person, tmp_path / "phone", server.port) as (phone, _):
                phone.pull()
                owner.execute("alter system set default_transaction_read_only = on")
                owner.execute("select pg_reload_conf()")
                visit_all(phone, mine, "a")
                for _ in range(3):
                    with pytest.raises(TryLater) as later:
                        phone.push()
                    assert later.value.status == 503
                assert phone.store.unsent() == 3
                phone.pull()  # reading goes on
                owner.execute("set default_transaction_read_only = off")
                owner.execute("alter system reset default_transaction_read_only")
                owner.execute("select pg_reload_conf()")
                phone.sync_until_quiet(sleep=soon)
                assert phone.store.queued() == [] and phone.store.dead_letters() == []
            assert owner.execute("select count(*) from visit").fetchone() == (3,)
        finally:
            server.kill()


@pytest.mark.deep
def test_push_case_31_succeeds_after_disk_was_full(own_cluster, small_disk, tmp_path):
    with psycopg.connect(plain(own_cluster.url), autocommit=True) as connection:
        connection.execute(sql.SQL("create tablespace small location {}").format(str(small_disk)))
        connection.execute("create database full_one template template0 tablespace small")
    url = make_url(own_cluster.url).set(database="full_one").render_as_string(hide_password=False)
    migrate(url)
    settings = settings_on(url, tmp_path)
    with app_on(settings) as app, psycopg.connect(plain(url), autocommit=True) as owner:
        city = make_city(app, settings)
        mine, person = homes(city, "g1", 200), city.worker("g1")
        server = Server(tmp_path / "server.log", environment(settings, tmp_path)).wait_ready()
        try:
            with phone_of(person, tmp_path / "phone", server.port) as (phone, _):
                phone.pull()
                filler = small_disk / "filler"
                with filler.open("wb", buffering=0) as out, pytest.raises(OSError):
                    while True:
                        out.write(b"x" * 65536)
                visit_all(phone, mine, "full")
                with pytest.raises(TryLater):
                    phone.push()
                stored = owner.execute("select count(*) from visit").fetchone()[0]
                assert stored == 200 - phone.store.unsent() < 200
                filler.unlink()
                phone.sync_until_quiet(sleep=soon)
                assert [letter["answer"] for letter in phone.store.dead_letters()[:1]] == []
                assert phone.store.queued() == []
            assert owner.execute("select count(*) from visit").fetchone() == (200,)
        finally:
            server.kill()
