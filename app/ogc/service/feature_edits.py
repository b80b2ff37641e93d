"""Use cases that create, change and delete features through the services of their domains."""

from typing import Any
from uuid import UUID

import orjson
from shapely.geometry import shape
from sqlalchemy.orm import Session

from app.components import service as components
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, Stale
from app.grids import service as grids
from app.households import service as households
from app.incidents import service as incidents
from app.ogc.queries import features as queries
from app.ogc.queries.jurisdictions import jurisdiction_at
from app.ogc.queries.sources import reader
from app.ogc.rules.collections import Collection, visible_properties
from app.ogc.rules.crs import STORED

REASON = "edited on a map"


def current_feature(
    session: Session,
    actor: Actor,
    collection: Collection,
    feature_id: str,
    *,
    expected: int | None,
    is_conditional: bool,
) -> tuple[UUID, dict[str, Any]]:
    """Return the id and the GeoJSON of a feature that is going to be changed.

    Args:
        expected: The version in If-Match; None: any.
        is_conditional: The request has an If-Match header.

    Raises:
        NotFound: The actor sees no such feature.
        Stale: The current version is not the `expected` one, or a request with If-Match names no feature that the actor sees.
    """
    try:
        feature_uuid = UUID(feature_id)
    except ValueError:
        raise NotFound("not_found") from None
    source = reader(collection, actor, clock.now())
    row = queries.feature(
        collection,
        source,
        feature_uuid,
        properties=visible_properties(collection, actor),
        crs=STORED,
        session=session,
    )
    if row is None:
        raise Stale("version_stale") if is_conditional else NotFound("not_found")
    if expected is not None and expected != row["version"]:
        raise Stale("version_stale")
    return feature_uuid, orjson.loads(row["feature"])


def create(session: Session, actor: Actor, collection: Collection, facts: dict[str, Any]) -> UUID:
    """Create a feature from validated fields, which contain its id, and return the id."""
    feature_id: UUID = facts["id"]
    match collection.edits:
        case "components":
            code = jurisdiction_at(session, actor, lon=facts["lon"], lat=facts["lat"])
            components.register(session, actor, jurisdiction=code, **facts)
        case "incidents":
            incidents.report_within(session, actor, **facts)
        case "premises":
            households.add_premises(session, actor, **facts)
        case _:
            raise NotFound("not_found")
    return feature_id


def change(
    session: Session,
    actor: Actor,
    collection: Collection,
    feature_id: UUID,
    *,
    current: dict[str, Any],
    facts: dict[str, Any],
    expected: int | None,
) -> None:
    """Change fields of a feature through the service of its domain.

    A case is corrected and an area is redrawn; components and premises are updated.
    """
    if not facts:
        return
    match collection.edits:
        case "components":
            components.change(session, actor, component_id=feature_id, expected=expected, changes=facts)
        case "incidents":
            incidents.correct(session, actor, incident_id=feature_id, expected=expected, **facts)
        case "premises":
            households.change_premises(
                session, actor, premises_id=feature_id, expected=expected, changes=facts
            )
        case "areas":
            _redraw(session, actor, feature_id, current, facts)


def remove(
    session: Session, actor: Actor, collection: Collection, feature_id: UUID, *, expected: int | None
) -> None:
    """Retire a component, which deletes its feature.

    Features of other collections cannot be deleted.
    """
    components.retire(session, actor, component_id=feature_id, expected=expected)


def _redraw(
    session: Session, actor: Actor, area_id: UUID, current: dict[str, Any], facts: dict[str, Any]
) -> None:
    """Create the next version of an area by a redraw.

    Raises:
        Invalid: The new area conflicts with its neighbours, parent or children; the error lists the `findings`.
    """
    properties = current["properties"]
    part = {
        "id": area_id,
        "code": properties["code"],
        "name": {"zh": properties["name_zh"], "en": properties["name_en"]},
        "geometry": shape(current["geometry"]),
    } | facts
    parent = UUID(properties["parent_id"]) if properties["parent_id"] else None
    grids.redraw(session, actor, parent_id=parent, replaces=[area_id], parts=[part], reason=REASON)
