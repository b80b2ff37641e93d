"""Queries for the changes in the change log between two database snapshots.

A change is between two snapshots if only the second snapshot sees its transaction. A comparison of transaction ids is not
enough, because a transaction with a lower id may commit later. A snapshot does not see two kinds of transactions: those
that began after it (ids from its xmax on), and those that were running at its time (the ids in its xip). Each part is one
range of the index. So a long transaction, here or in another database of the cluster, costs one more index lookup. A device
does not read again everything that was written since that transaction began.
"""

from collections.abc import Collection

from sqlalchemy import literal
from sqlalchemy.orm import Session

from app.core.db import Fragment

# At most so many changes are counted to find how they are spread over the buckets.
MAX_COUNTED = 50_000

ChangeKey = tuple[str, str, str]


def changes_until(cur: Fragment) -> Fragment:
    """Return the FROM item `c` with the changes from the snapshot :prev to the snapshot `cur`.

    Columns: `bucket`, `entity`, `row_id`. The FROM item is a UNION ALL of two parts, each of which reads one range of the
    index. The binds of snapshots are cast to pg_snapshot once; a bind with the type text would be parsed again for every
    row.
    """
    part = Fragment(
        """
        select c.bucket, c.entity, c.row_id from change_log c
        where c.bucket = any(:buckets) and c.entity = any(:entities) and pg_visible_in_snapshot(c.xid, {cur})
        """,
        cur=cur,
    )
    return Fragment(
        """({part} and c.xid >= pg_snapshot_xmax(cast(:prev as pg_snapshot)) and c.xid < pg_snapshot_xmax({cur})
          union all {part} and c.xid = any(array(select pg_snapshot_xip(cast(:prev as pg_snapshot))))) c""",
        part=part,
        cur=cur,
    )


_BETWEEN_SNAPSHOTS = changes_until(Fragment("cast(:cur as pg_snapshot)"))
_COUNTS = Fragment(
    "select c.bucket, count(*) n from (select c.bucket from {changes} limit {most}) c group by 1",
    changes=_BETWEEN_SNAPSHOTS,
    most=literal(MAX_COUNTED, literal_execute=True),
)
_CHANGED_ROWS = Fragment(
    """
    select c.bucket, c.entity, cast(c.row_id as text) from {changes}
    where (c.bucket collate "C", c.entity collate "C", c.row_id) > (:bucket, :entity, cast(:row_id as uuid))
    group by c.bucket, c.entity, c.row_id
    order by c.bucket collate "C", c.entity collate "C", c.row_id limit :limit
    """,
    changes=_BETWEEN_SNAPSHOTS,
)
_IS_CHANGED = Fragment(
    "select exists (select 1 from {changes})", changes=changes_until(Fragment("pg_current_snapshot()"))
)


def count_by_bucket(
    session: Session, *, buckets: Collection[str], entities: Collection[str], prev: str, cur: str
) -> dict[str, int]:
    """Return the number of changes between two snapshots, by bucket.

    At most MAX_COUNTED changes are counted in total.
    """
    binds = {"buckets": list(buckets), "entities": list(entities), "prev": prev, "cur": cur}
    return {row.bucket: row.n for row in session.execute(_COUNTS, binds)}


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
    """Return the keys of the rows that changed between two snapshots, in order, without repeats.

    A key is (bucket, entity, row id). `after`: the last key of the previous page.
    """
    bucket, entity, row_id = after
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
    return [(row[0], row[1], row[2]) for row in session.execute(_CHANGED_ROWS, binds)]


def is_changed(session: Session, *, bucket: str, entities: Collection[str], since: str) -> bool:
    """Return True if the bucket has changes that were committed after the snapshot `since`."""
    binds = {"buckets": [bucket], "entities": list(entities), "prev": since}
    return bool(session.scalar(_IS_CHANGED, binds))
