"""Kinds of operations on cases, assignments and offers."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core.actor import Actor, Permission
from app.core.db import Session
from app.incidents import schemas
from app.incidents import service as incidents
from app.sync.operations.push_kinds import ASSIGNMENT, CASE, NEW, OFFER, Action, Explanation
from app.sync.rules.operation_kinds import CASES, Done


class IncidentReport(Action):
    """Report a new case.

    Several reports are applied together. Each is about no person or unit, names no component and fixes nothing on the spot.
    """

    entity, op, table = "incident", "report", "incident"
    permissions = (Permission.INCIDENT_REPORT,)
    schema = schemas.ReportAtPoint
    creates_row = True
    instant_fields = ("occurred_at",)
    has_location = True
    realm = CASES
    explanation = Explanation(
        "Report a new case. It is never refused for its place or its category.",
        f"Id of the case, {NEW}",
        CASE,
        {"lon": 120.1551, "lat": 30.2741, "category": "E0102", "description": "垃圾堆积"},
    )

    def can_batch(self, payload: Mapping[str, Any]) -> bool:
        return not {"about", "component_id", "handled_on_the_spot"} & payload.keys()

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        receipt = incidents.report_within(session, actor, **payload)
        return Done(receipt.incident_id, receipt.is_new, receipt.warnings)

    def apply_many(
        self, session: Session, actor: Actor, operations: Sequence[tuple[UUID, dict[str, Any]]]
    ) -> Sequence[Done]:
        receipts = incidents.report_each_within(session, actor, [payload for _, payload in operations])
        return [Done(receipt.incident_id, receipt.is_new, receipt.warnings) for receipt in receipts]


class IncidentTransition(Action):
    """Carry out a transition of a case. Several starts are carried out together."""

    entity, op, table = "incident", "transition", "incident"
    permissions = (Permission.INCIDENT_HANDLE,)
    schema = schemas.PushedTransition
    realm = CASES
    takes_happened_at = True
    explanation = Explanation(
        "Take a step in the life cycle of a case: start, feed back, ask for more time, verify and so on.",
        "Id of the case",
        CASE,
        {"action": "feed_back", "note": "已清理"},
    )

    def can_batch(self, payload: Mapping[str, Any]) -> bool:
        return payload.get("action") == "start" and not payload.get("media")

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        return Done(incidents.apply_transition(session, actor, incident_id=row_id, **payload))

    def apply_many(
        self, session: Session, actor: Actor, operations: Sequence[tuple[UUID, dict[str, Any]]]
    ) -> Sequence[Done]:
        starts = {
            row_id: {name: value for name, value in payload.items() if name != "action"}
            for row_id, payload in operations
        }
        incidents.start_each(session, actor, starts)
        return [Done(row_id) for row_id in starts]


class IncidentNote(Action):
    """Add a note to a case."""

    entity, op, table = "incident", "note", "incident"
    permissions = (Permission.INCIDENT_HANDLE,)
    schema = schemas.Annotate
    realm = CASES
    explanation = Explanation(
        "Add a note to a case.", "Id of the case", CASE, {"words": "晚上八点以后有人在家"}
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        incidents.annotate(session, actor, incident_id=row_id, **payload)
        return Done(row_id)


class AssignmentAccept(Action):
    """Accept an assignment."""

    entity, op, table = "assignment", "accept", "assignment"
    permissions = (Permission.INCIDENT_HANDLE,)
    realm = CASES
    takes_happened_at = True
    explanation = Explanation("Accept an assignment.", "Id of the assignment", ASSIGNMENT)

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        incidents.accept(session, actor, assignment_id=row_id, **payload)
        return Done(row_id)


class AssignmentDecline(Action):
    """Decline an assignment."""

    entity, op, table = "assignment", "decline", "assignment"
    permissions = (Permission.INCIDENT_HANDLE,)
    schema = schemas.Decline
    realm = CASES
    explanation = Explanation(
        "Decline an assignment.", "Id of the assignment", ASSIGNMENT, {"reason": "手头任务已满"}
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        incidents.decline(session, actor, assignment_id=row_id, **payload)
        return Done(row_id)


class AssignmentTransition(Action):
    """Record progress of an assignment, or give the assignment back."""

    entity, op, table = "assignment", "transition", "assignment"
    permissions = (Permission.INCIDENT_HANDLE,)
    schema = schemas.PushedAssignmentTransition
    instant_fields = ("at",)
    time_field = "at"
    realm = CASES
    explanation = Explanation(
        "Record that the worker is on the way or on the scene, or give an accepted assignment back.",
        "Id of the assignment",
        ASSIGNMENT,
        {"action": "en_route"},
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        incidents.record_progress(session, actor, assignment_id=row_id, **payload)
        return Done(row_id)


class OfferDelivered(Action):
    """Record that an offer has reached the device."""

    entity, op, table = "offer", "delivered", "offer"
    permissions = (Permission.INCIDENT_HANDLE,)
    realm = CASES
    explanation = Explanation("Record that an offer has reached the device.", "Id of the offer", OFFER)

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        incidents.deliver(session, actor, offer_id=row_id)
        return Done(row_id)
