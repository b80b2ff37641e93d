"""One statement for a pull that follows a complete one: the state of the change log, the scope, and the changes."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.core.actor import Actor
from app.core.db import Fragment
from app.core.db.raw_read import read_one
from app.sync.queries.changes import ChangeKey, changes_until
from app.sync.queries.sync_scope import LOG_STATE, log_binds, scope_statement

# The snapshot is cast once: as text it would be parsed again for each row of the log.
_CHANGES = changes_until(Fragment("(select cur from snapshot)"))


@lru_cache(maxsize=100)
def _statement(scope: Fragment) -> Fragment:
    return Fragment(
        """
        with log as materialized ({log_state}),
        snapshot as materialized (select cast(cur as pg_snapshot) cur from log),
        changed as materialized (
          select c.bucket, c.entity, c.row_id from {changes}
          group by c.bucket, c.entity, c.row_id
          order by c.bucket collate "C", c.entity collate "C", c.row_id limit :most)
        select log.*, scope.*, (
          select json_agg(json_build_array(c.bucket, c.entity, c.row_id)
                          order by c.bucket collate "C", c.entity collate "C", c.row_id) from changed c) changed
        from log cross join ({scope}) scope
        """,
        log_state=LOG_STATE,
        changes=_CHANGES,
        scope=scope,
    )


def state_and_changes(
    actor: Actor,
    *,
    buckets: Collection[str],
    grid_ids: Collection[UUID],
    entities: Collection[str],
    prev: str,
    life: str | None,
    limit: int,
    now: datetime,
) -> tuple[dict[str, Any], list[ChangeKey]]:
    """Return the state of the change log with the scope of the actor, and the keys of changed rows.

    The row has the columns of `sync_scope.log_state` and `sync_scope.load_scope`. The keys are those of
    `changes.changed_rows` from the snapshot `prev` to the present one.

    Args:
        buckets: Buckets that the device holds.
        grid_ids: The grids of these buckets. They are used if the actor has too many.
        limit: Maximum number of keys.
    """
    assert actor.device_id is not None
    scope, binds = scope_statement(actor, named_grid_ids=grid_ids, now=now)
    binds |= log_binds(prev=prev, last=prev, life=life, device=(actor.id, actor.device_id))
    binds |= {"buckets": list(buckets), "entities": list(entities), "most": limit}
    row = read_one(_statement(scope), binds)
    assert row is not None, "the statement has one row"
    keys = orjson.loads(row["changed"]) if row["changed"] else []
    return row, [(bucket, entity, row_id) for bucket, entity, row_id in keys]
