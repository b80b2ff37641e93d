"""SQL that streams all rows of a selection, for files."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.ogc.queries.features import Selection, conditions, feature_text, order_by_sql, translate_data_errors
from app.ogc.queries.sources import Reader
from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import Sort
from app.ogc.rules.row_forms import Form


def rows(
    session: Session,
    collection: Collection,
    reader: Reader,
    selection: Selection,
    *,
    form: Form,
    properties: Sequence[Property],
    crs: Crs,
    order: Sequence[Sort],
    chunk: int,
) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield all rows, `chunk` at a time, through a server-side cursor, in constant memory.

    Needs a transaction with one snapshot until the last row is read.
    """
    sql = f"""
      select {", ".join(_columns(collection, reader, properties, crs, form))}
      from {reader.sql(collection.source)} where {" and ".join(conditions(collection, reader, selection))}
      order by {", ".join([*(order_by_sql(reader, s) for s in order), collection.key])}
    """
    with (
        translate_data_errors(),
        session.execute(
            text(sql),
            reader.binds | selection.binds,
            execution_options={"stream_results": True, "yield_per": chunk},
        ) as result,
    ):
        yield from result.partitions(chunk)


def _columns(
    collection: Collection, reader: Reader, properties: Sequence[Property], crs: Crs, form: Form
) -> list[str]:
    if form is Form.FEATURE:
        return [feature_text(collection, reader, properties, replace(crs, is_north_first=False))]
    shape = collection.geometry
    if crs.srid != 4326:
        shape = f"ST_Transform({shape}, {crs.srid})"
    if form is Form.TYPED:
        geometry_sql = [f"ST_AsBinary({shape})"]
        values = [_typed_value(p.kind, reader.sql(p.sql)) for p in properties]
    else:
        geometry_sql = [f"ST_X({shape})", f"ST_Y({shape})"]
        if collection.geometry_kind != "Point":
            geometry_sql = [f"ST_AsText({shape}, {crs.digits})"]
        values = [_text_value(p.kind, reader.sql(p.sql)) for p in properties]
    return [f"cast({collection.key} as text)", *geometry_sql, *values]


def _typed_value(kind: Kind, sql: str) -> str:
    match kind:
        case Kind.UUID:
            return f"cast({sql} as text)"
        case Kind.DATE:
            return f"({sql}) - date '1970-01-01'"
        case Kind.INSTANT:
            return f"cast(floor(extract(epoch from {sql}) * 1000) as bigint)"
    return sql


def _text_value(kind: Kind, sql: str) -> str:
    match kind:
        case Kind.UUID | Kind.DATE:
            return f"cast({sql} as text)"
        case Kind.INSTANT:
            return f"""to_char({sql}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
    return sql
