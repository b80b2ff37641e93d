"""Use cases of places: search, the nearest place of a point, the point of a typed place."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import invalid_field
from app.places import queries
from app.places.rules import NEAR_WITHIN_M, read_search
from app.places.scope import address_reach

__all__ = ["address_reach", "named_point", "near", "point_of_place", "point_of_text", "search"]

# How many places a typed text is compared with.
_CANDIDATES = 10


def search(session: Session, actor: Actor, *, q: str, limit: int = 10) -> bytes:
    """Return the places that a text finds, best first, as JSON."""
    items = queries.search(session, actor, read_search(q), limit=limit, now=clock.now())
    return b'{"items":' + items + b"}"


def near(
    session: Session,
    actor: Actor,
    *,
    lon: float,
    lat: float,
    coord_sys: str = "wgs84",
    within_m: float = NEAR_WITHIN_M,
) -> bytes:
    """Return the nearest address, landmark or street to a point, and the grid of the point, as JSON."""
    lon, lat = to_wgs84(lon, lat, CoordSys(coord_sys))
    return queries.near(session, actor, lon=lon, lat=lat, within_m=within_m, now=clock.now())


def point_of_place(session: Session, actor: Actor, place_id: UUID, *, now: datetime) -> tuple[float, float]:
    """Return longitude and latitude (WGS 84) of a place.

    Raises:
        Invalid: There is no such place, or the actor does not see it (`place_unknown`).
    """
    lon, lat, _ = named_point(session, actor, place_id, now=now)
    return lon, lat


def named_point(
    session: Session, actor: Actor, place_id: UUID, *, now: datetime
) -> tuple[float, float, dict[str, str]]:
    """Return longitude, latitude (WGS 84) and name of a place.

    Raises:
        Invalid: There is no such place, or the actor does not see it (`place_unknown`).
    """
    row = queries.point_of(session, actor, place_id, now=now)
    if row is None:
        raise invalid_field("place_id", "place_unknown")
    return row["lon"], row["lat"], row["name"]


def point_of_text(session: Session, actor: Actor, text: str, *, now: datetime) -> tuple[float, float]:
    """Return longitude and latitude (WGS 84) of the only place that a text names.

    Raises:
        Invalid: The text names no place that the actor sees (`place_unknown`), or several (`place_ambiguous`).
    """
    listed = queries.search(session, actor, read_search(text), limit=_CANDIDATES, now=now)
    items: list[dict[str, Any]] = orjson.loads(listed)
    named = [item for item in items if item["is_exact"]] or items
    if not named:
        raise invalid_field("place", "place_unknown")
    if len(named) > 1:
        raise invalid_field("place", "place_ambiguous")
    lon, lat = named[0]["location"]["coordinates"]
    return lon, lat
