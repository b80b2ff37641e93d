"""Work of several units on one case (*joint handling*).

Each unit besides the lead has an assignment with the role `joint`, called its part.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.dispatch.queries import joint_parts as queries
from app.dispatch.rules.states import ACTIVE, PART_RETURNED


def parts(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the newest `joint` assignment of each unit in a case.

    Columns: `id`, `unit_id`, `unit_name`, `account_id`, `state`, `ended_because`, `since`.
    """
    return queries.parts(session, incident_id)


def live_parts(session: Session, incident_id: UUID) -> list[RowMapping]:
    """Return the `joint` assignments of a case that have not ended."""
    return [part for part in queries.parts(session, incident_id) if part["state"] in ACTIVE]


def end_parts(
    session: Session,
    *,
    incident_id: UUID,
    state: str,
    now: datetime,
    because: str | None = None,
    unit_ids: Collection[UUID] | None = None,
) -> Sequence[UUID]:
    """End the live `joint` assignments of a case, and return the ids of their units.

    Args:
        unit_ids: End only the assignments of these units. None: all units.
    """
    return queries.end_parts(
        session, incident_id=incident_id, state=state, because=because, now=now, unit_ids=unit_ids
    )


def return_part(session: Session, *, incident_id: UUID, unit_id: UUID, now: datetime) -> None:
    """End the `joint` assignment of a unit that gives its work back.

    A supervisor then decides about the return (`settle_parts`).
    """
    end_parts(
        session, incident_id=incident_id, state="failed", because=PART_RETURNED, now=now, unit_ids=[unit_id]
    )


def settle_parts(
    session: Session, *, incident_id: UUID, because: str, unit_ids: Collection[UUID] | None = None
) -> None:
    """Store a supervisor's decision about work that units gave back, as the new end reason.

    Only `joint` assignments (those of further units on the case) that units returned are changed.

    Args:
        because: Code of the decision.
        unit_ids: Change only the assignments of these units. None: all units.
    """
    queries.settle(session, incident_id=incident_id, unit_ids=unit_ids, because=because)
