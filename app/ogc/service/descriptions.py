"""Use cases of discovery: landing page, readable collections, schemas, the API document."""

from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.ogc.queries import features as queries
from app.ogc.rules import descriptions
from app.ogc.rules.collections import COLLECTIONS, Collection, visible_properties
from app.ogc.rules.descriptions import Link
from app.ogc.rules.document import document


def landing(link: Link, lang: str) -> dict[str, Any]:
    """Return the landing page."""
    return descriptions.landing(link, lang)


def conformance(link: Link) -> dict[str, Any]:
    """Return the list of conformance classes."""
    return descriptions.conformance(link)


@lru_cache(maxsize=50)
def api(url: str, lang: str, *, has_base_map: bool) -> bytes:
    """Return the API document as JSON. It depends on the registry and the settings, so it is cached for each URL."""
    return orjson.dumps(document(url, lang, has_base_map=has_base_map))


def collections(session: Session, actor: Actor, link: Link, lang: str) -> dict[str, Any]:
    """Return the descriptions of the collections that the actor may read."""
    extent = queries.extent(session, actor)
    bodies = [
        descriptions.collection(collection, link, lang, extent=extent)
        for collection in COLLECTIONS.values()
        if actor.may(collection.needs)
    ]
    return descriptions.collections(bodies, link)


def collection(
    session: Session, actor: Actor, collection: Collection, link: Link, lang: str
) -> dict[str, Any]:
    """Return the description of a collection."""
    return descriptions.collection(collection, link, lang, extent=queries.extent(session, actor))


def extent(session: Session, actor: Actor) -> list[float] | None:
    """Return the bounding box of the actor's jurisdictions: west, south, east, north in degrees."""
    return queries.extent(session, actor)


def scope_extent(session: Session, actor: Actor) -> list[float]:
    """Return the bounding box of the areas that the actor may read.

    The box is west, south, east, north in degrees. If the actor may read no area, it is the box of the actor's jurisdictions.
    If the actor has no jurisdiction, it is the world.
    """
    own_box = queries.scope_extent(session, actor, clock.now())
    return own_box or queries.extent(session, actor) or [-180.0, -85.0, 180.0, 85.0]


def queryables(actor: Actor, collection: Collection, link: Link, lang: str) -> dict[str, Any]:
    """Return the JSON Schema of the properties by which the actor may filter a collection."""
    return descriptions.queryables(collection, visible_properties(collection, actor), link, lang)


def schema(actor: Actor, collection: Collection, link: Link, lang: str) -> dict[str, Any]:
    """Return the JSON Schema of a collection's features as the actor reads them."""
    return descriptions.schema(collection, visible_properties(collection, actor), link, lang)


def readable_collection(actor: Actor, collection_id: str) -> Collection:
    """Return the collection with this id.

    Raises:
        NotFound: There is no such collection.
        Forbidden: The actor may not read it.
    """
    collection = COLLECTIONS.get(collection_id)
    if collection is None:
        raise NotFound("not_found")
    if not actor.may(collection.needs):
        raise Forbidden("permission_missing", permission=collection.needs.value)
    return collection
