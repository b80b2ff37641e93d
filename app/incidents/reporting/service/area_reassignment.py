"""Change of the stored area and owner of cases after area borders were redrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core.actor import SYSTEM, Actor
from app.core.erasures import chunks
from app.core.errors import NotFound
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.service.transition_events import CaseTransition, event_of
from app.incidents.reporting.queries import area_reassignment as queries
from app.incidents.reporting.service.first_dispatch import category_of
from app.incidents.reporting.service.reports import above
from app.profiles import service as profiles
from app.profiles.rules.profile import Category

# Most cases that one statement moves.
_BATCH = 1_000


def reassign_areas(session: Session, actor: Actor, *, area_ids: Sequence[UUID], at: datetime) -> int:
    """Update area and owner of the open cases in areas that were redrawn.

    Returns the number of changed cases. All open cases in the areas are locked, so that no correction of a case runs at the
    same time. Holders and offers do not change. The next dispatch job tries the waiting cases again.
    """
    on_land = queries.open_cases_on(session, area_ids, at=at)
    return _reassign(session, actor, queries.displaced(session, on_land), at=at)


def reassign_stray_cases(session: Session, actor: Actor, *, at: datetime, limit: int) -> int:
    """Update the area of open cases that were reported while areas were redrawn.

    Such a case is stored under an area that the redraw has retired. Returns the number of changed cases.
    """
    return _reassign(session, actor, queries.stray_cases(session, limit=limit), at=at)


@dataclass(frozen=True, slots=True)
class _Move:
    """A case and its present area.

    Attributes:
        path: The new `scope_path` of the case.
    """

    case: RowMapping
    category: Category
    home: areas.Home
    path: str | None


def _reassign(session: Session, actor: Actor, incident_ids: Sequence[UUID], *, at: datetime) -> int:
    """Update the area of cases to the present areas at their points. Returns the number of changed cases.

    The number of statements does not depend on the number of cases, up to `_BATCH` of them.
    """
    count = 0
    for ids in chunks(incident_ids, _BATCH):
        moves = _moves(session, list(writes.lock_each(session, ids).values()))
        if moves:
            writes.insert_events(session, [_event(move, actor, at) for move in moves])
            owners = _owners(session, moves)
            queries.store_places(session, [_place(move, owners) for move in moves], at=at)
        count += len(moves)
    return count


def _moves(session: Session, cases: Sequence[RowMapping]) -> list[_Move]:
    """Return the cases whose area has changed."""
    homes = areas.homes_of(session, [(case["lon"], case["lat"], case["jurisdiction_id"]) for case in cases])
    categories = [
        category_of(profiles.profile_by_id(session, case["profile_version_id"]), case["category"])
        for case in cases
    ]
    is_above = [
        case["about_kind"] is not None or category.conduct
        for case, category in zip(cases, categories, strict=True)
    ]
    subject_paths = {case["scope_path"] for case, above_ in zip(cases, is_above, strict=True) if above_}
    current = areas.current_paths(session, subject_paths - {None})
    moves = []
    for case, category, home, is_one_above in zip(cases, categories, homes, is_above, strict=True):
        path = home.path
        if is_one_above:
            # The case stays one level above its subject, unless that area was retired.
            path = case["scope_path"] if case["scope_path"] in current else above(home.path)
        if (home.area_id, path) != (case["area_id"], case["scope_path"]):
            moves.append(_Move(case, category, home, path))
    return moves


def _event(move: _Move, actor: Actor, at: datetime) -> dict[str, Any]:
    detail = {"from": move.case["area_id"], "to": move.home.area_id, "by": actor.id}
    status = Status(move.case["status"])
    return event_of(CaseTransition(SYSTEM, move.case, "rehome", status, at, detail=detail))


def _owners(session: Session, moves: Sequence[_Move]) -> dict[UUID, UUID | None]:
    """Return the competent units of the cases in their new areas, by id of the case.

    Cases are left out whose owner is the unit of a component or a decision of a desk: it does not depend on the area.
    """
    owners: dict[UUID, UUID | None] = {}
    by_jurisdiction: dict[UUID, list[_Move]] = {}
    for move in moves:
        if move.case["owner_basis"] is None:
            by_jurisdiction.setdefault(move.case["jurisdiction_id"], []).append(move)
    for jurisdiction_id, owned in by_jurisdiction.items():
        units = areas.owner_units(
            session,
            jurisdiction_id=jurisdiction_id,
            paths_and_categories=[(move.path, move.category.code) for move in owned],
        )
        owners |= {move.case["id"]: unit for move, unit in zip(owned, units, strict=True)}
    return owners


def _place(move: _Move, owners: Mapping[UUID, UUID | None]) -> dict[str, Any]:
    """Return the new columns of a case. Without a competent unit the owner does not change."""
    case, home = move.case, move.home
    has_grid_now = case["waiting_reason"] == "no_grid" and home.grid_id is not None
    return {
        "id": case["id"],
        "grid_id": home.grid_id,
        "area_id": home.area_id,
        "scope_path": move.path,
        "waiting_reason": "nobody_eligible" if has_grid_now else case["waiting_reason"],
        "owner_unit_id": owners.get(case["id"]) or case["owner_unit_id"],
    }


def with_current_area(session: Session, actor: Actor, case: RowMapping, *, now: datetime) -> RowMapping:
    """Update the area of a reopened case to the present area at its point. Return the case.

    A redraw does not change ended cases, so a reopened case may still be stored under a former area.

    Args:
        actor: The actor to store in the event of the change.
    """
    _reassign(session, actor, [case["id"]], at=now)
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
