"""`gridward config check`: no finding for a ready installation, and a finding for each missing requirement."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.cli import main
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.integrity import service as integrity
from app.integrity.queries.readiness import DATA
from app.integrity.rules import readiness as rules
from app.integrity.rules.readiness import Process
from app.profiles import service as profiles
from tests.factories import PASSWORD, make_city
from tests.live.databases import own_database
from tests.live.processes import app_on, set_aside
from tests.rollback import rolled_back

READY = Process(
    host="127.0.0.1",
    is_demo=False,
    workers=2,
    threads=2,
    job_concurrency=2,
    statement_timeout_ms=5_000,
    schema_wanted=None,
    signing_key_mode=0o600,
    reporter_days=365,
)
# What this test machine may lack, whatever is set up.
OF_THE_MACHINE = {"durability_off", "extension_behind", "backups_unknown"}
G1 = "(select area_id from area_version where code like '%-g1' and upper_inf(valid))"

# code -> the SQL, as the owner, after which it is lacking
PLANTED: dict[str, list[str]] = {
    "jurisdiction_missing": ["update jurisdiction set deleted_at = created_at from area"],
    "rules_missing": [
        "alter table profile_version disable trigger user",
        "update profile_version set in_force_from = in_force_from + interval '9 years'",
    ],
    "time_zone_utc": [
        "alter table profile_version disable trigger user",
        "update profile_version set data = jsonb_set(data, '{timezone}', '\"UTC\"')",
    ],
    "calendar_ends": [
        "alter table profile_version disable trigger user",
        "update profile_version set data = jsonb_set(data, '{calendar,holidays}', '[\"2020-01-01\"]')",
    ],
    "category_without_deadline": [
        "alter table profile_version disable trigger user",
        "update profile_version set data = jsonb_set(data, '{taxonomy,categories,0,conditions}', '[]')",
    ],
    "category_without_unit": ["update unit_competence set category_prefix = 'E01'"],
    "grids_missing": [
        "alter table area_version disable trigger user",
        "update area_version set level = 'plot' where level = 'grid'",
    ],
    "area_without_grids": [
        "alter table area_version disable trigger user",
        "update area_version set valid = tstzrange(lower(valid), lower(valid) + interval '1 microsecond') "
        "where code like '%-g3' or code like '%-g4'",
    ],
    "grid_without_responsible": [
        f"update responsibility set valid = 'empty', deleted_at = lower(valid) where area_id = {G1}"
    ],
    "grid_without_unit": [f"update unit_competence set area_id = {G1}"],
    "unit_without_members": ["update account_grant set revoked_at = granted_at where role = 'handler'"],
    "unit_without_contact": ["update unit set contact = ' '"],
    "workers_missing": ["update worker set deleted_at = created_at"],
    "worker_without_grid": [
        "update responsibility set valid = tstzrange(lower(valid), lower(valid) + interval '1 microsecond')"
    ],
    "admin_missing": ["update account_grant set revoked_at = granted_at where role = 'admin'"],
    "one_time_password_unused": [
        "update account set must_change_password = true, password_expires_at = created_at "
        "where id = (select account_id from account_grant where role = 'worker' limit 1)"
    ],
    "extension_missing": ["delete from pg_extension where extname = 'ltree'"],
    "job_worker_silent": ["update jobs.procrastinate_workers set last_heartbeat = '2020-01-01'"],
    "demo_password": ["update account set username = 'demo-' || username"],
    "schema_damaged": ["alter table incident disable trigger keep_changed"],
    "schema_behind": ["update alembic_version set version_num = '0001'"],
}


@pytest.fixture(scope="module")
def installation(settings: Any) -> Iterator[tuple[Engine, Any]]:
    """A database of its own in which a district is ready to go live; the owner's engine on it, and the settings."""
    with own_database(settings.database_url) as url:
        own = replace(settings, database_url=url)
        with app_on(own) as app:
            city = make_city(app, own)
            for grid in ("g1", "g2", "g3", "g4"):
                city.worker(grid)
            city.handler("cleaning"), city.handler("roads"), city.person(Role.ADMIN)
            _finish(city, own)
            owner = db.make_engine(url, role=None, pool_size=1, statement_timeout_ms=0)
            yield owner, own
            owner.dispose()


def _finish(city: Any, settings: Any) -> None:
    """Rules of the place, contacts, competences for all categories, and a job worker."""
    day = (clock.now() + timedelta(days=200)).date().isoformat()
    with db.transaction(SYSTEM) as session:
        for code in session.scalars(text("select code from jurisdiction")).all():
            profile = profiles.packaged_profile("generic") | {"timezone": "Asia/Shanghai"}
            profile["taxonomy"] = profiles.packaged_profile("xihu")["taxonomy"]
            profile["calendar"] = profile["calendar"] | {"holidays": [day], "workdays": []}
            profiles.publish_profile(session, SYSTEM, code=code, data=profile)
        session.execute(text("update unit set contact = '0571-1'"))
        session.execute(
            text("""
              insert into unit_competence (id, unit_id, area_id, category_prefix)
              select gen_random_uuid(), u.id, null, '' from unit u
              where u.id in (select root_unit_id from jurisdiction)
            """)
        )
        for unit in session.scalars(text("select root_unit_id from jurisdiction")).all():
            person = accounts.create_account(
                session, SYSTEM, username=f"c{uuid7().hex}", name="值班", password=PASSWORD, settings=settings
            )
            accounts.add_grant(session, SYSTEM, account_id=person, role=Role.HANDLER, unit_id=unit)
        session.execute(
            text("insert into jobs.procrastinate_workers (last_heartbeat) values (:at)"), {"at": clock.now()}
        )


def requirements_by_code(session: Session, settings: Any, **changes: Any) -> dict[str, Any]:
    revision = session.scalar(text("select version_num from alembic_version"))
    process = replace(READY, **{"schema_wanted": revision, **changes})
    # The clock of a job worker is real.
    requirements = integrity.readiness(session, settings, process, demo_password=PASSWORD)
    return {lack.code: lack for lack in requirements}


def test_config_check_reports_nothing_for_ready_installation(installation):
    owner, settings = installation
    with rolled_back(
        owner, ["update jobs.procrastinate_workers set last_heartbeat = clock_timestamp()"]
    ) as session:
        lacking = requirements_by_code(session, settings)
    assert {
        code: lack.names for code, lack in lacking.items() if lack.count and code not in OF_THE_MACHINE
    } == {}
    assert all(lack.sentence.endswith((".", ").")) and lack.remedy for lack in lacking.values())


def test_every_database_requirement_has_a_planted_fault():
    assert {requirement.code for requirement, _ in DATA} - PLANTED.keys() == OF_THE_MACHINE - {
        "backups_unknown"
    }


@pytest.mark.parametrize("code", PLANTED)
def test_config_check_reports_planted_fault(installation, code):
    owner, settings = installation
    fresh = ["update jobs.procrastinate_workers set last_heartbeat = clock_timestamp()"]
    changes = {"schema_wanted": "0002"} if code == "schema_behind" else {}
    with rolled_back(owner, fresh) as session:
        assert requirements_by_code(session, settings)[code].verdict == "ok"
    with rolled_back(owner, fresh + PLANTED[code]) as session:
        lack = requirements_by_code(session, settings, **changes)[code]
    assert lack.count >= 1 and 1 <= len(lack.names) <= 10
    assert lack.verdict == ("MISSING" if lack.is_blocking else "WARNING")


def test_config_check_lists_ten_accounts_with_expired_passwords(installation):
    owner, settings = installation
    everybody = "update account set must_change_password = true, password_expires_at = created_at"
    with rolled_back(owner, [everybody]) as session:
        lacking = requirements_by_code(session, settings)
        total = session.scalar(text("select count(*) from account"))
    lack = lacking["one_time_password_unused"]
    assert (lack.count, len(lack.names)) == (total, min(total, 10))
    assert all(name.endswith(" (expired)") for name in lack.names)
    assert lacking["admin_missing"].verdict == "MISSING"


def test_config_check_reports_durability_settings_that_are_off(installation):
    owner, settings = installation
    with rolled_back(owner, []) as session:
        off = set(
            session.scalars(
                text("""
                  select name || '=off' from pg_settings where reset_val = 'off'
                  and name in ('fsync', 'full_page_writes', 'synchronous_commit')
                """)
            )
        )
        lack = requirements_by_code(session, settings)["durability_off"]
    assert set(lack.names) == off
    assert lack.verdict == ("MISSING" if off else "ok")
    with owner.execution_options().connect() as connection:
        connection.execute(
            text(f"alter database {connection.engine.url.database} set synchronous_commit = off")
        )
        connection.commit()
    owner.dispose()
    try:
        with rolled_back(owner, []) as session:
            assert "synchronous_commit=off" in requirements_by_code(session, settings)["durability_off"].names
    finally:
        with owner.connect() as connection:
            connection.execute(
                text(f"alter database {connection.engine.url.database} reset synchronous_commit")
            )
            connection.commit()
        owner.dispose()


@pytest.mark.parametrize(
    ("changes", "code", "verdict"),
    [
        ({}, None, "ok"),
        ({"host": "0.0.0.0"}, "host_not_local", "WARNING"),
        ({"host": "::1"}, None, "ok"),
        ({"host": "localhost"}, None, "ok"),
        ({"host": "gridward.example"}, "host_not_local", "WARNING"),
        ({"is_demo": True}, "demo_mode", "MISSING"),
        ({"signing_key_mode": 0o640}, "signing_key_open", "MISSING"),
        ({"signing_key_mode": None}, None, "ok"),
        ({"ledger_fault": "/away is no folder"}, "erasure_ledger", "WARNING"),
        ({"reporter_days": 0}, "reporters_kept", "WARNING"),
        ({"base_map_fault": "there is no file city.pmtiles"}, "base_map_unusable", "WARNING"),
        ({"statement_timeout_ms": 0}, "statement_timeout", "WARNING"),
        ({"statement_timeout_ms": 60_001}, "statement_timeout", "WARNING"),
    ],
)
def test_config_check_reports_process_setting(changes, code, verdict):
    verdicts = {lack.code: lack.verdict for lack in rules.of_process(replace(READY, **changes)) if lack.count}
    assert verdicts == ({code: verdict} if code else {})


def test_config_check_reports_too_few_database_connections(installation):
    owner, settings = installation
    with rolled_back(owner, []) as session:
        assert (
            requirements_by_code(session, settings, workers=64, threads=64)["connections"].verdict
            == "MISSING"
        )
        assert requirements_by_code(session, settings)["connections"].verdict == "ok"


def test_config_check_exits_with_1_when_requirement_is_missing(installation, monkeypatch):
    _, settings = installation
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("GRIDWARD_SIGNING_KEY_FILE", str(settings.signing_key_file))
    with set_aside():
        outcome = CliRunner().invoke(main, ["config", "check", "--json"])
        monkeypatch.setenv("GRIDWARD_DEMO", "1")
        blocked = CliRunner().invoke(main, ["config", "check"])
    lacking = [json.loads(row) for row in outcome.stdout.splitlines()]
    assert len(lacking) == len(DATA) + 14 and len({lack["code"] for lack in lacking}) == len(lacking)
    assert outcome.exit_code == any(lack["verdict"] == "MISSING" for lack in lacking)
    assert blocked.exit_code == 1
    assert "MISSING demo_mode: The demo is off.\n        1: GRIDWARD_DEMO=1\n        -> Set" in blocked.stdout
