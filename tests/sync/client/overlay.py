"""The rows with the changes of the queue applied. Pure."""

from typing import Any

Rows = dict[tuple[str, str], dict[str, Any]]
Queued = list[tuple[dict[str, Any], dict[str, Any] | None]]


def shown(entity: str, rows: Rows, queued: Queued) -> dict[str, dict[str, Any]]:
    """id -> data of one entity as the worker is to see it.

    An operation stays in view until a checkpoint contains it, not only until it is acknowledged: between the two
    the rows are still the old ones, and the worker's change would seem to vanish. What did not take effect goes at once.
    """
    seen = {row_id: dict(row["data"]) for (of, row_id), row in rows.items() if of == entity}
    for op, answer in queued:
        if op["entity"] != entity or (answer and answer["status"] == "rejected"):
            continue  # it is among the dead letters
        # Of a conflict theirs stand; fields that nobody else had changed took effect.
        theirs = (answer.get("fields") or {}) if answer and answer["status"] == "conflict" else {}
        patch = {name: value for name, value in (op.get("patch") or {}).items() if name not in theirs}
        if op["op"] == "delete":
            seen.pop(op["id"], None)
        elif op["op"] == "patch":
            if op["id"] in seen:  # a row out of scope is not shown for the worker's change alone
                seen[op["id"]] |= patch
        elif op["op"] in ("create", "report", "raise"):
            seen.setdefault(op["id"], {}).update(patch)
        # Other verbs (accept, transition ...) move a state machine that only the server knows: an app shows
        # them as "being sent" beside the row.
    return seen
