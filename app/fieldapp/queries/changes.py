"""The change log between two snapshots: what a transaction wrote that the first did not see and the second does.

`xid` alone orders nothing: a transaction with a lower one may commit later. The range of xids is there for the index.
"""

from collections.abc import Collection

from sqlalchemy.orm import Session

from app.core.db import sql_text

_BETWEEN = """
  c.bucket = any(:buckets) and c.entity = any(:entities)
  and c.xid >= pg_snapshot_xmin(cast(:prev as pg_snapshot)) and c.xid < pg_snapshot_xmax(cast(:cur as pg_snapshot))
  and not pg_visible_in_snapshot(c.xid, cast(:prev as pg_snapshot))
  and pg_visible_in_snapshot(c.xid, cast(:cur as pg_snapshot))
"""
# Of how many changes it is worth knowing how they are spread.
COUNTED = 50_000

Place = tuple[str, str, str]


def sizes(
    session: Session, *, buckets: Collection[str], entities: Collection[str], prev: str, cur: str
) -> dict[str, int]:
    """How many changes of each bucket lie between the snapshots, of the first COUNTED ones."""
    sql = f"""
      select c.bucket, count(*) n from (select c.bucket from change_log c where {_BETWEEN} limit {COUNTED}) c group by 1
    """
    binds = {"buckets": list(buckets), "entities": list(entities), "prev": prev, "cur": cur}
    return {row.bucket: row.n for row in session.execute(sql_text(sql), binds)}


def changed(
    session: Session,
    *,
    buckets: Collection[str],
    entities: Collection[str],
    prev: str,
    cur: str,
    after: Place | None,
    limit: int,
) -> list[Place]:
    """The rows (bucket, entity, id) that changed between the snapshots, each once, in this order, from `after` on."""
    bucket, entity, row_id = after or ("", "", "00000000-0000-0000-0000-000000000000")
    sql = f"""
      select c.bucket, c.entity, cast(c.row_id as text) from change_log c
      where {_BETWEEN}
        and (c.bucket collate "C", c.entity collate "C", c.row_id) > (:bucket, :entity, cast(:row_id as uuid))
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
    return [tuple(row) for row in session.execute(sql_text(sql), binds)]


def is_changed(session: Session, *, bucket: str, entities: Collection[str], since: str) -> bool:
    """Whether the bucket changed after a snapshot, as this one sees it."""
    between = _BETWEEN.replace("cast(:cur as pg_snapshot)", "pg_current_snapshot()")
    sql = f"select exists (select 1 from change_log c where {between})"
    return bool(
        session.scalar(sql_text(sql), {"buckets": [bucket], "entities": list(entities), "prev": since})
    )
