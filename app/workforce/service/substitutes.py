"""Use cases of substitutions: a worker takes over the grids of an absent worker for a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, ActorKind, Permission
from app.core.errors import Conflict, NotFound, invalid_field
from app.core.ids import uuid7
from app.core.paging import key_after, page_body_of
from app.profiles import service as profiles
from app.workforce.queries import duty as duties
from app.workforce.queries import roster as rosters
from app.workforce.queries import substitutes as queries
from app.workforce.rules import duty as duty_rules
from app.workforce.rules import roster as rules
from app.workforce.service.duty import end_duty
from app.workforce.service.guards import require_worker

ABSENCE_MAX = timedelta(days=366)
GRIDS_MAX = 500


@dataclass(frozen=True, slots=True)
class Substituted:
    """A substitution that was stored.

    Attributes:
        gaps: For each grid of the substitution the times for which no other worker is planned.
    """

    id: UUID
    is_in_force: bool
    item: dict[str, Any]
    gaps: list[dict[str, Any]]


# One parameter for each member of the body, which views pass by name.
def substitute(  # noqa: PLR0913
    session: Session,
    actor: Actor,
    *,
    worker_id: UUID,
    substitute_id: UUID,
    until: datetime,
    since: datetime | None = None,
    grid_ids: Sequence[UUID] | None = None,
    reason: str | None = None,
    hours: str | None = None,
) -> Substituted:
    """Store a substitution, and make the substitute responsible for the absent worker's grids.

    If the absence begins now, the duty of the absent worker is ended.

    Args:
        since: Start; None: now.
        grid_ids: The grids to take over; None: all for which the absent worker is responsible in the period.
        reason: Reason of the absence. Only the actor and the absent worker can read it.
        hours: "HH:MM-HH:MM", the hours of each local day in which a grid needs a worker; None: all day.

    Raises:
        Conflict: The substitute is unavailable, absent or of another city; the worker has a substitute in the period
            already; or there is no grid to take over.
        Invalid: `until` is out of range, or the worker is their own substitute.
    """
    now = clock.now()
    since = since or now
    duty_rules.require_after(since, until)
    if until <= now or until - since > ABSENCE_MAX:
        raise invalid_field("until", "out_of_range")
    if substitute_id == worker_id:
        raise invalid_field("substitute_id", "substitute_is_herself")
    for person in (worker_id, substitute_id):
        require_worker(session, actor, person, Permission.WORKER_EDIT)
    queries.lock_workers(session, [worker_id, substitute_id])
    if not queries.is_account_open(session, substitute_id):
        raise Conflict("substitute_unavailable")
    if queries.is_absent_within(session, substitute_id, since=since, until=until):
        raise Conflict("substitute_is_absent")
    if queries.is_absent_within(session, worker_id, since=since, until=until):
        raise Conflict("substitution_overlaps")
    lent = _grids_to_lend(session, actor, worker_id, grid_ids, since=since, until=until, now=now)
    if not queries.works_for_all(session, substitute_id, lent, now=now):
        raise Conflict("substitute_of_other_city")
    values: dict[str, Any] = {"worker_id": worker_id, "substitute_id": substitute_id}
    values |= {"id": uuid7(), "since": since, "until": until}
    recorded_by = actor.id if actor.kind is ActorKind.ACCOUNT else None
    queries.insert_substitution(
        session, values | {"reason": reason or None, "recorded_by": recorded_by, "at": now}
    )
    queries.lend_areas(session, substitute_id, lent, since=since, until=until)
    accounts.raise_permission_epoch(session, substitute_id)
    is_in_force = since <= now
    if is_in_force and duties.open_duty(session, worker_id) is not None:
        end_duty(session, actor, worker_id=worker_id)
    _record(session, actor, "substitution.begin", values | {"area_ids": lent})
    return Substituted(
        id=values["id"],
        is_in_force=is_in_force,
        item=orjson.loads(queries.substitution_item(session, actor, values["id"])),
        gaps=_gaps(session, actor, worker_id, lent, since=since, until=until, hours=hours),
    )


def _grids_to_lend(
    session: Session,
    actor: Actor,
    worker_id: UUID,
    named: Sequence[UUID] | None,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
) -> list[UUID]:
    own_grids = queries.grids_of(session, actor, worker_id, since=since, until=until, now=now)
    if named is not None and not own_grids.issuperset(named):
        raise invalid_field("grid_ids", "reference_unknown")
    lent = sorted(own_grids if named is None else set(named))
    if not lent:
        raise Conflict("nothing_to_stand_in_for")
    return lent


def _gaps(
    session: Session,
    actor: Actor,
    worker_id: UUID,
    area_ids: Sequence[UUID],
    *,
    since: datetime,
    until: datetime,
    hours: str | None,
) -> list[dict[str, Any]]:
    """Return for each grid the times without a planned worker.

    Only the first month of the absence is considered. The shifts of the absent worker are ignored.
    """
    until = min(until, since + timedelta(days=rules.ROSTER_DAYS))
    zone = profiles.profile_named(session, None, actor).profile.calendar.zone
    wanted = rules.windows(since, until, hours, zone)
    filters = rosters.RosterFilter(since, until, wanted, grid_ids=area_ids, left_out=[worker_id])
    row = rosters.roster(session, actor, filters, now=clock.now(), limit=GRIDS_MAX)
    return [
        {"grid": item["grid"], "gaps": item["gaps"]} for item in orjson.loads(row["items"]) if item["gaps"]
    ]


def end_substitution(
    session: Session, actor: Actor, *, substitution_id: UUID, at: datetime | None = None
) -> bytes:
    """End a substitution early, by default now, and return it as JSON.

    Nothing changes if the substitution has ended by then.
    """
    now = clock.now()
    at = at or now
    substitution = queries.lock_substitution(session, substitution_id)
    if substitution is None:
        raise NotFound("not_found")
    require_worker(session, actor, substitution["worker_id"], Permission.WORKER_EDIT)
    if at < now - duty_rules.FUTURE_TOLERANCE:
        raise invalid_field("at", "in_past")
    if at < substitution["until"]:
        queries.return_areas(session, substitution, at=at)
        queries.close_substitution(session, substitution_id, at=at)
        accounts.raise_permission_epoch(session, substitution["substitute_id"])
        _record(session, actor, "substitution.end", {**substitution, "until": at})
    return queries.substitution_item(session, actor, substitution_id)


def substitutions(
    session: Session,
    actor: Actor,
    *,
    is_current: bool = True,
    worker_id: UUID | None = None,
    within: UUID | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return a page of the substitutions that the actor may read.

    By default only those in force now are returned, else also past and future ones.
    """
    now = clock.now()
    row = queries.substitutions(
        session,
        actor,
        now=now,
        at=now if is_current else None,
        worker_id=worker_id,
        within=within,
        after=key_after(cursor, UUID),
        limit=limit,
    )
    return page_body_of(row, limit)


def _record(session: Session, actor: Actor, action: str, values: dict[str, Any]) -> None:
    """Record a change of a substitution in the audit trail, without the reason of the absence."""
    detail = {name: value for name, value in values.items() if name not in ("id", "worker_id")}
    accounts.record(
        session,
        actor,
        action=action,
        entity="worker",
        entity_id=values["worker_id"],
        detail=detail | {"substitution_id": values["id"]},
    )
