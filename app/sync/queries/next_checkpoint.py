"""One statement for a pull that follows a complete one: the state of the change log, the scope, the changes, and rows."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.core.db import Fragment, unscoped
from app.core.db.raw_read import read_one
from app.core.db.sessions import unscoped_reasons
from app.sync.queries.changes import ChangeKey, changes_until
from app.sync.queries.registry import Reader
from app.sync.queries.rows import as_one_text, present_rows_of_changes, rows_of_text
from app.sync.queries.sync_scope import LOG_STATE, log_binds, scope_statement

# The snapshot is cast once: as text it would be parsed again for each row of the log.
_CHANGES = changes_until(Fragment("(select cur from snapshot)"))


@lru_cache(maxsize=100)
def _statement(scope: Fragment, row_parts: tuple[Fragment, ...]) -> Fragment:
    statement = Fragment(
        """
        with log as materialized ({log_state}),
        snapshot as materialized (select cast(cur as pg_snapshot) cur from log),
        changed as materialized (
          select c.bucket, c.entity, c.row_id from {changes}
          group by c.bucket, c.entity, c.row_id
          order by c.bucket collate "C", c.entity collate "C", c.row_id limit :most)
        select log.*, scope.*, (
          select json_agg(json_build_array(c.bucket, c.entity, c.row_id)
                          order by c.bucket collate "C", c.entity collate "C", c.row_id) from changed c) changed,
          {rows} present_rows
        from log cross join ({scope}) scope
        """,
        log_state=LOG_STATE,
        changes=_CHANGES,
        scope=scope,
        rows=as_one_text(row_parts) if row_parts else Fragment("cast(null as text)"),
    )
    reasons = [unscoped_reasons(part) for part in row_parts]
    return unscoped(statement, **{table: reason for of_part in reasons for table, reason in of_part.items()})


@lru_cache(maxsize=5_000)
def _array(*names: str) -> str:
    """Return names of buckets or entities as the text of an array. psycopg makes it with three calls for each name.

    The names have no character that an array would need to escape.
    """
    return '{"' + '","'.join(names) + '"}' if names else "{}"


def state_and_changes(
    reader: Reader,
    *,
    buckets: Collection[str],
    grid_ids: Collection[UUID],
    entities: Collection[str],
    prev: str,
    life: str | None,
    limit: int,
    row_kinds: Collection[tuple[str, str]],
) -> tuple[dict[str, Any], list[ChangeKey], list[dict[str, Any]]]:
    """Return the state of the change log with the scope of the actor, the keys of changed rows, and rows.

    The first value has the columns of `sync_scope.log_state` and `sync_scope.load_scope`. The keys are those of
    `changes.changed_rows` from the snapshot `prev` to the present one. The rows are those of `rows.rows_by_id` for these keys.

    Args:
        buckets: Buckets that the device holds.
        grid_ids: The grids of these buckets. They are used if the actor has too many.
        limit: Maximum number of keys.
        row_kinds: Entities and kinds of buckets whose rows are read.
    """
    actor = reader.actor
    assert actor.device_id is not None
    scope, binds = scope_statement(actor, named_grid_ids=grid_ids, now=reader.now)
    binds |= log_binds(prev=prev, last=prev, life=life, device=(actor.id, actor.device_id))
    binds |= {"buckets": _array(*buckets), "entities": _array(*entities), "most": limit}
    parts: tuple[Fragment, ...] = ()
    if row_kinds:
        parts, row_binds = present_rows_of_changes(reader, row_kinds)
        binds |= row_binds
    row = read_one(_statement(scope, parts), binds)
    assert row is not None, "the statement has one row"
    keys = orjson.loads(row["changed"]) if row["changed"] else []
    present_rows = rows_of_text(row["present_rows"])
    return row, [(bucket, entity, row_id) for bucket, entity, row_id in keys], present_rows
