"""Pages of features and single ones."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, invalid_field
from app.ogc.queries import features as queries
from app.ogc.queries.features import Selection
from app.ogc.queries.filters import Compiler
from app.ogc.queries.sources import Reader, reader
from app.ogc.rules import cql2, tokens
from app.ogc.rules.collections import Collection, Property, shown
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import ItemsQuery, items_query

# (path below /ogc, query) -> the address of it
Link = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Page:
    """A FeatureCollection as JSON, its CRS, and what a page of HTML needs beside it."""

    body: bytes
    crs: Crs
    features: list[str]
    following: str | None
    matched: int | None


def items(
    session: Session,
    actor: Actor,
    collection: Collection,
    args: Sequence[tuple[str, str]],
    *,
    key: bytes,
    link: Link,
) -> Page:
    """The page of a collection that the parameters ask for, with its links and counts."""
    known = shown(collection, actor)
    query = items_query(collection, known, args)
    now = clock.now()
    source = reader(collection, actor, now)
    selection = selection_of(collection, source, known, query)
    about = tokens.question(collection.id, args, actor.id)
    after = tokens.read(key, about, query.cursor, len(query.sort) + 1) if query.cursor else None
    with answerable(query):
        rows = queries.page(
            session,
            collection,
            source,
            selection,
            properties=query.properties,
            crs=query.crs,
            order=query.sort,
            after=after,
            offset=query.offset,
            limit=query.limit,
            is_stable=query.filter is None,
        )
    shown_rows = rows[: query.limit]
    following = None
    if len(rows) > query.limit:
        kept = [(name, value) for name, value in args if name not in ("cursor", "offset", "f")]
        token = tokens.sign(key, about, shown_rows[-1][1:])
        following = urlencode([*kept, ("cursor", token)], safe=":/,")
    is_whole = following is None and query.cursor is None and query.offset == 0
    if is_whole:
        counts = {"numberMatched": len(rows)}
    else:
        with answerable(query):
            counts = _counts(session, collection, source, selection, query)
    return _page(collection, args, query, [row[0] for row in shown_rows], following, counts, link)


def item(
    session: Session,
    actor: Actor,
    collection: Collection,
    feature_id: str,
    *,
    crs: Crs,
    link: Link,
) -> tuple[bytes, int]:
    """One feature as GeoJSON with its links, and its version."""
    found = _feature(session, actor, collection, feature_id, shown(collection, actor), crs)
    path = f"/collections/{collection.id}"
    links = [
        _link(
            "self", link(f"{path}/items/{feature_id}", "f=json"), "application/geo+json", collection.title[0]
        ),
        _link("alternate", link(f"{path}/items/{feature_id}", "f=html"), "text/html", "As a page"),
        _link("collection", link(path, ""), "application/json", collection.title[0]),
    ]
    return found["feature"].encode()[:-1] + b',"links":' + orjson.dumps(links) + b"}", int(found["version"])


def _feature(
    session: Session,
    actor: Actor,
    collection: Collection,
    feature_id: str,
    properties: Sequence[Property],
    crs: Crs,
) -> Any:
    try:
        wanted = UUID(feature_id)
    except ValueError:
        raise NotFound("not_found") from None
    source = reader(collection, actor, clock.now())
    try:
        with queries.answered():
            found = queries.feature(session, collection, source, wanted, properties=properties, crs=crs)
    except queries.Unanswerable:
        raise invalid_field("crs", "out_of_range") from None
    if found is None:
        raise NotFound("not_found")
    return found


def selection_of(
    collection: Collection, source: Reader, known: Sequence[Property], query: ItemsQuery
) -> Selection:
    """What the parameters leave of a collection."""
    selection = Selection()
    if query.boxes:
        queries.in_boxes(selection, collection, query.boxes, query.bbox_crs)
    if query.interval is not None and collection.when is not None:
        queries.in_interval(selection, collection, query.interval)
    for prop, value in query.equal:
        queries.equals(selection, source, prop, value)
    if query.filter is not None:
        filterable = {p.name: p for p in known if p.is_filterable}
        compiler = Compiler(collection, source, filterable, query.filter_crs)
        try:
            condition = compiler.condition(cql2.read(query.filter, query.filter_lang))
        except cql2.Fault as fault:
            raise invalid_field("filter", fault.code, **fault.params) from None
        selection.add(condition, **compiler.binds.values)
    return selection


@contextmanager
def answerable(query: ItemsQuery) -> Iterator[None]:
    """What PostgreSQL cannot work out was asked by a filter, or by a reference system."""
    try:
        with queries.answered():
            yield
    except queries.Unanswerable:
        name = "filter" if query.filter is not None else "crs"
        raise invalid_field(name, "out_of_range") from None


def _counts(
    session: Session, collection: Collection, source: Reader, selection: Selection, query: ItemsQuery
) -> dict[str, int]:
    """Exactly, up to a limit; above it what the planner thinks, under a name that says so."""
    found = queries.count(session, collection, source, selection, is_stable=query.filter is None)
    if found <= queries.COUNTED:
        return {"numberMatched": found}
    thought = queries.estimate(session, collection, source, selection)
    return {"numberMatchedEstimate": max(thought, found)}


def _page(
    collection: Collection,
    args: Sequence[tuple[str, str]],
    query: ItemsQuery,
    found: list[str],
    following: str | None,
    counts: dict[str, int],
    link: Link,
) -> Page:
    path = f"/collections/{collection.id}"
    asked = [(name, value) for name, value in args if name != "f"]
    links = [
        _link(
            rel,
            link(f"{path}/items", urlencode([*asked, ("f", form)], safe=":/,")),
            media,
            title,
        )
        for rel, form, media, title in (
            ("self", "json", "application/geo+json", collection.title[0]),
            ("alternate", "html", "text/html", "As a page"),
        )
    ]
    links.append(_link("collection", link(path, ""), "application/json", collection.title[0]))
    if following is not None:
        links.append(
            _link("next", link(f"{path}/items", f"{following}&f=json"), "application/geo+json", "Next page")
        )
    at = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    head = {"links": links, "timeStamp": at, "numberReturned": len(found), **counts}
    body = b"".join(
        (
            b'{"type":"FeatureCollection",',
            orjson.dumps(head)[1:-1],
            b',"features":[',
            ",".join(found).encode(),
            b"]}",
        )
    )
    return Page(body, query.crs, found, following, counts.get("numberMatched"))


def _link(rel: str, href: str, media: str, title: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media, "title": title}
