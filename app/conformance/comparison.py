"""Comparison of a client's dump with the server, a checkpoint and the sent operations.

The *dump* is what the client stores, as JSON. A *checkpoint* is what a client should store after it has received all pages of a
pull. The sent operations are those that passed through the proxy.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import orjson

from app.conformance.holdings import Dump, Holdings, Row, RowKey, is_over
from app.conformance.observations import TOOK_EFFECT, Observations, SentOperation, holdings_at
from app.conformance.report import Difference

IDENTITY = ("entity", "op", "id", "patch", "client_at")


def compare_with_server(dump: Dump, server: Holdings, checkpoint: Holdings | None) -> Iterator[Difference]:
    """Compare a client's dump with everything that the server sends now; yield the differences.

    With a `checkpoint`, the detail of a difference says whether the client has not pulled yet, or has lost rows.

    Args:
        dump: What the client stores.
        server: The rows and buckets of a fresh pull without a token.
        checkpoint: What a client with the token of the dump should store. None: not known.
    """
    for bucket in sorted(server.buckets - dump.buckets):
        yield Difference("bucket_missing", bucket)
    for bucket in sorted(dump.buckets - server.buckets):
        yield Difference("bucket_surplus", bucket)
    expected = checkpoint.rows if checkpoint is not None else {}
    for key, code, detail in _row_differences(dump.rows, server.rows, server.server_time):
        is_as_received = checkpoint is not None and _is_same(dump.rows.get(key), expected.get(key))
        reason = "as in the checkpoint that the client holds: it has not pulled the change" * is_as_received
        if code == "row_surplus" and (row := expected.get(key)) is None and checkpoint is not None:
            reason = "no checkpoint up to the token of the client has it"
        elif code == "row_surplus" and row is not None and row.buckets is not None:
            reason = f"{reason} (buckets {', '.join(sorted(row.buckets))})".strip()
        yield Difference(code, " ".join(key), "; ".join(filter(None, (detail, reason))))


def compare_with_checkpoint(dump: Dump, observations: Observations) -> Iterator[Difference]:
    """Compare a client's dump with what the client has pulled; yield the differences.

    Only pulls up to the token of the dump count, so later changes at the server do not matter.
    """
    if dump.token is None:
        for key in sorted(dump.rows):
            yield Difference("checkpoint_mixed", " ".join(key), "the client holds no token")
        return
    page = observations.page(dump.token)
    if page is None:
        yield Difference("token_unknown", dump.token[:40])
    elif not page.body["complete"]:
        yield Difference("token_incomplete", dump.token[:40])
    elif (checkpoint := holdings_at(page)) is not None:
        if dump.buckets != checkpoint.buckets:
            buckets = ", ".join(sorted(dump.buckets ^ checkpoint.buckets))
            yield Difference("checkpoint_mixed", "buckets", buckets)
        for key, code, detail in _row_differences(dump.rows, checkpoint.rows, checkpoint.server_time):
            yield Difference("checkpoint_mixed", " ".join(key), "; ".join(filter(None, (code, detail))))


def checkpoint_of(dump: Dump, observations: Observations) -> Holdings | None:
    """Return what a client with the sync token of the dump should store.

    The result is None if this is not known, because the proxy did not see all pages of the pulls.
    """
    page = observations.page(dump.token) if dump.token is not None else None
    return holdings_at(page) if page is not None and page.body["complete"] else None


def compare_operations(dump: Dump, operations: Mapping[str, SentOperation]) -> Iterator[Difference]:
    """Compare the operations in a client's dump with those it sent, and yield the differences."""
    for op_id in sorted((dump.operations or frozenset()) - operations.keys() - dump.pending):
        yield Difference("operation_never_sent", op_id)
    for op_id, operation in operations.items():
        described = f"{operation.content.get('entity')} {operation.content.get('op')}"
        if operation.answer is None and op_id not in dump.pending:
            yield Difference("operation_forgotten", op_id, described)
        if operation.answer is not None and op_id in dump.pending:
            yield Difference(
                "operation_still_pending", op_id, f"{described}: answered {operation.answer['status']}"
            )
        if operation.is_changed:
            yield Difference("operation_changed", op_id, described)
        if sum(status in ("applied", "merged") for status in operation.statuses) > 1:
            yield Difference("operation_doubled", op_id, f"{described}: {', '.join(operation.statuses)}")
    for op_ids in _op_ids_by_identity(operations).values():
        if len(op_ids) > 1:
            yield Difference("operation_repeated", op_ids[-1], f"before as {', '.join(op_ids[:-1])}")
    by_sequence = defaultdict(list)
    for op_id, operation in operations.items():
        by_sequence[operation.content.get("device_seq")].append(op_id)
    for sequence, op_ids in by_sequence.items():
        if len(op_ids) > 1:
            yield Difference("sequence_reused", str(sequence), ", ".join(op_ids))


def compare_replay(op_ids: Iterable[str], statuses: Mapping[str, str]) -> Iterator[Difference]:
    """Yield a difference for each repeated operation whose answer is not `duplicate`.

    `op_ids`: operations that took effect before. `statuses`: their status after the repetition.
    """
    for op_id in op_ids:
        if statuses.get(op_id) != "duplicate":
            yield Difference("operation_gone", op_id, f"sent again, the answer was {statuses.get(op_id)}")


def effective_operations(operations: Mapping[str, SentOperation]) -> list[SentOperation]:
    """Return the operations that took effect, in the order of the client.

    Operations whose answer the client did not receive are left out.
    """
    effective = [
        operation
        for operation in operations.values()
        if operation.answer is not None and operation.answer["status"] in TOOK_EFFECT
    ]
    return sorted(effective, key=lambda operation: operation.content.get("device_seq") or 0)


def _row_differences(
    held: Mapping[RowKey, Row], expected: Mapping[RowKey, Row], at: datetime | None
) -> Iterator[tuple[RowKey, str, str]]:
    """Yield key, code and detail of each row that the client does not store as expected.

    Expired rows are ignored.
    """
    for key in sorted(held.keys() | expected.keys()):
        mine, theirs = held.get(key), expected.get(key)
        if mine is None:
            if theirs is not None and not is_over(theirs, at):
                yield key, "row_missing", f"version {theirs.version}"
        elif theirs is None:
            if not is_over(mine, at):
                yield key, "row_surplus", f"version {mine.version}"
        elif mine.version != theirs.version:
            yield key, "row_outdated", f"version {mine.version}, expected {theirs.version}"
        elif mine.data is not None and mine.data != theirs.data:
            yield key, "row_different", f"version {mine.version}, {_differing_members(mine, theirs)}"


def _differing_members(mine: Row, theirs: Row) -> str:
    if not isinstance(mine.data, dict) or not isinstance(theirs.data, dict):
        return "data"
    names = (n for n in sorted(mine.data | theirs.data) if mine.data.get(n) != theirs.data.get(n))
    return ", ".join(names)


def _is_same(held: Row | None, expected: Row | None) -> bool:
    if held is None or expected is None:
        return held is expected
    return held.version == expected.version and held.data in (None, expected.data)


def _op_ids_by_identity(operations: Mapping[str, SentOperation]) -> dict[bytes, list[str]]:
    by_identity: dict[bytes, list[str]] = defaultdict(list)
    for op_id, operation in operations.items():
        identity = {name: operation.content.get(name) for name in IDENTITY}
        by_identity[orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)].append(op_id)
    return by_identity
