"""Corrections of a case. The reports of the case are not changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas import service as areas
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import Forbidden, NotFound, Stale, invalid_field
from app.dispatch import service as dispatch
from app.dispatch.rules.refusals import subject_unit_not_eligible
from app.incidents.cases.queries import views, writes
from app.incidents.cases.rules.lifecycle import ENDED, OPEN, UNFILED, Status
from app.incidents.cases.rules.names import illegal_transition
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import placement
from app.incidents.lifecycle.service import extensions
from app.incidents.lifecycle.service.contests import require_not_own_order
from app.incidents.reporting.service.area_reassignment import reread, settle_owner
from app.incidents.reporting.service.component_link import relink
from app.incidents.reporting.service.reports import above, one_level_up
from app.profiles import service as profiles
from app.profiles.rules.profile import UNCLASSIFIED, Category, CategoryUnknown, Handler
from app.profiles.service import ProfileInForce

# In these states nobody has accepted, so a correction may change the candidates. Afterwards a supervisor reassigns.
_NOT_ACCEPTED = frozenset({Status.FILED, Status.DISPATCHED, Status.RETURNED})


def correct(
    session: Session, actor: Actor, *, incident_id: UUID, expected: int | None, **changes: Any
) -> UUID:
    """Correct category, location, component or owning unit of a case. Return its id.

    Grid, component, owning unit and deadline are derived again from the new values. If nobody has accepted the case, it is
    dispatched again.

    Args:
        expected: The version that the actor has read. None: any version.
        changes: New values. `component_id` None removes the component. `owner_unit_id` needs a `note`, and is valid until
            category, location or component are corrected again.

    Raises:
        NotFound: The actor does not see the case.
        Stale: The stored version is not `expected`.
        Forbidden: The actor may not correct the case.
        Conflict: The case has ended.
    """
    if "category" in changes:
        writes.lock_cases(session, [incident_id])  # a trigger raises its linked cases for another category
    case = _open_case(session, actor, incident_id=incident_id, expected=expected, now=clock.now())
    now = clock.now()
    profile = _rules(session, case, changes.get("category"), now)
    category = _category(profile, changes.get("category") or case["category"])
    if "lon" in changes:
        point = to_wgs84(changes["lon"], changes["lat"], CoordSys(changes.get("coord_sys", "wgs84")))
        _relocate(session, actor, case, point, note=changes.get("note"), now=now)
    if category.code != case["category"]:
        _recategorise(session, actor, case, profile, category, note=changes.get("note"), now=now)
    is_changed = "lon" in changes or category.code != case["category"]
    if is_changed:
        _settle_scope(session, case, category, now=now)
    if is_changed or "component_id" in changes:
        link = relink(session, actor, case, category, changes, now=now)
        settle_owner(session, case, category, owner_unit_id=link.owner_unit_id, now=now)
    if "owner_unit_id" in changes:
        _set_owner(session, actor, case, changes["owner_unit_id"], note=changes.get("note"), now=now)
    present = reread(session, case)
    has_new_owner = category.handled_by is Handler.UNIT and present["owner_unit_id"] != case["owner_unit_id"]
    accounts.record(
        session,
        actor,
        action="incident.correct",
        entity="incident",
        entity_id=incident_id,
        detail={"fields": sorted(changes)},
    )
    if is_changed and Status(case["status"]) in UNFILED:
        dispatch.end_active(session, incident_id=incident_id, role="verify", state="withdrawn", now=now)
        placement.send_to_verify(session, incident_id, now=now)
    if (is_changed or has_new_owner) and Status(case["status"]) in _NOT_ACCEPTED:
        dispatch.end_active(session, incident_id=incident_id, role="handle", state="withdrawn", now=now)
        placement.place_again(session, incident_id, now=now)
    return incident_id


def _open_case(
    session: Session, actor: Actor, *, incident_id: UUID, expected: int | None, now: datetime
) -> RowMapping:
    case = writes.lock_case(session, incident_id)
    if case is None or not views.is_visible(session, actor, incident_id=incident_id, now=now):
        raise NotFound("not_found")
    if not views.may_direct(
        session, actor, incident_id=incident_id, permission=Permission.INCIDENT_CORRECT, now=now
    ):
        raise Forbidden("permission_missing", permission=Permission.INCIDENT_CORRECT.value)
    if expected is not None and expected != case["version"]:
        raise Stale("version_stale")
    if Status(case["status"]) in ENDED:
        raise illegal_transition(case["status"], "correct", states=OPEN)
    require_not_own_order(case, actor)
    return case


def _rules(session: Session, case: RowMapping, code: str | None, now: datetime) -> ProfileInForce:
    """Return the profile that a corrected case has: the profile that it had, or the newest one.

    A profile is a version of the rules of the city. The newest profile is used if the profile of the case does not have the
    new category, and the newest profile has it. The case must then be unclassified or not filed yet.
    """
    case_profile = profiles.profile_by_id(session, case["profile_version_id"])
    is_open = case["category"] == UNCLASSIFIED or Status(case["status"]) in UNFILED
    if code is None or code in case_profile.profile.taxonomy.categories or not is_open:
        return case_profile
    newest = profiles.profile_at(session, case["jurisdiction_id"], now)
    return newest if code in newest.profile.taxonomy.categories else case_profile


def _category(profile: ProfileInForce, code: str) -> Category:
    try:
        return profile.profile.category(code)
    except CategoryUnknown:
        raise invalid_field("category", "category_unknown", category=code) from None


def _relocate(
    session: Session,
    actor: Actor,
    case: RowMapping,
    point: tuple[float, float],
    *,
    note: str | None,
    now: datetime,
) -> None:
    lon, lat = point
    home = areas.home_of(session, lon=lon, lat=lat, jurisdiction_id=case["jurisdiction_id"])
    detail = {"from": {"lon": case["lon"], "lat": case["lat"]}, "to": {"lon": lon, "lat": lat}}
    record(session, actor, case, "relocate", Status(case["status"]), now=now, note=note, detail=detail)
    writes.update_case(
        session,
        case["id"],
        now=now,
        point=(lon, lat),
        grid_id=home.grid_id,
        area_id=home.area_id,
    )


def _recategorise(
    session: Session,
    actor: Actor,
    case: RowMapping,
    profile: ProfileInForce,
    category: Category,
    *,
    note: str | None,
    now: datetime,
) -> None:
    condition = category.condition()
    keeps_extension_request = extensions.outlives(session, case, profile, condition)
    new_limit = limits.replace_limit(session, case, profile, condition, now=now)
    detail = {"from": case["category"], "to": category.code}
    if profile.id != case["profile_version_id"]:
        detail["rules"] = str(profile.number)
    if not keeps_extension_request and case["extension_asked_at"] is not None:
        detail["extension"] = "ended"
    record(session, actor, case, "recategorise", Status(case["status"]), now=now, note=note, detail=detail)
    changes: dict[str, Any] = {} if keeps_extension_request else dict(extensions.NOT_ASKED)
    if new_limit is not None:
        changes["due_at"], changes["extended_count"] = new_limit
    writes.update_case(
        session,
        case["id"],
        now=now,
        category=category.code,
        condition=condition.code,
        priority=category.priority,
        profile_version_id=profile.id,
        **changes,
    )
    limits.sync_stage_deadlines(session, reread(session, case), now=now, stages=condition.stages)


def _settle_scope(session: Session, case: RowMapping, category: Category, *, now: datetime) -> None:
    """Store the path of the area that is responsible for a case, after a correction.

    This is the area at the location of the case. For a case about a person or unit it is the area one level above the
    subject.
    """
    present = reread(session, case)
    home = areas.home_of(
        session, lon=present["lon"], lat=present["lat"], jurisdiction_id=case["jurisdiction_id"]
    )
    path = home.path
    if case["about_kind"] is not None:
        about = {"kind": case["about_kind"], "id": case["about_id"]}
        _, path = one_level_up(session, about=about, path=path, now=now)
    elif category.conduct:
        path = above(path)
    if path != present["scope_path"]:
        writes.update_case(session, case["id"], now=now, scope_path=path)


def _set_owner(
    session: Session, actor: Actor, case: RowMapping, unit_id: UUID, *, note: str | None, now: datetime
) -> None:
    """Store the unit that the actor has chosen as the owning unit of a case.

    Raises:
        Invalid: The note is missing, or the unit is not in the jurisdiction.
        Conflict: The unit is the subject of the case.
    """
    if not note:
        raise invalid_field("note", "required")
    if areas.jurisdiction_of_unit(session, unit_id) != case["jurisdiction_id"]:
        raise invalid_field("owner_unit_id", "reference_unknown")
    if unit_id == case["about_id"]:
        raise subject_unit_not_eligible()
    detail = {"from": reread(session, case)["owner_unit_id"], "to": unit_id}
    record(session, actor, case, "change_owner", Status(case["status"]), now=now, note=note, detail=detail)
    writes.update_case(session, case["id"], now=now, owner_unit_id=unit_id, owner_basis="hand")
