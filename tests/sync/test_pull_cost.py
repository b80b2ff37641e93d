"""Cost of a pull: statements and time, also for many grids or many changes."""

import time

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.households import service as households
from app.sync.service import expected_kinds, pull_pages
from tests.factories import City
from tests.sync.pull_client import PullClient, fresh
from tests.sync.scenes import settle

# The actor; the log with the device; the scope.
ALWAYS = 1 + 2


def settle_many(city: City, number: int) -> None:
    row = {"jurisdiction_id": city.jurisdiction_id, "address": "一号楼", **city.in_grid("g1")}
    with db.transaction(SYSTEM) as session:
        households.insert_many(session, SYSTEM, rows=[row | {"id": uuid7()} for _ in range(number)])


def test_empty_pull_executes_one_statement(city, query_recorder):
    phone = fresh(city.worker("g1"))
    with query_recorder() as statements:
        phone.pull()
    # The log with the scope and the changes, of which there are none, beside the caller.
    assert len(statements) == 1, "\n\n".join(statements)
    assert "caller_is_live" in statements[0]


@pytest.mark.parametrize("rows", [3, 30])
def test_pull_executes_one_statement_for_all_changes(city, query_recorder, rows, monkeypatch):
    monkeypatch.setattr(expected_kinds, "memory", expected_kinds.KindMemory())
    phone = fresh(city.worker("g1"))
    settle_many(city, rows)
    with query_recorder() as statements:
        phone.pull()
    assert {row["entity"] for row in phone.pulled_rows} == {"premises", "household"} and len(
        phone.pulled_rows
    ) == 2 * rows
    assert len(statements) == 2, "\n\n".join(statements)


@pytest.mark.parametrize("rows", [3, 30])
def test_first_pull_executes_one_statement_per_entity_and_bucket_kind(city, query_recorder, rows):
    worker = city.worker("g1")
    settle_many(city, rows)
    worker.get("/me")
    phone = PullClient(worker)
    with query_recorder() as statements:
        phone.pull()
    # 2 of global, 1 of areas, 14 of the worker, 10 of grids, 1 of areas without a grid.
    assert len(statements) == ALWAYS + 28, "\n\n".join(statements)


def test_pull_sends_bucket_again_when_changes_exceed_its_size(city, monkeypatch):
    worker, other = city.worker("g1"), city.worker("g2")
    settle_many(city, 25)
    phones = [fresh(worker), fresh(other)]
    monkeypatch.setattr(pull_pages, "FEW_CHANGES", 20)
    with db.transaction(SYSTEM) as session:
        for n in range(8):
            sql = "update household set label = :label where grid_id = :grid"
            session.execute(text(sql), {"label": str(n), "grid": city.areas["g1"]})
    for phone in phones:
        phone.pull()
    assert phones[0].pages[0]["drop_buckets"] == [f"grid:{city.areas['g1']}"]
    assert phones[1].pages[0]["drop_buckets"] == []
    assert phones[0].state() == fresh(worker).state()


@pytest.fixture
def metropolis(city, settings) -> City:
    """5,000 grids more under the street, by the owner's hand: in squares that lie nowhere else."""
    owner = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    with owner.begin() as connection:
        connection.execute(
            text("""
              with made as (
                insert into area (id, jurisdiction_id, level, created_at)
                select gen_random_uuid(), :j, 'grid', clock_timestamp() from generate_series(1, 5000) returning id),
              numbered as (select id, row_number() over () n from made)
              insert into area_version (id, area_id, jurisdiction_id, parent_id, level, code, name, geom, path, valid)
              select gen_random_uuid(), m.id, :j, :street, 'grid', :code || m.n, '{"zh": "格", "en": "grid"}',
                ST_Multi(ST_MakeEnvelope(m.n / 1000.0, -80, (m.n + 1) / 1000.0, -79.9, 4326)),
                cast(cast(s.path as text) || '.' || replace(cast(m.id as text), '-', '') as ltree),
                tstzrange(clock_timestamp(), null)
              from numbered m, area_version s where s.area_id = :street and upper_inf(s.valid)
            """),
            {"j": city.jurisdiction_id, "street": city.areas["s"], "code": f"{city.code}-m"},
        )
    owner.dispose()
    return city


def test_pull_case_29_returns_promptly_for_supervisor_of_5000_grids(metropolis, rows):
    boss = metropolis.supervisor("s")
    boss.get("/me")
    began = time.perf_counter()
    phone = fresh(boss)
    took = time.perf_counter() - began
    page = phone.pages[0]
    assert page["too_many_grids"] and not [name for name in phone.buckets if name.startswith("grid:")]
    assert {f"area:{metropolis.areas[name]}" for name in ("d", "s", "c1", "c2")} <= phone.buckets
    sql = "select area_id from area_version where jurisdiction_id = :j and code like '%-m%' limit 99"
    named = [str(row[0]) for row in rows(sql, j=metropolis.jurisdiction_id)] + [str(metropolis.areas["g1"])]
    settle(metropolis, metropolis.in_grid("g1"))
    began = time.perf_counter()
    phone.pull(grid=named)
    took_with_grids = time.perf_counter() - began
    print(f"5,000 grids: {took * 1000:.0f} ms, with 100 of them named {took_with_grids * 1000:.0f} ms")
    assert {name for name in phone.buckets if name.startswith("grid:")} == {f"grid:{grid}" for grid in named}
    assert phone.ids("household")
    # Named once, they are remembered.
    settle(metropolis, metropolis.in_grid("g1"))
    began = time.perf_counter()
    phone.pull()
    took_again = time.perf_counter() - began
    assert len(phone.ids("household")) == 2 and len(phone.token) < 3_300
    held = PullClient(boss)
    held.pull(grid=named)
    assert phone.state() == held.state()
    for seconds in (took, took_with_grids, took_again):
        assert seconds < 5  # printed above; some 100 ms on a machine at full speed
    # Other grids are named instead; a grid out of scope is not held.
    phone.pull(grid=[named[0], str(uuid7())])
    assert {name for name in phone.buckets if name.startswith("grid:")} == {f"grid:{named[0]}"}
    assert phone.ids("household") == set()
    answer = boss.get(f"/sync/buckets/grid:{named[1]}")
    assert answer.status_code == 200
