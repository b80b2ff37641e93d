"""Operations on the worker's own duty, and the emergency call."""

from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.sync.rules.operations import Done
from app.workforce import service as workforce


def set_duty(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    return Done(workforce.set_duty(session, actor, worker_id=actor.id, **payload)["id"])


def raise_sos(session: Any, actor: Actor, id: UUID, payload: dict[str, Any]) -> Done:
    return Done(id, workforce.raise_sos(session, actor, **payload)[-1])
