"""Claims of operations before they are applied, and storage of their results afterwards.

To claim an operation is to insert its key, so that it is applied only once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import RowMapping

from app.sync.queries import push as queries
from app.sync.rules.operations import Operation, Verdict
from app.sync.rules.results import REPLAY, Result
from app.sync.service import dead_letters
from app.sync.service.push_context import PushContext

REUSED = "op_id_reused"


def claim(work: PushContext, operations: Sequence[Operation]) -> dict[int, Result]:
    """Claim operations by inserting their keys, and return the results of repeated ones.

    An operation is repeated if its key was stored before. If a key is inserted, no other transaction applies this
    operation. The returned results are by index.
    """
    principal = work.actor.principal
    new_keys = queries.claim(
        work.session, principal, [(operation.key, operation.digest) for operation in operations], now=work.now
    )
    repeats = [operation for operation in operations if operation.key not in new_keys]
    if not repeats:
        return {}
    stored = queries.stored_results(work.session, principal, [operation.key for operation in repeats])
    return {operation.index: replayed_result(operation, stored[operation.key]) for operation in repeats}


def replayed_result(operation: Operation, stored: RowMapping) -> Result:
    """Return the result for an operation that the device has sent again.

    It is the stored result of the first time, with the status `duplicate` if the operation took effect then. If the stored
    digest differs, the key belongs to another operation, and the result is a rejection.

    Args:
        stored: Stored `digest` and `result` of the key.
    """
    if bytes(stored["digest"]) != operation.digest:
        return Result.rejected(operation.id, Verdict(REUSED))
    first = Result.from_stored(stored["result"])
    flags = (*first.flags, REPLAY)
    return replace(first, status="duplicate" if first.is_effective else first.status, flags=flags)


def settle(
    work: PushContext, operations: Sequence[Operation], results: Mapping[int, Result]
) -> dict[int, Result]:
    """Store the results of operations, and the dead letters of those that need one.

    Returns the results by index, completed with row versions and ids of dead letters.
    """
    if not operations:
        return {}
    versions = _versions(work, operations, results)
    settled = {}
    for operation in operations:
        result = results[operation.index]
        # The actor may not see the row of a rejected operation, so not even its version goes out.
        if operation.kind is not None and result.id is not None and result.status != "rejected":
            result = replace(result, version=versions.get((operation.kind.table, result.id)))
        letter_id = dead_letters.store_if_needed(work.session, work.actor, operation, result, now=work.now)
        settled[operation.index] = replace(result, dead_letter=letter_id)
    device_id = work.actor.device_id
    queries.store_results(
        work.session,
        work.actor.principal,
        {operation.key: settled[operation.index].to_stored(operation, device_id) for operation in operations},
    )
    return settled


def _versions(
    work: PushContext, operations: Sequence[Operation], results: Mapping[int, Result]
) -> dict[tuple[str, UUID], int]:
    """Return the versions of the rows that operations changed, by table and id.

    Rejected operations are left out.
    """
    ids_by_table: dict[str, set[UUID]] = {}
    for operation in operations:
        result = results[operation.index]
        if operation.kind is not None and result.id is not None and result.status != "rejected":
            ids_by_table.setdefault(operation.kind.table, set()).add(result.id)
    return {
        (table, row_id): version
        for table, ids in ids_by_table.items()
        for row_id, version in queries.versions(work.session, table, list(ids)).items()
    }
