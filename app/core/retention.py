"""Retention of the platform's own tables: old operations and changes are deleted.

Each batch of rows is deleted in a transaction of its own. Neither table has an index for this: every report writes to both
tables, and one scan a day costs less than maintaining an index.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core import changes, clock, db, idempotency, jobs, quotas
from app.settings import Settings

log = logging.getLogger("gridward.upkeep")
# What else says where somebody was, and is forgotten when positions are: each blanks what is older than an instant.
_BLANKING: list[Callable[[Session, datetime], int]] = []


def register_place_blanking(blank: Callable[[Session, datetime], int]) -> None:
    """Register a domain's function that erases positions of persons in its rows.

    The job that deletes old positions calls all registered functions.
    """
    _BLANKING.append(blank)


def blank_places(session: Session, *, before: datetime) -> int:
    """Erase all positions of persons recorded before an instant; return their number."""
    return sum(blank(session, before) for blank in _BLANKING)


BATCH = 10_000


@jobs.app.periodic(cron="41 19 * * *")  # UTC: at night in China
@jobs.app.task(name="core.run_due", queue=jobs.SLOW, queueing_lock="core.run_due")
def tick(timestamp: int) -> None:
    """Run the daily job that deletes old operations and changes."""
    run_due(clock.now(), settings=Settings.from_env())
    with db.transaction() as session:
        quotas.prune_leases(session)


def run_due(now: datetime, *, settings: Settings, batch: int = BATCH) -> dict[str, int]:
    """Delete operations and changes older than the settings allow.

    Return the number of deleted rows by table name.

    A report that is sent again after its operation was deleted is refused because its id exists, so it is not stored twice. A
    client of sync that was away for longer than changes are stored synchronises from the beginning.
    """
    deleted = {
        "applied_op": jobs.run_until_none_left(
            lambda s: idempotency.prune(s, before=now - timedelta(days=settings.applied_op_days), limit=batch)
        ),
        "change_log": jobs.run_until_none_left(
            lambda s: changes.prune(s, before=now - timedelta(days=settings.change_log_days), limit=batch)
        ),
    }
    log.info("forgotten", extra={"fields": deleted})
    return deleted
