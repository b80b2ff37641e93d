"""A database of each archived release is upgraded, passes `gridward check` and serves requests; older ones are refused.

`tests/upgrade/archive.py` writes the dump of a release.
"""

import lzma
import re
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.core import catalogue
from app.core.revisions import MANUAL, REPLACED_FILE
from app.demo.sign_ins import DEFAULT_PASSWORD
from app.settings import Settings
from tests.live.databases import empty_database, own_database, plain
from tests.live.processes import ROOT, Client, Server, environment, set_aside

DUMPS = sorted(Path(__file__).parent.glob("data/*.sql.xz"))
VERSION = re.compile(r"^## \[(\d+)\.(\d+)\.(\d+)\]", re.MULTILINE)
# Releases are archived from here on. 0.1.0 is the last state of the revisions that the baseline replaced.
FIRST_RELEASE = (0, 2, 0)


def version_of(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split("."))


def gridward(url: str, arguments: str) -> Result:
    """Run `gridward` in this process, as the owner of a database."""
    with set_aside():
        return CliRunner().invoke(main, arguments.split(), env={"DATABASE_URL": url}, catch_exceptions=False)


@contextmanager
def restored(dump: Path, url: str) -> Iterator[str]:
    """A new database on the same server with the content of a dump."""
    command = ["psql", "--quiet", "--no-psqlrc", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]
    with empty_database(url) as own:
        outcome = subprocess.run(
            [*command, plain(own)], input=lzma.decompress(dump.read_bytes()), capture_output=True
        )
        assert outcome.returncode == 0, outcome.stderr.decode()
        yield own


@pytest.fixture(scope="module", params=DUMPS, ids=lambda dump: dump.name.removesuffix(".sql.xz"))
def upgraded(request: Any, settings: Settings) -> Iterator[tuple[str, Result]]:
    """The database of an archived release after `gridward db upgrade`, and what that command printed."""
    with restored(request.param, settings.database_url) as url:
        yield url, gridward(url, "db upgrade")


def test_every_earlier_release_is_archived():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    present = version_of(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    released = {tuple(int(number) for number in match) for match in VERSION.findall(changelog)}
    archived = {version_of(dump.name.removesuffix(".sql.xz")) for dump in DUMPS}
    assert released and archived, "no release, or no dump"
    assert {version for version in released if FIRST_RELEASE <= version < present} <= archived


def test_upgraded_release_passes_check(upgraded):
    url, outcome = upgraded
    assert outcome.exit_code == 0, outcome.output
    check = gridward(url, "check")
    assert check.exit_code == 0, check.output
    assert "ok      schema_is_as_migrated" in check.output


def test_upgrade_keeps_rows_of_release(upgraded):
    with psycopg.connect(plain(upgraded[0])) as connection:
        counts = connection.execute(
            "select (select count(*) from incident), (select count(*) from household), (select count(*) from account)"
        ).fetchone()
        revision = connection.execute("select version_num from alembic_version").fetchall()
    assert counts == (40, 180, 95)
    assert revision == [(catalogue.expected_catalogue().revision,)]


def test_upgraded_release_serves_requests(upgraded, settings, tmp_path):
    own = replace(settings, database_url=upgraded[0], signing_key_file=tmp_path / "signing-key.pem")
    server = Server(tmp_path / "log", environment(own, tmp_path, GRIDWARD_DEMO="1"), workers=1)
    try:
        serves_requests(server.wait_ready().client())
    finally:
        server.kill()


def serves_requests(client: Client) -> None:
    body = {"username": "demo-supervisor", "password": DEFAULT_PASSWORD, "device_id": "upgraded"}
    signed_in = client.post("/api/v1/auth/token", json=body)
    assert signed_in.status_code == 200, signed_in.data
    headers = {"Authorization": f"Bearer {signed_in.json['access_token']}"}
    listed = client.get("/api/v1/incidents?limit=10", headers=headers)
    assert listed.status_code == 200 and len(listed.json["items"]) == 10, listed.data
    case = listed.json["items"][0]
    shown = client.get(f"/api/v1/incidents/{case['id']}", headers=headers)
    assert shown.status_code == 200 and shown.json["case_no"] == case["case_no"], shown.data


@pytest.fixture(scope="module")
def present(settings: Settings) -> Iterator[str]:
    with own_database(settings.database_url) as url:
        yield url


def at_revision(url: str, revision: str) -> Result:
    """Run `gridward db upgrade` on a database that says it is at this revision."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("update alembic_version set version_num = %s", [revision])
    return gridward(url, "db upgrade")


def replaced_revisions() -> list[str]:
    return REPLACED_FILE.read_text().split()


@pytest.mark.parametrize("revision", ["0001_platform", "0059_linked_told", "0071_import_undo"])
def test_database_before_baseline_is_refused_with_instructions(present, revision):
    assert revision in replaced_revisions()
    outcome = at_revision(present, revision)
    assert outcome.exit_code == 1
    assert outcome.stderr.splitlines()[-1] == (
        f"Error: schema_before_0_2_0: the database is at revision {revision}, from before version 0.2.0. Upgrade it with the"
        f" last version 0.1 first (`gridward db upgrade` of that version), then repeat this ({MANUAL})."
    )


def test_database_of_newer_version_is_refused(present):
    outcome = at_revision(present, "0999_of_tomorrow")
    assert outcome.exit_code == 1
    assert "Error: schema_unknown: the database is at revision 0999_of_tomorrow" in outcome.stderr


def test_replaced_revisions_are_all_but_the_last():
    replaced = replaced_revisions()
    assert len(replaced) == len(set(replaced)) == 66
    assert catalogue.expected_catalogue().revision not in replaced
