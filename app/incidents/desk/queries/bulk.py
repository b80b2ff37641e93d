"""SQL of idempotency keys for actions on many cases."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import RowMapping, Text, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.idempotency import AppliedOp

_CLAIM = insert(AppliedOp).on_conflict_do_nothing().returning(AppliedOp.key)
_OPERATION = select(AppliedOp.digest, AppliedOp.result).where(
    AppliedOp.principal == bindparam("of_principal", None, Text()),
    AppliedOp.key == bindparam("of_key", None, Text()),
)


def claim_operation(
    session: Session,
    *,
    principal: str,
    key: str,
    route: str,
    digest: bytes,
    result: dict[str, Any],
    now: datetime,
) -> bool:
    """Store the key of an operation. Return False if the operation was applied before.

    If another transaction is storing the same key, the function waits until that transaction ends.

    Args:
        digest: Hash of the operation. It distinguishes a repetition from another operation with the same key.
    """
    claim = {
        "principal": principal,
        "key": key,
        "route": route,
        "digest": digest,
        "result": orjson.loads(orjson.dumps(result, default=str)),
        "applied_at": now,
    }
    return session.scalar(_CLAIM, claim) is not None


def operation(session: Session, *, principal: str, key: str) -> RowMapping:
    """Return `digest` and `result` of an operation that was applied."""
    binds = {"of_principal": principal, "of_key": key}
    return session.execute(_OPERATION, binds).mappings().one()
