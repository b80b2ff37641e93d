"""What there is: landing page, collections that the reader may read, the API document."""

from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.ogc.queries import features as queries
from app.ogc.rules import describing
from app.ogc.rules.collections import COLLECTIONS, Collection, shown
from app.ogc.rules.describing import Link
from app.ogc.rules.document import document


def landing(link: Link, lang: str) -> dict[str, Any]:
    return describing.landing(link, lang)


def conformance(link: Link) -> dict[str, Any]:
    return describing.conformance(link)


@lru_cache(maxsize=50)
def api(url: str, lang: str) -> bytes:
    """The API document as JSON; all of it is told by the registry, so it is made once for each address."""
    return orjson.dumps(document(url, lang))


def collections(session: Session, actor: Actor, link: Link, lang: str) -> dict[str, Any]:
    """Those collections that the actor may read."""
    extent = queries.extent(session, actor)
    found = [
        describing.collection(one, link, lang, extent=extent)
        for one in COLLECTIONS.values()
        if actor.may(one.needs)
    ]
    return describing.collections(found, link)


def collection(session: Session, actor: Actor, one: Collection, link: Link, lang: str) -> dict[str, Any]:
    return describing.collection(one, link, lang, extent=queries.extent(session, actor))


def extent(session: Session, actor: Actor) -> list[float] | None:
    """The box around the actor's jurisdictions, in degrees: west, south, east, north."""
    return queries.extent(session, actor)


def own_extent(session: Session, actor: Actor) -> list[float]:
    """The box around the places where the actor looks, else around their jurisdictions, else the world; as `extent`."""
    own = queries.own_extent(session, actor, clock.now())
    return own or queries.extent(session, actor) or [-180.0, -85.0, 180.0, 85.0]


def queryables(actor: Actor, one: Collection, link: Link, lang: str) -> dict[str, Any]:
    return describing.queryables(one, shown(one, actor), link, lang)


def schema(actor: Actor, one: Collection, link: Link, lang: str) -> dict[str, Any]:
    return describing.schema(one, shown(one, actor), link, lang)


def named(actor: Actor, collection_id: str) -> Collection:
    """The collection of this name, if the actor may read it."""
    one = COLLECTIONS.get(collection_id)
    if one is None:
        raise NotFound("not_found")
    if not actor.may(one.needs):
        raise Forbidden("permission_missing", permission=one.needs.value)
    return one
