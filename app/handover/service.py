"""Use case that hands over grids, offers and accepted cases of an absent worker."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import invalid_field
from app.incidents import service as incidents
from app.workforce import service as workforce

# The note in the history of a case that is handed over for an absence. The reason of the absence is not in it.
HANDED_OVER = "absent"


def substitute(
    session: Session,
    actor: Actor,
    *,
    worker_id: UUID,
    substitute_id: UUID,
    hand_over: bool = False,
    **plan: Any,
) -> dict[str, Any]:
    """Store a substitution for an absent worker, and pass on the worker's offers and cases.

    Open offers go to other workers, but only if the substitution is already in force.

    Args:
        hand_over: True: the accepted cases go to the substitute as far as the rules allow. False: they stay with the worker.
        plan: The other properties of the substitution: period, grids, reason and hours.

    Raises:
        Invalid: `not_yet`: `hand_over` needs a substitution that is already in force.
    """
    absence = workforce.substitute(session, actor, worker_id=worker_id, substitute_id=substitute_id, **plan)
    if hand_over and not absence.is_in_force:
        raise invalid_field("hand_over", "not_yet")
    if absence.is_in_force:
        incidents.lock_work(session, worker_id=worker_id)
    passed_on = incidents.offer_to_next(session, worker_id=worker_id) if absence.is_in_force else 0
    handed_over: list[dict[str, Any]] = []
    remaining = incidents.accepted_work(session, actor, worker_id=worker_id)
    if hand_over:
        handed_over, remaining = incidents.hand_over(
            session, actor, worker_id=worker_id, to_worker_id=substitute_id, note=HANDED_OVER
        )
    return {
        "substitution": absence.item,
        "gaps": absence.gaps,
        "offers_passed_on": passed_on,
        "handed_over": handed_over,
        "kept": [{"reason": None, **case} for case in remaining],
    }
