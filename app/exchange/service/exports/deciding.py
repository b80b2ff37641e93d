"""A second person agrees or refuses; whoever asked no longer wants it."""

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
from app.exchange.service.exports.asking import EXPORT_TASK, describe_export
from app.exchange.service.exports.fetching import key_of
from app.media import service as media


def approve(session: Session, actor: Actor, *, run_id: UUID, note: str | None = None) -> bytes:
    """Agree to an export of somebody else; the run."""
    _decide(session, actor, run_id, action="export.approve", state="waiting", note=note)
    runs.enqueue(session, jobs.enqueue_binds(EXPORT_TASK, queue=jobs.FILES))
    return describe_export(session, actor, run_id=run_id)


def refuse(session: Session, actor: Actor, *, run_id: UUID, note: str) -> bytes:
    """Refuse an export of somebody else; the run."""
    _decide(session, actor, run_id, action="export.refuse", state="refused", note=note)
    return describe_export(session, actor, run_id=run_id)


def _decide(
    session: Session, actor: Actor, run_id: UUID, *, action: str, state: str, note: str | None
) -> None:
    now = clock.now()
    row = _held(session, actor, run_id, now)
    if not row["may_decide"]:
        raise Forbidden("export_own")
    if row["state"] != "awaiting_approval":
        raise Conflict("export_decided")
    queries.decide(session, run_id, state=state, by=actor.id, note=note, now=now)
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
    """Stop an export of one's own, or erase its file now. What has ended without a file stays as it is."""
    now = clock.now()
    row = _held(session, actor, run_id, now)
    if row["requested_by"] != actor.id:
        raise Forbidden("export_of_another")
    if row["state"] in ("awaiting_approval", "waiting", "running"):
        queries.end(session, run_id, state="cancelled", now=now)
    elif row["state"] == "done" and not row["is_at_once"]:
        queries.end(session, run_id, state="expired", now=now)
    else:
        return
    accounts.record(session, actor, action="export.cancel", entity="export_run", entity_id=run_id)
    # Should this not be kept after all, the books have a file that is gone: fetching it says so.
    store.erase([key_of(run_id)])


def _held(session: Session, actor: Actor, run_id: UUID, now: datetime) -> RowMapping:
    row = queries.hold_run(session, actor, run_id, now=now)
    if row is None:
        raise NotFound("not_found")
    return row
