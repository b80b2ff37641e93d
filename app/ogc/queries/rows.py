"""Reading of all rows of a selection as a stream, for export files."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.ogc.queries.features import Selection, feature_text, in_crs, order_by, translate_data_errors
from app.ogc.queries.sources import Reader, constant
from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import Sort
from app.ogc.rules.row_forms import Form


# The parts of a query that a file shares with a page, and what only a file has.
def rows(  # noqa: PLR0913
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
    """Yield all rows of a selection in chunks through a server-side cursor, in constant memory.

    Args:
        session: A transaction whose snapshot stays the same until the last row is read.
        chunk: Number of rows in one chunk.
    """
    order_terms = [*(order_by(reader, sort) for sort in order), constant(collection.key)]
    statement = Fragment(
        "select {columns} from {source} where {conditions} order by {order}",
        columns=Fragment.joined(", ", _columns(collection, reader, properties, crs, form)),
        source=reader.expression(collection.source),
        conditions=reader.conditions(collection, selection.conditions),
        order=Fragment.joined(", ", order_terms),
    )
    with (
        translate_data_errors(),
        session.execute(
            statement,
            reader.binds | selection.binds,
            execution_options={"stream_results": True, "yield_per": chunk},
        ) as result,
    ):
        yield from result.partitions(chunk)


def _columns(
    collection: Collection, reader: Reader, properties: Sequence[Property], crs: Crs, form: Form
) -> list[Fragment]:
    if form is Form.FEATURE:
        return [feature_text(collection, reader, properties, replace(crs, is_north_first=False))]
    shape = in_crs(constant(collection.geometry), crs)
    if form is Form.TYPED:
        shapes = [Fragment("ST_AsBinary({shape})", shape=shape)]
        values = [Fragment(_TYPED.get(p.kind, "{value}"), value=reader.value(p)) for p in properties]
    else:
        shapes = [Fragment("ST_X({shape})", shape=shape), Fragment("ST_Y({shape})", shape=shape)]
        if collection.geometry_kind != "Point":
            shapes = [Fragment("ST_AsText({shape}, {digits})", shape=shape, digits=constant(str(crs.digits)))]
        values = [Fragment(_AS_TEXT.get(p.kind, "{value}"), value=reader.value(p)) for p in properties]
    return [Fragment("cast({key} as text)", key=constant(collection.key)), *shapes, *values]


# Days and milliseconds since 1970, as files have them.
_TYPED = {
    Kind.UUID: "cast({value} as text)",
    Kind.DATE: "({value}) - date '1970-01-01'",
    Kind.INSTANT: "cast(floor(extract(epoch from {value}) * 1000) as bigint)",
}
_AS_TEXT = {
    Kind.UUID: "cast({value} as text)",
    Kind.DATE: "cast({value} as text)",
    Kind.INSTANT: """to_char({value}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')""",
}
