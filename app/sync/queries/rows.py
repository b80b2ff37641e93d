"""Queries for the rows that devices receive: pages of whole buckets, and rows by id."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, TextClause, bindparam, literal_column
from sqlalchemy.orm import Session

from app.core.db import Fragment, as_sql, sql_text, unscoped
from app.core.db.raw_read import read_all
from app.sync.queries.registry import BY_NAME, Entity, Reader
from app.sync.queries.registry.entity import NOW, json_object

NIL_ID = "00000000-0000-0000-0000-000000000000"
_NIL_UUID: ColumnElement[Any] = literal_column(f"cast('{NIL_ID}' as uuid)")
# The tables of entities whose rows have a rule of visibility.
SCOPED_TABLES = ("component", "household", "incident", "notice", "premises", "resident", "worker")
_NO_END = Fragment("cast(null as timestamptz)")
_BUCKET_IDS = Fragment("cast(:bucket_ids as uuid[])")


def _text(value: str) -> ColumnElement[str]:
    """Return an SQL string constant, such as the name of an entity or of a kind of bucket."""
    return literal_column(f"'{value}'")


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
    """Return a page of the rows of an entity in buckets of one kind, ordered by bucket and id.

    Columns: `bucket_id`, `id`, `body` (JSON bytes). Only rows that the reader may see are returned.

    Args:
        kind: Kind of the buckets, such as `grid`.
        after: Bucket id and row id of the last row of the previous page. None: the first page.
    """
    item, visible = entity.item(reader), entity.visible(reader)
    after_bucket, after_id = after or (NIL_ID, NIL_ID)
    binds = item.binds | visible.binds | reader.binds | _single_bucket_bind(reader, entity, kind)
    binds |= {"bucket_ids": list(bucket_ids), "limit": limit}
    binds |= {"after_bucket": after_bucket, "after_id": after_id}
    return session.execute(_live_rows(entity, kind, item.element, visible.element), binds).all()


@lru_cache(maxsize=1_000)
def _live_rows(entity: Entity, kind: str, item: ColumnElement[Any], visible: ColumnElement[bool]) -> Fragment:
    statement = Fragment(
        """
        select cast({bucket_id} as text) bucket_id, cast({id} as text) id, {body} body
        from {source}
        where {is_member} and {visible}
          and ({bucket_id}, {id}) > (cast(:after_bucket as uuid), cast(:after_id as uuid))
        order by {bucket_id}, {id} limit :limit
        """,
        bucket_id=_bucket_id(entity, kind),
        id=entity.id,
        body=_row_json(entity, kind, item),
        source=entity.source_of(kind),
        is_member=_is_member(entity, kind, _BUCKET_IDS),
        visible=visible,
    )
    return unscoped(statement, **entity.unscoped)


def rows_by_id(
    session: Session | None,
    reader: Reader,
    wanted: Mapping[tuple[str, str], Collection[tuple[str, str]]],
) -> Sequence[Mapping[str, Any]]:
    """Return the present state of changed rows, for those rows that are in their bucket now.

    Columns: `entity`, `kind`, `bucket_id`, `id`, `body` (JSON bytes; None if the reader may not see the row), `is_quiet`
    (do not send the row as removed).

    The statement is a UNION ALL with one part for each entity and kind of bucket. To compile six parts takes about 50 ms,
    so the text of each part is compiled once, and the texts are joined.

    Args:
        session: None: the statement is sent by itself, on a connection that plans it once.
        wanted: The rows to return, as pairs of bucket id and row id, by entity name and kind of bucket.
    """
    parts: list[str] = []
    names: list[str] = []
    binds = reader.binds
    for (name, kind), row_ids in wanted.items():
        entity = BY_NAME[name]
        item, visible = entity.item(reader), entity.visible(reader)
        parts.append(_rows_of_kind(entity, kind, item.element, visible.element))
        names.append(name)
        binds |= item.binds | visible.binds | _single_bucket_bind(reader, entity, kind)
        binds |= {
            f"bucket_ids_of_{name}_{kind}": list({bucket_id for bucket_id, _ in row_ids}),
            f"ids_of_{name}_{kind}": list({row_id for _, row_id in row_ids}),
        }
    if not parts:
        return []
    statement = _union(tuple(parts), tuple(names))
    if session is None:
        return read_all(statement, binds)
    # mypy: a RowMapping is no Mapping[str, Any]
    return [dict(row) for row in session.execute(statement, binds).mappings()]


@lru_cache(maxsize=1_000)
def _union(parts: tuple[str, ...], names: tuple[str, ...]) -> TextClause:
    """Join SELECT statements, given as SQL text, into one statement by UNION ALL.

    Args:
        names: Names of the entities whose rows the statements select.
    """
    reasons = {table: reason for name in names for table, reason in BY_NAME[name].unscoped.items()}
    return unscoped(sql_text(" union all ".join(parts)), **reasons)


@lru_cache(maxsize=2_000)
def _rows_of_kind(entity: Entity, kind: str, item: ColumnElement[Any], visible: ColumnElement[bool]) -> str:
    ids, bucket_ids = (
        Fragment("cast({ids} as uuid[])", ids=bindparam(f"{name}_of_{entity.name}_{kind}", None))
        for name in ("ids", "bucket_ids")
    )
    return as_sql(_present_rows(entity, kind, item, visible, ids=ids, bucket_ids=bucket_ids))


def _present_rows(
    entity: Entity,
    kind: str,
    item: ColumnElement[Any],
    visible: ColumnElement[bool],
    *,
    ids: Fragment,
    bucket_ids: Fragment,
) -> Fragment:
    """Return the SELECT of `rows_by_id` for one entity and kind of bucket. `ids`, `bucket_ids`: SQL arrays of UUIDs."""
    return Fragment(
        """
        select {name} entity, {kind} kind, cast({bucket_id} as text) bucket_id, cast({id} as text) id,
               case when seen.is_visible then {body} end body, not seen.is_visible and {quiet} is_quiet
        from {source} cross join lateral (select coalesce({visible}, false) is_visible offset 0) seen
        where {id} = any({ids}) and {is_member}
        """,
        name=_text(entity.name),
        kind=_text(kind),
        bucket_id=_bucket_id(entity, kind),
        id=entity.id,
        body=_row_json(entity, kind, item),
        quiet=entity.quiet,
        source=entity.source_of(kind),
        visible=visible,
        ids=ids,
        is_member=_is_member(entity, kind, bucket_ids),
    )


# Characters that JSON never has outside an escape.
_END_OF_ROW, _END_OF_COLUMN = "\x1e", "\x1f"


def present_rows_of_changes(
    reader: Reader, kinds: Collection[tuple[str, str]]
) -> tuple[tuple[Fragment, ...], dict[str, Any]]:
    """Return a SELECT like that of `rows_by_id` for each entity and kind of bucket, and the binds of all of them.

    The keys of the rows are in the CTE `changed` (`bucket`, `entity`, `row_id`) of the statement that contains them.
    """
    parts: list[Fragment] = []
    binds = reader.binds
    for name, kind in kinds:
        entity = BY_NAME[name]
        item, visible = entity.item(reader), entity.visible(reader)
        parts.append(_changed_rows_of_kind(entity, kind, item.element, visible.element))
        binds |= item.binds | visible.binds | _single_bucket_bind(reader, entity, kind)
    return tuple(parts), binds


@lru_cache(maxsize=2_000)
def _changed_rows_of_kind(
    entity: Entity, kind: str, item: ColumnElement[Any], visible: ColumnElement[bool]
) -> Fragment:
    ids, bucket_ids = (
        Fragment(
            """array(select {column} from changed c
                     where c.entity = {name} and split_part(c.bucket, ':', 1) = {kind})""",
            column=Fragment(column),
            name=_text(entity.name),
            kind=_text(kind),
        )
        for column in ("c.row_id", "cast(nullif(split_part(c.bucket, ':', 2), '') as uuid)")
    )
    return unscoped(
        _present_rows(entity, kind, item, visible, ids=ids, bucket_ids=bucket_ids), **entity.unscoped
    )


@lru_cache(maxsize=100)
def as_one_text(parts: tuple[Fragment, ...]) -> Fragment:
    """Return the expression of one text with the rows of `present_rows_of_changes`, for `rows_of_text`."""
    rows = Fragment.joined(" union all ", parts)
    return Fragment(
        """(select string_agg(concat_ws(chr(31), r.entity, r.kind, r.bucket_id, r.id, r.is_quiet, cast(r.body as text)),
                              chr(30)) from ({rows}) r)""",
        rows=rows,
    )


def rows_of_text(text: str | None) -> list[dict[str, Any]]:
    """Return the rows of a text that PostgreSQL made by `as_one_text`, with the columns of `rows_by_id`."""
    rows = []
    for row in text.split(_END_OF_ROW) if text else ():
        entity, kind, bucket_id, row_id, is_quiet, *body = row.split(_END_OF_COLUMN)
        rows.append(
            {
                "entity": entity,
                "kind": kind,
                "bucket_id": bucket_id,
                "id": row_id,
                "is_quiet": is_quiet == "t",
                "body": body[0].encode() if body else None,
            }
        )
    return rows


def versions(
    session: Session, reader: Reader, entity: Entity, kind: str, *, bucket_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Return the versions of all rows of an entity in buckets of one kind, to compute checksums.

    Columns: `bucket_id`, `id`, `version`. Only rows that the reader may see are returned.
    """
    visible = entity.visible(reader)
    binds = visible.binds | reader.binds | {"bucket_ids": list(bucket_ids)}
    return session.execute(_versions(entity, kind, visible.element), binds).all()


@lru_cache(maxsize=1_000)
def _versions(entity: Entity, kind: str, visible: ColumnElement[bool]) -> Fragment:
    statement = Fragment(
        """
        select cast({bucket_id} as text) bucket_id, cast({id} as text) id, {version} version
        from {source} where {is_member} and {visible}
        """,
        bucket_id=_bucket_id(entity, kind),
        id=entity.id,
        version=entity.version,
        source=entity.source_of(kind),
        is_member=_is_member(entity, kind, _BUCKET_IDS),
        visible=visible,
    )
    return unscoped(statement, **entity.unscoped)


def count_rows(session: Session, reader: Reader, entity: Entity, kind: str, *, bucket_id: UUID) -> int:
    """Return the number of rows of an entity in a bucket.

    Rows that the reader may not see are counted, too.
    """
    return int(session.execute(_count(entity, kind), reader.binds | {"bucket_ids": [bucket_id]}).scalar_one())


@lru_cache(maxsize=100)
def _count(entity: Entity, kind: str) -> Fragment:
    statement = Fragment(
        "select count(*) from {source} where {is_member}",
        source=entity.source_of(kind),
        is_member=_is_member(entity, kind, _BUCKET_IDS),
    )
    return unscoped(statement, **dict.fromkeys(SCOPED_TABLES, "only the size of a bucket is compared"))


def _bucket_id(entity: Entity, kind: str) -> Any:
    """Return the SQL expression for the bucket id of a row.

    It is the nil UUID if the reader has only one bucket of this kind.
    """
    bucket_id = entity.buckets[kind].id
    return _NIL_UUID if bucket_id is None else bucket_id


def _is_member(entity: Entity, kind: str, bucket_ids: Fragment) -> Fragment:
    """Return the condition that a row exists, has not expired, and is in one of the buckets."""
    bucket = entity.buckets[kind]
    return Fragment(
        "{live} and {in_buckets} and {condition} and {is_not_expired}",
        live=entity.live,
        in_buckets=Fragment("true")
        if bucket.id is None
        else Fragment("{id} = any({bucket_ids})", id=bucket.id, bucket_ids=bucket_ids),
        condition=bucket.condition,
        is_not_expired=Fragment("true")
        if entity.until is None
        else Fragment("coalesce({until} > {now}, true)", until=entity.until, now=NOW),
    )


def _row_json(entity: Entity, kind: str, item: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the SQL expression for the JSON of a row, in the form that a device receives."""
    bucket_id = entity.buckets[kind].id
    if bucket_id is None:
        bucket: Any = Fragment("cast({bucket} as text)", bucket=bindparam(f"only_{kind}", None))
    else:
        bucket = Fragment("{prefix} || {id}", prefix=_text(f"{kind}:"), id=bucket_id)
    return json_object(
        bucket=bucket,
        entity=_text(entity.name),
        id=entity.id,
        op=_text("P"),
        version=entity.version,
        until=_NO_END if entity.until is None else entity.until,
        data=item,
    )


def _single_bucket_bind(reader: Reader, entity: Entity, kind: str) -> dict[str, Any]:
    """Return the bind with the name of the only bucket of a kind, such as `worker:<id>`.

    The result is empty if a reader may have several buckets of this kind.
    """
    if entity.buckets[kind].id is not None:
        return {}
    return {f"only_{kind}": kind if kind == "global" else f"{kind}:{reader.actor.id}"}
