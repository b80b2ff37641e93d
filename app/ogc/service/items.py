"""Use cases of items: pages of features, and single features."""

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
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
from app.ogc.queries.paging import PageQuery, Rows, read_page
from app.ogc.queries.sources import Reader, reader
from app.ogc.rules import cql2, cursor_tokens
from app.ogc.rules.collections import Collection, Property, visible_properties
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import ItemsQuery, Sort, items_query

# For this time a count over the limit is not repeated, because the response has only an estimate of it.
_WIDE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page of features.

    Attributes:
        body: A GeoJSON FeatureCollection with links and counts.
        features: The features as JSON without brackets, for the HTML page.
        next_query: The query string of the next page; None: this is the last page.
        matched: The number of matches on all pages; None: unknown.
    """

    body: bytes
    crs: Crs
    features: bytes
    next_query: str | None
    matched: int | None


class _EstimateCache:
    """A cache of the planner's estimates of the number of matches.

    Estimates are used for queries with more matches than are counted. An entry expires after `_WIDE_SECONDS`.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, cache_key: bytes) -> int | None:
        with self._lock:
            entry = self._entries.get(cache_key)
        return entry[1] if entry and monotonic() - entry[0] < _WIDE_SECONDS else None

    def put(self, cache_key: bytes, estimate: int) -> None:
        with self._lock:
            self._entries[cache_key] = (monotonic(), estimate)
            self._entries.move_to_end(cache_key)
            while len(self._entries) > 1_000:
                self._entries.popitem(last=False)


_estimates = _EstimateCache()
_GEOJSON = "application/geo+json"


def items(
    actor: Actor, collection: Collection, args: Sequence[tuple[str, str]], *, key: bytes, base_url: str
) -> Page:
    """Return the requested page of a collection, with links and counts."""
    properties = visible_properties(collection, actor)
    query = items_query(collection, properties, args)
    now = clock.now()
    source = reader(collection, actor, now)
    selection = selection_of(collection, source, properties, query)
    query_digest = cursor_tokens.query_digest(collection.id, args, actor.id)
    order = query.sort
    if not order and collection.natural_order:
        order = [Sort(collection.properties_by_name[collection.natural_order])]
    page_query = PageQuery(
        collection,
        source,
        selection,
        properties=query.properties,
        crs=query.crs,
        order=order,
        after=cursor_tokens.read(key, query_digest, query.cursor, len(order) + 1) if query.cursor else None,
        offset=query.offset,
        limit=query.limit,
        is_narrow=query.is_narrow,
        is_stable=not selection.conditions,
    )
    cache_key = query_digest + str(actor.permission_epoch).encode()
    estimate = _estimates.get(cache_key)
    with invalid_values_refused(query):
        rows = read_page(page_query, is_counted=estimate is None)
        if rows.matched is None and estimate is None:
            estimate = max(queries.estimate(collection, source, selection), queries.COUNTED + 1)
            _estimates.put(cache_key, estimate)
    counts = {"numberMatchedEstimate": cast(int, estimate)}
    if rows.matched is not None:
        counts = {"numberMatched": rows.matched}
    query_string, next_query = _encoded(args, "f"), None
    if rows.has_more and rows.last:
        is_first = not any(name in ("cursor", "offset") for name, _ in args)
        same_query = query_string if is_first else _encoded(args, "f", "cursor", "offset")
        # A token has only characters that are not encoded.
        token = cursor_tokens.sign(key, query_digest, rows.last)
        next_query = f"{same_query}&cursor={token}" if same_query else f"cursor={token}"
    return _feature_collection(collection, query_string, query, rows, next_query, counts, base_url)


# Values that stay as they are in a query string.
_UNENCODED = re.compile(r"[A-Za-z0-9_.~:/,-]*")


def _encoded(args: Sequence[tuple[str, str]], *left_out: str) -> str:
    """Return the query string of the parameters, without some of them."""
    pairs = [(name, value) for name, value in args if name not in left_out]
    if all(map(_UNENCODED.fullmatch, chain.from_iterable(pairs))):
        return "&".join(map("=".join, pairs))
    return urlencode(pairs, safe=":/,")


def item(
    actor: Actor,
    collection: Collection,
    feature_id: str,
    *,
    crs: Crs,
    base_url: str,
    session: Session | None = None,
) -> tuple[bytes, int]:
    """Return a feature as GeoJSON with links, and its version.

    Args:
        session: The session whose transaction reads the feature; None: a read-only connection of its own.
    """
    row = _feature(session, actor, collection, feature_id, visible_properties(collection, actor), crs)
    collection_url, title = f"{base_url}/collections/{collection.id}", collection.title[0]
    links = [
        _link("self", f"{collection_url}/items/{feature_id}?f=json", _GEOJSON, title),
        _link("alternate", f"{collection_url}/items/{feature_id}?f=html", "text/html", "As a page"),
        _link("collection", collection_url, "application/json", title),
    ]
    return row["feature"].encode()[:-1] + b',"links":' + orjson.dumps(links) + b"}", int(row["version"])


def _feature(
    session: Session | None,
    actor: Actor,
    collection: Collection,
    feature_id: str,
    properties: Sequence[Property],
    crs: Crs,
) -> Any:
    try:
        feature_uuid = UUID(feature_id)
    except ValueError:
        raise NotFound("not_found") from None
    source = reader(collection, actor, clock.now())
    try:
        with queries.translate_data_errors():
            row = queries.feature(
                collection, source, feature_uuid, properties=properties, crs=crs, session=session
            )
    except queries.InvalidValues:
        raise invalid_field("crs", "out_of_range") from None
    if row is None:
        raise NotFound("not_found")
    return row


@lru_cache(maxsize=100)
def _tree(text: str, lang: str) -> cql2.Tree:
    """Return the parsed tree of a filter; the results are cached.

    A map sends the same filter for each of its boxes. Callers must not modify the tree.
    """
    return cql2.parse_filter(text, lang)


def selection_of(
    collection: Collection, source: Reader, properties: Sequence[Property], query: ItemsQuery
) -> Selection:
    """Return the WHERE conditions of the query's boxes, interval, property values and filter."""
    selection = Selection()
    if query.boxes:
        queries.in_boxes(selection, collection, query.boxes, query.bbox_crs)
    if query.interval is not None and collection.when is not None:
        queries.in_interval(selection, collection, query.interval)
    for prop, value in query.equal:
        queries.equals(selection, source, prop, value)
    if query.filter is not None:
        filterable = {p.name: p for p in properties if p.is_filterable}
        compiler = Compiler(collection, filterable, query.filter_crs)
        try:
            condition = compiler.condition(_tree(query.filter, query.filter_lang))
        except cql2.Fault as fault:
            raise invalid_field("filter", fault.code, **fault.params) from None
        selection.add(source.expression(condition), **compiler.binds.values)
    return selection


@contextmanager
def invalid_values_refused(query: ItemsQuery) -> Iterator[None]:
    """Raise Invalid if PostgreSQL rejects values of the request inside the block.

    The error names the parameter with these values: the filter or, without a filter, the CRS.
    """
    try:
        with queries.translate_data_errors():
            yield
    except queries.InvalidValues:
        name = "filter" if query.filter is not None else "crs"
        raise invalid_field(name, "out_of_range") from None


def _feature_collection(
    collection: Collection,
    query_string: str,
    query: ItemsQuery,
    rows: Rows,
    next_query: str | None,
    counts: dict[str, int],
    base_url: str,
) -> Page:
    path = f"/collections/{collection.id}"
    items_url, title = f"{base_url}{path}/items", collection.title[0]
    start = f"{items_url}?{query_string}&f=" if query_string else f"{items_url}?f="
    links = [
        _link("self", f"{start}json", _GEOJSON, title),
        _link("alternate", f"{start}html", "text/html", "As a page"),
        _link("collection", items_url.removesuffix("/items"), "application/json", title),
    ]
    if next_query is not None:
        links.append(_link("next", f"{items_url}?{next_query}&f=json", _GEOJSON, "Next page"))
    timestamp = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    head = {"links": links, "timeStamp": timestamp, "numberReturned": rows.returned, **counts}
    body = b"".join(
        (
            b'{"type":"FeatureCollection",',
            orjson.dumps(head)[1:-1],
            b',"features":[',
            rows.features,
            b"]}",
        )
    )
    return Page(body, query.crs, rows.features, next_query, counts.get("numberMatched"))


def _link(rel: str, href: str, media: str, title: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media, "title": title}
