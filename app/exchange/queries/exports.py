"""SQL of export runs: requests, decisions and files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.exchange.queries.runs import RunTable, page
from app.workforce import scope

EXPORTS = RunTable(
    "export_run",
    resumable_sql="not is_at_once",
    claimed_columns="id, collection, format, query, requested_by, is_homes, needs_approval, attempts, created_at",
    is_single=True,
)
# Of others only those see a run who may decide about it, and only they read by whom it is.
_RUN = """
  json_build_object('id', r.id, 'collection', r.collection, 'format', r.format, 'state', r.state,
    'query', (select coalesce(json_object_agg(q ->> 0, q ->> 1 order by n), '{}')
              from jsonb_array_elements(r.query) with ordinality a(q, n)),
    'purpose', r.purpose, 'requested_by', case when :sees_names then
      (select json_build_object('id', a.id, 'name', a.name) from account a where a.id = r.requested_by) end,
    'needs_approval', r.needs_approval, 'decided_at', r.decided_at, 'decision_note', r.decision_note,
    'decided_by', case when :sees_names then
      (select json_build_object('id', a.id, 'name', a.name) from account a where a.id = r.decided_by) end,
    'created_at', r.created_at, 'finished_at', r.finished_at, 'rows', r.rows_seen, 'rows_expected', r.rows_expected,
    'outcome', r.outcome, 'size', r.size, 'sha256', r.sha256, 'expires_at', r.expires_at,
    'has_file', r.state = 'done' and not r.is_at_once)
"""


def _visibility(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the condition on runs `r` that the actor sees: their own, and those that they may decide about."""
    may_decide, binds = decidable_runs(actor, now)
    return f"(r.requested_by = :me or {may_decide})", binds | {
        "sees_names": actor.may(Permission.EXPORT_APPROVE)
    }


def decidable_runs(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the condition on others' runs `r` that need approval and lie in areas where the actor may approve."""
    binds: dict[str, Any] = {"me": actor.id}
    if not actor.may(Permission.EXPORT_APPROVE):
        return "false", binds
    condition = "r.needs_approval and r.requested_by <> :me"
    if actor.everywhere_with(Permission.EXPORT_APPROVE):
        return f"({condition})", binds
    reach, reach_binds = scope.reach(actor, Permission.EXPORT_APPROVE, "v.path", now=now)
    inside = f"""(r.area_ids is not null and not exists (
      select 1 from unnest(r.area_ids) a(id) left join area_version v on v.area_id = a.id and upper_inf(v.valid)
      where not coalesce({reach}, false)))"""
    return f"({condition} and {inside})", binds | reach_binds


def lock_requests(session: Session, actor_id: UUID) -> None:
    """Serialise the requests of one account, so that concurrent requests cannot exceed the limit together."""
    session.execute(
        text("select pg_advisory_xact_lock(hashtext('export'), hashtext(:id))"), {"id": str(actor_id)}
    )


def homes_exported(session: Session, actor_id: UUID, *, since: datetime) -> int:
    """Return how many homes an account has exported, or is exporting, without approval."""
    sql = """
      select coalesce(sum(greatest(rows_expected, rows_seen)), 0) from export_run
      where requested_by = :id and created_at >= :since and is_homes and not needs_approval
        and state not in ('refused', 'failed', 'cancelled')
    """
    return int(session.execute(text(sql), {"id": actor_id, "since": since}).scalar_one())


def insert_run(session: Session, actor: Actor, permission: Permission, values: dict[str, Any]) -> None:
    """Insert a run with all areas that its rows may come from, by the actor's grants and responsibilities."""
    sql = """
      insert into export_run (id, requested_by, collection, format, query, purpose, is_homes, is_at_once, needs_approval,
        area_ids, state, created_at, beat_at, rows_expected, permission_epoch)
      values (:id, :requested_by, :collection, :format, cast(:query as jsonb), :purpose, :is_homes, :is_at_once,
        :needs_approval, case when not :is_everywhere then cast(:scope_area_ids as uuid[]) || array(
          select r.area_id from responsibility r where r.worker_id = :scope_actor_id and :scope_by_responsibility
            and r.deleted_at is null and r.valid @> cast(:scope_now as timestamptz)) end,
        :state, :now, :now, :rows_expected, :permission_epoch)
    """
    binds = values | scope.scope_binds(actor, values["now"], permission)
    binds |= {
        "query": orjson.dumps(values["query"]).decode(),
        "is_everywhere": actor.everywhere_with(permission),
        "requested_by": actor.id,
        "permission_epoch": actor.permission_epoch,
    }
    session.execute(text(sql), binds)


def runs(
    session: Session, actor: Actor, *, now: datetime, state: str | None, after: UUID | None, limit: int
) -> RowMapping:
    """Return a page of runs, the newest first: `items` as JSON bytes, and `next_key` if more follow."""
    visible, binds = _visibility(actor, now)
    condition = f"{visible} and (cast(:state as text) is null or r.state = :state)"
    return page(
        session,
        EXPORTS,
        row_json=_RUN,
        condition=condition,
        binds=binds | {"state": state},
        after=after,
        limit=limit,
    )


def run(session: Session, actor: Actor, run_id: UUID, *, now: datetime) -> bytes | None:
    visible, binds = _visibility(actor, now)
    sql = f"select {_RUN} from export_run r where r.id = :id and {visible}"
    run_json: bytes | None = session.scalar(text(sql), binds | {"id": run_id})
    return run_json


def lock_run(session: Session, actor: Actor, run_id: UUID, *, now: datetime) -> RowMapping | None:
    """Lock a run that the actor sees, with `may_decide`, until the transaction ends."""
    visible, binds = _visibility(actor, now)
    may_decide, decision_binds = decidable_runs(actor, now)
    sql = f"""
      select r.id, r.state, r.requested_by, r.collection, r.format, r.created_at, r.size, r.sha256, r.expires_at,
        r.is_at_once, r.permission_epoch, {may_decide} may_decide
      from export_run r where r.id = :id and {visible} for update of r
    """
    return session.execute(text(sql), binds | decision_binds | {"id": run_id}).mappings().one_or_none()


def decide(
    session: Session, run_id: UUID, *, state: str, decided_by: UUID, note: str | None, now: datetime
) -> None:
    sql = """
      update export_run set state = :state, decided_by = :by, decided_at = :now, decision_note = :note, beat_at = :now,
        finished_at = case when :state = 'refused' then cast(:now as timestamptz) end
      where id = :id
    """
    session.execute(text(sql), {"id": run_id, "state": state, "by": decided_by, "note": note, "now": now})


def set_expected_rows(session: Session, run_id: UUID, rows: int, *, permission_epoch: int) -> None:
    """Store how many rows are expected, and the permission epoch under which they are read."""
    sql = "update export_run set rows_expected = :rows, permission_epoch = :epoch where id = :id"
    session.execute(text(sql), {"id": run_id, "rows": rows, "epoch": permission_epoch})


def finish(
    session: Session,
    run_id: UUID,
    *,
    state: str,
    now: datetime,
    outcome: dict[str, Any] | None = None,
    rows: int | None = None,
    size: int | None = None,
    sha256: str | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Store the outcome of a run. Return False if it was cancelled meanwhile."""
    sql = """
      update export_run set state = :state, finished_at = :now, beat_at = :now, outcome = cast(:outcome as jsonb),
        rows_seen = coalesce(:rows, rows_seen), size = :size, sha256 = :sha256, expires_at = :expires_at
      where id = :id and finished_at is null returning id
    """
    binds = {
        "id": run_id,
        "state": state,
        "now": now,
        "outcome": orjson.dumps(outcome).decode() if outcome is not None else None,
        "rows": rows,
        "size": size,
        "sha256": sha256,
        "expires_at": expires_at,
    }
    return session.execute(text(sql), binds).one_or_none() is not None


def end_unwanted(session: Session, run_id: UUID, *, state: str, now: datetime) -> None:
    """Cancel a run before its end, or let its file expire now."""
    sql = """
      update export_run set state = :state, sha256 = null, size = null,
        finished_at = coalesce(finished_at, cast(:now as timestamptz)),
        expires_at = case when :state = 'expired' then cast(:now as timestamptz) end
      where id = :id
    """
    session.execute(text(sql), {"id": run_id, "state": state, "now": now})


def expire(session: Session, *, now: datetime, unanswered_since: datetime) -> Sequence[UUID]:
    """Expire runs whose files are due and requests without a decision. Return the ids of runs that had a file."""
    unanswered_sql = """
      update export_run set state = 'expired', finished_at = :now
      where state = 'awaiting_approval' and created_at < :since
    """
    session.execute(text(unanswered_sql), {"now": now, "since": unanswered_since})
    sql = """
      update export_run set state = 'expired', sha256 = null, size = null
      where state = 'done' and expires_at <= :now returning id
    """
    return list(session.scalars(text(sql), {"now": now}))


def expire_files(session: Session, *, collection: str, now: datetime) -> None:
    """Let all files of a collection expire now, and cancel its runs that are being written."""
    sql = """
      update export_run set
        state = case when state = 'running' then 'cancelled' else state end,
        finished_at = coalesce(finished_at, cast(:now as timestamptz)),
        expires_at = case when state = 'done' then least(expires_at, cast(:now as timestamptz)) else expires_at end
      where collection = :collection and (state = 'running' and not is_at_once or state = 'done' and expires_at > :now)
    """
    session.execute(text(sql), {"collection": collection, "now": now})


def runs_with_files(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the runs that have a file, or whose file is being written."""
    sql = "select id from export_run where id = any(:ids) and state in ('running', 'done')"
    return set(session.scalars(text(sql), {"ids": list(ids)}))


def limit_statements(session: Session, seconds: int) -> None:
    """Set the statement timeout of this transaction (0: none)."""
    session.execute(text(f"set local statement_timeout = {seconds * 1000}"))


def allow_idle(session: Session) -> None:
    """Switch off the idle timeout of this transaction: closing and packing a large file takes minutes."""
    session.execute(text("set local idle_in_transaction_session_timeout = 0"))
