"""Use cases of duty: start, end and list the periods in which a worker is on duty.

A lock on the worker's row lets only one transaction change the duty of a worker at a time. If a change is made without
this lock, the exclusion constraint of table `duty` refuses overlapping periods.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, ActorKind, Permission
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import uuid7
from app.core.paging import key_after, page_body_of
from app.workforce.queries import duty as queries
from app.workforce.queries import positions, workers
from app.workforce.rules import duty as rules
from app.workforce.service.guards import instant, require_worker


def set_duty(
    session: Session,
    actor: Actor,
    *,
    worker_id: UUID,
    on_duty: bool,
    at: datetime | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """Start or end a worker's duty, and return it. Idempotent.

    Args:
        at: The start or end, at most a day ago; None: now.

    Raises:
        Conflict: `duty_overlaps`: a later duty is stored. `duty_not_open`: the worker is not on duty, so duty cannot end.
        Invalid: `duty_end_before_start`.
    """
    change = start_duty if on_duty else end_duty
    return change(session, actor, worker_id=worker_id, at=at, note=note)


def start_duty(
    session: Session, actor: Actor, *, worker_id: UUID, at: datetime | None = None, note: str | None = None
) -> dict[str, Any]:
    """Start a worker's duty and return it. Idempotent: a worker on duty keeps that duty.

    Args:
        at: The start, at most a day ago; None: now.

    Raises:
        Conflict: `duty_overlaps`: a later duty is stored.
    """
    since = _lock_and_date(session, actor, worker_id, at)
    present = queries.open_duty(session, worker_id) or queries.duty_started_at(session, worker_id, since)
    if present is not None:
        return _answer(present)
    if queries.has_duty_after(session, worker_id, since):
        raise Conflict("duty_overlaps")
    duty_id = uuid7()
    queries.insert_duty(
        session,
        duty_id=duty_id,
        worker_id=worker_id,
        since=since,
        recorded_by=actor.id if actor.kind is ActorKind.ACCOUNT else None,
        note=note or None,
    )
    _record(session, actor, "duty.start", worker_id, duty_id, since)
    return _answer({"id": duty_id, "worker_id": worker_id, "since": since, "until": None})


def end_duty(
    session: Session, actor: Actor, *, worker_id: UUID, at: datetime | None = None, note: str | None = None
) -> dict[str, Any]:
    """End a worker's duty, delete the positions after its end, and return the duty.

    Idempotent for the same `at`.

    Args:
        at: The end, at most a day ago; None: now.

    Raises:
        Conflict: `duty_not_open`: the worker is not on duty.
        Invalid: `duty_end_before_start`.
    """
    until = _lock_and_date(session, actor, worker_id, at)
    present = queries.open_duty(session, worker_id)
    if present is None:
        ended = queries.duty_ended_at(session, worker_id, until)
        if ended is None:
            raise Conflict("duty_not_open")
        return _answer(ended)
    if until <= present["since"]:
        raise Invalid("duty_end_before_start")
    queries.close_duty(session, present["id"], until=until, note=note or None)
    queries.delete_positions(session, worker_id, since=until)
    _record(session, actor, "duty.end", worker_id, present["id"], until)
    return _answer({**present, "until": until})


def duties(
    session: Session,
    actor: Actor,
    *,
    worker_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return a page of a worker's duty periods that overlap [since, until), newest first."""
    require_worker(session, actor, worker_id, Permission.WORKER_READ, includes_self=True)
    if since is not None:
        rules.require_after(since, until)
    row = queries.duties(
        session, worker_id, since=since, until=until, after=key_after(cursor, instant, UUID), limit=limit
    )
    return page_body_of(row, limit)


def _lock_and_date(session: Session, actor: Actor, worker_id: UUID, at: datetime | None) -> datetime:
    """Lock the worker, and return the time at which a change of duty takes effect.

    Raises an error if the actor may not change the worker's duty.
    """
    if worker_id == actor.id and not positions.is_worker(session, worker_id):
        raise Forbidden("not_a_worker")
    require_worker(session, actor, worker_id, Permission.WORKER_EDIT, includes_self=True)
    moment = rules.instant_of_duty(at, clock.now())
    if not workers.lock_worker(session, worker_id):
        raise NotFound("not_found")
    return moment


def _answer(duty: RowMapping | dict[str, Any]) -> dict[str, Any]:
    return {
        "id": duty["id"],
        "worker_id": duty["worker_id"],
        "on_duty": duty["until"] is None,
        "since": duty["since"],
        "until": duty["until"],
    }


def _record(
    session: Session, actor: Actor, action: str, worker_id: UUID, duty_id: UUID, at: datetime
) -> None:
    accounts.record(
        session,
        actor,
        action=action,
        entity="worker",
        entity_id=worker_id,
        detail={"duty_id": duty_id, "at": at},
    )
