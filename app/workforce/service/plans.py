"""Use cases of responsibilities of workers for areas, and of planned shifts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import NotFound, Stale
from app.core.ids import uuid7
from app.core.paging import key_after, page_body_of
from app.workforce.queries import plans as queries
from app.workforce.queries import visible
from app.workforce.rules import duty as rules
from app.workforce.service.guards import instant, require_worker


def set_responsibility(
    session: Session,
    actor: Actor,
    *,
    worker_id: UUID,
    area_id: UUID,
    role: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> UUID:
    """Make a worker responsible for an area. Return the id of the responsibility.

    Args:
        role: worker, chief or substitute.
        since: Start; None: now.
        until: End; None: without end.

    Raises:
        NotFound: Worker or area are outside the actor's scope.
        Forbidden: The actor may read the worker, but not edit.
    """
    now = clock.now()
    since = since or now
    rules.require_after(since, until)
    require_worker(session, actor, worker_id, Permission.WORKER_EDIT)
    if not visible.is_area_visible(session, actor, area_id, now=now, permission=Permission.WORKER_EDIT):
        raise NotFound("not_found")
    responsibility_id = uuid7()
    values: dict[str, Any] = {"worker_id": worker_id, "area_id": area_id, "role": role}
    values |= {"since": since, "until": until}
    queries.insert_responsibility(session, values | {"id": responsibility_id})
    # The scope of the worker follows from the responsibilities.
    accounts.raise_permission_epoch(session, worker_id)
    accounts.record(
        session,
        actor,
        action="responsibility.set",
        entity="responsibility",
        entity_id=responsibility_id,
        detail=values,
    )
    return responsibility_id


def end_responsibility(
    session: Session, actor: Actor, *, responsibility_id: UUID, at: datetime | None = None
) -> None:
    """End a responsibility at an instant, by default now.

    Nothing changes if the responsibility has ended by then.
    """
    now = clock.now()
    until = at or now
    row = queries.lock_responsibility(session, actor, responsibility_id, now=now)
    if row is None:
        raise NotFound("not_found")
    if row["until"] is not None and row["until"] <= until:
        return
    if until > row["since"]:
        queries.close_responsibility(session, responsibility_id, until=until)
    else:
        queries.withdraw_responsibility(session, responsibility_id, at=now)
    accounts.raise_permission_epoch(session, row["worker_id"])
    accounts.record(
        session,
        actor,
        action="responsibility.end",
        entity="responsibility",
        entity_id=responsibility_id,
        detail={"worker_id": row["worker_id"], "area_id": row["area_id"], "until": until},
    )


def add_responsibility(session: Session, actor: Actor, **values: Any) -> bytes:
    """Make a worker responsible for an area, and return the responsibility as JSON.

    Args:
        values: Arguments of `set_responsibility`: `worker_id`, `area_id`, `role`, `since` and `until`.

    Raises:
        NotFound: Worker or area are outside the actor's scope.
        Forbidden: The actor may read the worker, but not edit.
    """
    return queries.responsibility_item(session, set_responsibility(session, actor, **values))


def finish_responsibility(
    session: Session, actor: Actor, *, responsibility_id: UUID, at: datetime | None = None
) -> bytes:
    """End a responsibility at an instant, by default now, and return it as JSON.

    Nothing changes if the responsibility has ended by then.
    """
    end_responsibility(session, actor, responsibility_id=responsibility_id, at=at)
    return queries.responsibility_item(session, responsibility_id)


def responsibilities(
    session: Session,
    actor: Actor,
    *,
    is_current: bool = True,
    at: datetime | None = None,
    limit: int,
    cursor: str | None = None,
    **filters: Any,
) -> bytes:
    """Return a page of the responsibilities of workers for areas that the actor can read.

    The page is JSON.

    Args:
        is_current: True: only responsibilities in force now. False: also ended and future ones. Ignored if `at` is given.
        at: Return only responsibilities in force at this instant.
        filters: Other fields of `ResponsibilityFilter`.
    """
    now = clock.now()
    at = at or (now if is_current else None)
    row = queries.responsibilities(
        session,
        actor,
        queries.ResponsibilityFilter(at, **filters),
        now=now,
        after=key_after(cursor, UUID),
        limit=limit,
    )
    return page_body_of(row, limit)


def plan_shift(
    session: Session,
    actor: Actor,
    *,
    worker_id: UUID,
    since: datetime,
    until: datetime,
    note: str | None = None,
) -> bytes:
    """Store a planned shift of a worker, and return it as JSON."""
    rules.require_after(since, until)
    require_worker(session, actor, worker_id, Permission.WORKER_EDIT)
    shift_id = uuid7()
    values: dict[str, Any] = {"worker_id": worker_id, "since": since, "until": until}
    queries.insert_shift(session, values | {"id": shift_id, "note": note or None})
    accounts.record(session, actor, action="shift.plan", entity="shift", entity_id=shift_id, detail=values)
    return queries.shift_item(session, shift_id)


def change_shift(
    session: Session, actor: Actor, *, shift_id: UUID, expected: int | None, changes: dict[str, Any]
) -> tuple[bytes, int]:
    """Change worker, start, end or note of a planned shift.

    Returns (shift as JSON, new version).

    Args:
        expected: The version that the caller has read; None: any.

    Raises:
        Stale: The shift has another version.
    """
    row = queries.lock_shift(session, shift_id)
    if row is None:
        raise NotFound("not_found")
    require_worker(session, actor, row["worker_id"], Permission.WORKER_EDIT)
    if changes.get("worker_id", row["worker_id"]) != row["worker_id"]:
        require_worker(session, actor, changes["worker_id"], Permission.WORKER_EDIT)
    if expected is not None and expected != row["version"]:
        raise Stale("version_stale")
    values = {key: changes.get(key, row[key]) for key in ("worker_id", "since", "until", "note")}
    rules.require_after(values["since"], values["until"])
    version = queries.update_shift(session, shift_id, values | {"note": values["note"] or None})
    accounts.record(
        session,
        actor,
        action="shift.change",
        entity="shift",
        entity_id=shift_id,
        detail={"worker_id": values["worker_id"], "fields": sorted(changes)},
    )
    return queries.shift_item(session, shift_id), version


def cancel_shift(session: Session, actor: Actor, *, shift_id: UUID, expected: int | None = None) -> None:
    """Cancel a planned shift.

    Args:
        expected: The version that the caller has read; None: any.

    Raises:
        Stale: The shift has another version.
    """
    worker_id = queries.shift_worker(session, shift_id)
    if worker_id is None:
        raise NotFound("not_found")
    require_worker(session, actor, worker_id, Permission.WORKER_EDIT)
    if not queries.delete_shift(session, shift_id, expected=expected, at=clock.now()):
        raise Stale("version_stale")
    accounts.record(
        session,
        actor,
        action="shift.cancel",
        entity="shift",
        entity_id=shift_id,
        detail={"worker_id": worker_id},
    )


def shifts(session: Session, actor: Actor, *, limit: int, cursor: str | None = None, **filters: Any) -> bytes:
    """Return a page of the planned shifts of the actor and of workers whom the actor may read.

    Args:
        filters: Fields of `ShiftFilter`.
    """
    shift_filter = queries.ShiftFilter(**filters)
    if shift_filter.since is not None:
        rules.require_after(shift_filter.since, shift_filter.until)
    row = queries.shifts(
        session,
        actor,
        shift_filter,
        now=clock.now(),
        after=key_after(cursor, instant, UUID),
        limit=limit,
    )
    return page_body_of(row, limit)
