"""Operations that wait for a person: kept whole, shown masked, resolved by the worker or by those who lead."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.ids import uuid7
from app.fieldapp.queries import dead_letters as queries
from app.fieldapp.rules.operations import PERSONAL, Operation
from app.fieldapp.service import late


def keep(
    session: Session, actor: Actor, operation: Operation, result: dict[str, Any], *, now: datetime
) -> None:
    """Keep an operation of which somebody has to know, and name it in its result. Others are left alone."""
    if result["status"] not in ("rejected", "conflict") and late.LATE not in result["flags"]:
        return
    letter_id = uuid7()
    about = operation.said.get("about") or {}
    values = {
        "id": letter_id,
        "account": actor.id,
        "device": actor.device_id,
        "status": result["status"] if result["status"] in ("rejected", "conflict") else "applied",
        "code": result.get("code") or late.LATE,
        "entity": operation.entity,
        "op": operation.op,
        "row_id": operation.id,
        "operation": operation.sent,
        "explanation": {name: result[name] for name in ("params", "errors", "fields") if result.get(name)},
        "happened_at": operation.at,
        "now": now,
        "about_kind": about.get("kind"),
        "about_id": about.get("id"),
    }
    if operation.kind is not None and operation.kind.has_place:
        values |= {"lon": operation.said.get("lon"), "lat": operation.said.get("lat")}
    queries.insert(session, values, hangs_on=late.anchor_of(operation))
    result["dead_letter"] = letter_id


def shown_fields(
    session: Session, operation: Operation, fields: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Fields with base, mine and theirs as everybody sees them. What is personal stays plain in row and operation only."""
    kinds = PERSONAL.get(operation.entity or "", {})
    plain = [
        (name, side, value)
        for name, sides in fields.items()
        if name in kinds
        for side, value in sides.items()
        if value is not None
    ]
    masks = queries.masks(session, [(kinds[name], str(value)) for name, _, value in plain])
    shown = {name: dict(sides) for name, sides in fields.items()}
    for (name, side, _), mask in zip(plain, masks, strict=True):
        shown[name][side] = mask
    return shown


def forget(session: Session, *, before: datetime, limit: int) -> int:
    """Forget dead letters that arrived before; how many."""
    return queries.prune(session, before=before, limit=limit)
