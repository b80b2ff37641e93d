"""Periodic job that erases reporters whose retention period has ended."""

import logging

from app.core import clock, jobs
from app.core.erasures import Ledger
from app.rights import service
from app.settings import Settings

log = logging.getLogger("gridward.rights.jobs")


@jobs.app.periodic(cron="51 19 * * *")  # UTC: at night in China
@jobs.app.task(name="rights.run_due", queue=jobs.SLOW, queueing_lock="rights.run_due")
def tick(timestamp: int) -> None:
    """Erase the reporters whose retention period has ended, once a day, and log their number."""
    settings = Settings.from_env()
    ledger = Ledger(settings.erasure_ledger)
    erased = service.erase_reporters_due(clock.now(), days=settings.reporter_days, ledger=ledger)
    log.info("reporters erased", extra={"fields": {"reporters": erased}})
