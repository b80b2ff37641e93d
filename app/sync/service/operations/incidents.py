"""Operations on cases, assignments and offers."""

from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.incidents import service as incidents
from app.sync.rules.operations import Done


def report(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    receipt = incidents.report_within(session, actor, **payload)
    return Done(receipt.incident_id, receipt.is_new, receipt.warnings)


def transition(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    return Done(incidents.apply_transition(session, actor, incident_id=id, **payload))


def annotate(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    incidents.annotate(session, actor, incident_id=id, **payload)
    return Done(id)


def accept_assignment(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    incidents.accept(session, actor, assignment_id=id, **payload)
    return Done(id)


def decline_assignment(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    incidents.decline(session, actor, assignment_id=id, **payload)
    return Done(id)


def transition_assignment(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    incidents.record_progress(session, actor, assignment_id=id, **payload)
    return Done(id)


def mark_offer_delivered(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    incidents.deliver(session, actor, offer_id=id)
    return Done(id)
