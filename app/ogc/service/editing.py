"""Features made, changed and taken away: each by the service of its domain, which keeps its rules, history and audit."""

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
from app.ogc.queries.places import jurisdiction_at
from app.ogc.queries.sources import reader
from app.ogc.rules.collections import Collection, shown
from app.ogc.rules.crs import STORED

REASON = "edited on a map"


def present(
    session: Session,
    actor: Actor,
    one: Collection,
    feature_id: str,
    *,
    expected: int | None,
    is_conditional: bool,
) -> tuple[UUID, dict[str, Any]]:
    """A feature as the actor sees it, before it is changed. Raises NotFound, and Stale if the caller knows another version."""
    try:
        wanted = UUID(feature_id)
    except ValueError:
        raise NotFound("not_found") from None
    source = reader(one, actor, clock.now())
    found = queries.feature(one, source, wanted, properties=shown(one, actor), crs=STORED, session=session)
    if found is None:
        raise Stale("version_stale") if is_conditional else NotFound("not_found")
    if expected is not None and expected != found["version"]:
        raise Stale("version_stale")
    return wanted, orjson.loads(found["feature"])


def create(session: Session, actor: Actor, one: Collection, facts: dict[str, Any]) -> UUID:
    """Make a feature of checked facts, which have its id; where it was made."""
    made: UUID = facts["id"]
    match one.edits:
        case "components":
            code = jurisdiction_at(session, actor, lon=facts["lon"], lat=facts["lat"])
            components.register(session, actor, jurisdiction=code, **facts)
        case "incidents":
            incidents.report_within(session, actor, **facts)
        case "premises":
            households.add_premises(session, actor, **facts)
        case _:
            raise NotFound("not_found")
    return made


def change(
    session: Session,
    actor: Actor,
    one: Collection,
    feature_id: UUID,
    *,
    was: dict[str, Any],
    facts: dict[str, Any],
    expected: int | None,
) -> None:
    """Change what is to be otherwise: a case that was moved is corrected, an area is redrawn with what its neighbours allow."""
    if not facts:
        return
    match one.edits:
        case "components":
            components.change(session, actor, component_id=feature_id, expected=expected, changes=facts)
        case "incidents":
            incidents.correct(session, actor, incident_id=feature_id, expected=expected, **facts)
        case "premises":
            households.change_premises(
                session, actor, premises_id=feature_id, expected=expected, changes=facts
            )
        case "areas":
            _redraw(session, actor, feature_id, was, facts)


def remove(
    session: Session, actor: Actor, one: Collection, feature_id: UUID, *, expected: int | None
) -> None:
    """Take a feature away; only what may leave the register can."""
    components.retire(session, actor, component_id=feature_id, expected=expected)


def _redraw(
    session: Session, actor: Actor, area_id: UUID, was: dict[str, Any], facts: dict[str, Any]
) -> None:
    """The area's next version. What its neighbours, the area above and those on its land do not allow comes as findings."""
    said = was["properties"]
    part = {
        "id": area_id,
        "code": said["code"],
        "name": {"zh": said["name_zh"], "en": said["name_en"]},
        "geometry": shape(was["geometry"]),
    } | facts
    parent = UUID(said["parent_id"]) if said["parent_id"] else None
    grids.redraw(session, actor, parent_id=parent, replaces=[area_id], parts=[part], reason=REASON)
