"""Change of the stored area and owner of cases after area borders were redrawn."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core.actor import SYSTEM, Actor
from app.core.errors import NotFound
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.service.transition_events import record
from app.incidents.reporting.queries import area_reassignment as queries
from app.incidents.reporting.service.first_dispatch import category_of
from app.incidents.reporting.service.reports import above
from app.profiles import service as profiles
from app.profiles.rules.profile import Category


def reassign_areas(session: Session, actor: Actor, *, area_ids: Sequence[UUID], at: datetime) -> int:
    """Update area and owner of the open cases in areas that were redrawn.

    Returns the number of changed cases. All open cases in the areas are locked, so that no correction of a case runs at the
    same time. Holders and offers do not change. The next dispatch job tries the waiting cases again.
    """
    on_land = queries.open_cases_on(session, area_ids, at=at)
    displaced_ids = queries.displaced(session, on_land)
    return sum(reassign_area(session, actor, incident_id, at=at) for incident_id in displaced_ids)


def reassign_stray_cases(session: Session, actor: Actor, *, at: datetime, limit: int) -> int:
    """Update the area of open cases that were reported while areas were redrawn.

    Such a case is stored under an area that the redraw has retired. Returns the number of changed cases.
    """
    stray = queries.stray_cases(session, limit=limit)
    return sum(reassign_area(session, actor, incident_id, at=at) for incident_id in stray)


def reassign_area(session: Session, actor: Actor, incident_id: UUID, *, at: datetime) -> bool:
    """Update the area of a case to the present area at its point. Returns False if unchanged."""
    case = writes.lock_case(session, incident_id)
    if case is None:
        return False
    home = areas.home_of(session, lon=case["lon"], lat=case["lat"], jurisdiction_id=case["jurisdiction_id"])
    profile = profiles.profile_by_id(session, case["profile_version_id"])
    category = category_of(profile, case["category"])
    scope_path = home.path
    if case["about_kind"] is not None or category.conduct:
        # The case stays one level above its subject, unless that area was retired.
        is_current = areas.is_current_path(session, case["scope_path"])
        scope_path = case["scope_path"] if is_current else above(home.path)
    if (home.area_id, scope_path) == (case["area_id"], case["scope_path"]):
        return False
    detail = {"from": case["area_id"], "to": home.area_id, "by": actor.id}
    record(session, SYSTEM, case, "rehome", Status(case["status"]), now=at, detail=detail)
    place = {"grid_id": home.grid_id, "area_id": home.area_id, "scope_path": scope_path}
    if case["waiting_reason"] == "no_grid" and home.grid_id is not None:
        place["waiting_reason"] = "nobody_eligible"
    writes.update_case(session, incident_id, now=at, **place)
    if case["owner_basis"] is None:
        # Otherwise the owner is the unit of the component or a decision of a desk, and does not depend on the area.
        settle_owner(session, case, category, now=at)
    return True


def with_current_area(session: Session, actor: Actor, case: RowMapping, *, now: datetime) -> RowMapping:
    """Update the area of a reopened case to the present area at its point. Return the case.

    A redraw does not change ended cases, so a reopened case may still be stored under a former area.

    Args:
        actor: The actor to store in the event of the change.
    """
    reassign_area(session, actor, case["id"], at=now)
    return reread(session, case)


def settle_owner(
    session: Session,
    case: RowMapping,
    category: Category,
    *,
    owner_unit_id: UUID | None = None,
    now: datetime,
) -> None:
    """Set the owner of a case: the unit of its component, else the competent unit for its area.

    If no unit is competent, the owner does not change.

    Args:
        owner_unit_id: The unit that owns the component; None without one.
    """
    current = reread(session, case)
    basis = "component" if owner_unit_id else None
    if owner_unit_id is None:
        owner = areas.owner_unit(
            session,
            jurisdiction_id=case["jurisdiction_id"],
            path=current["scope_path"],
            category=category.code,
        )
        owner_unit_id = owner["id"] if owner else current["owner_unit_id"]
    if (owner_unit_id, basis) != (current["owner_unit_id"], current["owner_basis"]):
        writes.update_case(session, case["id"], now=now, owner_unit_id=owner_unit_id, owner_basis=basis)


def reread(session: Session, case: RowMapping) -> RowMapping:
    """Lock a case and return its present row.

    Raises:
        NotFound: There is no such case.
    """
    current = writes.lock_case(session, case["id"])
    if current is None:
        raise NotFound("not_found")
    return current
