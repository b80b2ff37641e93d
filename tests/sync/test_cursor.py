"""Failure cases 1 to 3: transactions that commit in another order than they began hide no row.

The long form is tests/deep/test_cursor_hammer.py.
"""

import threading
import time

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import SYSTEM
from app.sync.queries import changes, sync_scope
from app.sync.queries.rows import NIL_ID
from tests.seeds import dice, seeds
from tests.sync.hammer import SequenceReader, SnapshotReader, hammer
from tests.sync.pull_client import fresh
from tests.sync.scenes import settle


@pytest.mark.parametrize("seed", seeds())
def test_snapshot_cursor_case_01_02_03_misses_no_row_among_concurrent_writers(settings, app, seed):
    result = hammer(settings.database_url, SnapshotReader, seconds=3, open_seconds=1.2, seed=seed)
    print(result)
    assert len(result.committed) > 100
    assert (result.missed, result.invented, result.twice) == (set(), set(), 0)


@pytest.mark.parametrize("seed", seeds())
def test_sequence_cursor_case_01_misses_rows_among_concurrent_writers(settings, app, seed):
    """Should this fail, the test above sees nothing."""
    result = hammer(settings.database_url, SequenceReader, seconds=2, open_seconds=0.7, seed=seed)
    print(result)
    assert result.missed


@pytest.mark.parametrize("seed", seeds())
def test_pull_case_01_converges_while_rows_are_written(city, seed):
    worker = city.worker("g1")
    homes = [settle(city, city.in_grid("g1")) for _ in range(6)]
    stop = threading.Event()

    def write(number: int) -> None:
        chance = dice(f"writer {number}", seed)
        while not stop.is_set():
            home = homes[(number * 3 + chance.randrange(3)) % len(homes)]
            try:
                with db.transaction(SYSTEM) as session:
                    sql = "update household set label = :label where id = :id"
                    session.execute(text(sql), {"label": str(chance.random()), "id": home.household_id})
                    time.sleep(chance.random() * 0.05)  # pause: transactions of drawn lengths
                    if chance.random() < 0.2:
                        raise InterruptedError
            except InterruptedError:
                continue

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    phone = fresh(worker)
    for thread in threads:
        thread.start()
    versions: dict[str, int] = {}
    chance = dice("page", seed)
    ends = time.monotonic() + 2
    while time.monotonic() < ends:
        phone.pull(limit=chance.choice([1, 3, 100]))
        for row in phone.pulled_rows:
            if row["entity"] == "household":
                # 12: what a phone reads never goes back.
                assert versions.get(row["id"], 0) <= row["version"]
                versions[row["id"]] = row["version"]
    stop.set()
    for thread in threads:
        thread.join()
    phone.pull()
    assert phone.state() == fresh(worker).state()


def test_pull_case_02_is_not_blocked_by_long_transaction(city, settings):
    worker = city.worker("g1")
    home, other = settle(city, city.in_grid("g1")), settle(city, city.in_grid("g1"))
    phone = fresh(worker)
    engine = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    with engine.connect() as long:
        sql = "update household set label = :label where id = :id"
        long.execute(text(sql), {"label": "long", "id": home.household_id})
        with db.transaction(SYSTEM) as session:
            session.execute(text(sql), {"label": "short", "id": other.household_id})
        began = time.monotonic()
        phone.pull()
        assert time.monotonic() - began < 1
        labels = {phone.rows["household", i]["label"] for i in phone.ids("household")}
        assert labels == {"", "short"}
        long.commit()
    engine.dispose()
    phone.pull()
    labels = {phone.rows["household", i]["label"] for i in phone.ids("household")}
    assert labels == {"long", "short"}


def test_snapshots_are_bound_as_pg_snapshot_parameters(app):
    """As text they would be parsed for every row of the log: thirty times slower once a statement is planned for good."""
    engine = db.all_engines()[1].execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        session = Session(connection)
        cur = sync_scope.log_state(session, prev=None, last=None)["cur"]
        arguments = {"buckets": ["global"], "entities": ["unit"], "prev": cur, "cur": cur}
        for _ in range(7):
            changes.changed_rows(session, **arguments, after=("", "", NIL_ID), limit=5)
            changes.count_by_bucket(session, **arguments)
            changes.is_changed(session, bucket="global", entities=["unit"], since=cur)
        prepared = connection.execute(
            text("""select statement, cast(parameter_types as text) kinds from pg_prepared_statements
                    where statement like '%change_log%pg_snapshot%' and statement not like '%prepared%'
                      and statement not like '%sync_epoch%'""")
        ).all()
        connection.exec_driver_sql("""prepare probe(text[], pg_snapshot, pg_snapshot) as
              select 1 from change_log c where c.bucket = any($1) and c.xid >= pg_snapshot_xmax($2)
                and c.xid < pg_snapshot_xmax($3) and pg_visible_in_snapshot(c.xid, $3)""")
        connection.exec_driver_sql("set local plan_cache_mode = force_generic_plan")
        plan = connection.exec_driver_sql(
            "explain (costs off) execute probe('{global}', '9:9:', '9:9:')"
        ).all()
        connection.exec_driver_sql("deallocate probe")
        lines = "\n".join(row[0] for row in plan)
    assert len({row.statement for row in prepared}) == 3
    for row in prepared:
        assert "pg_snapshot" in row.kinds and "character varying" not in row.kinds, row
    assert "Index Cond" in lines and "xid >=" in lines.partition("Filter")[0], lines
