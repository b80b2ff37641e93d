"""SQL of export runs: requests, decisions and files."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    RowMapping,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.core.actor import Actor, Permission
from app.core.db import Fragment, set_statement_timeout
from app.exchange.models import ExportRun
from app.exchange.queries.runs import RunTable, page
from app.workforce import scope
from app.workforce.scope import area_reach

EXPORTS = RunTable(
    ExportRun,
    is_resumable=lambda run: not_(run.is_at_once),
    claimed_columns=(
        ExportRun.id,
        ExportRun.collection,
        ExportRun.format,
        ExportRun.query,
        ExportRun.requested_by,
        ExportRun.is_homes,
        ExportRun.needs_approval,
        ExportRun.attempts,
        ExportRun.created_at,
    ),
    is_single=True,
)
# Of others' runs only actors who may decide about them see any, and only they read the names.
_RUN = Fragment("""
  json_build_object('id', export_run.id, 'collection', collection, 'format', format, 'state', state,
    'query', (select coalesce(json_object_agg(parameter ->> 0, parameter ->> 1 order by place), '{}')
              from jsonb_array_elements(query) with ordinality parameters(parameter, place)),
    'purpose', purpose, 'requested_by', case when :sees_names then
      (select json_build_object('id', account.id, 'name', account.name) from account where account.id = requested_by) end,
    'needs_approval', needs_approval, 'decided_at', decided_at, 'decision_note', decision_note,
    'decided_by', case when :sees_names then
      (select json_build_object('id', account.id, 'name', account.name) from account where account.id = decided_by) end,
    'created_at', export_run.created_at, 'finished_at', finished_at, 'rows', rows_seen, 'rows_expected', rows_expected,
    'outcome', outcome, 'size', size, 'sha256', sha256, 'expires_at', expires_at,
    'has_file', state = 'done' and not is_at_once)
""")
_ME = bindparam("me", None, Uuid())


@lru_cache
def within_area(path: str) -> Fragment:
    """Return the SQL condition that a row is in the area `:within_area_id` or below it.

    Args:
        path: The column with the area path of the row.
    """
    return Fragment(
        "{path} <@ (select w.path from area_version w where w.area_id = :within_area_id and upper_inf(w.valid))",
        path=text(path),
    )


class _Visibility(NamedTuple):
    """Two SQL conditions on export runs for one actor, with their bind values.

    Attributes:
        is_visible: The actor may see the run.
        may_decide: The actor may approve or refuse the run.
    """

    is_visible: ColumnElement[bool]
    may_decide: ColumnElement[bool]
    binds: dict[str, Any]


def _visibility(actor: Actor, now: datetime) -> _Visibility:
    """Return SQL conditions for the export runs that an actor may see, and may decide about.

    Actors see their own runs and the runs that they may approve or refuse.
    """
    binds: dict[str, Any] = {"me": actor.id, "sees_names": actor.may(Permission.EXPORT_APPROVE)}
    areas = area_reach(actor, Permission.EXPORT_APPROVE, now)
    is_visible, may_decide = _rule(areas.condition(AreaVersion.path), areas.is_everywhere, areas.is_nowhere)
    return _Visibility(is_visible, may_decide, binds | areas.binds)


@lru_cache
def _rule(
    in_areas: ColumnElement[bool], is_everywhere: bool, is_nowhere: bool
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the SQL conditions `is_visible` and `may_decide` on export runs.

    `may_decide` is true if another account requested the run, the run needs approval, and all its areas are within the actor's
    areas. `is_visible` is true of these runs and of the actor's own runs.

    Args:
        in_areas: Condition that an area is within the actor's areas.
        is_everywhere: The actor may decide in all areas.
        is_nowhere: The actor may decide in no area.
    """
    may_decide = and_(ExportRun.needs_approval, ExportRun.requested_by != _ME)
    if is_nowhere:
        may_decide = false()
    elif not is_everywhere:
        outside = Fragment(
            """exists (select 1 from unnest({area_ids}) area(id)
              left join area_version on area_version.area_id = area.id and upper_inf(area_version.valid)
              where not coalesce({in_areas}, false))""",
            area_ids=ExportRun.area_ids,
            in_areas=in_areas,
        )
        may_decide = and_(may_decide, ExportRun.area_ids.is_not(None), not_(outside))
    return or_(ExportRun.requested_by == _ME, may_decide), may_decide


_LOCK_REQUESTS = select(
    func.pg_advisory_xact_lock(func.hashtext("export"), func.hashtext(bindparam("account_id")))
)


def lock_requests(session: Session, actor_id: UUID) -> None:
    """Lock the export requests of an account until the transaction ends.

    Without this lock two concurrent requests could each be within the limit of homes, but exceed it together.
    """
    session.execute(_LOCK_REQUESTS, {"account_id": str(actor_id)})


_HOMES_EXPORTED = select(
    func.coalesce(func.sum(func.greatest(ExportRun.rows_expected, ExportRun.rows_seen)), 0)
).where(
    ExportRun.requested_by == bindparam("account_id"),
    ExportRun.created_at >= bindparam("since"),
    ExportRun.is_homes,
    not_(ExportRun.needs_approval),
    ExportRun.state.not_in(["refused", "failed", "cancelled"]),
)


def homes_exported(session: Session, actor_id: UUID, *, since: datetime) -> int:
    """Return the number of homes that an account has exported without approval since a time.

    Exports that are still being written count. Refused, failed and cancelled exports do not.
    """
    return int(session.execute(_HOMES_EXPORTED, {"account_id": actor_id, "since": since}).scalar_one())


def insert_run(session: Session, actor: Actor, permission: Permission, values: dict[str, Any]) -> None:
    """Insert an export run, with the areas from which its rows may come.

    These are the areas where the actor holds `permission`, by a grant or a responsibility.
    """
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
    """Return one page of the export runs that the actor sees, the newest first.

    Columns: `items` (JSON bytes) and `next_key` (the key of the next page, or null).
    """
    rule = _visibility(actor, now)
    return page(
        session,
        EXPORTS,
        row_json=_RUN,
        condition=_in_state(rule.is_visible),
        binds=rule.binds | {"state": state},
        after=after,
        limit=limit,
    )


@lru_cache
def _in_state(is_visible: ColumnElement[bool]) -> ColumnElement[bool]:
    state = bindparam("state", None, Text())
    return and_(is_visible, or_(cast(state, Text()).is_(None), ExportRun.state == state))


def run(session: Session, actor: Actor, run_id: UUID, *, now: datetime) -> bytes | None:
    """Return an export run as JSON, or None if the actor does not see such a run."""
    rule = _visibility(actor, now)
    run_json: bytes | None = session.scalar(_run(rule.is_visible), rule.binds | {"id": run_id})
    return run_json


@lru_cache
def _run(is_visible: ColumnElement[bool]) -> Fragment:
    return Fragment(
        "select {run} from export_run where export_run.id = :id and {is_visible}",
        run=_RUN,
        is_visible=is_visible,
    )


def lock_run(session: Session, actor: Actor, run_id: UUID, *, now: datetime) -> RowMapping | None:
    """Lock and return an export run until the transaction ends.

    The row includes `may_decide`. None: the actor does not see such a run.
    """
    rule = _visibility(actor, now)
    statement = _lock_run(rule.is_visible, rule.may_decide)
    return session.execute(statement, rule.binds | {"run_id": run_id}).mappings().one_or_none()


@lru_cache
def _lock_run(is_visible: ColumnElement[bool], may_decide: ColumnElement[bool]) -> Any:
    run = ExportRun
    columns = (
        *(run.id, run.state, run.requested_by, run.collection, run.format, run.created_at, run.size),
        *(run.sha256, run.expires_at, run.is_at_once, run.permission_epoch),
    )
    return (
        select(*columns, may_decide.label("may_decide"))
        .where(run.id == bindparam("run_id"), is_visible)
        .with_for_update(of=run)
    )


_DECIDE = (
    update(ExportRun)
    .where(ExportRun.id == bindparam("run_id"))
    .values(
        state=bindparam("new_state"),
        decided_by=bindparam("by"),
        decided_at=bindparam("now"),
        decision_note=bindparam("note"),
        beat_at=bindparam("now"),
        finished_at=case(
            (bindparam("new_state") == "refused", cast(bindparam("now"), DateTime(timezone=True)))
        ),
    )
)


def decide(
    session: Session, run_id: UUID, *, state: str, decided_by: UUID, note: str | None, now: datetime
) -> None:
    """Store the decision about an export run. If the run is refused, it ends."""
    binds = {"run_id": run_id, "new_state": state, "by": decided_by, "note": note, "now": now}
    session.execute(_DECIDE, binds)


_SET_EXPECTED = (
    update(ExportRun)
    .where(ExportRun.id == bindparam("run_id"))
    .values(rows_expected=bindparam("rows"), permission_epoch=bindparam("epoch"))
)


def set_expected_rows(session: Session, run_id: UUID, rows: int, *, permission_epoch: int) -> None:
    """Store the expected number of rows of an export run, and the requester's permission epoch.

    The permission epoch is a number that counts changes of the requester's rights. The rows are read with these rights.
    """
    session.execute(_SET_EXPECTED, {"run_id": run_id, "rows": rows, "epoch": permission_epoch})


# Each parameter is a column.
def finish(  # noqa: PLR0913
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
    """Store the outcome of an export run. Return False if the run was cancelled meanwhile."""
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
    """Set an export run to `cancelled`, or to `expired`: its file can no longer be downloaded."""
    sql = """
      update export_run set state = :state, sha256 = null, size = null,
        finished_at = coalesce(finished_at, cast(:now as timestamptz)),
        expires_at = case when :state = 'expired' then cast(:now as timestamptz) end
      where id = :id
    """
    session.execute(text(sql), {"id": run_id, "state": state, "now": now})


def expire(session: Session, *, now: datetime, unanswered_since: datetime) -> Sequence[UUID]:
    """Let old export files expire, and requests that nobody decided about.

    Return the ids of the expired runs that had a file.

    Args:
        unanswered_since: Requests from before this time expire if there is no decision.
    """
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
    """Let all export files of a collection expire now.

    Export runs of the collection whose file is still being written are cancelled.
    """
    sql = """
      update export_run set
        state = case when state = 'running' then 'cancelled' else state end,
        finished_at = coalesce(finished_at, cast(:now as timestamptz)),
        expires_at = case when state = 'done' then least(expires_at, cast(:now as timestamptz)) else expires_at end
      where collection = :collection and (state = 'running' and not is_at_once or state = 'done' and expires_at > :now)
    """
    session.execute(text(sql), {"collection": collection, "now": now})


_WITH_FILES = select(ExportRun.id).where(
    ExportRun.id == any_(bindparam("ids", None, ARRAY(Uuid()))), ExportRun.state.in_(["running", "done"])
)


def runs_with_files(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Return the given ids of runs that have a file, or whose file is being written."""
    return set(session.scalars(_WITH_FILES, {"ids": list(ids)}))


def limit_statements(session: Session, seconds: int) -> None:
    """Set the statement timeout of this transaction in seconds. 0: no timeout."""
    set_statement_timeout(session, seconds * 1000)


def allow_idle(session: Session) -> None:
    """Disable the timeout of this transaction for the time between two statements.

    When a large file is closed and compressed, no statement is sent for minutes.
    """
    session.execute(text("set local idle_in_transaction_session_timeout = 0"))
