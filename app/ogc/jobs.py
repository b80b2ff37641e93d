"""Periodic job that merges the change counters of tiles and the kept numbers of cases."""

from app.core import db, jobs
from app.core.actor import SYSTEM
from app.ogc.service import tiles


@jobs.app.periodic(cron="* * * * * */5")
@jobs.app.task(name="ogc.fold_tile_changes", queueing_lock="ogc.fold_tile_changes")
def fold(timestamp: int) -> None:
    """Run the periodic job that merges the change counters of tiles and the kept numbers of cases."""
    run_due()


def run_due() -> int:
    """Merge the change counters of each cell into one row with the same sum, and so the numbers of cases.

    Return the number of merged rows.
    """
    with db.transaction(SYSTEM) as session:
        merged = tiles.fold_changes(session)
    with db.transaction(SYSTEM) as session:
        return merged + tiles.fold_case_counts(session)
