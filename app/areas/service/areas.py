"""Read the division tree, as it is and as it was, of the jurisdictions that the actor reaches."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.areas.queries import areas as queries
from app.core.actor import Actor
from app.core.coordinates import to_wgs84
from app.core.errors import NotFound
from app.core.paging import key_after, page_body


def list_areas(
    session: Session,
    actor: Actor,
    *,
    level: str | None = None,
    within: UUID | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    code: str | None = None,
    geometry: bool = True,
    limit: int = 100,
    cursor: str | None = None,
) -> bytes:
    """Return a page of current areas as a GeoJSON FeatureCollection, by code.

    Args:
        within: Only areas in or under this one.
        bbox: west, south, east, north in degrees (CRS84).
        geometry: False: features without geometry.
    """
    areas = queries.feature_page(
        session,
        actor,
        queries.AreaFilter(level, within, code, bbox),
        after=key_after(cursor, str, UUID),
        limit=limit,
        with_geometry=geometry,
    )
    return page_body(areas["features"], areas["next_key"], as_features=True)


def areas_at(actor: Actor, *, lon: float, lat: float, coord_sys: str = "wgs84") -> bytes:
    """Return the area of each level at a point, and the point in WGS 84, as JSON."""
    lon, lat = to_wgs84(lon, lat, coord_sys)
    return queries.areas_at(actor, lon=lon, lat=lat)


def area(session: Session, actor: Actor, *, area_id: UUID) -> tuple[bytes, int]:
    """Return a current area as a GeoJSON Feature, and its version. Raises NotFound for any other."""
    row = queries.feature(session, actor, area_id)
    if row is None:
        raise NotFound("not_found")
    return row["feature"], row["version"]


def area_history(session: Session, actor: Actor, *, area_id: UUID) -> bytes:
    """Return every code, name, shape and place in the tree that an area had, oldest first."""
    document = queries.history(session, actor, area_id)
    if document is None:
        raise NotFound("not_found")
    return document
