"""The places that a worker should patrol: groups of map cells that nobody visited recently."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.planning.queries import coverage as queries
from app.planning.queries import day_inputs
from app.planning.rules import cells
from app.planning.rules.day_problems import Patch

# Limits for workers with many grids.
MAX_GRIDS, MAX_PATCHES = 4, 8


def missed_patches(
    session: Session,
    grids: Sequence[UUID],
    shares: Sequence[tuple[str, int, int]],
    *,
    begins: datetime,
    cycle_days: int,
) -> list[Patch]:
    """Return the patches (groups of map cells that nobody visited) for the worker to patrol.

    The workers of an area divide its patches among them. Visits in the patrol cycle before `begins` count. At most
    MAX_PATCHES patches of the first MAX_GRIDS grids are returned.

    Args:
        shares: For each area (path, number of the worker's share from 0, number of shares).
        begins: Instant at which the day begins.
    """
    own_patches = []
    for box in day_inputs.grid_boxes(session, grids[:MAX_GRIDS]):
        share, share_count = next(
            ((k, n) for path, k, n in shares if box["path"] == path or box["path"].startswith(f"{path}.")),
            (0, 1),
        )
        missed = queries.patches(
            session,
            area_id=box["area_id"],
            cell_range=cells.cover((box["west"], box["south"], box["east"], box["north"])),
            since=begins - timedelta(days=cycle_days - 1),
            until=begins,
            limit=MAX_PATCHES * share_count,
        )
        own_patches += [
            Patch(uuid5(box["area_id"], patch["name"]), patch["lon"], patch["lat"])
            for index, patch in enumerate(missed)
            if index % share_count == share
        ]
    return own_patches[:MAX_PATCHES]
