"""Route of push: it applies the operations that a device did offline (/sync/push)."""

from typing import Any

from flask import Response, current_app

from app.core import clock
from app.http.compression import accept_gzip, limit_body
from app.http.messages import sentence, with_message
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.sync import service
from app.sync.routes.operation_parser import parse_operation
from app.sync.rules.operations import Operation, Verdict, clock_shift, instant_of
from app.sync.rules.results import Result
from app.sync.schemas.push import Push, Pushed

blp = Blueprint("sync-push", __name__, url_prefix="/api/v1/sync", tag="Sync")


@blp.route("/push", methods=["POST"])
@blp.guard()
@limit_body("push_limit_bytes")
@accept_gzip
@blp.arguments(Push)
@blp.response(200, Pushed)
@blp.problem(409, "device_busy")
@blp.problem(413)
def push_operations(body: dict[str, Any]) -> Response:
    """Push the operations of a device

    Applies at most 500 operations in the order of `device_seq` and answers each with a result. Operations are independent: a
    rejected one does not stop the next; those with the same `group` take effect together or not at all. Each operation needs
    the permission of the route that does the same. An operation that is sent again unchanged gets its first result, as
    `duplicate` if it took effect. `rejected` with `retryable` true has no stored result: send it again unchanged. Every other
    result is final; rejected, conflicting and late operations are stored as dead letters. The body may be gzipped. An empty
    `ops` applies nothing and returns `applied_device_seq`.
    """
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    now, sent_at = clock.now(), instant_of(body["sent_at"])
    shift = clock_shift(sent_at, now)
    operations = [
        parse_operation(
            sent, index, actor=actor, shift=shift, now=now, limit_bytes=settings.push_op_limit_bytes
        )
        for index, sent in enumerate(body["ops"])
    ]
    outcome = service.push(actor, operations=operations, sent_at=sent_at, settings=settings)
    candidates = service.duplicate_candidates(actor, operations, outcome.results)
    return json_response(
        {
            "server_time": outcome.now.isoformat(),
            "skew_seconds": outcome.skew_s,
            "applied_device_seq": outcome.applied_seq,
            "missing_device_seq_ranges": outcome.missing_ranges,
            "results": [
                result_response(operation, outcome.results.get(operation.index))
                | {"duplicate_candidates": candidates.get(operation.index, [])}
                for operation in operations
            ],
        }
    )


NOT_TRIED = Verdict("busy")


def result_response(operation: Operation, result: Result | None) -> dict[str, Any]:
    """Return the result of one operation for the response, in the caller's language.

    Args:
        result: None: the operation has no result yet, so the device has to send it again.
    """
    is_final = result is not None
    result = result or Result.rejected(None, NOT_TRIED)
    warnings = [*result.warnings, *operation.warnings] if result.is_effective else []
    return {
        "op_id": operation.sent.get("op_id"),
        "device_seq": operation.device_seq,
        "status": result.status,
        "id": result.id or operation.id,
        "version": result.version,
        "code": result.code,
        "detail": sentence(result.code, **result.params) if result.code else None,
        "errors": [with_message(fault) for fault in result.errors],
        "warnings": [with_message(warning) for warning in warnings],
        "retryable": not is_final,
        "fields": result.fields,
        "dead_letter": result.dead_letter,
        "flags": result.flags,
    }
