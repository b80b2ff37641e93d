"""Use cases that read the current and past division tree of the actor's jurisdictions."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.areas.queries import area_documents as queries
from app.core.actor import Actor
from app.core.coordinates import to_wgs84
from app.core.errors import NotFound
from app.core.paging import key_after, page_body


def list_areas(
    session: Session,
    actor: Actor,
    *,
    geometry: bool = True,
    limit: int = 100,
    cursor: str | None = None,
    **filters: Any,
) -> bytes:
    """Return a page of current areas as a GeoJSON FeatureCollection, sorted by code.

    Args:
        geometry: False: features without geometry.
        filters: Fields of `AreaFilter`.
    """
    areas = queries.feature_page(
        session,
        actor,
        queries.AreaFilter(**filters),
        after=key_after(cursor, str, UUID),
        limit=limit,
        with_geometry=geometry,
    )
    return page_body(areas["features"], areas["next_key"], as_features=True)


def areas_at(actor: Actor, *, lon: float, lat: float, coord_sys: str = "wgs84") -> bytes:
    """Return as JSON the area of each level that covers a point, and the point in WGS 84."""
    lon, lat = to_wgs84(lon, lat, coord_sys)
    return queries.areas_at(actor, lon=lon, lat=lat)


def area(session: Session, actor: Actor, *, area_id: UUID) -> tuple[bytes, int]:
    """Return (current area as a GeoJSON Feature, its version).

    Raises:
        NotFound: The area does not exist, is retired, or is not in the actor's jurisdictions.
    """
    row = queries.feature(session, actor, area_id)
    if row is None:
        raise NotFound("not_found")
    return row["feature"], row["version"]


def area_history(session: Session, actor: Actor, *, area_id: UUID) -> bytes:
    """Return all versions of an area (code, name, geometry, parent) as JSON, oldest first.

    Raises:
        NotFound: There is no such area in the actor's jurisdictions.
    """
    document = queries.history(session, actor, area_id)
    if document is None:
        raise NotFound("not_found")
    return document
