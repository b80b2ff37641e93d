"""Operations that wait for a person: kept whole, shown masked, resolved by the worker or by those who lead."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import uuid7
from app.core.paging import encode_cursor, id_after
from app.sync.queries import dead_letters as queries
from app.sync.queries import pushing
from app.sync.rules import letters as rules
from app.sync.rules.operations import PERSONAL, Operation, said_about, without_citizen_numbers
from app.sync.service import late, merged

# Which fields an operation of this entity and name may have.
KnownFields = Callable[[str | None, str | None], Collection[str]]


def keep(
    session: Session, actor: Actor, operation: Operation, result: dict[str, Any], *, now: datetime
) -> None:
    """Keep an operation of which somebody has to know, and name it in its result. Others are left alone."""
    if result["status"] not in ("rejected", "conflict") and late.LATE not in result["flags"]:
        return
    letter_id = uuid7()
    kind, about_id = said_about(operation.sent)
    values = {
        "id": letter_id,
        "account": actor.id,
        "device": actor.device_id,
        "status": result["status"] if result["status"] in ("rejected", "conflict") else "applied",
        "code": result.get("code") or late.LATE,
        "entity": operation.entity,
        "op": operation.op,
        "row_id": operation.id,
        "operation": without_citizen_numbers(operation.sent),
        "explanation": {name: result[name] for name in ("params", "errors", "fields") if result.get(name)},
        "happened_at": operation.at,
        "now": now,
        "about_kind": kind,
        "about_id": about_id,
    }
    if operation.kind is not None and operation.kind.has_place:
        values |= {"lon": operation.said.get("lon"), "lat": operation.said.get("lat")}
    queries.insert(session, values, hangs_on=late.anchor_of(operation))
    result["dead_letter"] = letter_id


def shown_fields(
    session: Session, operation: Operation, fields: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return fields with base, mine and theirs as everybody sees them.

    What is personal stays plain in row and operation only. Different values with equal masks are told apart by a mark.
    """
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
    for name in kinds.keys() & fields.keys():
        shown[name] = rules.told_apart(fields[name], shown[name])
    return shown


def forget(session: Session, *, before: datetime, limit: int) -> int:
    """Forget dead letters that arrived before; how many."""
    return queries.prune(session, before=before, limit=limit)


def listing(
    session: Session,
    actor: Actor,
    *,
    known: KnownFields,
    state: str | None = None,
    mine: bool = False,
    worker: UUID | None = None,
    status: Sequence[str] | None = None,
    limit: int,
    cursor: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """Dead letters that concern the actor, the newest first, and the cursor of the next page."""
    found = queries.page(
        session,
        actor,
        now=clock.now(),
        is_open=None if state is None else state == "open",
        mine=mine,
        account_id=worker,
        status=status,
        before=id_after(cursor),
        limit=limit,
    )
    following = encode_cursor([str(found[limit - 1]["id"])]) if len(found) > limit else None
    return [_told(session, letter, known) for letter in found[:limit]], following


def resolve(
    session: Session,
    actor: Actor,
    *,
    letter_id: UUID,
    action: str,
    note: str | None,
    known: KnownFields,
    read: Callable[[dict[str, Any], datetime | None], Operation],
) -> dict[str, Any]:
    """Settle a dead letter, and the letter. What is run again is run as the actor, by the rules of now.

    `read` makes an operation of what was sent, and of when that was by the right clock.
    An error of the operation leaves the letter as it was.
    """
    now = clock.now()
    letter = queries.hold(session, actor, letter_id, now=now)
    if letter is None:
        raise NotFound("not_found")
    if letter["resolved_at"] is not None:
        if (letter["resolution"], letter["resolved_by"]) == (action, actor.id):
            return _told(session, letter, known)
        raise Conflict("letter_resolved")
    if action != "discard":
        _run_again(
            session,
            actor,
            letter,
            read(letter["operation"], letter["happened_at"]),
            wins=action == "apply_mine",
        )
    queries.resolve(session, letter_id, by=actor.id, resolution=action, note=note, now=now)
    accounts.record(
        session,
        actor,
        action=f"dead_letter.{action}",
        entity="account",
        entity_id=letter["account_id"],
        detail={"dead_letter": letter_id, "code": letter["code"]},
    )
    settled = queries.hold(session, actor, letter_id, now=now)
    if settled is None:
        raise NotFound("not_found")
    return _told(session, settled, known)


def _run_again(
    session: Session, actor: Actor, letter: RowMapping, operation: Operation, *, wins: bool
) -> None:
    if letter["status"] == "applied":
        raise Conflict("letter_applied")
    kind, refused = operation.kind, operation.refused
    if refused is not None or kind is None:
        code = refused.code if refused else "operation_unknown"
        if code == "permission_missing" and refused:
            raise Forbidden(code, **refused.params)
        raise Invalid(code, extra={"errors": refused.errors if refused else []})
    if not kind.needs_id and actor.id != letter["account_id"]:
        raise Conflict("not_a_worker")  # nobody is on duty in somebody else's place
    row_id = operation.id or UUID(int=0)
    if kind.facets is None:
        if not kind.is_delete or pushing.exists(session, kind.table, row_id):
            kind.apply(session, actor, row_id, operation.said)
        return
    if letter["status"] == "conflict":
        # Its other fields were applied when it came.
        left = letter["explanation"].get("fields", {})
        said = {name: value for name, value in operation.said.items() if name in left}
        operation = replace(operation, said=said)
    outcome = merged.change(session, actor, operation, wins=wins)
    if outcome.conflicts:
        fields = shown_fields(session, operation, outcome.conflicts)
        raise Conflict(merged.CONFLICT, extra={"fields": fields})


def _told(session: Session, letter: RowMapping, known: KnownFields) -> dict[str, Any]:
    """A dead letter as it is shown, without the sentence of its code."""
    operation = letter["operation"]
    personal = list(rules.personal_values(operation))
    masks = queries.masks(session, [(kind, value) for _, kind, value in personal])
    masked = {path: mask for (path, _, _), mask in zip(personal, masks, strict=True)}
    explanation = letter["explanation"]
    return {
        "id": letter["id"],
        "worker": {"id": letter["account_id"], "name": letter["account_name"]},
        **{name: letter[name] for name in ("device_id", "status", "code", "entity", "op", "row_id")},
        "operation": rules.shown(operation, masked, known(letter["entity"], letter["op"])),
        "params": explanation.get("params", {}),
        "errors": explanation.get("errors", []),
        "fields": explanation.get("fields"),
        **{name: letter[name] for name in ("happened_at", "arrived_at", "resolution", "resolved_at")},
        **{name: letter[name] for name in ("resolved_by", "note", "version")},
    }
