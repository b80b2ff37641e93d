"""Many writers whose transactions commit in another order than they began, and readers of the change log."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import psycopg

from app.core import db
from app.sync.queries import changes, sync_scope
from app.sync.queries.rows import NIL_ID
from tests.live.databases import plain

INSERT = """insert into change_log (bucket, entity, row_id, op)
            select %s, 'household', id, 'P' from unnest(%s::uuid[]) id"""


@dataclass
class HammerResult:
    """`committed` and `seen`: row -> when (perf_counter). `lags` in seconds."""

    committed: dict[UUID, float] = field(default_factory=dict)
    seen: dict[UUID, float] = field(default_factory=dict)
    twice: int = 0
    reads: int = 0
    slowest_read: float = 0.0

    @property
    def missed(self) -> set[UUID]:
        return self.committed.keys() - self.seen.keys()

    @property
    def invented(self) -> set[UUID]:
        return self.seen.keys() - self.committed.keys()

    @property
    def lags(self) -> list[float]:
        return sorted(
            max(0.0, at - self.committed[row]) for row, at in self.seen.items() if row in self.committed
        )

    def __str__(self) -> str:
        lags = self.lags or [0.0]
        return (
            f"{len(self.committed):,} rows committed, {len(self.missed):,} missed, {self.twice:,} told twice, "
            f"{self.reads:,} reads, lag p50 {lags[len(lags) // 2] * 1000:.0f} ms, "
            f"p99 {lags[int(len(lags) * 0.99)] * 1000:.0f} ms, slowest read {self.slowest_read * 1000:.0f} ms"
        )


class SnapshotReader:
    """The queries of the pull: each read goes from the snapshot of the last one to the present one, in pages."""

    def __init__(self, bucket: str, page: int = 2_000) -> None:
        self.bucket, self.page = bucket, page
        with db.snapshot_session() as session:
            self.prev = sync_scope.log_state(session, prev=None, last=None)["cur"]

    def read(self) -> list[UUID]:
        with db.snapshot_session() as session:
            cur = sync_scope.log_state(session, prev=self.prev, last=self.prev)["cur"]
        row_ids: list[UUID] = []
        after: changes.ChangeKey | None = ("", "", NIL_ID)
        while after is not None:
            with db.snapshot_session() as session:  # each page by itself, as in the pull
                page = changes.changed_rows(
                    session,
                    buckets=[self.bucket],
                    entities=["household"],
                    prev=self.prev,
                    cur=cur,
                    after=after,
                    limit=self.page,
                )
            row_ids += [UUID(row_id) for _, _, row_id in page]
            after = page[-1] if len(page) == self.page else None
        self.prev = cur
        return row_ids


class SequenceReader:
    """A reader of all rows after the highest number it has seen, which misses late commits."""

    def __init__(self, bucket: str) -> None:
        self.bucket, self.last = bucket, 0

    def read(self) -> list[UUID]:
        from sqlalchemy import text

        sql = "select seq, row_id from change_log where bucket = :bucket and seq > :last order by seq"
        with db.read_session() as session:
            rows = session.execute(text(sql), {"bucket": self.bucket, "last": self.last}).all()
        self.last = max([self.last, *(row.seq for row in rows)])
        return [row.row_id for row in rows]


def hammer(
    url: str,
    reader_of: Callable[[str], SnapshotReader | SequenceReader],
    *,
    seconds: float,
    open_seconds: float,
    writers: int = 12,
    rows_at_once: int = 1,
    seed: int,
) -> HammerResult:
    """Write for so long, with one transaction open for `open_seconds` and one in another database all the time."""
    bucket = f"grid:{uuid4()}"
    _give_a_past(url)
    result = HammerResult()
    reader = reader_of(bucket)
    stop = threading.Event()
    lock = threading.Lock()
    faults: list[BaseException] = []

    def commit(connection: psycopg.Connection, rows: list[UUID]) -> None:
        connection.commit()
        at = time.perf_counter()
        with lock:
            result.committed.update(dict.fromkeys(rows, at))

    def write(number: int) -> None:
        chance = random.Random(f"{seed} {number}")
        with psycopg.connect(plain(url)) as connection:
            while not stop.is_set():
                rows: list[UUID] = []
                for _ in range(chance.randint(1, 3)):
                    batch = [uuid4() for _ in range(rows_at_once)]
                    if chance.random() < 0.3:
                        connection.execute("savepoint s")
                        connection.execute(INSERT, [bucket, batch])
                        if chance.random() < 0.5:
                            connection.execute("rollback to savepoint s")
                            batch = []
                        else:
                            connection.execute("release savepoint s")
                    else:
                        connection.execute(INSERT, [bucket, batch])
                    rows += batch
                    time.sleep(chance.random() * 0.02)  # pause: transactions of drawn lengths
                if chance.random() < 0.1:
                    connection.rollback()
                else:
                    commit(connection, rows)

    def hold() -> None:
        """Writes first and commits last."""
        with psycopg.connect(plain(url)) as connection:
            while not stop.is_set():
                row = uuid4()
                connection.execute(INSERT, [bucket, [row]])
                stop.wait(open_seconds)
                commit(connection, [row])

    def guarded(act: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                act()
            except BaseException as error:
                faults.append(error)
                stop.set()

        return run

    acts = [guarded(lambda n=n: write(n)) for n in range(writers)] + [guarded(hold)]  # type: ignore[misc]
    threads = [threading.Thread(target=act) for act in acts]
    with ExitStack() as stack:
        stack.enter_context(_busy_elsewhere(url))
        for thread in threads:
            thread.start()
        ends = time.perf_counter() + seconds
        try:
            while time.perf_counter() < ends and not stop.is_set():
                _look(reader, result)
                time.sleep(0.003)  # pause: between the looks of a reader, for as long as the hammer lasts
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        _look(reader, result)
    if faults:
        raise faults[0]
    return result


def _give_a_past(url: str) -> None:
    """A plan made for an empty log would be kept while the log grows: here nobody analyzes it meanwhile."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("""
          insert into change_log (bucket, entity, row_id, op)
          select 'grid:' || gen_random_uuid(), 'household', gen_random_uuid(), 'P' from generate_series(1, 20000)
        """)
        connection.execute("analyze change_log")


def _look(reader: SnapshotReader | SequenceReader, result: HammerResult) -> None:
    began = time.perf_counter()
    rows = reader.read()
    at = time.perf_counter()
    result.reads += 1
    result.slowest_read = max(result.slowest_read, at - began)
    for row in rows:
        result.twice += row in result.seen
        result.seen.setdefault(row, at)


@contextmanager
def _busy_elsewhere(url: str) -> Iterator[None]:
    """A long write transaction in another database of the cluster: it holds back everybody's oldest transaction."""
    name = f"elsewhere_{uuid4().hex}"
    with psycopg.connect(plain(url), autocommit=True) as server:
        server.execute(f"create database {name} template template0")
        try:
            with psycopg.connect(plain(url), dbname=name) as other:
                other.execute("create table t (x int)")
                yield
                other.rollback()
        finally:
            server.execute(f"drop database {name} with (force)")
