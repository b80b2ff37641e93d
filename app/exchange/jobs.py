"""Periodic jobs of imports and exports."""

from app.core import clock, db, jobs
from app.exchange import service
from app.media import service as media
from app.settings import Settings


@jobs.app.periodic(cron="* * * * * */15")
@jobs.app.task(name=service.TASK, queue=jobs.FILES)
def run_due(timestamp: int = 0) -> None:
    """Run the job that carries out waiting imports and resumes interrupted imports."""
    service.run_imports_due(db.transaction, clock.now(), errors_kept=Settings().import_errors_kept)


@jobs.app.periodic(cron="* * * * * */15")
@jobs.app.task(name=service.EXPORT_TASK, queue=jobs.FILES)
def export_due(timestamp: int = 0) -> None:
    """Run the job that carries out waiting exports and restarts interrupted exports.

    Only one export is written at a time in all processes.
    """
    settings, store = media.configured()
    service.run_exports_due(db.transaction, store, settings, clock.now())


@jobs.app.periodic(cron="*/10 * * * *")
@jobs.app.task(name="exchange.tidy_exports", queue=jobs.FILES, queueing_lock="exchange.tidy_exports")
def tidy(timestamp: int = 0) -> None:
    """Run the job that deletes the files of expired exports."""
    settings, store = media.configured()
    service.tidy_exports(db.transaction, store, settings, clock.now())
