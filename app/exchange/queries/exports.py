"""SQL of exports: the books of who asked for what, and who agreed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.exchange.queries.runs import Ledger, page
from app.workforce import scope

EXPORTS = Ledger(
    "export_run",
    can_go_on="not is_at_once",
    claimed="id, collection, format, query, requested_by, is_homes, needs_approval, attempts, created_at",
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


def _sight(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Runs `r` that the actor sees: her own, and those about which she may decide, since all their scope is in hers."""
    deciding, binds = decidable(actor, now)
    return f"(r.requested_by = :me or {deciding})", binds | {
        "sees_names": actor.may(Permission.EXPORT_APPROVE)
    }


def decidable(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Runs `r` of others that need a second person, all of whose scope is under areas in which the actor may approve."""
    binds: dict[str, Any] = {"me": actor.id}
    if not actor.may(Permission.EXPORT_APPROVE):
        return "false", binds
    ground = "r.needs_approval and r.requested_by <> :me"
    if actor.everywhere_with(Permission.EXPORT_APPROVE):
        return f"({ground})", binds
    reach, more = scope.reach(actor, Permission.EXPORT_APPROVE, "v.path", now=now)
    inside = f"""(r.area_ids is not null and not exists (
      select 1 from unnest(r.area_ids) a(id) left join area_version v on v.area_id = a.id and upper_inf(v.valid)
      where not coalesce({reach}, false)))"""
    return f"({ground} and {inside})", binds | more


def hold(session: Session, actor_id: UUID) -> None:
    """Requests of one person go one after the other: together they must not take what none of them may alone."""
    session.execute(
        text("select pg_advisory_xact_lock(hashtext('export'), hashtext(:id))"), {"id": str(actor_id)}
    )


def homes_taken(session: Session, actor_id: UUID, *, since: datetime) -> int:
    """How many homes somebody has taken, or is about to take, without a second person."""
    sql = """
      select coalesce(sum(greatest(rows_expected, rows_seen)), 0) from export_run
      where requested_by = :id and created_at >= :since and is_homes and not needs_approval
        and state not in ('refused', 'failed', 'cancelled')
    """
    return int(session.execute(text(sql), {"id": actor_id, "since": since}).scalar_one())


def insert_run(session: Session, actor: Actor, needed: Permission, values: dict[str, Any]) -> None:
    """Note a run, and all areas in which its rows may stand by the actor's grants and responsibilities."""
    sql = """
      insert into export_run (id, requested_by, collection, format, query, purpose, is_homes, is_at_once, needs_approval,
        area_ids, state, created_at, beat_at, rows_expected, permission_epoch)
      values (:id, :requested_by, :collection, :format, cast(:query as jsonb), :purpose, :is_homes, :is_at_once,
        :needs_approval, case when not :is_everywhere then cast(:scope_area_ids as uuid[]) || array(
          select r.area_id from responsibility r where r.worker_id = :scope_actor_id and :scope_by_responsibility
            and r.deleted_at is null and r.valid @> cast(:scope_now as timestamptz)) end,
        :state, :now, :now, :rows_expected, :permission_epoch)
    """
    binds = values | scope.scope_binds(actor, values["now"], needed)
    binds |= {
        "query": orjson.dumps(values["query"]).decode(),
        "is_everywhere": actor.everywhere_with(needed),
        "requested_by": actor.id,
        "permission_epoch": actor.permission_epoch,
    }
    session.execute(text(sql), binds)


def runs(
    session: Session, actor: Actor, *, now: datetime, state: str | None, after: UUID | None, limit: int
) -> RowMapping:
    """A page of runs, the newest first: `items` as JSON bytes, and the last key if more follow."""
    sight, binds = _sight(actor, now)
    which = f"{sight} and (cast(:state as text) is null or r.state = :state)"
    return page(
        session, EXPORTS, row=_RUN, which=which, binds=binds | {"state": state}, after=after, limit=limit
    )


def run(session: Session, actor: Actor, run_id: UUID, *, now: datetime) -> bytes | None:
    sight, binds = _sight(actor, now)
    sql = f"select {_RUN} from export_run r where r.id = :id and {sight}"
    found: bytes | None = session.scalar(text(sql), binds | {"id": run_id})
    return found


def hold_run(session: Session, actor: Actor, run_id: UUID, *, now: datetime) -> RowMapping | None:
    """A run that the actor sees, held until the transaction ends; whether she may decide about it."""
    sight, binds = _sight(actor, now)
    deciding, more = decidable(actor, now)
    sql = f"""
      select r.id, r.state, r.requested_by, r.collection, r.format, r.created_at, r.size, r.sha256, r.expires_at,
        r.is_at_once, r.permission_epoch, {deciding} may_decide
      from export_run r where r.id = :id and {sight} for update of r
    """
    return session.execute(text(sql), binds | more | {"id": run_id}).mappings().one_or_none()


def decide(session: Session, run_id: UUID, *, state: str, by: UUID, note: str | None, now: datetime) -> None:
    sql = """
      update export_run set state = :state, decided_by = :by, decided_at = :now, decision_note = :note, beat_at = :now,
        finished_at = case when :state = 'refused' then cast(:now as timestamptz) end
      where id = :id
    """
    session.execute(text(sql), {"id": run_id, "state": state, "by": by, "note": note, "now": now})


def expect(session: Session, run_id: UUID, rows: int, *, permission_epoch: int) -> None:
    """How many rows there will be, and the rights under which they are taken."""
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
    """Say how a run ended. False: it was no longer wanted."""
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


def end(session: Session, run_id: UUID, *, state: str, now: datetime) -> None:
    """A run that its owner no longer wants: cancelled before its end, or its file is to go at once."""
    sql = """
      update export_run set state = :state, sha256 = null, size = null,
        finished_at = coalesce(finished_at, cast(:now as timestamptz)),
        expires_at = case when :state = 'expired' then cast(:now as timestamptz) end
      where id = :id
    """
    session.execute(text(sql), {"id": run_id, "state": state, "now": now})


def expire(session: Session, *, now: datetime, unanswered_since: datetime) -> Sequence[UUID]:
    """Runs whose files are over, and whose requests nobody has answered; the ids of those that had a file."""
    unanswered = """
      update export_run set state = 'expired', finished_at = :now
      where state = 'awaiting_approval' and created_at < :since
    """
    session.execute(text(unanswered), {"now": now, "since": unanswered_since})
    sql = """
      update export_run set state = 'expired', sha256 = null, size = null
      where state = 'done' and expires_at <= :now returning id
    """
    return list(session.scalars(text(sql), {"now": now}))


def forget_files(session: Session, *, collection: str, now: datetime) -> None:
    """Nobody is given a file of this collection that was made before; a run under way is cancelled."""
    sql = """
      update export_run set
        state = case when state = 'running' then 'cancelled' else state end,
        finished_at = coalesce(finished_at, cast(:now as timestamptz)),
        expires_at = case when state = 'done' then least(expires_at, cast(:now as timestamptz)) else expires_at end
      where collection = :collection and (state = 'running' and not is_at_once or state = 'done' and expires_at > :now)
    """
    session.execute(text(sql), {"collection": collection, "now": now})


def with_files(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the runs whose files are to be there, or are just being made."""
    sql = "select id from export_run where id = any(:ids) and state in ('running', 'done')"
    return set(session.scalars(text(sql), {"ids": list(ids)}))


def limit_statements(session: Session, seconds: int) -> None:
    """No statement of this transaction goes on for longer (0: for as long as it takes)."""
    session.execute(text(f"set local statement_timeout = {seconds * 1000}"))


def keep_open(session: Session) -> None:
    """The transaction may rest while a file is closed and packed, which takes minutes for a large one."""
    session.execute(text("set local idle_in_transaction_session_timeout = 0"))
