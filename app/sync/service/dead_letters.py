"""Dead letters: store, list with masked values, and resolve them."""

from collections.abc import Collection, Mapping
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
from app.sync.rules.letter_filter import LetterFilter
from app.sync.rules.operation_kinds import ActionKind
from app.sync.rules.operations import PERSONAL, Operation, subject_of_report, without_citizen_numbers
from app.sync.rules.results import Result
from app.sync.service import reassignment_grace, row_patches

# Names of the fields that the patch of an operation may have, by entity and op.
KnownFields = Mapping[tuple[str, str], Collection[str]]


def store_if_needed(
    session: Session, actor: Actor, operation: Operation, result: Result, *, now: datetime
) -> UUID | None:
    """Store a dead letter for a rejected, conflicting or late operation, and return its id.

    Returns None for any other operation.
    """
    if result.is_effective and reassignment_grace.LATE not in result.flags:
        return None
    letter_id = uuid7()
    kind, about_id = subject_of_report(operation.sent)
    explanation = {"params": result.params, "errors": result.errors, "fields": result.fields}
    values = {
        "id": letter_id,
        "account": actor.id,
        "device": actor.device_id,
        "status": "applied" if result.is_effective else result.status,
        "code": result.code or reassignment_grace.LATE,
        "entity": operation.entity,
        "op": operation.op,
        "row_id": operation.id,
        "operation": without_citizen_numbers(operation.sent),
        "explanation": {name: value for name, value in explanation.items() if value},
        "happened_at": operation.happened_at,
        "now": now,
        "about_kind": kind,
        "about_id": about_id,
    }
    if operation.kind is not None and operation.kind.has_location:
        values |= {"lon": operation.payload.get("lon"), "lat": operation.payload.get("lat")}
    queries.insert(session, values, anchor=reassignment_grace.anchor_of(operation))
    return letter_id


def masked_fields(
    session: Session, operation: Operation, fields: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the fields in conflict with personal values masked in `base`, `mine` and `theirs`.

    Personal values are stored unmasked only in the row and in the operation; the fields in conflict are stored masked.
    Different values that look equal when masked are marked.
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
    """Delete at most `limit` dead letters that arrived before `before`. Return their number."""
    return queries.delete_older(session, before=before, limit=limit)


def listing(
    session: Session,
    actor: Actor,
    filters: LetterFilter,
    *,
    known_fields: KnownFields,
    limit: int,
    cursor: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of the dead letters that the actor may read, newest first.

    The second returned value is the cursor of the next page.
    """
    filters = replace(filters, before=id_after(cursor))
    letters = queries.visible_letters(session, actor, filters, limit=limit, now=clock.now())
    following = encode_cursor([str(letters[limit - 1]["id"])]) if len(letters) > limit else None
    return [_to_dict(session, letter, known_fields) for letter in letters[:limit]], following


def lock_letter(session: Session, actor: Actor, letter_id: UUID) -> RowMapping:
    """Lock and return a dead letter.

    Raises:
        NotFound: There is no such letter, or the actor may not read it.
    """
    letter = queries.lock_visible(session, actor, letter_id, now=clock.now())
    if letter is None:
        raise NotFound("not_found")
    return letter


def resolve(
    session: Session,
    actor: Actor,
    letter: RowMapping,
    *,
    action: str,
    note: str | None,
    operation: Operation | None,
    known_fields: KnownFields,
) -> dict[str, Any]:
    """Resolve a locked dead letter, and return it.

    A person has chosen one of three ways. `retry` and `apply_mine` apply the operation of the letter as the actor, by the
    present rules. `discard` does not apply it. If the operation fails, its error is raised and the letter stays open. If
    the same actor has resolved the letter in the same way before, nothing is done.

    Args:
        letter: Return value of `lock_letter` in this transaction.
        operation: The operation of the letter, parsed for the actor. None: the operation is not applied (`discard`).

    Raises:
        Conflict: The letter was resolved in another way or by another person.
    """
    if letter["resolved_at"] is not None:
        if (letter["resolution"], letter["resolved_by"]) == (action, actor.id):
            return _to_dict(session, letter, known_fields)
        raise Conflict("letter_resolved")
    if operation is not None:
        _run_again(session, actor, letter, operation, is_forced=action == "apply_mine")
    queries.resolve(session, letter["id"], by=actor.id, resolution=action, note=note, now=clock.now())
    accounts.record(
        session,
        actor,
        action=f"dead_letter.{action}",
        entity="account",
        entity_id=letter["account_id"],
        detail={"dead_letter": letter["id"], "code": letter["code"]},
    )
    return _to_dict(session, lock_letter(session, actor, letter["id"]), known_fields)


def _run_again(
    session: Session, actor: Actor, letter: RowMapping, operation: Operation, *, is_forced: bool
) -> None:
    """Apply the operation of a letter as the actor.

    `is_forced`: write all fields, without merging.

    Raises:
        Conflict: The operation of the letter was applied already; or it starts or ends the duty of another account; or
            fields are still in conflict.
        Forbidden: The actor lacks a permission for the operation.
        Invalid: The operation has faults.
    """
    if letter["status"] == "applied":
        raise Conflict("letter_applied")
    kind, refused = operation.kind, operation.refusal
    if refused is not None or kind is None:
        code = refused.code if refused else "operation_unknown"
        if code == "permission_missing" and refused:
            raise Forbidden(code, **refused.params)
        raise Invalid(code, extra={"errors": refused.errors if refused else []})
    if not kind.needs_id and actor.id != letter["account_id"]:
        raise Conflict("not_a_worker")  # duty can be started and ended by the worker alone
    row_id = operation.row_id
    if isinstance(kind, ActionKind):
        if not kind.is_delete or push.row_exists(session, kind.table, row_id):
            kind.apply(session, actor, row_id, operation.payload)
        return
    if letter["status"] == "conflict":
        # The other fields were applied when the operation came.
        fields_in_conflict = letter["explanation"].get("fields", {})
        conflicting = {name: value for name, value in operation.payload.items() if name in fields_in_conflict}
        operation = replace(operation, payload=conflicting)
    outcome = row_patches.apply_patch(session, actor, kind, operation, is_forced=is_forced)
    if outcome.conflicts:
        fields = masked_fields(session, operation, outcome.conflicts)
        raise Conflict(row_patches.FIELD_CONFLICT, extra={"fields": fields})


def _to_dict(session: Session, letter: RowMapping, known_fields: KnownFields) -> dict[str, Any]:
    """Return a dead letter for the response, without the sentence that explains its code."""
    operation = letter["operation"]
    personal = list(rules.personal_values(operation))
    masks = queries.mask_values(session, [(kind, value) for _, kind, value in personal])
    masked = {path: mask for (path, _, _), mask in zip(personal, masks, strict=True)}
    explanation = letter["explanation"]
    return {
        "id": letter["id"],
        "worker": {"id": letter["account_id"], "name": letter["account_name"]},
        **{name: letter[name] for name in ("device_id", "status", "code", "entity", "op", "row_id")},
        "operation": rules.masked_operation(
            operation, masked, known_fields.get((letter["entity"], letter["op"]), ())
        ),
        "params": explanation.get("params", {}),
        "errors": explanation.get("errors", []),
        "fields": explanation.get("fields"),
        **{name: letter[name] for name in ("happened_at", "arrived_at", "resolution", "resolved_at")},
        **{name: letter[name] for name in ("resolved_by", "note", "version")},
    }
