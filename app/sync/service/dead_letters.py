"""Dead letters: store, list masked, resolve by the worker or a supervisor."""

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
from app.sync.queries import push
from app.sync.rules import masked_letters as rules
from app.sync.rules.operations import PERSONAL, Operation, subject_of_report, without_citizen_numbers
from app.sync.service import reassignment_grace, row_patches

# Which fields an operation of this entity and name may have.
KnownFields = Callable[[str | None, str | None], Collection[str]]


def store_if_needed(
    session: Session, actor: Actor, operation: Operation, result: dict[str, Any], *, now: datetime
) -> None:
    """Store a dead letter for a rejected, conflicting or late operation and put its id in `result`."""
    if result["status"] not in ("rejected", "conflict") and reassignment_grace.LATE not in result["flags"]:
        return
    letter_id = uuid7()
    kind, about_id = subject_of_report(operation.sent)
    values = {
        "id": letter_id,
        "account": actor.id,
        "device": actor.device_id,
        "status": result["status"] if result["status"] in ("rejected", "conflict") else "applied",
        "code": result.get("code") or reassignment_grace.LATE,
        "entity": operation.entity,
        "op": operation.op,
        "row_id": operation.id,
        "operation": without_citizen_numbers(operation.sent),
        "explanation": {name: result[name] for name in ("params", "errors", "fields") if result.get(name)},
        "happened_at": operation.happened_at,
        "now": now,
        "about_kind": kind,
        "about_id": about_id,
    }
    if operation.kind is not None and operation.kind.has_location:
        values |= {"lon": operation.payload.get("lon"), "lat": operation.payload.get("lat")}
    queries.insert(session, values, anchor=reassignment_grace.anchor_of(operation))
    result["dead_letter"] = letter_id


def masked_fields(
    session: Session, operation: Operation, fields: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return fields with base, mine and theirs masked for everybody.

    Personal values are plain only in the row and the stored operation. Different values with equal masks are marked.
    """
    kinds = PERSONAL.get(operation.entity or "", {})
    plain = [
        (name, side, value)
        for name, sides in fields.items()
        if name in kinds
        for side, value in sides.items()
        if value is not None
    ]
    masks = queries.mask_values(session, [(kinds[name], str(value)) for name, _, value in plain])
    shown = {name: dict(sides) for name, sides in fields.items()}
    for (name, side, _), mask in zip(plain, masks, strict=True):
        shown[name][side] = mask
    for name in kinds.keys() & fields.keys():
        shown[name] = rules.mark_distinct_masks(fields[name], shown[name])
    return shown


def delete_older(session: Session, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` dead letters that arrived before `before`. Return their number."""
    return queries.delete_older(session, before=before, limit=limit)


def listing(
    session: Session,
    actor: Actor,
    *,
    known_fields: KnownFields,
    state: str | None = None,
    mine: bool = False,
    worker_id: UUID | None = None,
    status: Sequence[str] | None = None,
    limit: int,
    cursor: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return dead letters the actor may read, newest first, and the cursor of the next page."""
    letters = queries.visible_letters(
        session,
        actor,
        now=clock.now(),
        is_open=None if state is None else state == "open",
        is_own_only=mine,
        account_id=worker_id,
        status=status,
        before=id_after(cursor),
        limit=limit,
    )
    following = encode_cursor([str(letters[limit - 1]["id"])]) if len(letters) > limit else None
    return [_to_dict(session, letter, known_fields) for letter in letters[:limit]], following


def resolve(
    session: Session,
    actor: Actor,
    *,
    letter_id: UUID,
    action: str,
    note: str | None,
    known_fields: KnownFields,
    parse: Callable[[dict[str, Any], datetime | None], Operation],
) -> dict[str, Any]:
    """Resolve a dead letter. `retry` and `apply_mine` run its operation as the actor, by the present rules.

    `parse` makes an operation of the stored one and its corrected time. An error of the operation leaves the letter open.
    """
    now = clock.now()
    letter = queries.lock_visible(session, actor, letter_id, now=now)
    if letter is None:
        raise NotFound("not_found")
    if letter["resolved_at"] is not None:
        if (letter["resolution"], letter["resolved_by"]) == (action, actor.id):
            return _to_dict(session, letter, known_fields)
        raise Conflict("letter_resolved")
    if action != "discard":
        _run_again(
            session,
            actor,
            letter,
            parse(letter["operation"], letter["happened_at"]),
            is_forced=action == "apply_mine",
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
    resolved = queries.lock_visible(session, actor, letter_id, now=now)
    if resolved is None:
        raise NotFound("not_found")
    return _to_dict(session, resolved, known_fields)


def _run_again(
    session: Session, actor: Actor, letter: RowMapping, operation: Operation, *, is_forced: bool
) -> None:
    if letter["status"] == "applied":
        raise Conflict("letter_applied")
    kind, refused = operation.kind, operation.refusal
    if refused is not None or kind is None:
        code = refused.code if refused else "operation_unknown"
        if code == "permission_missing" and refused:
            raise Forbidden(code, **refused.params)
        raise Invalid(code, extra={"errors": refused.errors if refused else []})
    if not kind.needs_id and actor.id != letter["account_id"]:
        raise Conflict("not_a_worker")  # nobody is on duty in somebody else's place
    row_id = operation.id or UUID(int=0)
    if kind.facets is None:
        if not kind.is_delete or push.row_exists(session, kind.table, row_id):
            kind.apply(session, actor, row_id, operation.payload)
        return
    if letter["status"] == "conflict":
        # Its other fields were applied when it came.
        fields_in_conflict = letter["explanation"].get("fields", {})
        conflicting = {name: value for name, value in operation.payload.items() if name in fields_in_conflict}
        operation = replace(operation, payload=conflicting)
    outcome = row_patches.apply_patch(session, actor, operation, is_forced=is_forced)
    if outcome.conflicts:
        fields = masked_fields(session, operation, outcome.conflicts)
        raise Conflict(row_patches.FIELD_CONFLICT, extra={"fields": fields})


def _to_dict(session: Session, letter: RowMapping, known_fields: KnownFields) -> dict[str, Any]:
    """Return a dead letter without the localised text of its code."""
    operation = letter["operation"]
    personal = list(rules.personal_values(operation))
    masks = queries.mask_values(session, [(kind, value) for _, kind, value in personal])
    masked = {path: mask for (path, _, _), mask in zip(personal, masks, strict=True)}
    explanation = letter["explanation"]
    return {
        "id": letter["id"],
        "worker": {"id": letter["account_id"], "name": letter["account_name"]},
        **{name: letter[name] for name in ("device_id", "status", "code", "entity", "op", "row_id")},
        "operation": rules.masked_operation(operation, masked, known_fields(letter["entity"], letter["op"])),
        "params": explanation.get("params", {}),
        "errors": explanation.get("errors", []),
        "fields": explanation.get("fields"),
        **{name: letter[name] for name in ("happened_at", "arrived_at", "resolution", "resolved_at")},
        **{name: letter[name] for name in ("resolved_by", "note", "version")},
    }
