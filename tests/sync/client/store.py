"""The data of a phone in one SQLite file: rows, the queue, dead letters and the token.

Every method that writes is one transaction, so that a crash at any instant leaves either all of it or nothing.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

SCHEMA = """
create table if not exists held (key text primary key, value text not null);
-- What the server said. `data` is JSON. `until`: held no longer than that (seconds since 1970).
create table if not exists row (
  entity text not null, id text not null, version integer, until real, data text not null, primary key (entity, id));
-- Which buckets brought a row. It goes with the last of them.
create table if not exists row_bucket (
  bucket text not null, entity text not null, id text not null, primary key (bucket, entity, id));
create index if not exists row_bucket_of on row_bucket (entity, id);
-- Pages of a checkpoint that is not complete yet: nobody sees them.
create table if not exists page (number integer primary key, body text not null);
-- What the worker did. `answer` is null until the server's is final.
create table if not exists queue (
  device_seq integer primary key, op_id text not null unique, op text not null, answer text);
-- What did not take effect, or not all of it, until the worker has seen to it.
create table if not exists dead_letter (op_id text primary key, op text not null, answer text not null);
"""

PAGE_TOKEN, TOKEN, SESSION = "page_token", "token", "session"
NEXT_SEQ, BUCKETS, APPLIED = "next_seq", "buckets", "applied_device_seq"
FINAL = ("applied", "merged", "duplicate", "conflict", "rejected")


class Store:
    def __init__(self, path: Path, step: Callable[[str], None] = lambda name: None) -> None:
        """`step` is called in the middle of the longest transaction: tests crash there."""
        self.path, self._step = path, step
        # Autocommit: transactions are begun by `_transaction` alone. A second sync worker waits for the lock.
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")  # a queued operation survives an empty battery
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("begin immediate")
        try:
            yield self._db
            self._db.execute("commit")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("rollback")
            raise

    # Small values

    def get(self, key: str) -> Any:
        row = self._db.execute("select value from held where key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, **values: Any) -> None:
        """Keep values; None forgets."""
        with self._transaction():
            self._put(values)

    def _put(self, values: dict[str, Any]) -> None:
        for key, value in values.items():
            if value is None:
                self._db.execute("delete from held where key = ?", (key,))
            else:
                self._db.execute("insert or replace into held values (?, ?)", (key, json.dumps(value)))

    # Pulling

    def stage(self, asked_with: str | None, page: dict[str, Any]) -> bool:
        """Put a page aside; False if another sync worker has gone on since it was asked for, or has been signed out."""
        with self._transaction():
            if asked_with != self.next_token() or self.get(SESSION) is None:
                return False
            self._db.execute("insert into page (body) values (?)", (json.dumps(page),))
            self._put({PAGE_TOKEN: page["token"]})
            return True

    def next_token(self) -> str | None:
        """Return the token of the next pull: of the last page put aside, or of the last checkpoint."""
        return self.get(PAGE_TOKEN) or self.get(TOKEN)

    def forget_pages(self) -> None:
        with self._transaction():
            self._forget_pages()

    def _forget_pages(self) -> None:
        self._db.execute("delete from page")
        self._put({PAGE_TOKEN: None})

    def apply_pages(self) -> None:
        """Make the pages put aside the truth: rows, buckets, token and what they cover of the queue, all at once."""
        with self._transaction():
            pages = [json.loads(b) for (b,) in self._db.execute("select body from page order by number")]
            if not pages or not pages[-1]["complete"]:
                return
            for page in pages:
                self._drop(page.get("drop_buckets") or [])
                self._apply(page["rows"])
            last = pages[-1]
            gone = set(self.get(BUCKETS) or []) - set(last["buckets"])
            self._drop(gone)
            # Whose time is over goes by the server's clock: the phone's may be years ahead.
            over = _seconds(last["server_time"])
            self._db.execute(
                """delete from row_bucket where exists (
                   select 1 from row r where r.entity = row_bucket.entity and r.id = row_bucket.id and r.until <= ?)""",
                (over,),
            )
            self._forget_unheld()
            self._covered(last.get("applied_device_seq"))
            self._step("rows applied, token not yet")
            self._put({TOKEN: last["token"], BUCKETS: last["buckets"], "epoch": last["epoch"]})
            self._forget_pages()

    def sums(self, at: datetime) -> dict[str, tuple[int, str]]:
        """Of each bucket the number of rows that are still held `at` an instant, and the server's sum over them."""
        entries = self._db.execute(
            """select b.bucket, r.entity || ' ' || r.id || ' ' || r.version || char(10)
               from row_bucket b join row r on r.entity = b.entity and r.id = b.id
               where r.until is null or r.until > ?""",
            (at.timestamp(),),
        )
        lines: dict[str, list[str]] = {bucket: [] for bucket in self.get(BUCKETS) or []}
        for bucket, entry in entries:
            lines[bucket].append(entry)
        return {
            bucket: (len(of), hashlib.sha256("".join(sorted(of)).encode()).hexdigest())
            for bucket, of in lines.items()
        }

    def replace(self, token: str, whole: dict[str, Any]) -> None:
        """Make a bucket what the server says it is, if the checkpoint of this token is still the last one."""
        with self._transaction():
            if self.get(TOKEN) == token:
                self._drop([whole["bucket"]])
                self._apply(whole["rows"])
                self._forget_unheld()

    def _forget_unheld(self) -> None:
        self._db.execute("""delete from row where not exists (
            select 1 from row_bucket b where b.entity = row.entity and b.id = row.id)""")

    def _drop(self, buckets: Iterable[str]) -> None:
        self._db.executemany("delete from row_bucket where bucket = ?", [(b,) for b in buckets])

    def _apply(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            where = (row["bucket"], row["entity"], row["id"])
            if row["op"] == "R":
                self._db.execute("delete from row_bucket where (bucket, entity, id) = (?, ?, ?)", where)
                continue
            self._db.execute("insert or ignore into row_bucket values (?, ?, ?)", where)
            self._db.execute(
                "insert or replace into row values (?, ?, ?, ?, ?)",
                (row["entity"], row["id"], row["version"], _seconds(row["until"]), json.dumps(row["data"])),
            )

    def _covered(self, applied_device_seq: int | None) -> None:
        """Answered operations that the checkpoint contains are done: the rows show them now."""
        if applied_device_seq is None:
            return
        self._put({APPLIED: applied_device_seq})
        self._db.execute(
            "delete from queue where answer is not null and device_seq <= ?", (applied_device_seq,)
        )
        # A copy of this file from an old backup would count from too low.
        following = max(self.get(NEXT_SEQ) or 1, applied_device_seq + 1)
        self._put({NEXT_SEQ: following})

    def forget_rows(self, *, and_session: bool = False) -> None:
        """All that came from the server, and the token; what the worker did stays.

        The session goes in the same transaction: another sync worker must not put aside a page in between.
        """
        with self._transaction():
            for table in ("row", "row_bucket"):
                self._db.execute(f"delete from {table}")
            self._forget_pages()
            self._put({TOKEN: None, BUCKETS: None, APPLIED: None})
            if and_session:
                self._put({SESSION: None})

    # The queue

    def enqueue(self, ops: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Queue operations that belong together; each gets its place in the order of this device."""
        with self._transaction():
            following = self.get(NEXT_SEQ) or 1
            numbered = [op | {"device_seq": following + n} for n, op in enumerate(ops)]
            self._db.executemany(
                "insert into queue (device_seq, op_id, op) values (?, ?, ?)",
                [(op["device_seq"], op["op_id"], json.dumps(op)) for op in numbered],
            )
            self._put({NEXT_SEQ: following + len(ops)})
            return numbered

    def waiting(self, limit: int) -> list[dict[str, Any]]:
        """The oldest operations without a final answer, in order. A group is not parted, even if it is larger."""
        rows = self._db.execute(
            "select op from queue where answer is null order by device_seq limit ?", (limit + 1,)
        ).fetchall()
        ops = [json.loads(op) for (op,) in rows]
        parted = ops.pop().get("group") if len(ops) > limit else None
        if parted is None or ops[-1].get("group") != parted:
            return ops
        if whole := [op for op in ops if op.get("group") != parted]:
            return whole
        rows = self._db.execute(
            """select op from queue where answer is null and json_extract(op, '$.group') = ?
               order by device_seq""",
            (parted,),
        ).fetchall()
        return [json.loads(op) for (op,) in rows]

    def settle(self, results: list[dict[str, Any]]) -> None:
        """Keep the server's final answers. What is to be sent again, and what is not understood, keeps waiting."""
        with self._transaction():
            for result in results:
                if result.get("retryable") or result.get("status") not in FINAL:
                    continue
                text = json.dumps(result)
                self._db.execute(
                    "update queue set answer = ? where op_id = ? and answer is null", (text, result["op_id"])
                )
                if result["status"] in ("conflict", "rejected"):
                    self._db.execute(
                        "insert or ignore into dead_letter select op_id, op, answer from queue where op_id = ?",
                        (result["op_id"],),
                    )

    def queued(self) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
        """Operations that the rows do not show yet, in order, with their answers."""
        rows = self._db.execute("select op, answer from queue order by device_seq").fetchall()
        return [(json.loads(op), json.loads(answer) if answer else None) for op, answer in rows]

    def unsent(self) -> int:
        return int(self._db.execute("select count(*) from queue where answer is null").fetchone()[0])

    # Reading

    def rows(
        self, entity: str | None = None, *, at: datetime | None = None
    ) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the rows of the server by (entity, id): version, data, buckets; only those not expired `at` an instant."""
        held = self._db.execute(
            """select r.entity, r.id, r.version, r.data, group_concat(b.bucket)
               from row r join row_bucket b on b.entity = r.entity and b.id = r.id
               where (:entity is null or r.entity = :entity) and (:at is null or r.until is null or r.until > :at)
               group by r.entity, r.id""",
            {"entity": entity, "at": at.timestamp() if at else None},
        )
        return {
            (e, i): {"version": v, "data": json.loads(d), "buckets": sorted(b.split(","))}
            for e, i, v, d, b in held
        }

    def versions(self) -> dict[tuple[str, str], int | None]:
        """Of all rows, (entity, id) -> version."""
        return {(e, i): v for e, i, v in self._db.execute("select entity, id, version from row")}

    def row(self, entity: str, row_id: str) -> dict[str, Any] | None:
        held = self._db.execute(
            "select version, data from row where entity = ? and id = ?", (entity, row_id)
        ).fetchone()
        return {"version": held[0], "data": json.loads(held[1])} if held else None

    def dead_letters(self) -> list[dict[str, Any]]:
        rows = self._db.execute("select op, answer from dead_letter order by op_id").fetchall()
        return [{"op": json.loads(op), "answer": json.loads(answer)} for op, answer in rows]

    def forget_dead_letter(self, op_id: str) -> None:
        with self._transaction():
            self._db.execute("delete from dead_letter where op_id = ?", (op_id,))

    def wipe(self) -> None:
        """Everything. The file is rewritten, so that nothing stays readable in freed pages."""
        with self._transaction():
            for table in ("row", "row_bucket", "page", "queue", "dead_letter", "held"):
                self._db.execute(f"delete from {table}")
        self._db.execute("vacuum")
        self._db.execute("pragma wal_checkpoint(truncate)")


def _seconds(instant: str | None) -> float | None:
    """Seconds since 1970 of an RFC 3339 instant."""
    return datetime.fromisoformat(instant).timestamp() if instant else None
