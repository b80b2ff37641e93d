"""Imports that were left to the job worker."""

from app.core import clock, db, jobs
from app.exchange import service
from app.settings import Settings


@jobs.app.periodic(cron="* * * * * */15")
@jobs.app.task(name=service.TASK)
def run_due(timestamp: int = 0) -> None:
    """All imports that wait, and those that were broken off."""
    service.run_due(db.transaction, clock.now(), errors_kept=Settings().import_errors_kept)
