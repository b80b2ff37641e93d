"""Periodic job: fold the counted changes of tiles."""

from app.core import db, jobs
from app.core.actor import SYSTEM
from app.ogc.service import tiles


@jobs.app.periodic(cron="* * * * * */5")
@jobs.app.task(name="ogc.fold_tile_changes", queueing_lock="ogc.fold_tile_changes")
def fold(timestamp: int) -> None:
    """Fold the changes of tiles."""
    run_due()


def run_due() -> int:
    """Fold the changes of each cell into one row, without changing their sum. Return how many rows were folded."""
    with db.transaction(SYSTEM) as session:
        return tiles.fold_changes(session)
