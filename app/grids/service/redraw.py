"""Use case that redraws areas and re-assigns everything on their land to the new areas."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas import service as areas
from app.areas.service import RedrawPlan
from app.components import service as components
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.grids.queries import redraw as queries
from app.households import service as households
from app.incidents import service as incidents


@dataclass(slots=True)
class Counts:
    """Numbers of households, components, cases and other rows that a redraw affects.

    A name that ends in `_inside` counts rows on redrawn land. A name in `_moved` counts rows that change their area. A name in
    `_alone` counts the grids that have no responsible worker after the redraw, or the rows in these grids.
    """

    households_inside: int = 0
    households_moved: int = 0
    components_inside: int = 0
    components_moved: int = 0
    open_cases_inside: int = 0
    open_cases_moved: int = 0
    responsibilities_moved: int = 0
    grids_alone: int = 0
    households_alone: int = 0
    open_cases_alone: int = 0
    roles_moved: int = 0
    units_moved: int = 0
    areas_moved: int = 0


def redraw(
    session: Session,
    actor: Actor,
    *,
    parent_id: UUID | None,
    replaces: Sequence[UUID],
    parts: Sequence[dict[str, Any]],
    reason: str,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Replace sibling areas by new areas, and re-assign everything on their land.

    Siblings are areas under the same parent. Return areas, findings and counts as JSON.

    Args:
        parent_id: The parent of the siblings; None: they are at the top of the tree.
        dry_run: Roll everything back, and return what would change.

    Raises:
        Invalid: `findings`: the redraw has errors and is no dry run.
    """
    plan = areas.plan_redraw(session, actor, parent_id=parent_id, replaces=replaces, parts=parts)
    counts = Counts()
    if plan.is_possible:
        with session.begin_nested() as trial:
            counts = _carry_out(session, actor, plan, at=clock.now(), reason=reason)
            if dry_run or not plan.is_possible:
                trial.rollback()
    if not plan.is_possible and not dry_run:
        raise Invalid("findings", extra={"findings": plan.answered_findings})
    return {
        "dry_run": dry_run,
        "is_possible": plan.is_possible,
        "findings": plan.answered_findings,
        "areas": [part.ref for part in plan.parts],
        "retired": [node.ref for node in plan.retired],
        "counts": asdict(counts),
    }


def _carry_out(session: Session, actor: Actor, plan: RedrawPlan, *, at: datetime, reason: str) -> Counts:
    counts = Counts(areas_moved=len(plan.moved))
    counts.units_moved = areas.apply_redraw(session, actor, plan, at=at, reason=reason)
    _rehome_households(session, plan, counts, at)
    rehomed = components.reassign_areas(session, area_ids=plan.land_ids, at=at)
    counts.components_inside, counts.components_moved = rehomed.inside, rehomed.moved
    cases = queries.open_cases(session, area_ids=plan.land_ids, at=at)
    counts.open_cases_inside, counts.open_cases_moved = cases["inside"], cases["moved"]
    incidents.reassign_areas(session, actor, area_ids=plan.land_ids, at=at)
    retired = [node.id for node in plan.retired]
    counts.responsibilities_moved = _transfer_responsibilities(session, plan, retired, at)
    counts.roles_moved = _transfer_roles(session, actor, plan, retired, at)
    _warn_of_nobody_responsible(session, plan, counts, at)
    accounts.record(
        session,
        actor,
        action="area.redraw",
        entity="area",
        entity_id=plan.parent.id if plan.parent else None,
        detail={
            "reason": reason,
            "replaced": [node.id for node in plan.replaced],
            "areas": [part.id for part in plan.parts],
            "retired": retired,
            "counts": asdict(counts),
        },
    )
    return counts


def _rehome_households(session: Session, plan: RedrawPlan, counts: Counts, at: datetime) -> None:
    rehomed = households.rehome(session, area_ids=plan.land_ids, depth=plan.depth, at=at)
    counts.households_inside, counts.households_moved = rehomed.inside, rehomed.moved
    if rehomed.lost:
        plan.add_fault(
            "household_outside", plan.replaced, f"{rehomed.lost:,} premises would be in none of the areas."
        )


def _transfer_responsibilities(
    session: Session, plan: RedrawPlan, retired: Sequence[UUID], at: datetime
) -> int:
    """Make the workers of replaced areas responsible for the areas that get their land.

    Return the number of new responsibilities. The workers become responsible for the area that gets most of the land, and for
    each other area that gets land and is new. An area that continues with a smaller share has workers of its own already.
    """
    created = plan.new_ids
    follows = [(old, new) for old, new, is_first in plan.follows if is_first or new in created]
    rows = queries.responsibilities_to_follow(session, follows, at=at)
    queries.close_responsibilities(session, retired, at=at)
    queries.insert_responsibilities(session, [{"id": uuid7(), **row} for row in rows])
    return len(rows)


def _transfer_roles(
    session: Session, actor: Actor, plan: RedrawPlan, retired: Sequence[UUID], at: datetime
) -> int:
    """Copy roles over replaced areas to their successors, and revoke roles over retired areas.

    A successor is an area that gets some of the land. Return the number of revoked roles. If a replaced area continues with a
    smaller outline, roles over it are copied to the new areas on its former land, too. No role is granted over an ancestor of a
    replaced area.
    """
    by = actor.id if actor.kind is ActorKind.ACCOUNT else None
    rows = queries.grants_to_follow(session, [(old, new) for old, new, _ in plan.follows])
    queries.insert_grants(
        session, [{"id": uuid7(), "granted_by": by, "granted_at": at, **row} for row in rows]
    )
    return queries.revoke_grants(session, retired, revoked_by=by, at=at)


def _warn_of_nobody_responsible(session: Session, plan: RedrawPlan, counts: Counts, at: datetime) -> None:
    if plan.level != "grid":
        return
    grid_ids = queries.without_responsible(session, [part.id for part in plan.parts], at=at)
    for part in plan.parts:
        if part.id in grid_ids:
            plan.add_warning("nobody_responsible", [part], f"No worker is responsible for {part.code}.")
    unattended = queries.unattended_counts(session, sorted(grid_ids))
    counts.grids_alone = len(grid_ids)
    counts.households_alone, counts.open_cases_alone = unattended["households"], unattended["open_cases"]
