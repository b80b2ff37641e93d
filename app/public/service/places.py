"""Places for people without an account: streets and landmarks, never addresses."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.places import service as places
from app.public.service.city import PublicCity

# Kinds that name a spot. An area is too large for one.
_KINDS = ("street", "landmark")
_MOST = 8


def public_places(session: Session, city: PublicCity, words: str) -> list[dict[str, Any]]:
    """Return the streets and landmarks that words find, best first: `place_id`, `kind`, `name`, `lon`, `lat`."""
    items = orjson.loads(places.search(session, city.actor, q=words, limit=30))["items"]
    matches: list[dict[str, Any]] = []
    for item in items:
        if item["kind"] in _KINDS:
            lon, lat = item["location"]["coordinates"]
            matches.append(
                {
                    "place_id": UUID(item["id"]),
                    "kind": item["kind"],
                    "name": item["name"],
                    "area": (item["grid"] or {}).get("name"),
                    "lon": lon,
                    "lat": lat,
                }
            )
    return matches[:_MOST]


def place_by_id(session: Session, city: PublicCity, place_id: UUID) -> dict[str, Any]:
    """Return a street or landmark with its point and name.

    Raises:
        Invalid: There is no such place, or it is no public one (`place_unknown`).
    """
    lon, lat, name = places.named_point(session, city.actor, place_id, now=clock.now())
    return {"place_id": place_id, "name": name, "lon": lon, "lat": lat}


def place_near(session: Session, city: PublicCity, lon: float, lat: float) -> dict[str, Any]:
    """Return a point (WGS 84) with the name of the nearest street or landmark; the name is None if none is near."""
    near = orjson.loads(places.near(session, city.actor, lon=lon, lat=lat))["place"]
    return {"place_id": None, "name": near["name"] if near else None, "lon": lon, "lat": lat}
