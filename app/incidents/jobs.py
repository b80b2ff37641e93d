"""What time does to cases: offers expire, waiting cases find somebody, deadlines pass.

Each case in a transaction of its own: one that fails is logged and keeps nobody else waiting.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.core.errors import DomainError
from app.core.metrics import OFFERS_EXPIRED
from app.incidents import service

log = logging.getLogger("gridward.incidents.jobs")


@jobs.app.task(name=service.FOLLOW_UP, retry=jobs.RETRY)
def follow_up(incident_id: str, **_: Any) -> None:
    """One case: its offer has run out, or it waits for somebody."""
    run_case(UUID(incident_id), clock.now())


@jobs.app.periodic(cron="* * * * * */10")
@jobs.app.task(name="incidents.run_due", queueing_lock="incidents.run_due")
def tick(timestamp: int) -> None:
    """All that is due, in case a follow-up was lost or a worker has come on duty."""
    run_due(clock.now())


def run_case(incident_id: UUID, now: datetime) -> None:
    with db.transaction(SYSTEM) as session:
        is_expired = service.expire_offer(session, incident_id=incident_id, now=now)
    OFFERS_EXPIRED.inc(is_expired)
    with db.transaction(SYSTEM) as session:
        service.place_waiting(session, incident_id=incident_id, now=now)


def run_due(now: datetime, *, limit: int = 200) -> dict[str, int]:
    """Expire, place, mark overdue, find homes for strays. Returns how many of each."""
    with db.read_session() as session:
        expired = service.cases_with_expired_offers(session, now=now, limit=limit)
        absent = service.cases_of_absent(session, now=now, limit=limit)
        waiting = service.waiting_cases(session, now=now, limit=limit)
        late = service.newly_overdue(session, now=now, limit=limit)
    done = {
        "expired": _each(expired, lambda s, i: service.expire_offer(s, incident_id=i, now=now)),
        "withdrawn": _each(absent, lambda s, i: service.withdraw_from_absent(s, incident_id=i, now=now)),
        "placed": _each(waiting, lambda s, i: service.place_waiting(s, incident_id=i, now=now)),
    }
    OFFERS_EXPIRED.inc(done["expired"])
    done["overdue"] = _each(late, lambda s, i: service.mark_overdue(s, incident_id=i, now=now))
    with db.transaction(SYSTEM) as session:
        done["rehomed"] = service.rehome_stray(session, SYSTEM, at=now, limit=limit)
    return done


def _each(ids: Sequence[UUID], act: Callable[[Session, UUID], bool]) -> int:
    count = 0
    for incident_id in ids:
        try:
            with db.transaction(SYSTEM) as session:
                count += act(session, incident_id)
        except (DomainError, SQLAlchemyError) as error:
            log.error("case %s: %s", incident_id, error)
    return count
