"""SQL of push: claims and results of operations, states of rows, progress of devices.

To *claim* an operation is to insert its key, so that it is applied only once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Select,
    Text,
    any_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from app.accounts.models import AccountGrant, AuditEvent
from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.core.idempotency import AppliedOp
from app.sync.models import SyncDevice
from app.sync.queries.row_tables import MODELS, PLACEMENTS
from app.workforce.scope import area_reach

ROUTE = "sync"

_LOCK_DEVICE = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
_OF_DEVICE = (
    SyncDevice.account_id == bindparam("account_id"),
    SyncDevice.device_id == bindparam("device_id"),
)
_APPLIED_SEQ = select(SyncDevice.applied_seq).where(*_OF_DEVICE)
_LAST_TIMEOUT = select(SyncDevice.stuck_key, SyncDevice.stuck_times).where(
    *_OF_DEVICE, SyncDevice.stuck_key.is_not(None)
)


def lock_device(session: Session, account_id: UUID, device_id: UUID) -> bool:
    """Lock a device for pushes until commit. Return True if it was locked.

    Returns False at once if another push of the device holds this advisory lock.
    """
    return bool(session.scalar(_LOCK_DEVICE, {"name": f"push {account_id} {device_id}"}))


def applied_seq(session: Session, account_id: UUID, device_id: UUID) -> int | None:
    """Return the number up to which all operations of the device have a result.

    None: the device has never pushed.
    """
    applied: int | None = session.scalar(_APPLIED_SEQ, {"account_id": account_id, "device_id": device_id})
    return applied


def last_timeout(session: Session, account_id: UUID, device_id: UUID) -> tuple[str, int] | None:
    """Return the operation of the device that last hit the statement timeout, and how often.

    The operation is given by its key. None: no operation hit the timeout.
    """
    row = session.execute(_LAST_TIMEOUT, {"account_id": account_id, "device_id": device_id}).one_or_none()
    return None if row is None else (row.stuck_key, row.stuck_times)


_NEW_DEVICE = insert(SyncDevice).values(
    account_id=bindparam("account"),
    device_id=bindparam("device"),
    applied_seq=bindparam("applied"),
    skew_seconds=bindparam("skew_s"),
    last_seen=bindparam("now"),
    stuck_key=bindparam("stuck"),
    stuck_times=bindparam("times"),
)
_SENT = _NEW_DEVICE.excluded
_SAVE_DEVICE = _NEW_DEVICE.on_conflict_do_update(
    index_elements=[SyncDevice.account_id, SyncDevice.device_id],
    set_={
        "applied_seq": func.greatest(SyncDevice.applied_seq, _SENT.applied_seq),
        "skew_seconds": _SENT.skew_seconds,
        "last_seen": _SENT.last_seen,
        "stuck_key": func.coalesce(_SENT.stuck_key, SyncDevice.stuck_key),
        "stuck_times": case(
            (_SENT.stuck_key.is_(None), SyncDevice.stuck_times),
            (_SENT.stuck_key == SyncDevice.stuck_key, SyncDevice.stuck_times + 1),
            else_=1,
        ),
    },
).returning(SyncDevice.applied_seq)


def save_device(
    session: Session,
    account_id: UUID,
    device_id: UUID,
    *,
    applied: int,
    skew: float | None,
    now: datetime,
    stuck_key: str | None = None,
) -> int:
    """Store the progress of the device, and return its stored `applied_seq`.

    `applied_seq` never decreases.

    Args:
        applied: Number up to which all operations have a result after this push.
        skew: Correction to add to the device's clock, in seconds.
        stuck_key: Key of the operation that hit the statement timeout in this push.
    """
    binds = {
        "account": account_id,
        "device": device_id,
        "applied": applied,
        "skew_s": skew,
        "now": now,
        "stuck": stuck_key,
        "times": 0 if stuck_key is None else 1,
    }
    saved: int = session.execute(_SAVE_DEVICE, binds).scalar_one()
    return saved


_CLAIM = text("""
  insert into applied_op (principal, key, route, digest, applied_at)
  select :principal, o.key, :route, o.digest, :now
  from unnest(cast(:keys as text[]), cast(:digests as bytea[])) o(key, digest)
  on conflict do nothing returning key
""")


def claim(
    session: Session, principal: str, operations: Sequence[tuple[str, bytes]], *, now: datetime
) -> set[str]:
    """Insert the keys and digests of operations, and return the keys that were new.

    A key that was stored before is not returned. The statement waits for a concurrent transaction that inserts the same
    key.
    """
    binds = {
        "principal": principal,
        "route": ROUTE,
        "now": now,
        "keys": [key for key, _ in operations],
        "digests": [digest for _, digest in operations],
    }
    return set(session.scalars(_CLAIM, binds))


_STORED_RESULTS = select(AppliedOp.key, AppliedOp.digest, AppliedOp.result).where(
    AppliedOp.principal == bindparam("principal"),
    AppliedOp.key == any_(bindparam("keys", None, ARRAY(Text()))),
)


def stored_results(session: Session, principal: str, keys: Sequence[str]) -> dict[str, RowMapping]:
    """Return the stored `digest` and `result` of operations, by key."""
    rows = session.execute(_STORED_RESULTS, {"principal": principal, "keys": list(keys)}).mappings()
    return {row["key"]: row for row in rows}


_USED_NUMBERS = text("""
  select cast(result ->> 'device_seq' as bigint) number, key from applied_op
  where principal = :principal and route = :route and result ->> 'device_id' = cast(:device as text)
    and cast(result ->> 'device_seq' as bigint) = any(:numbers)
""")


def used_numbers(
    session: Session, principal: str, device_id: UUID, numbers: Sequence[int]
) -> list[tuple[int, str]]:
    """Return the stored operations of the device that have one of `numbers`.

    Each operation is returned as its number and key.
    """
    binds = {"principal": principal, "route": ROUTE, "device": device_id, "numbers": list(numbers)}
    return [(row.number, row.key) for row in session.execute(_USED_NUMBERS, binds)]


_STORE_RESULTS = text("""
  update applied_op set result = r.result
  from jsonb_to_recordset(cast(:results as jsonb)) r(key text, result jsonb)
  where applied_op.principal = :principal and applied_op.key = r.key
""")


def store_results(session: Session, principal: str, results: Mapping[str, dict[str, Any]]) -> None:
    """Store the results of operations, given by key."""
    rows = [{"key": key, "result": result} for key, result in results.items()]
    binds = {"principal": principal, "results": orjson.dumps(rows, default=str).decode()}
    session.execute(_STORE_RESULTS, binds)


@lru_cache
def _versions(table: str) -> Select[Any]:
    model = MODELS[table]
    return select(model.id, model.version).where(
        model.id == any_(bindparam("ids", None, ARRAY(model.id.type)))
    )


def versions(session: Session, table: str, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the present version of each row of `table`, by id."""
    return {row.id: row.version for row in session.execute(_versions(table), {"ids": list(ids)})}


@lru_cache
def _row_states(table: str) -> Fragment:
    return Fragment(
        """
        select t.id, t.version, t.deleted_at is not null is_deleted, to_jsonb(t) present,
               case when t.version = a.version then to_jsonb(t)
                    else (select h.row from fact_history h
                          where h.entity = {entity} and h.row_id = t.id and h.version = a.version
                          order by h.seq desc limit 1) end earlier
        from unnest(cast(:ids as uuid[]), cast(:versions as bigint[])) a(id, version) join {rows} on t.id = a.id
        """,
        entity=literal(table, literal_execute=True),
        rows=aliased(MODELS[table], name="t"),
    )


def row_states(
    session: Session, table: str, versions_by_id: Sequence[tuple[UUID, int | None]]
) -> dict[UUID, RowMapping]:
    """Return the present and an earlier state of each row of `table`, by id.

    Columns: `version`, `is_deleted`, `present` (the row now, as JSON), `earlier` (the row in the requested version, as
    JSON; None if this version is not stored).
    """
    binds = {
        "ids": [row_id for row_id, _ in versions_by_id],
        "versions": [version for _, version in versions_by_id],
    }
    return {row["id"]: row for row in session.execute(_row_states(table), binds).mappings()}


@lru_cache(maxsize=500)
def _in_reach(table: str, condition: ColumnElement[bool]) -> Select[Any]:
    placement = PLACEMENTS[table]
    return select(true()).select_from(placement.source).where(placement.id == bindparam("row_id"), condition)


def in_reach(
    session: Session, actor: Actor, table: str, row_id: UUID, permission: Permission, *, now: datetime
) -> bool:
    """Return True if the actor has `permission` in the area of the row, or everywhere.

    The row may be deleted. Its area is found in the row itself or in a parent row.
    """
    if actor.everywhere_with(permission):
        return True
    reach = area_reach(actor, permission, now)
    statement = _in_reach(table, reach.condition(PLACEMENTS[table].located.scope_path))
    return session.scalar(statement, reach.binds | {"row_id": row_id}) is not None


@lru_cache
def _row_exists(table: str) -> Select[Any]:
    return select(true()).where(MODELS[table].id == bindparam("row_id"))


def row_exists(session: Session, table: str, row_id: UUID) -> bool:
    """Return True if the row exists, deleted or not."""
    return session.scalar(_row_exists(table), {"row_id": row_id}) is not None


_DELETED_BY_SUPERVISOR = (
    select(
        ~select(AccountGrant.id)
        .where(
            AccountGrant.account_id == AuditEvent.actor_id,
            AccountGrant.revoked_at.is_(None),
            AccountGrant.role.in_(("worker", "grid_chief")),
        )
        .exists()
    )
    .where(
        AuditEvent.entity == bindparam("entity"),
        AuditEvent.entity_id == bindparam("row_id"),
        AuditEvent.action == bindparam("action"),
    )
    .order_by(AuditEvent.id.desc())
    .limit(literal_column("1"))
)


def deleted_by_supervisor(session: Session, *, entity: str, action: str, row_id: UUID) -> bool:
    """Return True if the last deletion of the row was made by an account above workers.

    Such an account has neither the role `worker` nor the role `grid_chief`.
    """
    return bool(
        session.scalar(_DELETED_BY_SUPERVISOR, {"entity": entity, "row_id": row_id, "action": action})
    )
