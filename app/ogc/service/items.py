"""Pages of features and single ones."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import Any, cast
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
from app.ogc.queries.paging import Question, Rows, page
from app.ogc.queries.sources import Reader, reader
from app.ogc.rules import cql2, tokens
from app.ogc.rules.collections import Collection, Property, shown
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import ItemsQuery, Sort, items_query

# (path below /ogc, query) -> the address of it
Link = Callable[[str, str], str]


# Until then a count over the limit stays a count over the limit: only an estimate is said of it anyway.
_WIDE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Page:
    """A FeatureCollection as JSON, its CRS, and what a page of HTML needs beside it; `features` have no brackets."""

    body: bytes
    crs: Crs
    features: bytes
    following: str | None
    matched: int | None


class _Wide:
    """Questions that were found to have more matches than are counted, each with the estimate, for a while."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, about: bytes) -> int | None:
        with self._lock:
            found = self._kept.get(about)
        return found[1] if found and monotonic() - found[0] < _WIDE_SECONDS else None

    def put(self, about: bytes, thought: int) -> None:
        with self._lock:
            self._kept[about] = (monotonic(), thought)
            self._kept.move_to_end(about)
            while len(self._kept) > 1_000:
                self._kept.popitem(last=False)


_wide = _Wide()
_GEOJSON = "application/geo+json"


def items(
    actor: Actor, collection: Collection, args: Sequence[tuple[str, str]], *, key: bytes, link: Link
) -> Page:
    """The page of a collection that the parameters ask for, with its links and counts."""
    known = shown(collection, actor)
    query = items_query(collection, known, args)
    now = clock.now()
    source = reader(collection, actor, now)
    selection = selection_of(collection, source, known, query)
    about = tokens.question(collection.id, args, actor.id)
    order = query.sort
    if not order and collection.natural:
        order = [Sort(collection.named[collection.natural])]
    asked = Question(
        collection,
        source,
        selection,
        properties=query.properties,
        crs=query.crs,
        order=order,
        after=tokens.read(key, about, query.cursor, len(order) + 1) if query.cursor else None,
        offset=query.offset,
        limit=query.limit,
        is_narrow=query.is_narrow,
        is_stable=not selection.conditions,
    )
    wide = about + str(actor.permission_epoch).encode()
    thought = _wide.get(wide)
    with answerable(query):
        rows = page(asked, is_counted=thought is None)
        if rows.matched is None and thought is None:
            thought = max(queries.estimate(collection, source, selection), queries.COUNTED + 1)
            _wide.put(wide, thought)
    counts = {"numberMatchedEstimate": cast(int, thought)}
    if rows.matched is not None:
        counts = {"numberMatched": rows.matched}
    following = None
    if rows.has_more and rows.last:
        kept = [(name, value) for name, value in args if name not in ("cursor", "offset", "f")]
        following = urlencode([*kept, ("cursor", tokens.sign(key, about, rows.last))], safe=":/,")
    return _page(collection, args, query, rows, following, counts, link)


def item(
    actor: Actor,
    collection: Collection,
    feature_id: str,
    *,
    crs: Crs,
    link: Link,
    session: Session | None = None,
) -> tuple[bytes, int]:
    """One feature as GeoJSON with its links, and its version. With `session`, as its transaction has left it."""
    found = _feature(session, actor, collection, feature_id, shown(collection, actor), crs)
    here, title = link(f"/collections/{collection.id}", ""), collection.title[0]
    links = [
        _link("self", f"{here}/items/{feature_id}?f=json", _GEOJSON, title),
        _link("alternate", f"{here}/items/{feature_id}?f=html", "text/html", "As a page"),
        _link("collection", here, "application/json", title),
    ]
    return found["feature"].encode()[:-1] + b',"links":' + orjson.dumps(links) + b"}", int(found["version"])


def _feature(
    session: Session | None,
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
            found = queries.feature(
                collection, source, wanted, properties=properties, crs=crs, session=session
            )
    except queries.Unanswerable:
        raise invalid_field("crs", "out_of_range") from None
    if found is None:
        raise NotFound("not_found")
    return found


@lru_cache(maxsize=100)
def _tree(given: str, lang: str) -> cql2.Tree:
    """A map asks for each of its boxes with the same filter. Nobody changes a tree."""
    return cql2.read(given, lang)


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
            condition = compiler.condition(_tree(query.filter, query.filter_lang))
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


def _page(
    collection: Collection,
    args: Sequence[tuple[str, str]],
    query: ItemsQuery,
    rows: Rows,
    following: str | None,
    counts: dict[str, int],
    link: Link,
) -> Page:
    path = f"/collections/{collection.id}"
    said = urlencode([(name, value) for name, value in args if name != "f"], safe=":/,")
    here, title = link(f"{path}/items", ""), collection.title[0]
    start = f"{here}?{said}&f=" if said else f"{here}?f="
    links = [
        _link("self", f"{start}json", _GEOJSON, title),
        _link("alternate", f"{start}html", "text/html", "As a page"),
        _link("collection", here.removesuffix("/items"), "application/json", title),
    ]
    if following is not None:
        links.append(_link("next", f"{here}?{following}&f=json", _GEOJSON, "Next page"))
    at = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    head = {"links": links, "timeStamp": at, "numberReturned": rows.returned, **counts}
    body = b"".join(
        (
            b'{"type":"FeatureCollection",',
            orjson.dumps(head)[1:-1],
            b',"features":[',
            rows.features,
            b"]}",
        )
    )
    return Page(body, query.crs, rows.features, following, counts.get("numberMatched"))


def _link(rel: str, href: str, media: str, title: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media, "title": title}
