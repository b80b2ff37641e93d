"""The change log between two snapshots: what a transaction wrote that the first did not see and the second does.

`xid` alone orders nothing: a transaction with a lower one may commit later. What a snapshot has not seen is what began
after it (from its xmax on) and what was running then (its xip): so a transaction that runs for long, here or in another
database of the cluster, adds one place to look at and makes nobody read again what was written since it began.
"""

from collections.abc import Collection

from sqlalchemy.orm import Session

from app.core.db import sql_text

# A snapshot's type is given by the cast alone: a bind sent as text would be parsed again for every row.
_PREV = "cast(:prev as pg_snapshot)"
_CUR = "cast(:cur as pg_snapshot)"


def _between(cur: str) -> str:
    """The changes as a table `c` (bucket, entity, row_id); two parts, so that each is one range of the index."""
    part = f"""
      select c.bucket, c.entity, c.row_id from change_log c
      where c.bucket = any(:buckets) and c.entity = any(:entities) and pg_visible_in_snapshot(c.xid, {cur})
    """
    return f"""({part} and c.xid >= pg_snapshot_xmax({_PREV}) and c.xid < pg_snapshot_xmax({cur})
      union all {part} and c.xid = any(array(select pg_snapshot_xip({_PREV})))) c"""


# Of how many changes it is worth knowing how they are spread.
MAX_COUNTED = 50_000

ChangeKey = tuple[str, str, str]


def count_by_bucket(
    session: Session, *, buckets: Collection[str], entities: Collection[str], prev: str, cur: str
) -> dict[str, int]:
    """Return the number of changes between the snapshots by bucket, counting at most MAX_COUNTED."""
    sql = f"""
      select c.bucket, count(*) n from (select c.bucket from {_between(_CUR)} limit {MAX_COUNTED}) c group by 1
    """
    binds = {"buckets": list(buckets), "entities": list(entities), "prev": prev, "cur": cur}
    return {row.bucket: row.n for row in session.execute(sql_text(sql), binds)}


def changed_rows(
    session: Session,
    *,
    buckets: Collection[str],
    entities: Collection[str],
    prev: str,
    cur: str,
    after: ChangeKey,
    limit: int,
) -> list[ChangeKey]:
    """Return the (bucket, entity, row id) that changed between the snapshots, distinct and ordered, after `after`."""
    bucket, entity, row_id = after
    sql = f"""
      select c.bucket, c.entity, cast(c.row_id as text) from {_between(_CUR)}
      where (c.bucket collate "C", c.entity collate "C", c.row_id) > (:bucket, :entity, cast(:row_id as uuid))
      group by c.bucket, c.entity, c.row_id
      order by c.bucket collate "C", c.entity collate "C", c.row_id limit :limit
    """
    binds = {
        "buckets": [name for name in buckets if name >= bucket],
        "entities": list(entities),
        "prev": prev,
        "cur": cur,
        "bucket": bucket,
        "entity": entity,
        "row_id": row_id,
        "limit": limit,
    }
    return [(row[0], row[1], row[2]) for row in session.execute(sql_text(sql), binds)]


def is_changed(session: Session, *, bucket: str, entities: Collection[str], since: str) -> bool:
    """Return True if the bucket changed after snapshot `since`, as the present snapshot sees it."""
    sql = f"select exists (select 1 from {_between('pg_current_snapshot()')})"
    binds = {"buckets": [bucket], "entities": list(entities), "prev": since}
    return bool(session.scalar(sql_text(sql), binds))
