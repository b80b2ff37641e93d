"""Use cases that read and change offers and assignments.

New offers and assignments are made in `placements.py`. The states and their transitions are in `rules/states.py`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.dispatch.queries import absences, deliveries, loads, offers, prior_offers
from app.dispatch.queries import assignments as queries
from app.dispatch.rules.ranking import VERIFIED
from app.dispatch.rules.refusals import worker_not_eligible
from app.dispatch.rules.states import HELD


def accept(
    session: Session, actor: Actor, *, assignment_id: UUID, now: datetime, since: datetime | None = None
) -> RowMapping:
    """Accept an offer to the actor, or an assignment from the queue of their unit. Idempotent.

    Returns the row of the assignment before the acceptance. If several workers got an offer, the first who accepts gets
    the assignment. Such an offer was not counted as work of the worker, so the free capacity is checked now.

    Args:
        since: Time of the acceptance. None: `now`.

    Raises:
        NotFound: There is no such assignment.
        Conflict: Another worker has the assignment, the offer has ended, or the actor has no free capacity.
    """
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    if assignment["state"] in HELD and assignment["account_id"] == actor.id:
        return assignment
    if assignment["state"] == "open" and not loads.has_capacity(session, actor.id):
        raise worker_not_eligible("full")
    since = since or now
    is_accepted = offers.accept_offer(
        session, assignment_id=assignment_id, worker_id=actor.id, now=now, since=since
    )
    if not is_accepted and actor.unit_ids:
        is_accepted = queries.accept_queued(
            session, assignment_id=assignment_id, account_id=actor.id, unit_ids=actor.unit_ids, since=since
        )
    if not is_accepted:
        raise Conflict("assignment_taken" if assignment["state"] in HELD else "offer_not_live")
    return assignment


def decline(
    session: Session, actor: Actor, *, assignment_id: UUID, reason: str, because: str | None, now: datetime
) -> tuple[RowMapping, bool]:
    """Decline an offer to the actor.

    Returns (assignment, True if the assignment has ended because nobody else can accept it).

    Args:
        reason: The reason in the worker's words.
        because: Code of the reason (`DECLINED_BECAUSE`).

    Raises:
        NotFound: There is no such assignment.
        Conflict: The actor has no live offer of the assignment.
    """
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    is_declined = offers.decline_offer(
        session, assignment_id=assignment_id, worker_id=actor.id, reason=reason, because=because, now=now
    )
    if not is_declined:
        raise Conflict("offer_not_live")
    return assignment, _end_without_offers(session, assignment_id=assignment_id, now=now)


def expire_offers(
    session: Session, attempt: RowMapping, *, now: datetime
) -> tuple[Sequence[RowMapping], bool]:
    """End the offers of an assignment that were not answered in time.

    Returns (`worker_id` and `state` of each ended offer, True if the assignment has ended because nobody else can accept
    it). The state is `expired` if the offer had reached the device, else `undelivered`.

    Args:
        attempt: The assignment, as a row that `expired_offer` has returned.
    """
    expired_offers = offers.expire_offers(session, assignment_id=attempt["assignment_id"], now=now)
    return expired_offers, _end_without_offers(session, assignment_id=attempt["assignment_id"], now=now)


def _end_without_offers(session: Session, *, assignment_id: UUID, now: datetime) -> bool:
    """End an assignment as failed, if no worker can accept it any more.

    Returns True if the assignment ended.
    """
    if offers.has_live_offer(session, assignment_id):
        return False
    queries.end_assignment(session, assignment_id=assignment_id, state="failed", now=now)
    return True


def mark_delivered(
    session: Session, actor: Actor, *, offer_ids: Collection[UUID], way: str, now: datetime
) -> None:
    """Mark the actor's offers as delivered to their device. Idempotent."""
    deliveries.record_deliveries(session, worker_id=actor.id, offer_ids=offer_ids, way=way, now=now)


def confirm_delivery(session: Session, actor: Actor, *, offer_id: UUID, now: datetime) -> UUID:
    """Mark one offer as delivered, because the worker's device confirms it.

    Returns the id of the case.

    Raises:
        NotFound: The offer is to another worker.
    """
    incident_id = deliveries.demand_of_offer(session, offer_id=offer_id, worker_id=actor.id)
    if incident_id is None:
        raise NotFound("not_found")
    deliveries.record_deliveries(session, worker_id=actor.id, offer_ids=[offer_id], way="told", now=now)
    return incident_id


def record_progress(session: Session, actor: Actor, *, assignment_id: UUID, state: str, at: datetime) -> bool:
    """Set the state of the actor's assignment to `en_route` or `on_scene`.

    Returns False if the assignment has this state already.

    Raises:
        NotFound: There is no such assignment.
        Conflict: The actor has not accepted the assignment, or it has a later state.
    """
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    if assignment["account_id"] != actor.id or assignment["state"] not in HELD:
        raise Conflict("assignment_not_held")
    if assignment["state"] == state:
        return False
    is_changed = queries.record_progress(
        session, assignment_id=assignment_id, account_id=actor.id, state=state, at=at
    )
    if not is_changed:
        raise Conflict("assignment_further_on")
    return True


def fail(session: Session, actor: Actor, *, assignment_id: UUID, because: str, now: datetime) -> RowMapping:
    """End an accepted assignment as failed, because the actor cannot do the work.

    The actor gets no further offer of the same work.

    Args:
        because: Code of the reason (`FAILED_BECAUSE`).

    Raises:
        NotFound: There is no such assignment.
        Conflict: The actor has not accepted the assignment.
    """
    assignment = queries.lock_assignment(session, assignment_id)
    if assignment is None:
        raise NotFound("not_found")
    if assignment["account_id"] != actor.id or assignment["state"] not in HELD:
        raise Conflict("assignment_not_held")
    queries.end_assignment(session, assignment_id=assignment_id, state="failed", because=because, now=now)
    return assignment


def end_active(
    session: Session,
    *,
    incident_id: UUID,
    state: str,
    now: datetime,
    role: str | None = None,
    because: str | None = None,
) -> RowMapping | None:
    """End the live assignment of a case, and reduce its worker's count of open work by one.

    Returns the assignment, or None if there is none.

    Args:
        state: `done`, `withdrawn` or `failed`.
        role: Role of the assignment. None: any role but `joint`; that of a second worker only if there is no other.
        because: Code of the reason.
    """
    assignment = queries.live_assignment(session, incident_id=incident_id, role=role)
    if assignment is not None:
        queries.end_assignment(session, assignment_id=assignment["id"], state=state, because=because, now=now)
    return assignment


def end_attempt(session: Session, *, assignment_id: UUID, state: str, now: datetime) -> None:
    """End this assignment with the state `done`, `withdrawn` or `failed`."""
    queries.end_assignment(session, assignment_id=assignment_id, state=state, now=now)


# By role of a worker in a case: the other roles from which this excludes the worker, with the reason.
_TEAM_EXCLUSIONS = {
    "handle": {"second": "leads_it"},
    "second": {"handle": "is_second", "check": "handled_it", "verify": "handled_it"},
    "verify": dict.fromkeys(("handle", "second", "joint", "check"), VERIFIED),
    "joint": {"check": "handled_it", "verify": "handled_it"},
}


def team_exclusions(
    session: Session, incident_ids: Sequence[UUID]
) -> dict[tuple[UUID, str], dict[UUID, str]]:
    """Return the workers who may not get a role on a case because of their other role in it.

    The key is (case id, role). The lead may not be the second worker. The second worker may not handle, verify or check the
    case; one whose work is done may handle it again. Members of a unit that worked on the case may not verify or check it.
    The worker who verified a case may not handle it, assist with it, take a `joint` part or check it. That the lead may not
    check the case is not in the result.
    """
    exclusions: dict[tuple[UUID, str], dict[UUID, str]] = {}
    for row in queries.team_members(session, incident_ids):
        reasons = dict(_TEAM_EXCLUSIONS[row["role"]])
        if row["role"] == "second" and row["state"] == "done":
            del reasons["handle"]  # the second may lead the rework
        for role, reason in reasons.items():
            exclusions.setdefault((row["incident_id"], role), {})[row["worker_id"]] = reason
    return exclusions


def live_assignment_of_worker(session: Session, *, incident_id: UUID, worker_id: UUID) -> UUID | None:
    """Return the id of the worker's live (offered or accepted) assignment on a case, or None."""
    return queries.live_assignment_of_worker(session, incident_id=incident_id, worker_id=worker_id)


def live_assignment(session: Session, *, incident_id: UUID, role: str | None = None) -> RowMapping | None:
    """Lock and return the assignment of a case that has not ended, or None.

    Assignments of further units (role `joint`) are not returned.

    Args:
        role: Role of the assignment, such as `handle`. None: any role; the assignment of a second worker is returned only if
            there is no other.
    """
    return queries.live_assignment(session, incident_id=incident_id, role=role)


def assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    """Return the row of an assignment, or None."""
    return queries.assignment(session, assignment_id)


def expired_offer(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """Lock and return an offer of a case that was not answered in time, or None.

    Columns: `assignment_id`, `incident_id`, `role`.
    """
    return offers.expired_offer(session, incident_id=incident_id, now=now)


def cases_with_expired_offers(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Return the ids of cases with an offer that was not answered in time, the earliest first."""
    return list(dict.fromkeys(offers.demands_with_expired_offers(session, now=now, limit=limit)))


def worker_name(session: Session, worker_id: UUID) -> str | None:
    """Return the name of a worker. Returns None if the account is not a worker."""
    return queries.worker_name(session, worker_id)


def prior_offer_exclusions(session: Session, *, incident_id: UUID, role: str) -> dict[UUID, str]:
    """Return the workers who may not be offered the same work again, each with the reason."""
    return prior_offers.exclusions(session, incident_id=incident_id, role=role)


def last_unit(session: Session, incident_id: UUID) -> UUID | None:
    """Return the id of the unit whose member handled the case last.

    Returns None if the case was not handled yet, or if a worker handled it who did not act as a member of a unit.
    """
    return queries.last_unit(session, incident_id)


def demands_of_absent(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Return ids of cases whose worker cannot answer the offer or has a closed account.

    The ids are sorted by the creation time of the assignment, the oldest first.
    """
    return list(absences.demands_of_absent(session, now=now, limit=limit))


def demands_offered_to(session: Session, worker_id: UUID) -> list[UUID]:
    """Return the case ids of the offers that the worker can still answer."""
    return list(offers.demands_offered_to(session, worker_id))


def demands_of_worker(session: Session, worker_id: UUID) -> list[UUID]:
    """Return the ids of cases that are offered or assigned to a worker."""
    return list(queries.demands_of_worker(session, worker_id))


def lock_loads(session: Session, incident_ids: Sequence[UUID]) -> None:
    """Lock the counts of open work of all workers with a live assignment of these cases.

    They are rows of `worker_load`. The caller must have locked the cases before.
    """
    loads.lock_loads(session, incident_ids)


def absent_holder(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    """Lock and return the live assignment of a case if its worker cannot work on it, else None.

    The worker cannot work on the case if the account of the worker (or of the unit's member who accepted it) is closed. The
    same applies to a worker who has not answered the offer and is off duty or has an open call for help.
    """
    return absences.absent_holder(session, incident_id=incident_id, now=now)


def withdraw_from_absent(
    session: Session, *, incident_id: UUID, now: datetime
) -> tuple[Sequence[RowMapping], bool]:
    """Withdraw offers to absent workers, if several workers got an offer of the same work.

    Returns (the withdrawn offers, True if the assignment has ended because nobody else can accept it).
    """
    absent_recipients = absences.absent_recipients(session, incident_id=incident_id, now=now)
    for recipient in absent_recipients:
        offers.withdraw_offer(
            session,
            assignment_id=recipient["assignment_id"],
            worker_id=recipient["worker_id"],
            because=None,
            now=now,
        )
    return absent_recipients, bool(absent_recipients) and _end_without_offers(
        session, assignment_id=absent_recipients[0]["assignment_id"], now=now
    )
