"""Periodic jobs of cases: expire offers, dispatch waiting cases, send notices of deadlines.

Each case or district is processed in its own transaction. If one fails, the error is logged and the others continue.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import clock, db, jobs, retention
from app.core.actor import SYSTEM
from app.core.metrics import OFFERS_EXPIRED
from app.dispatch import service as dispatch
from app.incidents import service
from app.settings import Settings

log = logging.getLogger("gridward.incidents.jobs")
retention.register_place_blanking(service.blank_places)


@jobs.app.task(name=service.FOLLOW_UP, retry=jobs.RETRY)
def follow_up(incident_id: str, **_: Any) -> None:
    """Process one case whose offer has expired or that waits for a worker."""
    run_case(UUID(incident_id), clock.now())


@jobs.app.periodic(cron="* * * * * */10")
@jobs.app.task(name="incidents.run_due", queueing_lock="incidents.run_due")
def tick(timestamp: int) -> None:
    """Process all due cases, for example after a job was lost or a worker came on duty."""
    run_due(clock.now())


@jobs.app.periodic(cron="* * * * * */10")
@jobs.app.task(name="incidents.count_open", queueing_lock="incidents.count_open")
def count_open(timestamp: int) -> None:
    """Bring the numbers of open cases for boards up to date."""
    run_count_open(clock.now())


def run_count_open(now: datetime) -> int:
    """Add changes of open cases to the numbers of boards, many at a time. Return the number of changes."""
    with db.transaction(SYSTEM) as session:
        return service.fold_open_case_changes(session, now=now)


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name="incidents.move_on", queueing_lock="incidents.move_on")
def each_minute(timestamp: int) -> None:
    """Move cases to other workers, if their workers have not begun and may come too late."""
    run_redispatch(clock.now())


@jobs.app.periodic(cron="23 19 * * *")  # UTC: at night in China
@jobs.app.task(name="incidents.forget", queue=jobs.SLOW, queueing_lock="incidents.forget")
def nightly(timestamp: int) -> None:
    """Erase the stored inputs of old dispatch batches."""
    erase_batch_inputs(clock.now(), days=Settings.from_env().dispatch_input_days)


def erase_batch_inputs(now: datetime, *, days: int, batch: int = 100) -> int:
    """Erase the inputs of dispatch batches older than `days`. Return the number of batches.

    The decisions of the batches stay.
    """
    before = now - timedelta(days=days)
    return jobs.run_until_none_left(lambda s: dispatch.erase_inputs(s, before=before, limit=batch))


def run_case(incident_id: UUID, now: datetime) -> None:
    """Process the offer or proposal of one case if it is due, then dispatch the case's district.

    An offer that was not answered in time expires. A proposal that was not decided in time becomes an offer.
    """

    def attempt() -> bool:
        with db.transaction(SYSTEM) as session:
            is_expired = service.expire_offer(session, incident_id=incident_id, now=now)
            if not is_expired:
                service.offer_by_itself(session, incident_id=incident_id, now=now)
            return is_expired

    OFFERS_EXPIRED.inc(db.with_retries(attempt))
    with db.read_session() as session:
        due = service.due_districts(session, now=now, limit=1, incident_id=incident_id)
    jobs.run_each(log, due, lambda s, district: service.solve_district(s, district, now=now))


def run_due(now: datetime, *, limit: int = 200) -> dict[str, int]:
    """Process all due cases: expired offers, waiting cases, notices, reviews, changed areas.

    Return the number of processed cases for each kind.
    """
    with db.read_session() as session:
        expired = service.cases_with_expired_offers(session, now=now, limit=limit)
        cases_of_absent = service.cases_of_absent(session, now=now, limit=limit)
        due = service.due_districts(session, now=now, limit=limit)
        notices_due = service.cases_with_due_notices(session, now=now, limit=limit)
        proposed = service.proposals_due(session, now=now, limit=limit)
        to_review = service.due_for_review(session, now=now, limit=limit)
        supervised = service.supervisions_due(session, now=now, limit=limit)
    notice_counts = Counter[str](dict.fromkeys(("warn", "overdue", "escalate"), 0))
    done = jobs.run_steps(
        log,
        {
            "proposed": (proposed, lambda s, i: service.offer_by_itself(s, incident_id=i, now=now)),
            "expired": (expired, lambda s, i: service.expire_offer(s, incident_id=i, now=now)),
            "withdrawn": (
                cases_of_absent,
                lambda s, i: service.withdraw_from_absent(s, incident_id=i, now=now),
            ),
            "placed": (due, lambda s, district: service.solve_district(s, district, now=now)),
            "notices": (
                notices_due,
                lambda s, i: _add_counts(notice_counts, service.send_due_notices(s, incident_id=i, now=now)),
            ),
            "to_review": (to_review, lambda s, i: service.call_for_review(s, incident_id=i, now=now)),
            "supervised": (supervised, lambda s, i: service.call_for_supervision(s, incident_id=i, now=now)),
            "rehomed": ([now], lambda s, at: service.reassign_stray_cases(s, SYSTEM, at=at, limit=limit)),
        },
    )
    OFFERS_EXPIRED.inc(done["expired"])
    del done["notices"]  # counted by kind
    return done | notice_counts


def _add_counts(totals: Counter[str], counts: dict[str, int]) -> int:
    totals.update(counts)
    return sum(counts.values())


def run_redispatch(now: datetime, *, limit: int = 100) -> int:
    """Move cases from workers who have not begun to workers who can come sooner.

    Return the number of moved cases.

    Args:
        limit: Number of cases of each jurisdiction to examine. They are a random sample. Otherwise the same cases would be
            examined each time at night, when most assigned workers are off duty and nobody else can take their cases.
    """
    with db.read_session() as session:
        slipping = service.slipping(session, now=now, limit=limit)
    return jobs.run_each(log, slipping, lambda s, candidate: service.redispatch_case(s, candidate, now=now))
