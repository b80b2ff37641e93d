"""One action on many cases, each in its own transaction.

If a case fails, the other cases are still processed.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core import clock, db, idempotency
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.incidents.cases.queries import writes
from app.incidents.desk.queries import bulk
from app.incidents.desk.service.corrections import correct
from app.incidents.desk.service.merges import merge
from app.incidents.desk.service.notes import annotate
from app.incidents.lifecycle.service.transitions import apply_transition

ROUTE = "incidents.bulk"
Transaction = Callable[[Actor], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an action on one case.

    Attributes:
        version: Version of the case after the action. None: the action failed.
        code: Code of the error. None: the action succeeded.
        params: Values for the message of `code`.
        errors: Faults of single fields.
        is_repeat: The action was applied before under the same key.
    """

    id: UUID
    version: int | None = None
    code: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    is_repeat: bool = False


def act_on_many(
    transaction: Transaction,
    actor: Actor,
    *,
    action: str,
    ids: Sequence[UUID],
    body: dict[str, Any],
    key: str | None = None,
) -> list[Outcome]:
    """Apply one action to several cases, in the given order.

    With a key, cases where the action succeeded before are skipped, and cases where it failed are tried again.

    Returns:
        The outcome of each case. Its code is `id_reused` if the key was used for another action.
    """
    operation = _Operation(action, body, key, idempotency.digest({"action": action, "body": body}))
    return [_apply_to_case(transaction, actor, operation, incident_id) for incident_id in ids]


@dataclass(frozen=True, slots=True)
class _Operation:
    action: str
    body: dict[str, Any]
    key: str | None
    digest: bytes


def _apply_to_case(
    transaction: Transaction, actor: Actor, operation: _Operation, incident_id: UUID
) -> Outcome:
    def attempt() -> Outcome:
        with transaction(actor) as session:
            return _apply(session, actor, operation, incident_id)

    try:
        return db.with_retries(attempt)
    except DomainError as error:
        errors = list(error.extra.get("errors", []))
        return Outcome(incident_id, code=error.code, params=dict(error.params), errors=errors)
    except OperationalError:
        return Outcome(incident_id, code="busy")


def _apply(session: Session, actor: Actor, operation: _Operation, incident_id: UUID) -> Outcome:
    if operation.key is not None and not _claim(session, actor, operation, incident_id):
        return Outcome(incident_id, version=_version(session, incident_id), is_repeat=True)
    _HANDLERS[operation.action](session, actor, incident_id, operation.body)
    return Outcome(incident_id, version=_version(session, incident_id))


def _claim(session: Session, actor: Actor, operation: _Operation, incident_id: UUID) -> bool:
    """Store the key of the operation on one case. Return False if it was applied before.

    If the action fails afterwards, the transaction is rolled back and the key can be used again.

    Raises:
        Conflict: `id_reused`: the key was used for another action.
    """
    key = f"{operation.key}:{incident_id}"
    is_new = bulk.claim_operation(
        session,
        principal=actor.principal,
        key=key,
        route=ROUTE,
        digest=operation.digest,
        result={"incident_id": incident_id},
        now=clock.now(),
    )
    if is_new:
        return True
    done = bulk.operation(session, principal=actor.principal, key=key)
    if bytes(done["digest"]) != operation.digest:
        raise Conflict("id_reused")
    return False


def _version(session: Session, incident_id: UUID) -> int | None:
    case = writes.lock_case(session, incident_id)
    version: int | None = case["version"] if case else None
    return version


def _urge(session: Session, actor: Actor, incident_id: UUID, body: dict[str, Any]) -> None:
    apply_transition(session, actor, incident_id=incident_id, action="urge", **body)


def _assign(session: Session, actor: Actor, incident_id: UUID, body: dict[str, Any]) -> None:
    apply_transition(session, actor, incident_id=incident_id, action="reassign", **body)


def _transition(session: Session, actor: Actor, incident_id: UUID, body: dict[str, Any]) -> None:
    apply_transition(session, actor, incident_id=incident_id, **body)


def _correct(session: Session, actor: Actor, incident_id: UUID, body: dict[str, Any]) -> None:
    correct(session, actor, incident_id=incident_id, expected=None, **body)


def _note(session: Session, actor: Actor, incident_id: UUID, body: dict[str, Any]) -> None:
    annotate(session, actor, incident_id=incident_id, **body)


def _merge(session: Session, actor: Actor, incident_id: UUID, body: dict[str, Any]) -> None:
    merge(session, actor, incident_id=incident_id, **body)


_HANDLERS: dict[str, Callable[[Session, Actor, UUID, dict[str, Any]], None]] = {
    "urge": _urge,
    "transition": _transition,
    "assign": _assign,
    "correct": _correct,
    "note": _note,
    "merge": _merge,
}
