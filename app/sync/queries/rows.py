"""Live rows as devices receive them: of whole buckets by keyset, or by id."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.sync.queries.registry import BY_NAME, Entity, Reader

NIL_ID = "00000000-0000-0000-0000-000000000000"


def live_rows(
    session: Session,
    reader: Reader,
    entity: Entity,
    kind: str,
    *,
    bucket_ids: Collection[UUID],
    after: tuple[str, str] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Return rows of buckets of one kind after `after`, by (bucket, id): `bucket_id`, `id`, `body` (JSON bytes)."""
    column, condition = _membership(entity, kind)
    body, binds = _row_json(reader, entity, kind, column)
    visible, visible_binds = entity.visible(reader)
    sql = f"""
      select cast({column} as text) bucket_id, cast({entity.id} as text) id, {body} body
      from {entity.source_of(kind)}
      where {condition} and {visible} and ({column}, {entity.id}) > (cast(:after_bucket as uuid), cast(:after_id as uuid))
      order by {column}, {entity.id} limit :limit
    """
    after_bucket, after_id = after or (NIL_ID, NIL_ID)
    binds |= visible_binds | reader.binds | {"bucket_ids": list(bucket_ids), "limit": limit}
    binds |= {"after_bucket": after_bucket, "after_id": after_id}
    return session.execute(sql_text(sql), binds).all()


def rows_by_id(
    session: Session,
    reader: Reader,
    wanted: Mapping[tuple[str, str], Collection[tuple[str, str]]],
) -> Sequence[Row[Any]]:
    """Return the requested rows (bucket id, id by entity and kind) that are members of their bucket now.

    `step`: index of the key in `wanted`. `body`: None where the row is hidden. `is_quiet`: do not report it as removed.
    """
    parts = []
    binds = reader.binds
    for step, ((name, kind), row_ids) in enumerate(wanted.items()):
        entity = BY_NAME[name]
        column, condition = _membership(entity, kind)
        body, body_binds = _row_json(reader, entity, kind, column)
        visible, visible_binds = entity.visible(reader)
        part = f"""
          select {step} step, cast({column} as text) bucket_id, cast({entity.id} as text) id,
                 case when seen.it then {body} end body, not seen.it and {entity.quiet} is_quiet
          from {entity.source_of(kind)} cross join lateral (select coalesce({visible}, false) it offset 0) seen
          where {entity.id} = any(cast(:ids_{step} as uuid[])) and {condition}
        """
        parts.append(part.replace(":bucket_ids ", f":bucket_ids_{step} "))
        binds |= body_binds | visible_binds
        binds |= {
            f"bucket_ids_{step}": list({UUID(bucket_id) for bucket_id, _ in row_ids}),
            f"ids_{step}": list({row_id for _, row_id in row_ids}),
        }
    return session.execute(sql_text(" union all ".join(parts)), binds).all() if parts else []


def versions(
    session: Session, reader: Reader, entity: Entity, kind: str, *, bucket_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Return `bucket_id`, `id` and `version` of the rows that `live_rows` would return."""
    column, condition = _membership(entity, kind)
    visible, binds = entity.visible(reader)
    sql = f"""
      select cast({column} as text) bucket_id, cast({entity.id} as text) id, {entity.version} version
      from {entity.source_of(kind)} where {condition} and {visible}
    """
    binds = binds | reader.binds | {"bucket_ids": list(bucket_ids)}
    return session.execute(sql_text(sql), binds).all()


def count_rows(session: Session, reader: Reader, entity: Entity, kind: str, *, bucket_id: UUID) -> int:
    """Return the number of rows of an entity in a bucket, visible or not."""
    _, condition = _membership(entity, kind)
    sql = f"select count(*) from {entity.source_of(kind)} where {condition}"
    return int(session.execute(sql_text(sql), reader.binds | {"bucket_ids": [bucket_id]}).scalar_one())


def _membership(entity: Entity, kind: str) -> tuple[str, str]:
    """Return SQL of the bucket id, and the condition of membership in one of `:bucket_ids` now."""
    column, condition = entity.buckets[kind]
    is_not_expired = f"coalesce({entity.until} > :now, true)"
    if not column:
        return f"cast('{NIL_ID}' as uuid)", f"{entity.live} and {condition} and {is_not_expired}"
    in_buckets = f"{column} = any(cast(:bucket_ids as uuid[]))"
    return column, f"{entity.live} and {in_buckets} and {condition} and {is_not_expired}"


def _row_json(reader: Reader, entity: Entity, kind: str, column: str) -> tuple[str, dict[str, Any]]:
    item, binds = entity.item(reader)
    bucket = f"'{kind}:' || {column}" if entity.buckets[kind][0] else f"cast(:only_{kind} as text)"
    single_bucket = kind if kind == "global" else f"{kind}:{reader.actor.id}"
    body = f"""json_build_object('bucket', {bucket}, 'entity', '{entity.name}', 'id', {entity.id}, 'op', 'P',
      'version', {entity.version}, 'until', {entity.until}, 'data', {item})"""
    return body, binds | ({} if entity.buckets[kind][0] else {f"only_{kind}": single_bucket})
