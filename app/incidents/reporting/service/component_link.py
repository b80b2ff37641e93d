"""The link from a case to a component of the city, such as a broken manhole cover.

The point of the case stays as reported; the component has its own point.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.components import service as components
from app.core.actor import Actor
from app.core.errors import NotFound, invalid_field
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.service.transition_events import record
from app.profiles.rules.profile import Category, Kind


@dataclass(frozen=True, slots=True)
class Link:
    """The link from a case to a component, or the reason why there is none.

    Attributes:
        how: How the component was found: `nearest`, or `named` by a person. Why there is none: `none_near`, or
            `unlinked` by a person. None: the category has no components.
        owner_unit_id: The unit that owns the component.
    """

    component_id: UUID | None = None
    how: str | None = None
    owner_unit_id: UUID | None = None


NO_LINK = Link()


def find_component(
    session: Session,
    actor: Actor,
    *,
    jurisdiction_id: UUID,
    category: Category,
    lon: float,
    lat: float,
    named: UUID | None = None,
) -> Link:
    """Return the link to the named component, else to the nearest component of the category.

    A search finds only active components. Sends no SQL statement if the category has no components.

    Raises:
        Invalid: A component is named, but the category has no components.
    """
    if category.kind is not Kind.COMPONENT:
        if named is not None:
            raise invalid_field("component_id", "category_without_components", category=category.code)
        return NO_LINK
    place: dict[str, Any] = {
        "jurisdiction_id": jurisdiction_id,
        "category": category.code,
        "lon": lon,
        "lat": lat,
    }
    if named is not None:
        component = components.referenced_component(session, actor, component_id=named, **place)
        return Link(component.id, "named", component.owner_unit_id)
    nearest = components.nearest_component(session, **place)
    if nearest is None:
        return Link(how="none_near")
    return Link(nearest.id, "nearest", nearest.owner_unit_id)


def relink(
    session: Session,
    actor: Actor,
    case: RowMapping,
    category: Category,
    changes: dict[str, Any],
    *,
    now: datetime,
) -> Link:
    """Link a corrected case to the component that the correction names, or else to the nearest.

    A component that a person named earlier stays linked, unless the category changes.
    """
    current = writes.lock_case(session, case["id"])
    if current is None:
        raise NotFound("not_found")
    named = changes.get("component_id")
    stays = current["component_link"] == "named" and category.code == case["category"]
    if "component_id" not in changes and stays:
        named = current["component_id"]
    if "component_id" in changes and named is None:
        link = Link(how="unlinked") if category.kind is Kind.COMPONENT else NO_LINK
    elif case["about_kind"] is not None:
        link = NO_LINK
    else:
        link = find_component(
            session,
            actor,
            jurisdiction_id=case["jurisdiction_id"],
            category=category,
            lon=current["lon"],
            lat=current["lat"],
            named=named,
        )
    if (link.component_id, link.how) != (current["component_id"], current["component_link"]):
        detail = {"from": current["component_id"], "to": link.component_id, "how": link.how}
        status = Status(case["status"])
        record(
            session, actor, case, "link_component", status, now=now, note=changes.get("note"), detail=detail
        )
        writes.update_case(
            session, case["id"], now=now, component_id=link.component_id, component_link=link.how
        )
    return link
