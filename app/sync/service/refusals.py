"""Refusal of operations: find the reason for an error, store the result and the dead letter."""

import logging
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from app.core import db
from app.core.constraint_errors import code_of_integrity
from app.core.errors import DomainError, Forbidden, NotFound, Throttled, Unavailable
from app.sync.rules.operations import Operation, Verdict
from app.sync.rules.results import Result
from app.sync.service import operation_results, reassignment_grace
from app.sync.service.push_context import Failure, Interruption, PushContext, Unit, in_savepoint

log = logging.getLogger("gridward.fieldapp.push")
TOOK_TOO_LONG = "took_too_long"


def refuse(
    work: PushContext, unit: Unit, culprit: Operation, verdict: Verdict, *, conflict: Result | None = None
) -> Interruption | None:
    """Store the refusal of an operation, or of all operations of its group, with dead letters.

    Returns None if the refusal was stored. If nothing could be stored now, returns the reason why the push has to stop.

    Args:
        unit: The operation, or all operations of its group.
        culprit: The operation that `verdict` is about.
        conflict: Result of `culprit` if it is in conflict. None: `culprit` is rejected.
    """
    if verdict.is_retryable:
        return Interruption()
    if verdict.code == operation_results.REUSED:
        # The key belongs to another operation; the refusal of this one is stored under a key of its own.
        renamed = replace(culprit, key=f"{culprit.key} {culprit.digest.hex()}")
        unit = [renamed if operation is culprit else operation for operation in unit]
        culprit = renamed
    results: dict[int, Result] = {}
    for operation in unit:
        reason = verdict if operation is culprit else operation.refusal or Verdict("group_failed")
        results[operation.index] = Result.rejected(operation.id, reason)
    if conflict is not None:
        results[culprit.index] = conflict

    def store() -> None:
        """Claim the operations, and store the results of those that have no result yet."""
        answered = operation_results.claim(work, unit)
        new = [operation for operation in unit if operation.index not in answered]
        results.update(operation_results.settle(work, new, results) | answered)

    error = in_savepoint(work.session, store)
    if isinstance(error, Exception):
        if isinstance(error, SQLAlchemyError) and db.is_transient(error):
            return Interruption(error)
        raise error
    work.results |= results
    return None


def is_no_access(error: Exception | Verdict) -> bool:
    """Return True if the error means that the row does not exist or the actor has no access.

    The device gets the same answer in both cases.
    """
    return isinstance(error, NotFound | Forbidden) and error.code in ("not_found", "outside_own_areas")


def verdict_of(work: PushContext, failure: Failure) -> Verdict:
    """Return why a failed operation is refused: the code and the details."""
    error = failure.reason
    if isinstance(error, Verdict):
        return error
    if is_no_access(error) and reassignment_grace.was_responsible(
        work.session, work.actor, failure.operation
    ):
        return Verdict(reassignment_grace.OUT_OF_SCOPE)
    if isinstance(error, DomainError):
        params = dict(error.params) | {name: value for name, value in error.extra.items() if name != "errors"}
        is_retryable = isinstance(error, Throttled | Unavailable)
        return Verdict(error.code, params, _faults_of_patch(error), is_retryable)
    if isinstance(error, IntegrityError):
        return Verdict(code_of_integrity(error))
    if isinstance(error, DataError):
        return Verdict("validation_failed")
    if db.is_statement_timeout(error):
        log.warning("operation took too long in each of its attempts")
        return Verdict(TOOK_TOO_LONG)
    # A fault of the server. The operation is stored whole, and does not block the queue.
    log.error("operation failed", exc_info=error)
    return Verdict("internal")


def _faults_of_patch(error: DomainError) -> list[dict[str, Any]]:
    """Return the field errors of a service, with `patch.` added before the name of each field."""
    faults: list[dict[str, Any]] = error.extra.get("errors", [])
    return [fault | {"field": f"patch.{fault['field']}"} if "field" in fault else fault for fault in faults]
