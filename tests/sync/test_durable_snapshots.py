"""Snapshots in tokens contain no transaction id that PostgreSQL could assign again after a crash.

Real crashes: tests/sync/faults/test_recovery.py, and a hundred of them in tests/deep/test_recovery.py.
"""

from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from app.sync.rules.events import Position
from tests.live.databases import plain
from tests.sync.pull_client import fresh
from tests.sync.scenes import settle

RENAME = "update household set label = %s where id = %s"
LOG = "insert into change_log (bucket, entity, row_id, op) values ('none', 'duty', gen_random_uuid(), 'P') returning xid"


@pytest.fixture
def sql(app, settings):
    """Connections as the application's role, each statement by itself."""
    made = []

    def connect(**options):
        made.append(psycopg.connect(plain(settings.database_url), autocommit=True, **options))
        made[-1].execute("set role gridward_app")
        return made[-1]

    yield connect
    for connection in made:
        connection.close()


def bounds(connection):
    """xmin, xmax and the running transactions of the snapshot that would be given out now."""
    lowest, following, running = (
        connection.execute("select durable_snapshot()::text").fetchone()[0].split(":")
    )
    return int(lowest), int(following), [int(xid) for xid in running.split(",") if xid]


def newest(connection):
    return int(connection.execute("select max(xid::text::bigint) from change_log").fetchone()[0])


def burn(connection):
    """Take a transaction number and give it back: a refused call."""
    with pytest.raises(psycopg.errors.RaiseException), connection.transaction():
        connection.execute(LOG)
        connection.execute("savepoint s")
        connection.execute(LOG)
        connection.execute("do $$ begin raise exception 'refused'; end $$")


class TestDurableSnapshot:
    def test_snapshot_excludes_rolled_back_transaction_ids(self, sql):
        connection = sql()
        xid = int(connection.execute(LOG).fetchone()[0])
        for _ in range(3):
            burn(connection)
        beyond = int(connection.execute("select pg_snapshot_xmax(pg_current_snapshot())").fetchone()[0])
        lowest, following, _ = bounds(connection)
        assert following == newest(connection) + 1
        # Six ids at least were given out since: other sessions and the server itself take ids, too.
        assert beyond >= xid + 7
        assert lowest <= following

    def test_snapshot_lists_running_transactions_below_its_upper_bound_only(self, sql):
        reader, early, writer, late = sql(), sql(), sql(), sql()
        with early.transaction():
            first = int(early.execute(LOG).fetchone()[0])
            middle = int(writer.execute(LOG).fetchone()[0])
            with late.transaction():
                last = int(late.execute(LOG).fetchone()[0])
                burn(writer)
                assert first < middle < last
                lowest, following, running = bounds(reader)
                assert lowest <= first
                assert (following, first in running, last in running) == (middle + 1, True, False)
        assert bounds(reader)[1] == last + 1

    def test_snapshot_excludes_uncommitted_writes_of_caller(self, sql):
        connection, other = sql(), sql()
        connection.execute(LOG)
        before = bounds(connection)[1]
        with connection.transaction():
            connection.execute(LOG)
            for _ in range(2):
                burn(other)
            assert bounds(connection)[1] == before

    def test_snapshot_does_not_scan_rows_of_large_transaction(self, sql):
        writer, reader = sql(), sql()
        with writer.transaction():
            writer.execute(
                "insert into change_log (bucket, entity, row_id, op)"
                " select 'none', 'duty', gen_random_uuid(), 'P' from generate_series(1, 3000)"
            )
            reader.execute("select durable_snapshot()")
            plan = reader.execute("explain (analyze, buffers, format json) select durable_snapshot()")
            assert plan.fetchone()[0][0]["Plan"]["Shared Hit Blocks"] < 100
            writer.execute("rollback")

    def test_snapshot_includes_every_transaction_of_incident_history(self, city, report, sql):
        """Also of a case outside all areas that nobody reported."""
        stray = report(city.supervisor("d"), city.at(50, 50))
        with db.transaction(SYSTEM) as session:
            session.execute(
                text("update incident set reported_by = null, status = 'closed' where id = :id"),
                {"id": stray["id"]},
            )
        owner = sql()
        xids = "select max(xid::text::bigint) from incident_history where incident_id = %s"
        assert owner.execute(xids, (stray["id"],)).fetchone()[0] < bounds(owner)[1]


class TestPastSnapshot:
    @contextmanager
    def life(self, connection, *marks):
        """As if the database had begun a life with these numbers; taken back afterwards."""
        with connection.transaction(force_rollback=True):
            connection.execute("reset role")
            connection.execute("delete from recovery_mark")
            for life, first_xid in marks:
                connection.execute("insert into recovery_mark values (%s, %s::text::xid8)", (life, first_xid))
            yield

    def is_past(self, connection, snapshot, life):
        sql = "select is_past_snapshot(%s::pg_snapshot, %s)"
        return connection.execute(sql, (snapshot, life)).fetchone()[0]

    def test_token_of_earlier_recovery_is_past_up_to_start_of_current_one(self, sql):
        connection = sql()
        connection.execute(LOG)
        top = bounds(connection)[1]
        with self.life(connection, ("aaaaaaaa", top - 1), ("bbbbbbbb", top)):
            below, beyond, future = (f"{n}:{n}:" for n in (top - 1, top, top + 1))
            assert self.is_past(connection, below, "cccccccc")
            assert not self.is_past(connection, beyond, "cccccccc")
            assert not self.is_past(connection, beyond, "")
            # Given out in this life, by whichever of its marks.
            assert self.is_past(connection, beyond, "aaaaaaaa") and self.is_past(
                connection, beyond, "bbbbbbbb"
            )
            # A copy of the database has the marks of the original, and fewer changes.
            assert not self.is_past(connection, future, "aaaaaaaa")
        with self.life(connection):
            assert self.is_past(connection, beyond, "cccccccc")
            assert not self.is_past(connection, future, "cccccccc")

    def test_token_without_recovery_mark_is_compared_with_current_transaction_id(self, sql):
        connection = sql()
        connection.execute(LOG)
        burn(connection)
        top = bounds(connection)[1]
        assert self.is_past(connection, f"{top + 1}:{top + 1}:", None)
        assert not self.is_past(connection, f"{top + 10**6}:{top + 10**6}:", None)

    def test_first_change_after_recovery_stores_mark_with_oldest_transaction_id(self, sql):
        connection, other = sql(), sql()
        with other.transaction():
            oldest = int(other.execute("select pg_current_xact_id()::text").fetchone()[0])
            with self.life(connection):
                xid = int(connection.execute(LOG).fetchone()[0])
                ((life, first),) = connection.execute("select * from recovery_mark").fetchall()
                assert len(life) == 8 and int(first) <= oldest < xid
                connection.execute(LOG)
                assert connection.execute("select count(*) from recovery_mark").fetchone() == (1,)


def test_cursors_exclude_transaction_ids_of_refused_requests(city, sql, step, report):
    """Tokens, tags of buckets and ids of the event stream are made of the same horizon."""
    worker, connection = city.worker("g1"), sql()
    settle(city, city.in_grid("g1"))
    case = report(worker, city.in_grid("g1"))
    top = newest(connection) + 1
    for _ in range(3):
        assert step(worker, case, "check", result="pass").status_code == 409
    assert int(connection.execute("select pg_snapshot_xmax(pg_current_snapshot())").fetchone()[0]) > top

    phone = fresh(worker)
    tag = worker.get(f"/sync/buckets/grid:{city.areas['g1']}").headers["ETag"]
    stream = worker.get("/events").text
    position = Position.read(stream.partition("id: ")[2].partition("\n")[0])
    following = [snapshot.split(":")[1] for snapshot in (tag.strip('"').partition(".")[2], position.snapshot)]
    assert following == [str(top), str(top)]
    assert phone.pull().pulled_rows == []
