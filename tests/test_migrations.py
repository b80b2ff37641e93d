"""Migrations create the schema of the models, upgrade and downgrade, and equal the offline SQL."""

import hashlib
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from geoalchemy2 import alembic_helpers
from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Session

import app.schema  # noqa: F401  (every model)
from app.areas import service as areas
from app.core import db
from app.core.db import Base, Ltree, Xid8
from tests.live.databases import empty_database
from tests.nonempty import nonempty
from tests.waits import await_waiter

ROOT = Path(__file__).parents[1]
MIGRATIONS = ROOT / "migrations"
QUEUE = next(MIGRATIONS.glob("job_queue_*.sql"))
HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()


@pytest.fixture
def scratch(settings) -> Iterator[Engine]:
    """An empty database of its own, as its owner."""
    with empty_database(settings.database_url) as url:
        engine = db.make_engine(url, role=None, pool_size=1, statement_timeout_ms=0)
        yield engine
        engine.dispose()


def migrate(engine: Engine, step: str, revision: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        getattr(command, step)(config, revision)


def offline_sql() -> str:
    """What `alembic upgrade head --sql` writes."""
    written = io.StringIO()
    config = Config(str(ROOT / "alembic.ini"))
    config.output_buffer = written
    command.upgrade(config, "head", sql=True)
    return written.getvalue()


def differences(engine: Engine) -> list[object]:
    """What autogenerate would write: nothing, if models and migrations agree."""
    ischema_names.update(ltree=Ltree, xid8=Xid8)

    def included(obj, name, kind, reflected, other):
        # Partitions are made day by day.
        if kind == "table" and (name == "spatial_ref_sys" or name.startswith("position_")):
            return False
        return alembic_helpers.include_object(obj, name, kind, reflected, other)

    with engine.connect() as connection:
        connection.execute(text("set search_path = public"))
        options = {"compare_type": True, "compare_server_default": True, "include_object": included}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    # Alembic lets the database compare the values of defaults, and a random one never equals another.
    return [
        difference
        for difference in differences
        if difference[0][:4] != ("modify_default", None, "recovery_mark", "life")
    ]


def catalogue(engine: Engine) -> list[tuple[object, ...]]:
    """Everything in the database that is ours: relations, columns, constraints, triggers and functions."""
    sql = """
      with ours as (
        select n.oid from pg_namespace n where n.nspname in ('public', 'jobs')),
      extension as (select objid from pg_depend where deptype = 'e')
      select 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
             coalesce(pg_get_expr(d.adbin, d.adrelid), '')
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relnamespace in (select oid from ours) and c.oid not in (select objid from extension)
        and c.reltype not in (select objid from extension) and c.relkind not in ('i', 'I') and a.attnum > 0
        and not a.attisdropped and c.relname not like 'alembic%'
      union all
      select 'constraint', c.conname, pg_get_constraintdef(c.oid), '', '', '' from pg_constraint c
      where c.connamespace in (select oid from ours) and c.conrelid <> 0
        and c.conrelid not in (select objid from extension) and c.conname not like 'alembic%'
      union all
      select 'index', i.indexname, i.indexdef, '', '', '' from pg_indexes i
      where i.schemaname in ('public', 'jobs') and i.tablename not in ('alembic_version', 'spatial_ref_sys')
      union all
      select 'trigger', c.relname, pg_get_triggerdef(t.oid), '', '', '' from pg_trigger t
      join pg_class c on c.oid = t.tgrelid where not t.tgisinternal
      union all
      select 'function', p.proname, md5(p.prosrc), coalesce(p.proacl::text, ''), '', '' from pg_proc p
      where p.pronamespace in (select oid from ours) and p.oid not in (select objid from extension)
      union all
      select 'right', c.relname, coalesce(c.relacl::text, ''), '', '', '' from pg_class c
      where c.relnamespace in (select oid from ours) and c.oid not in (select objid from extension)
        and c.reltype not in (select objid from extension) and c.relkind not in ('i', 'I')
        and c.relname not like 'alembic%'
      order by 1, 2, 3
    """
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_migrations_have_one_head():
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_migrations_upgrade_downgrade_and_upgrade_empty_database(scratch):
    migrate(scratch, "upgrade", "head")
    first = catalogue(scratch)
    assert differences(scratch) == []
    migrate(scratch, "downgrade", "base")
    assert [row for row in catalogue(scratch) if row[0] != "right"] == []
    migrate(scratch, "upgrade", "head")
    assert catalogue(scratch) == first


def test_every_migration_is_reversible(scratch):
    for script in nonempty(reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))):
        before = catalogue(scratch)
        migrate(scratch, "upgrade", script.revision)
        migrate(scratch, "downgrade", script.down_revision or "base")
        assert catalogue(scratch) == before, script.revision
        migrate(scratch, "upgrade", script.revision)


def test_migration_of_handling_limits_ends_earlier_ones_as_replaced(scratch):
    revision = "0121_handling_limit"
    before = (
        ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini"))).get_revision(revision).down_revision
    )
    migrate(scratch, "upgrade", before)
    with scratch.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(
            text("""
              insert into deadline (id, incident_id, stage, condition, unit, amount, profile_version_id, started_at,
                                    due_at, spent, outcome, name, version)
              select gen_random_uuid(), cast(lpad(l.case_no::text, 32, '0') as uuid), l.stage, 'standard', 'work_day', 1,
                     gen_random_uuid(), cast('2026-01-01Z' as timestamptz) + l.day * interval '1 day', now(),
                     interval '0', l.outcome, jsonb_build_object('en', l.name), 1
              from (values (1, 'handle', 1, 'met', 'first'), (1, 'handle', 2, null, 'last'),
                           (1, 'stop', 1, null, 'of a stage'), (2, 'handle', 1, 'overdue', 'alone'))
                l(case_no, stage, day, outcome, name)""")
        )
    migrate(scratch, "upgrade", revision)
    with scratch.connect() as connection:
        outcomes = connection.execute(text("select name ->> 'en', outcome from deadline")).all()
        assert dict(map(tuple, outcomes)) == {
            "first": "replaced",
            "last": None,
            "of a stage": None,
            "alone": "overdue",
        }


def test_offline_sql_creates_same_schema(scratch, settings):
    migrate(scratch, "upgrade", "head")
    online = catalogue(scratch)
    migrate(scratch, "downgrade", "base")
    with scratch.connect() as connection:
        connection.execute(text("drop table alembic_version"))
        connection.commit()
    with scratch.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        raw = connection.connection.driver_connection
        is_open = False
        for part in re.split(r"^(BEGIN|COMMIT);$", offline_sql(), flags=re.MULTILINE):
            if part in ("BEGIN", "COMMIT"):
                is_open = part == "BEGIN"
                raw.execute(part)
            else:
                # What stands outside a transaction may have to go by itself.
                for statement in [part] if is_open else part.split(";\n"):
                    raw.execute(statement)
        assert connection.scalar(text("select version_num from alembic_version")) == HEAD
    assert catalogue(scratch) == online


def test_concurrent_upgrades_create_one_default_jurisdiction(scratch):
    migrate(scratch, "upgrade", "head")

    def ensure() -> None:
        with Session(scratch) as session, session.begin():
            areas.ensure_default_jurisdiction(session)

    with Session(scratch) as first, ThreadPoolExecutor() as pool:
        areas.ensure_default_jurisdiction(first)
        second = pool.submit(ensure)
        await_waiter(first)
        first.commit()
        second.result(timeout=20)
        assert first.scalar(text("select count(*) from jurisdiction")) == 1


def test_offline_sql_passes_squawk(tmp_path):
    script = tmp_path / "upgrade.sql"
    # The queue's own SQL comes as procrastinate ships it.
    script.write_text(offline_sql().replace(QUEUE.read_text().strip(), ""))
    squawk = Path(sys.executable).with_name("squawk")
    command = [str(squawk), "--config", str(ROOT / ".squawk.toml"), "--reporter", "gcc", str(script)]
    outcome = subprocess.run(command, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_queue_schema_equals_installed_procrastinate():
    shipped = (files("procrastinate") / "sql" / "schema.sql").read_bytes()
    assert hashlib.sha256(QUEUE.read_bytes()).hexdigest() == hashlib.sha256(shipped).hexdigest()


def test_triggers_call_no_pg_notify(app, rows):
    triggers = rows("""
      select t.tgname from pg_trigger t join pg_proc p on p.oid = t.tgfoid
      where not t.tgisinternal and p.prosrc ~* 'pg_notify|\\mnotify\\M'
    """)
    assert triggers == []
