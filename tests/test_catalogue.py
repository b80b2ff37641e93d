"""Rules of the schema, read from the catalogue of the migrated database; the table of tables in docs/reference/tables.md.

`GRIDWARD_WRITE_DOCS=1 pytest tests/test_catalogue.py -k table_of_tables` writes that table anew and keeps its reasons.
"""

import os
import re
from datetime import timedelta
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import app.schema  # noqa: F401  (every model)
from app.cli_docs import permissions_page
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.db import SRID, Base
from app.signals import service as signals_service
from app.statistics import service as statistics
from tests.nonempty import nonempty
from tests.notices.world import NoticeWorld

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "tables.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- tables -->", "<!-- /tables -->"
COLUMNS = ("table", "owner", "read by", "history", "version", "buckets", "personal", "why")

# Closed once by its validity, and never changed otherwise.
CLOSED_ONCE = {"area_version"}
# Never changed, and deleted by the job worker after the period of retention.
DELETED_LATER = {"notice_event"}
# When a row of history took effect, where it is not called occurred_at.
OCCURRED = {"dispatch_run": "at", "profile_version": "in_force_from", "area_version": "valid"}
# Logs may say themselves when something was written; domain tables get their instants as binds.
CLOCKED = {"change_log.at", "sync_epoch.started_at"}
PERSONAL = ("address", "contact", "email", "name", "phone", "username")
# The app may delete only what off duty must not be kept, and what an import that is over found wrong.
DELETABLE = {"import_fault", "position", "worker_position"}
FORBIDDEN = (
    r"national.?id|id.?card|id.?number|passport|ethnic|nationality|religio|politic|party|petition|crimin|convict"
    r"|biometr|finger|face|iris|gait|身份证|民族|宗教|信访|政治|犯罪|指纹|人脸"
)

TABLES = """
  select c.oid, c.relname name, c.relkind = 'p' is_partitioned,
    array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
      columns,
    array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and a.atttypid = 'text'::regtype order by a.attname) texts,
    array(select t.tgname::text from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal
          and t.tgenabled <> 'D') triggers,
    (select encode(t.tgargs, 'escape') from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'log_change'
      and t.tgenabled <> 'D') arguments,
    has_table_privilege('gridward_app', c.oid, 'update') may_update,
    has_table_privilege('gridward_app', c.oid, 'delete') may_delete
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e') and c.relname <> 'alembic_version'
  order by c.relname
"""


@pytest.fixture
def tables(rows: Any) -> dict[str, Any]:
    return {row.name: row for row in rows(TABLES)}


def owner_of(name: str) -> str:
    modules = {m.local_table.name: m.class_.__module__ for m in Base.registry.mappers}
    return modules[name].split(".")[1]


@cache
def statements() -> list[tuple[str, str]]:
    """Return (package, source) of each module with statements."""
    return [
        (path.relative_to(ROOT / "app").parts[0], path.read_text())
        for path in (ROOT / "app").rglob("*.py")
        if "queries" in str(path) or path.name == "scope.py"
    ]


def readers_of(name: str, owner: str) -> str:
    """Return the other packages whose statements name the table, as SQL or by its mapped class."""
    (mapped,) = (m.class_.__name__ for m in Base.registry.mappers if m.local_table.name == name)
    imported = rf"from app\.\w+\.models import (?:\([^)]*|[^(\n]*)\b{mapped}\b"
    named = re.compile(rf"\b(?i:from|join|update|into)\s+{name}\b|{imported}")
    packages = {
        package
        for package, source in statements()
        # Faster than the search, which most sources are spared by it.
        if (name in source.lower() or mapped in source) and named.search(source)
    }
    return ", ".join(sorted(packages - {owner, "demo"})) or "-"


def buckets_of(arguments: str | None) -> str:
    """By the arguments of its trigger; `holders` are those who are asked or have the case, and units' queues."""
    if arguments is None:
        return "-"
    _, _, *pairs = arguments.removesuffix("\\000").split("\\000")
    kinds = zip(pairs[::2], pairs[1::2], strict=True)
    return ", ".join(kind if column == "-" else f"{kind}:{column}" for kind, column in kinds)


def catalogued(tables: dict[str, Any]) -> dict[str, list[str]]:
    """The table of tables as the catalogue has it, without the reasons."""
    rows = {}
    for name, table in tables.items():
        owner = owner_of(name)
        history = "is history" if "refuse_change" in table.triggers else "-"
        if "keep_history" in table.triggers:
            history = "fact_history"
        personal = ", ".join(column for column in table.texts if column in PERSONAL) or "-"
        has_version = "yes" if "raise_version" in table.triggers else "-"
        buckets = buckets_of(table.arguments)
        rows[name] = [owner, readers_of(name, owner), history, has_version, buckets, personal]
    return rows


def documented() -> dict[str, list[str]]:
    """The same as docs/reference/tables.md has it, with the reasons."""
    section = PAGE.read_text().split(BEGIN)[1].split(END)[0]
    lines = [row for row in section.splitlines() if row.startswith("| `")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


def write(rows: dict[str, list[str]], reasons: dict[str, str]) -> None:
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    lines += [
        f"| `{name}` | " + " | ".join([*row, reasons.get(name, "")]) + " |" for name, row in rows.items()
    ]
    before, rest = PAGE.read_text().split(BEGIN)
    table = "\n".join(lines)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}")


def test_documented_table_of_tables_equals_catalogue(tables):
    rows = catalogued(tables)
    if os.environ.get("GRIDWARD_WRITE_DOCS"):
        write(rows, {name: row[-1] for name, row in documented().items()})
    assert {name: row[:-1] for name, row in documented().items()} == rows


def test_table_without_version_bucket_or_history_documents_reason(tables):
    reasons = {name: row[-1] for name, row in documented().items()}
    rows = catalogued(tables)
    silent = [name for name, row in rows.items() if "-" in (row[2], row[3], row[4]) and not reasons[name]]
    assert silent == []


def test_every_table_has_an_owner_package(tables):
    assert set(tables) == {m.local_table.name for m in Base.registry.mappers}
    assert all((ROOT / "app" / owner_of(name)).is_dir() for name in tables)


def test_mutable_table_has_version_tombstone_and_change_log(tables):
    """Unless its line in docs/reference/tables.md says why not."""
    for name, row in nonempty(documented().items()):
        table = tables[name]
        is_exempt = row[3] == "-"
        wanted = {"raise_version", "log_change"} <= set(table.triggers) and {"version", "deleted_at"} <= set(
            table.columns
        )
        assert is_exempt or wanted, name
        # Nothing is exempt by having only a part of it.
        assert not is_exempt or "version" not in table.columns or not table.may_update, name


def test_history_table_has_occurred_at_recorded_at_and_xid(tables):
    history = {name for name, table in tables.items() if {"recorded_at", "xid"} <= set(table.columns)}
    tables_with_history = {name for name, table in tables.items() if "refuse_change" in table.triggers}
    assert tables_with_history == history - CLOSED_ONCE - DELETED_LATER
    for name in history:
        assert OCCURRED.get(name, "occurred_at") in tables[name].columns, name
    assert all(not tables[name].may_update and not tables[name].may_delete for name in tables_with_history)


def _release_months(city):
    """This month and the next one are told and kept, before they are over."""
    now = clock.now()
    months = [now.date().replace(day=1), (now.date().replace(day=1) + timedelta(days=32)).replace(day=1)]
    with db.transaction(SYSTEM) as session:
        for month in months:
            assert statistics.release(session, city.jurisdiction_id, month, now, draw=lambda _: 0)
        path = text("select cast(path as text) from area_version where area_id = :id and upper_inf(valid)")
        grid = {"id": city.areas["g1"], "path": session.scalar(path, {"id": city.areas["g1"]})}
        statistics.close(session, city.jurisdiction_id, months[0], grid, now, track_days=180)


@pytest.mark.parametrize("act", ["update {} set xid = xid", "delete from {}"])
@pytest.mark.parametrize("who", ["gridward_app", "gridward_job", None])
def test_history_table_is_insert_only_for_app_jobs_and_owner(city, settings, tables, act, who):
    worker = city.worker("g1")
    answer = worker.post("/incidents", {**city.in_grid("g1"), "category": "E0102"})
    assert answer.status_code == 201
    other = city.worker("g2", on_duty=False).post("/incidents", {**city.in_grid("g1"), "category": "E0102"})
    assert worker.post(f"/assignments/{other.json['assignment']['id']}/accept").status_code == 200
    noted = city.supervisor().post(f"/incidents/{answer.json['id']}/notes", {"words": "see below"})
    assert noted.status_code == 201
    body = {"area_id": str(city.areas["g1"]), "kind": "cell", "size": 1, "reason": "a look"}
    assert city.supervisor().post("/check-lots", body).status_code == 201
    with db.transaction(SYSTEM) as session:
        later = clock.now() + timedelta(days=8)
        assert signals_service.detect_signals(session, city.jurisdiction_id, "hourly", later)
    signals = city.supervisor()
    signal_id = signals.get("/supervision/signals").json["items"][0]["id"]
    acknowledged = signals.post(
        f"/supervision/signals/{signal_id}/acknowledge", {"done": "none", "words": "seen"}
    )
    assert acknowledged.status_code == 200
    NoticeWorld(city).tell()
    _release_months(city)
    engine = db.make_engine(settings.database_url, role=who, pool_size=1, statement_timeout_ms=0)
    history = [name for name, table in tables.items() if "refuse_change" in table.triggers]
    assert history
    for name in history:
        with Session(engine) as session:
            assert session.scalar(text(f"select count(*) from {name}")) > 0
            with pytest.raises(DBAPIError) as refused:
                session.execute(text(act.format(name)))
            assert refused.value.orig.sqlstate == ("23001" if who is None else "42501"), name
    engine.dispose()


def test_app_role_may_delete_only_positions_and_import_faults(tables):
    assert {name for name, table in tables.items() if table.may_delete} == DELETABLE


def test_column_defaults_read_no_clock(rows):
    columns = rows("""
      select table_name || '.' || column_name from information_schema.columns
      where table_schema = 'public' and column_default ~* 'now|clock|current_(time|date)|localtime|statement_time|timeofday'
    """)
    clocked = {row[0] for row in columns}
    assert {name for name in clocked if not name.endswith(".recorded_at")} == CLOCKED


def test_triggers_send_no_notify(rows):
    assert (
        rows("""
          select t.tgname from pg_trigger t join pg_proc p on p.oid = t.tgfoid
          where not t.tgisinternal and p.prosrc ~* 'notify'
        """)
        == []
    )


def test_no_column_name_is_a_forbidden_personal_category(rows):
    columns = rows(
        """select table_name, column_name from information_schema.columns
           where table_schema = 'public' and (column_name ~* :words or table_name ~* :words)""",
        words=FORBIDDEN,
    )
    assert columns == []


def test_geometry_columns_are_wgs84_and_indexed(rows, tables):
    columns = rows("""
      select c.relname "table", a.attname "column", format_type(a.atttypid, a.atttypmod) type,
        exists (select 1 from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam
                where x.indrelid = a.attrelid and m.amname = 'gist' and x.indkey[0] = a.attnum) is_indexed
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      where a.atttypid = 'geometry'::regtype and c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and not c.relispartition and a.attnum > 0
    """)
    assert len(columns) >= 6
    for column in columns:
        assert column.type.endswith(f",{SRID})"), column
        table = tables[column.table]
        assert column.is_indexed or table.is_partitioned or "refuse_change" in table.triggers, column


def test_permissions_page_equals_role_permissions():
    assert (ROOT / "docs" / "reference" / "permissions.md").read_text() == permissions_page()


def test_architecture_page_names_existing_files_and_functions():
    """`path.py` and `path.py` `function`, under app/ or from the root. The other pages: tests/test_decision_pages.py."""
    page = ARCHITECTURE.read_text()
    named = re.findall(r"`([\w/]+\.py)`(?:\s+`([\w.]+)`)?", page)
    assert len(named) > 10
    for path, function in named:
        file = next((base / path for base in (ROOT / "app", ROOT) if (base / path).is_file()), None)
        assert file is not None, path
        name = function.rpartition(".")[2]
        assert not name or re.search(rf"\bdef {name}\b", file.read_text()), (path, function)


def test_architecture_page_lists_every_package():
    """The table of packages has each folder and module of app/ once."""
    section = ARCHITECTURE.read_text().split("## Packages")[1].split("\n## ")[0]
    cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    listed = [name for cell in cells for name in re.findall(r"`([\w*]+)`", cell)]
    present = {
        path.stem
        for path in (ROOT / "app").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    for name in present - {"__init__"}:
        assert len([pattern for pattern in listed if fnmatch(name, pattern)]) == 1, name
    assert all(any(fnmatch(name, pattern) for name in present) for pattern in listed)
