"""Routes of /places: search for named places, and the nearest place of a point."""

from typing import Any

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.places import schemas, service

blp = Blueprint("places", __name__, url_prefix="/api/v1/places", tag="Areas and rules")
BLUEPRINTS = (blp,)


@blp.route("/search")
@blp.guard(Permission.AREA_READ)
@blp.arguments(schemas.SearchQuery, location="query")
@blp.response(200, schemas.FoundPlaces)
@blp.reads
def search_places(query: dict[str, Any], *, session: Session) -> Response:
    """Search for places by words

    Finds streets, numbered buildings, landmarks and areas by Chinese words, by pinyin and by its initials; a number may
    follow the name of a street or compound. A component is found by its whole number. Streets, landmarks and areas
    are found in the jurisdictions of the caller. Addresses and compounds are found only where the caller may read
    addresses. Rooms, homes and residents are never found.
    """
    return json_bytes(service.search(session, authenticated_actor(), **query))


@blp.route("/near")
@blp.guard(Permission.AREA_READ)
@blp.arguments(schemas.NearQuery, location="query")
@blp.response(200, schemas.PlaceNear)
@blp.reads
def find_place_near(query: dict[str, Any], *, session: Session) -> Response:
    """Find the nearest place of a point

    Returns the nearest address or landmark of the register within `within_m` metres, and the grid of the point. A
    caller who may not read addresses there gets the street without the number, and no `id`.
    """
    return json_bytes(service.near(session, authenticated_actor(), **query))
