"""Periodic job that audits the grids of each jurisdiction whose areas have changed."""

import logging
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, db, jobs
from app.grids import service

log = logging.getLogger("gridward.supervision.jobs")


@jobs.app.periodic(cron="* * * * * */30")
@jobs.app.task(name="supervision.audit_shapes", queue=jobs.SLOW, queueing_lock="supervision.audit_shapes")
def audit(timestamp: int) -> None:
    """Run the audit of grids in each jurisdiction whose areas changed since its last audit."""
    run_due(clock.now())


def run_due(now: datetime) -> int:
    """Audit each jurisdiction whose areas changed since its last audit; return their number."""
    with db.read_session() as session:
        due = service.jurisdictions_to_audit(session, now)
    count = 0
    for jurisdiction_id in due:
        try:
            service.audit_shapes(jurisdiction_id, now)
            count += 1
        except SQLAlchemyError as error:
            # An error in one jurisdiction must not prevent the audit of the others.
            log.error("jurisdiction %s: %s", jurisdiction_id, error)
    return count
