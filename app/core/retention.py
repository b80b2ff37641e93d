"""Retention of the platform's own tables: old operations and changes are deleted.

In batches, each a transaction of its own. Neither table has an index for it: both are written with every
report, and one pass a day over them costs less than keeping an index.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core import changes, clock, idempotency, jobs
from app.settings import Settings

log = logging.getLogger("gridward.upkeep")
# What else says where somebody was, and is forgotten when positions are: each blanks what is older than an instant.
_BLANKING: list[Callable[[Session, datetime], int]] = []


def register_place_blanking(blank: Callable[[Session, datetime], int]) -> None:
    """Register how a domain blanks positions among its facts. The job that prunes positions calls it."""
    _BLANKING.append(blank)


def blank_places(session: Session, *, before: datetime) -> int:
    """Blank all positions of people recorded before the instant. Return their number."""
    return sum(blank(session, before) for blank in _BLANKING)


BATCH = 10_000


@jobs.app.periodic(cron="41 19 * * *")  # UTC: at night in China
@jobs.app.task(name="core.run_due", queue=jobs.SLOW, queueing_lock="core.run_due")
def tick(timestamp: int) -> None:
    """Run the daily clean-up."""
    run_due(clock.now(), settings=Settings.from_env())


def run_due(now: datetime, *, settings: Settings, batch: int = BATCH) -> dict[str, int]:
    """Delete operations and changes older than the settings allow. Return the number of each.

    A report that is sent again after its operation is forgotten is refused by its id, and not done twice. A
    client of sync that was away for longer than changes are kept begins anew.
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
