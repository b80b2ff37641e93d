"""SQL of push: claim operations, store their results, read row states, record the progress of a device."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.workforce.scope import paths_sql, scope_binds

ROUTE = "sync"
# How a row of each table leads to what says where it is: the alias `p` has grid_id and scope_path.
PLACEMENT_JOINS = {
    "premises": "premises x join premises p on p.id = x.id",
    "household": "household x join household p on p.id = x.id",
    "resident": "resident x join household p on p.id = x.household_id",
    "care_tag": "care_tag x join household p on p.id = x.household_id",
    "consent": "consent x join household p on p.id = x.household_id",
    "visit": "visit x join household p on p.id = x.household_id",
    "incident": "incident x join incident p on p.id = x.id",
    "assignment": "assignment x join incident p on p.id = x.incident_id",
}


def lock_device(session: Session, account_id: UUID, device_id: UUID) -> bool:
    """Take the advisory lock of the device until commit. Return False if another push holds it."""
    sql = "select pg_try_advisory_xact_lock(hashtextextended(:name, 0))"
    return bool(session.scalar(sql_text(sql), {"name": f"push {account_id} {device_id}"}))


def applied_seq(session: Session, account_id: UUID, device_id: UUID) -> int | None:
    sql = "select applied_seq from sync_device where account_id = :account and device_id = :device"
    applied: int | None = session.scalar(sql_text(sql), {"account": account_id, "device": device_id})
    return applied


def last_timeout(session: Session, account_id: UUID, device_id: UUID) -> tuple[str, int] | None:
    """Return the key of the operation at which pushes last hit the statement timeout, and how often, or None."""
    sql = """
      select stuck_key, stuck_times from sync_device
      where account_id = :account and device_id = :device and stuck_key is not null
    """
    row = session.execute(sql_text(sql), {"account": account_id, "device": device_id}).one_or_none()
    return None if row is None else (row.stuck_key, row.stuck_times)


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
    """Record the progress of the device and return its `applied_seq`, which never decreases.

    `stuck_key`: the operation that hit the statement timeout in this push.
    """
    sql = """
      insert into sync_device (account_id, device_id, applied_seq, skew_seconds, last_seen, stuck_key, stuck_times)
      values (:account, :device, :applied, :skew, :now, :stuck_key,
              case when cast(:stuck_key as text) is null then 0 else 1 end)
      on conflict (account_id, device_id) do update
      set applied_seq = greatest(sync_device.applied_seq, excluded.applied_seq),
          skew_seconds = excluded.skew_seconds, last_seen = excluded.last_seen,
          stuck_key = coalesce(excluded.stuck_key, sync_device.stuck_key),
          stuck_times = case when excluded.stuck_key is null then sync_device.stuck_times
                             when excluded.stuck_key = sync_device.stuck_key then sync_device.stuck_times + 1
                             else 1 end
      returning applied_seq
    """
    binds = {
        "account": account_id,
        "device": device_id,
        "applied": applied,
        "skew": skew,
        "now": now,
        "stuck_key": stuck_key,
    }
    saved: int = session.execute(sql_text(sql), binds).scalar_one()
    return saved


def claim(
    session: Session, principal: str, operations: Sequence[tuple[str, bytes]], *, now: datetime
) -> set[str]:
    """Claim operations by key and digest and return the new keys. Waits for concurrent claims of the same key."""
    sql = """
      insert into applied_op (principal, key, route, digest, applied_at)
      select :principal, o.key, :route, o.digest, :now
      from unnest(cast(:keys as text[]), cast(:digests as bytea[])) o(key, digest)
      on conflict do nothing returning key
    """
    binds = {
        "principal": principal,
        "route": ROUTE,
        "now": now,
        "keys": [key for key, _ in operations],
        "digests": [digest for _, digest in operations],
    }
    return set(session.scalars(sql_text(sql), binds))


def stored_results(session: Session, principal: str, keys: Sequence[str]) -> dict[str, RowMapping]:
    """Return the stored `digest` and `result` of operations by key."""
    sql = "select key, digest, result from applied_op where principal = :principal and key = any(:keys)"
    rows = session.execute(sql_text(sql), {"principal": principal, "keys": list(keys)}).mappings()
    return {row["key"]: row for row in rows}


def used_numbers(
    session: Session, principal: str, device_id: UUID, numbers: Sequence[int]
) -> list[tuple[int, str]]:
    """Return those of `numbers` that answered operations of the device have, each with the operation's key."""
    sql = """
      select cast(result ->> 'device_seq' as bigint) number, key from applied_op
      where principal = :principal and route = :route and result ->> 'device_id' = cast(:device as text)
        and cast(result ->> 'device_seq' as bigint) = any(:numbers)
    """
    binds = {"principal": principal, "route": ROUTE, "device": device_id, "numbers": list(numbers)}
    return [(row.number, row.key) for row in session.execute(sql_text(sql), binds)]


def store_results(session: Session, principal: str, results: Mapping[str, dict[str, Any]]) -> None:
    """Store the results of claimed operations."""
    sql = """
      update applied_op set result = r.result
      from jsonb_to_recordset(cast(:results as jsonb)) r(key text, result jsonb)
      where applied_op.principal = :principal and applied_op.key = r.key
    """
    rows = [{"key": key, "result": result} for key, result in results.items()]
    session.execute(
        sql_text(sql), {"principal": principal, "results": orjson.dumps(rows, default=str).decode()}
    )


def versions(session: Session, table: str, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the present versions of rows by id."""
    sql = f"select id, version from {table} where id = any(:ids)"
    return {row.id: row.version for row in session.execute(sql_text(sql), {"ids": list(ids)})}


def row_states(
    session: Session, table: str, versions_by_id: Sequence[tuple[UUID, int | None]]
) -> dict[UUID, RowMapping]:
    """Return by id: `version`, `is_deleted`, the row now (`present`) and at the given version (`earlier`, None: unknown)."""
    sql = f"""
      select t.id, t.version, t.deleted_at is not null is_deleted, to_jsonb(t) present,
             case when t.version = a.version then to_jsonb(t)
                  else (select h.row from fact_history h
                        where h.entity = '{table}' and h.row_id = t.id and h.version = a.version
                        order by h.seq desc limit 1) end earlier
      from unnest(cast(:ids as uuid[]), cast(:versions as bigint[])) a(id, version) join {table} t on t.id = a.id
    """
    binds = {
        "ids": [row_id for row_id, _ in versions_by_id],
        "versions": [version for _, version in versions_by_id],
    }
    return {row["id"]: row for row in session.execute(sql_text(sql), binds).mappings()}


def in_reach(
    session: Session, actor: Actor, table: str, row_id: UUID, permission: Permission, *, now: datetime
) -> bool:
    """Return True if the row, deleted or not, is in the area where the actor holds `permission`."""
    if actor.everywhere_with(permission):
        return True
    sql = f"select true from {PLACEMENT_JOINS[table]} where x.id = :id and p.scope_path <@ any({paths_sql()})"
    return session.scalar(text(sql), scope_binds(actor, now, permission) | {"id": row_id}) is not None


def row_exists(session: Session, table: str, row_id: UUID) -> bool:
    return session.scalar(sql_text(f"select true from {table} where id = :id"), {"id": row_id}) is not None


def deleted_by_supervisor(session: Session, *, entity: str, action: str, row_id: UUID) -> bool:
    """Return True if the last deletion of a row was by an account above workers; False for a job."""
    sql = """
      select not exists (select 1 from account_grant g
                         where g.account_id = e.actor_id and g.revoked_at is null and g.role in ('worker', 'grid_chief'))
      from audit_event e where e.entity = :entity and e.entity_id = :id and e.action = :action
      order by e.id desc limit 1
    """
    return bool(session.scalar(text(sql), {"entity": entity, "id": row_id, "action": action}))
