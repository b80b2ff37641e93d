"""All rows that somebody asks for, for whoever makes files of them: the questions and the answers of pages, without pages."""

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
from app.ogc.rules.collections import Collection, Property, shown
from app.ogc.rules.parameters import ItemsQuery, items_query
from app.ogc.rules.rows import Form
from app.ogc.service.describing import named
from app.ogc.service.items import answerable, selection_of

# Rows that come together, each as its `Form` says.
Chunk = Sequence[Sequence[Any]]
_OF_PAGES = ("f", "limit", "offset", "cursor")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, checked, under the rights that its actor has now."""

    collection: Collection
    query: ItemsQuery
    source: Reader
    selection: Selection

    @property
    def properties(self) -> Sequence[Property]:
        return self.query.properties


def ask(actor: Actor, collection_id: str, args: Sequence[tuple[str, str]], *, now: datetime) -> Question:
    """Read the parameters of items, but those of pages. Raises NotFound, Forbidden, Invalid as items do."""
    collection = named(actor, collection_id)
    for name, _ in args:
        if name in _OF_PAGES:
            raise invalid_field(name, "unknown_field")
    known = shown(collection, actor)
    query = items_query(collection, known, args)
    source = file_reader(collection, actor, now)
    return Question(collection, query, source, selection_of(collection, source, known, query))


def count_up_to(session: Session, question: Question, most: int) -> int:
    """How many rows there are; `most` + 1 if there are more than `most`."""
    with answerable(question.query):
        return features.count(session, question.collection, question.source, question.selection, most=most)


def take(session: Session, question: Question, form: Form, *, chunk: int) -> Iterator[Chunk]:
    """The rows, `chunk` at a time, in the order asked for, else by id; as `Form` says. Needs a transaction."""
    with answerable(question.query):
        yield from rows.rows(
            session,
            question.collection,
            question.source,
            question.selection,
            form=form,
            properties=question.properties,
            crs=question.query.crs,
            order=question.query.sort,
            chunk=chunk,
        )
