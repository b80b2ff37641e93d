"""Kinds of operations on the worker's own duty, and the call for help."""

from typing import Any, ClassVar
from uuid import UUID

from app.core.actor import Actor, Permission
from app.core.db import Session
from app.sync.operations.push_kinds import CALL, NEW, Action, Explanation
from app.sync.rules.operation_kinds import Done
from app.workforce import service as workforce
from app.workforce.schemas import SetDuty
from app.workforce.schemas.sos import RaiseSos


class _DutyChange(Action):
    """Base class of the kinds that start or end the duty of the actor."""

    entity, table = "duty", "duty"
    schema = SetDuty
    needs_id = False
    instant_fields = ("at",)
    time_field = "at"

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        return Done(workforce.set_duty(session, actor, worker_id=actor.id, **payload)["id"])


class DutyStart(_DutyChange):
    """Start duty."""

    op = "start"
    constants: ClassVar[dict[str, Any]] = {"on_duty": True}
    explanation = Explanation("Start duty. The account's own worker is meant.")


class DutyEnd(_DutyChange):
    """End duty."""

    op = "end"
    constants: ClassVar[dict[str, Any]] = {"on_duty": False}
    explanation = Explanation("End duty. The account's own worker is meant.")


class SosRaise(Action):
    """Call for help."""

    entity, op, table = "sos", "raise", "sos"
    permissions = (Permission.POSITION_SEND,)
    schema = RaiseSos
    creates_row = True
    instant_fields = ("at",)
    time_field = "at"
    explanation = Explanation(
        "Call for help. Send it in a push of its own, before the rest of the queue. Until the call is closed the worker "
        "gets no offers, on duty too.",
        f"Id of the call, {NEW}",
        CALL,
        {"lon": 120.1551, "lat": 30.2741, "accuracy_m": 12.5},
    )

    def apply(self, session: Session, actor: Actor, row_id: UUID, payload: dict[str, Any]) -> Done:
        return Done(row_id, workforce.raise_sos(session, actor, **payload)[-1])
