"""A transition of a case as one object, and the functions that store its event."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.other_transitions import Step, require_transition
from app.incidents.cases.rules.presence import Spot
from app.incidents.deadlines.rules.stages import CLOCK_ONLY_ACTIONS
from app.incidents.deadlines.service import limits


@dataclass(frozen=True, slots=True)
class CaseTransition:
    """One transition of a locked case: the argument of every function that applies an action.

    Attributes:
        case: The row of the case before the transition.
        action: Name of the action in the transition table.
        to: State after the transition.
        now: When the transition is applied.
        note: Text that the event stores.
        detail: Values that the event stores as JSON.
        spot: Position of the actor at the action. It is not stored for a worker who was off duty then.
        done_at: When the action was done, if a device reports it later; the event stores both instants. None: `now`.
        claimed_at: When the action was done according to the device, unchecked.
        came_from: State before, if an earlier transition of the same request has moved the case already.
        fields: The other fields of the request, by their names in the table, such as `worker_id` or `until`.
    """

    actor: Actor
    case: RowMapping
    action: str
    to: Status
    now: datetime
    note: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    spot: Spot | None = None
    done_at: datetime | None = None
    claimed_at: datetime | None = None
    came_from: Status | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def case_id(self) -> UUID:
        """The id of the case."""
        case_id: UUID = self.case["id"]
        return case_id

    @property
    def source(self) -> Status:
        """The state before the transition."""
        return self.came_from or Status(self.case["status"])

    @property
    def effective_at(self) -> datetime:
        """The instant at which the transition counts as done."""
        return self.done_at or self.now

    def with_detail(self, **facts: Any) -> "CaseTransition":
        """Return a copy of the transition with further values (`facts`) in `detail`."""
        return replace(self, detail={**self.detail, **facts})


def record(
    session: Session,
    actor: Actor,
    case: RowMapping,
    action: str,
    to: Status,
    *,
    now: datetime,
    note: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Store the event of a transition that happens now and has no position."""
    record_transition(session, CaseTransition(actor, case, action, to, now, note, detail or {}))


def record_transition(session: Session, transition: CaseTransition) -> None:
    """Store the event of a transition, and update the deadlines of the stages.

    The row of the case is not changed.

    Raises:
        UnknownTransition: The transition table does not contain it.
    """
    writes.insert_event(session, event_of(transition))
    if changes_stages(transition):
        limits.sync_stage_deadlines(session, transition.case, now=transition.now)


def changes_stages(transition: CaseTransition) -> bool:
    """Return True if a transition may start, stop or pause the limit of a stage."""
    return transition.to is not transition.source or transition.action in CLOCK_ONLY_ACTIONS


def event_of(transition: CaseTransition) -> dict[str, Any]:
    """Return the event of a transition, as a row for `queries.writes`.

    Raises:
        UnknownTransition: The transition table does not contain the transition.
    """
    source = transition.source
    require_transition(Step(transition.action, source, transition.to))
    detail = dict(transition.detail)
    if transition.effective_at < transition.now:
        detail["received_at"] = transition.now
    spot = transition.spot
    return {
        "incident_id": transition.case_id,
        "action": transition.action,
        "from_status": source.value,
        "to_status": transition.to.value,
        "actor_kind": transition.actor.kind.value,
        "actor_id": transition.actor.id,
        "now": transition.effective_at,
        "note": transition.note,
        "detail": detail,
        "lon": spot.lon if spot else None,
        "lat": spot.lat if spot else None,
        "accuracy_m": spot.accuracy_m if spot else None,
        "there_at": spot.at if spot else None,
    }


def blank_places(session: Session, before: datetime) -> int:
    """Erase the positions of transitions before an instant. Returns the number of positions."""
    return writes.blank_places(session, before=before)
