"""The first dispatch of a new case: the choice of a worker, written together with the case."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.dispatch import service as dispatch
from app.dispatch.rules.ranking import Demand
from app.dispatch.service import AreaPaths, DispatchContext, Placement, ReadRing
from app.incidents.reporting.queries.new_case import Expected, insert_case, insert_placed_cases
from app.incidents.reporting.service.new_case import NewCase, new_case_values
from app.profiles import service as profiles
from app.profiles.rules.profile import Category, CategoryUnknown, Handler
from app.profiles.service import ProfileInForce

# The category is not offered to grid workers, and no unit owns the case.
NOT_ADMITTED = "not_admitted"


def expected_case(payload: dict[str, Any]) -> Expected:
    """Return what the case of a report will probably need, by the profile that this process used last.

    Values that turn out to be others are read again.
    """
    profile = profiles.profile_last_used()
    if profile is None:
        return Expected(payload.get("category") or "")
    category = category_of(profile, payload.get("category"))
    if category.conduct or payload.get("about") is not None or is_units_matter(profile, category):
        return Expected(category.code)
    rings = profile.profile.modes[profiles.NORMAL].rings
    ring = next((ring for ring in rings if not (ring == "grid" and "community" in rings)), None)
    return Expected(category.code, ring, category.skills)


def place_and_write(session: Session, case: NewCase, expected: Expected, *, is_alone: bool = False) -> None:
    """Offer a new case to a worker, or queue it for a unit, or let it wait; and insert the case.

    One statement writes both. If another transaction has filled the chosen worker meanwhile, the statement writes nothing. The
    placement is then written first, with all ranked workers, and after it the case with this outcome.

    Args:
        expected: What `queries.new_case.claim` has read beyond the situation of the case.
        is_alone: The transaction holds no locks that others wait for. It may then ask the service for travel times on the
            street network, which takes long.
    """
    report, draft = case.report, dispatch.PlacementDraft()
    context = dispatch.DispatchContext(
        report.profile,
        report.settings,
        report.now,
        may_ask_router=is_alone,
        draft=draft,
        read_ring=_read_ring(case, expected),
    )
    placement = _place(session, case, context)
    if draft.outcome is not None:
        is_last = placement is draft.outcome
        row = draft.first_choice | new_case_values(case, placement)
        if is_last and insert_placed_cases(session, [row], is_read_back=is_alone):
            return
        written = dispatch.write_draft(session, draft)
        placement = written if is_last else placement
    insert_case(session, new_case_values(case, placement))


def is_own_work(case: NewCase) -> bool:
    """Return True if the reporter is responsible for the grid of the case, and so gets its work without a choice."""
    profile = case.report.profile
    return (
        case.about is None
        and case.grid_id is not None
        and not case.is_fixed
        and not case.is_verified_first
        and (case.owner_unit_id is None or not is_units_matter(profile, case.category))
        and profile.profile.lifecycle.admits(case.category.code)
        and case.report.situation["own_worker_name"] is not None
    )


def write_own(session: Session, cases: Sequence[NewCase]) -> None:
    """Insert cases that are the reporter's own work, with their placements, by one statement.

    A case that the statement does not write, because the reporter has no load to increase, is written by itself.
    """
    if not cases:
        return
    rows = []
    for case in cases:
        report, draft = case.report, dispatch.PlacementDraft()
        context = dispatch.DispatchContext(report.profile, report.settings, report.now, draft=draft)
        placement = _place(session, case, context)
        rows.append(draft.first_choice | new_case_values(case, placement))
    written = insert_placed_cases(session, rows)
    for case in cases:
        if case.id not in written:
            place_and_write(session, case, Expected(case.category.code))


def _read_ring(case: NewCase, expected: Expected) -> ReadRing | None:
    """Return the candidates that were read with the place of the case.

    None: no candidates were read, because none were expected to be needed or the reporter is responsible for the grid.
    """
    situation = case.report.situation
    if expected.ring is None or situation["own_worker_name"] is not None:
        return None
    return ReadRing(
        expected.ring,
        case.paths.get(expected.ring),
        case.paths.get("grid"),
        expected.skills,
        situation["candidates"],
    )


def _place(session: Session, case: NewCase, context: DispatchContext) -> Placement:
    """Offer a new case to a worker, or queue it for a unit, or record why it waits."""
    report, profile = case.report, case.report.profile
    demand = demand_of(case.id, case.category, report.lon, report.lat)
    if case.about is not None:
        return dispatch.record_waiting(session, context, demand, reason="conduct")
    if case.grid_id is None:
        return dispatch.record_waiting(session, context, demand, reason="no_grid")
    paths = AreaPaths(case.paths)
    if case.is_verified_first:
        verify_demand = replace(
            demand, role="verify", skills=frozenset(), excluded={report.actor.id: "reported_it"}
        )
        return dispatch.place(session, context, verify_demand, paths)
    if not case.is_fixed and is_units_matter(profile, case.category) and case.owner_unit_id is not None:
        return dispatch.queue_for_unit(session, context, demand, unit_id=case.owner_unit_id, is_first=True)
    if not case.is_fixed and not profile.profile.lifecycle.admits(case.category.code):
        return dispatch.record_waiting(session, context, demand, reason=NOT_ADMITTED)
    own_name = report.situation["own_worker_name"]
    worker_name = (report.situation["worker_name"] if case.is_fixed else None) or own_name
    if worker_name is not None:
        return dispatch.assign_own(
            session,
            context,
            demand,
            worker_id=report.actor.id,
            worker_name=worker_name,
            reason="own_report" if own_name is not None else "on_the_spot",
            is_first=True,
        )
    return dispatch.place(session, context, demand, paths, category=case.category.code)


def category_of(profile: ProfileInForce, code: str | None) -> Category:
    """Return the category of the profile with this code; for an unknown code `unclassified`."""
    try:
        return profile.profile.category(code)
    except CategoryUnknown:
        return profile.profile.category(None)


def is_units_matter(profile: ProfileInForce, category: Category) -> bool:
    """Return True if cases of the category are handled by units, not by grid workers.

    This is so if units handle the category, or if the profile (the city's rules) never offers it to grid workers.
    """
    return category.handled_by is Handler.UNIT or not profile.profile.lifecycle.admits(category.code)


def demand_of(
    incident_id: UUID,
    category: Category,
    lon: float,
    lat: float,
    *,
    role: str = "handle",
    priority: int | None = None,
    excluded: dict[UUID, str] | None = None,
) -> Demand:
    """Return the data from which a worker is chosen for one role on a case (the demand).

    The role `handle` needs the skills of the category; `verify` and `check` need no skills.
    """
    return Demand(
        incident_id=incident_id,
        role=role,
        lon=lon,
        lat=lat,
        skills=frozenset() if role in ("verify", "check") else category.skills,
        priority=priority or category.priority,
        excluded=excluded or {},
    )
