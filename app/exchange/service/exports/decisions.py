"""Use cases that approve, refuse or cancel an export."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock, jobs
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound
from app.exchange.queries import exports as queries
from app.exchange.queries import runs
from app.exchange.service.exports.downloads import key_of
from app.exchange.service.exports.requests import EXPORT_TASK, describe_export
from app.media import service as media


def approve(session: Session, actor: Actor, *, run_id: UUID, note: str | None = None) -> bytes:
    """Approve the export of another account. Return the run (JSON)."""
    _decide(session, actor, run_id, action="export.approve", state="waiting", note=note)
    runs.enqueue(session, jobs.enqueue_binds(EXPORT_TASK, queue=jobs.FILES))
    return describe_export(session, actor, run_id=run_id)


def refuse(session: Session, actor: Actor, *, run_id: UUID, note: str) -> bytes:
    """Refuse the export of another account. Return the run (JSON)."""
    _decide(session, actor, run_id, action="export.refuse", state="refused", note=note)
    return describe_export(session, actor, run_id=run_id)


def _decide(
    session: Session, actor: Actor, run_id: UUID, *, action: str, state: str, note: str | None
) -> None:
    now = clock.now()
    row = _locked_run(session, actor, run_id, now)
    if not row["may_decide"]:
        raise Forbidden("export_own")
    if row["state"] != "awaiting_approval":
        raise Conflict("export_decided")
    queries.decide(session, run_id, state=state, decided_by=actor.id, note=note, now=now)
    accounts.record(
        session,
        actor,
        action=action,
        entity="export_run",
        entity_id=run_id,
        purpose=note,
        detail={"collection": row["collection"], "format": row["format"]},
    )


def cancel(session: Session, actor: Actor, store: media.Store, *, run_id: UUID) -> None:
    """Cancel an export of the actor. If the export has ended, delete its file now.

    An export that ended without a file is not changed.
    """
    now = clock.now()
    row = _locked_run(session, actor, run_id, now)
    if row["requested_by"] != actor.id:
        raise Forbidden("export_of_another")
    if row["state"] in ("awaiting_approval", "waiting", "running"):
        queries.end_unwanted(session, run_id, state="cancelled", now=now)
    elif row["state"] == "done" and not row["is_at_once"]:
        queries.end_unwanted(session, run_id, state="expired", now=now)
    else:
        return
    accounts.record(session, actor, action="export.cancel", entity="export_run", entity_id=run_id)
    # If the transaction rolls back after this, the run has no file any more, and a download returns an error.
    store.erase([key_of(run_id)])


def _locked_run(session: Session, actor: Actor, run_id: UUID, now: datetime) -> RowMapping:
    row = queries.lock_run(session, actor, run_id, now=now)
    if row is None:
        raise NotFound("not_found")
    return row
