"""Use cases that read all rows of a query, without pages, for export files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import invalid_field
from app.ogc.queries import features, rows
from app.ogc.queries.features import Selection
from app.ogc.queries.sources import Reader, file_reader
from app.ogc.rules.collections import Collection, Property, visible_properties
from app.ogc.rules.parameters import ItemsQuery, items_query
from app.ogc.rules.row_forms import Form
from app.ogc.service.descriptions import readable_collection
from app.ogc.service.items import invalid_values_refused, selection_of

# Rows of one batch, each in the shape of its `Form`.
Chunk = Sequence[Sequence[Any]]
_PAGE_PARAMETERS = ("f", "limit", "offset", "cursor")


@dataclass(frozen=True, slots=True)
class RowQuery:
    """A validated query of a collection under the actor's current permissions."""

    collection: Collection
    query: ItemsQuery
    source: Reader
    selection: Selection

    @property
    def properties(self) -> Sequence[Property]:
        return self.query.properties


def build_query(
    actor: Actor, collection_id: str, args: Sequence[tuple[str, str]], *, now: datetime
) -> RowQuery:
    """Parse the query parameters of items, except those of pages.

    Raises:
        NotFound: There is no such collection.
        Forbidden: The actor may not read it.
        Invalid: A parameter is wrong.
    """
    collection = readable_collection(actor, collection_id)
    for name, _ in args:
        if name in _PAGE_PARAMETERS:
            raise invalid_field(name, "unknown_field")
    properties = visible_properties(collection, actor)
    query = items_query(collection, properties, args)
    source = file_reader(collection, actor, now)
    return RowQuery(collection, query, source, selection_of(collection, source, properties, query))


def count_up_to(session: Session, row_query: RowQuery, limit: int) -> int:
    """Return the number of rows of the query, or `limit` + 1 if there are more than `limit`."""
    with invalid_values_refused(row_query.query):
        return features.count(
            session, row_query.collection, row_query.source, row_query.selection, limit=limit
        )


def take(session: Session, row_query: RowQuery, form: Form, *, chunk: int) -> Iterator[Chunk]:
    """Yield all rows of the query in batches of `chunk`, in the requested order, else by id.

    Args:
        session: A transaction whose snapshot stays the same until the last row is read.
    """
    with invalid_values_refused(row_query.query):
        yield from rows.rows(
            session,
            row_query.collection,
            row_query.source,
            row_query.selection,
            form=form,
            properties=row_query.properties,
            crs=row_query.query.crs,
            order=row_query.query.sort,
            chunk=chunk,
        )
