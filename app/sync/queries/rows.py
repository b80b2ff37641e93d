"""Live rows as phones get them: those of whole buckets by keyset, or those of certain ids."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.sync.queries.registry import BY_NAME, Entity, Reader

NOWHERE = "00000000-0000-0000-0000-000000000000"


def whole(
    session: Session,
    reader: Reader,
    entity: Entity,
    kind: str,
    *,
    bucket_ids: Collection[UUID],
    after: tuple[str, str] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """The rows of buckets of one kind, by (bucket, id) from `after` on: `bucket_id`, `id`, and `body` as JSON bytes."""
    column, place = _place(entity, kind)
    body, binds = _body(reader, entity, kind, column)
    visible, more = entity.visible(reader)
    sql = f"""
      select cast({column} as text) bucket_id, cast({entity.id} as text) id, {body} body
      from {entity.source_of(kind)}
      where {place} and {visible} and ({column}, {entity.id}) > (cast(:after_bucket as uuid), cast(:after_id as uuid))
      order by {column}, {entity.id} limit :limit
    """
    after_bucket, after_id = after or (NOWHERE, NOWHERE)
    binds |= more | reader.binds | {"bucket_ids": list(bucket_ids), "limit": limit}
    binds |= {"after_bucket": after_bucket, "after_id": after_id}
    return session.execute(sql_text(sql), binds).all()


def certain(
    session: Session,
    reader: Reader,
    wanted: Mapping[tuple[str, str], Collection[tuple[str, str]]],
) -> Sequence[Row[Any]]:
    """Of each (entity, kind of bucket) those of these (bucket_id, id) that stand in one of its buckets.

    `step`: which of `wanted`, counted from 0. `body` is None where hidden, `is_quiet` if not to be named.
    """
    parts = []
    binds = reader.binds
    for step, ((name, kind), places) in enumerate(wanted.items()):
        entity = BY_NAME[name]
        column, place = _place(entity, kind)
        body, own = _body(reader, entity, kind, column)
        visible, more = entity.visible(reader)
        part = f"""
          select {step} step, cast({column} as text) bucket_id, cast({entity.id} as text) id,
                 case when seen.it then {body} end body, not seen.it and {entity.quiet} is_quiet
          from {entity.source_of(kind)} cross join lateral (select coalesce({visible}, false) it offset 0) seen
          where {entity.id} = any(cast(:ids_{step} as uuid[])) and {place}
        """
        parts.append(part.replace(":bucket_ids ", f":bucket_ids_{step} "))
        binds |= own | more
        binds |= {
            f"bucket_ids_{step}": list({UUID(bucket_id) for bucket_id, _ in places}),
            f"ids_{step}": list({row_id for _, row_id in places}),
        }
    return session.execute(sql_text(" union all ".join(parts)), binds).all() if parts else []


def versions(
    session: Session, reader: Reader, entity: Entity, kind: str, *, bucket_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Return `bucket_id`, `id` and `version` of the rows that `whole` would send of buckets of one kind."""
    column, place = _place(entity, kind)
    visible, binds = entity.visible(reader)
    sql = f"""
      select cast({column} as text) bucket_id, cast({entity.id} as text) id, {entity.version} version
      from {entity.source_of(kind)} where {place} and {visible}
    """
    binds = binds | reader.binds | {"bucket_ids": list(bucket_ids)}
    return session.execute(sql_text(sql), binds).all()


def number(session: Session, reader: Reader, entity: Entity, kind: str, *, bucket_id: UUID) -> int:
    """How many rows of an entity stand in a bucket, seen or not."""
    _, place = _place(entity, kind)
    sql = f"select count(*) from {entity.source_of(kind)} where {place}"
    return int(session.execute(sql_text(sql), reader.binds | {"bucket_ids": [bucket_id]}).scalar_one())


def _place(entity: Entity, kind: str) -> tuple[str, str]:
    """SQL of the bucket's id, and the condition to stand in one of `:bucket_ids` now."""
    column, condition = entity.buckets[kind]
    until = f"coalesce({entity.until} > :now, true)"
    if not column:
        return f"cast('{NOWHERE}' as uuid)", f"{entity.live} and {condition} and {until}"
    among = f"{column} = any(cast(:bucket_ids as uuid[]))"
    return column, f"{entity.live} and {among} and {condition} and {until}"


def _body(reader: Reader, entity: Entity, kind: str, column: str) -> tuple[str, dict[str, Any]]:
    item, binds = entity.item(reader)
    bucket = f"'{kind}:' || {column}" if entity.buckets[kind][0] else f"cast(:only_{kind} as text)"
    only = kind if kind == "global" else f"{kind}:{reader.actor.id}"
    body = f"""json_build_object('bucket', {bucket}, 'entity', '{entity.name}', 'id', {entity.id}, 'op', 'P',
      'version', {entity.version}, 'until', {entity.until}, 'data', {item})"""
    return body, binds | ({} if entity.buckets[kind][0] else {f"only_{kind}": only})
