"""SQL of change hints for open event streams: changed buckets, and the scope of a stream."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, literal_column, text
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.changes import CURRENT_LIFE
from app.core.db import Fragment
from app.sync.queries.registry import ENTITIES
from app.sync.rules.events import Change, Position
from app.workforce.scope import area_roots, scope_binds

_LIFE: ColumnElement[str] = literal_column(CURRENT_LIFE)

# Rows are seen by the statement's own snapshot, which is the one it returns: what is not visible in the earlier
# snapshot has been committed in between. `xmin` bounds how far back the index is read. `touches_rights`: the change may
# end a stream, or change which buckets it is for.
_CHANGED = Fragment(
    """
    with changed as materialized (
      select bucket, bool_or(entity = any(:entities)) as is_told,
        bool_or(entity in ('account', 'account_grant', 'device', 'session')) as touches_rights, min(at) as at
      from change_log
      where xid >= pg_snapshot_xmin(cast(:since as pg_snapshot))
        and not pg_visible_in_snapshot(xid, cast(:since as pg_snapshot))
      group by bucket limit :most + 1)
    select durable_snapshot()::text as snapshot, left((select epoch::text from sync_epoch), 8) as epoch,
      {life} as life, not is_past_snapshot(cast(:since as pg_snapshot), cast(:life as text)) as is_ahead,
      (select count(*) from changed) > :most as is_too_many,
      (select extract(epoch from clock_timestamp() - min(at)) from changed)::float8 as lag_seconds,
      (select json_agg(json_build_array(c.bucket, c.is_told, c.touches_rights, case when split_part(c.bucket, ':', 1) in
          ('grid', 'area') then (select v.path::text from area_version v
            where v.area_id = cast(split_part(c.bucket, ':', 2) as uuid) order by lower(v.valid) desc limit 1) end))
       from changed c where (select count(*) from changed) <= :most) as changes
    """,
    life=_LIFE,
)

# Roots of the scope, the areas above them, and when the scope changes by itself.
_SCOPE = Fragment(
    """
    with root as (select distinct unnest({roots}) as path)
    select durable_snapshot()::text as snapshot, left((select epoch::text from sync_epoch), 8) as epoch, {life} as life,
      array(select subpath(path, -1)::text from root) as roots,
      array(select distinct unnest(string_to_array(path::text, '.')) from root) as above,
      least((select expires_at from session where id = :session_id),
        (select min(t) from responsibility r, unnest(array[lower(r.valid), upper(r.valid)]) t
         where r.worker_id = :scope_actor_id and r.deleted_at is null and t > :scope_now)) as ends_at
    """,
    roots=area_roots(),
    life=_LIFE,
)

_CHANGED_OF = text("""
  select b.bucket from unnest(cast(:buckets as text[])) b (bucket)
  where exists (select from change_log c where c.bucket = b.bucket and c.entity = any(:entities)
    and c.xid >= pg_snapshot_xmin(cast(:since as pg_snapshot))
    and not pg_visible_in_snapshot(c.xid, cast(:since as pg_snapshot)))
""")


@dataclass(frozen=True, slots=True)
class ChangeReading:
    """The changes that were found in the change log since an earlier position.

    Attributes:
        position: The position at the time of reading. The next reading starts there.
        changes: The changed buckets. None: too many buckets changed, or the two positions cannot be compared.
        lag_seconds: Age of the oldest change.
    """

    position: Position
    changes: list[Change] | None
    lag_seconds: float | None


def changed_since(connection: Connection, since: Position, *, limit: int) -> ChangeReading:
    """Return the buckets with changes that were committed after the position `since`.

    `limit`: if more buckets changed, the result has no list of changes.
    """
    entities = [entity.name for entity in ENTITIES]
    binds = {"since": since.snapshot, "life": since.life, "most": limit, "entities": entities}
    row = connection.execute(_CHANGED, binds).one()
    position = Position(row.epoch, row.snapshot, row.life)
    # Another epoch, or a snapshot that is not of this database's past: its transaction ids mean nothing here.
    if row.epoch != since.epoch or row.is_ahead or row.is_too_many:
        return ChangeReading(position, None, row.lag_seconds)
    raw_changes = row.changes or []
    if isinstance(raw_changes, bytes):
        raw_changes = orjson.loads(raw_changes)
    changes = [
        Change(bucket, tuple(path.split(".")) if path else (), is_told, touches_rights)
        for bucket, is_told, touches_rights, path in raw_changes
    ]
    return ChangeReading(position, changes, row.lag_seconds)


def subscription_scope(session: Session, actor: Actor, *, now: datetime) -> Any:
    """Return the areas whose changes an actor's event stream gets, and the present log position.

    Columns: `snapshot`, `epoch` and `life` of the position; `roots` (ids of the top areas of the actor); `above` (ids of
    these areas and of all areas above them); `ends_at` (when the session expires or a responsibility begins or ends, which
    changes the scope).
    """
    return session.execute(_SCOPE, scope_binds(actor, now) | {"session_id": actor.session_id}).one()


def changed_buckets(
    session: Session, since: Position, buckets: list[str], entities: Collection[str]
) -> list[str]:
    """Return those of `buckets` in which rows of `entities` have changed after `since`.

    A change counts if its transaction was committed after this position.
    """
    binds = {"since": since.snapshot, "buckets": buckets, "entities": list(entities)}
    return list(session.execute(_CHANGED_OF, binds).scalars())
