"""SQL that returns the people who took part in cases, such as reporters and handlers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Text, Uuid, any_, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.dispatch.scope import constant
from app.incidents.models import IncidentEvent
from app.incidents.scope import ENDED_STATES

_INCIDENT_IDS = bindparam("incident_ids", None, ARRAY(Uuid()))
_REPORTERS = Fragment(
    """select distinct r.incident_id, account.id account_id
      from report r join reporter p on p.id = r.reporter_id, unnest(array[p.account_id, r.joined_by]) account(id)
      where r.incident_id = any(cast(:incident_ids as uuid[])) and account.id is not null"""
)
_ACTORS = (
    select(IncidentEvent.incident_id, IncidentEvent.actor_id)
    .where(IncidentEvent.incident_id == any_(_INCIDENT_IDS))
    .distinct()
)
_ACTORS_OF_ACTION = _ACTORS.where(IncidentEvent.action == bindparam("action", None, Text()))
# An actor who took one of these steps has handled the case, even if another one handed the work in. The members of units
# with a part of a case are read from dispatch.
_HANDLING_ACTIONS = ("start", "stage_done", "feed_back", "fix_on_spot")
_HANDLERS = _ACTORS.where(
    IncidentEvent.action.in_([constant(action) for action in _HANDLING_ACTIONS]),
    IncidentEvent.actor_id.is_not(None),
)
_ENDING = (
    select(
        IncidentEvent.action,
        func.coalesce(cast(IncidentEvent.detail["by"].astext, Uuid()), IncidentEvent.actor_id).label("by"),
    )
    .where(
        IncidentEvent.incident_id == bindparam("incident_id", None, Uuid()),
        IncidentEvent.to_status.in_([constant(state) for state in ENDED_STATES]),
        or_(IncidentEvent.from_status != IncidentEvent.to_status, IncidentEvent.action == constant("merge")),
    )
    .order_by(IncidentEvent.seq.desc())
    .limit(constant(1))
)


def reporters(session: Session, incident_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Return (case id, account id) of everybody who reported a case or added a report to it."""
    rows = session.execute(_REPORTERS, {"incident_ids": list(incident_ids)})
    return [(row.incident_id, row.account_id) for row in rows]


def actors_of_action(session: Session, incident_ids: Sequence[UUID], action: str) -> list[tuple[UUID, UUID]]:
    """Return (case id, actor id) of everybody who took an action on a case, such as a check.

    Args:
        action: Name of the action in the transition table, such as `check_pass`.
    """
    rows = session.execute(_ACTORS_OF_ACTION, {"incident_ids": list(incident_ids), "action": action})
    return [(row.incident_id, row.actor_id) for row in rows]


def handlers(session: Session, incident_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Return (case id, actor id) of everybody who ever handled one of the cases.

    To have handled a case means to have started it, finished a stage, submitted it, or repaired it on the spot.
    """
    rows = session.execute(_HANDLERS, {"incident_ids": list(incident_ids)})
    return [(row.incident_id, row.actor_id) for row in rows]


def ending(session: Session, incident_id: UUID) -> RowMapping:
    """Return the action that ended a case last, and the person who decided it.

    Columns: `action`, and `by` (id of the person). If a case was merged, and its target is merged later, the case gets a
    second event of a merge. The second event is then returned.
    """
    return session.execute(_ENDING, {"incident_id": incident_id}).mappings().one()
