"""Where a worker's grids were not walked in the running cycle: what a patrol of hers would come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.planning.queries import coverage as queries
from app.planning.queries import gathering
from app.planning.rules import cells

# Whoever looks after many grids patrols none of them to the last corner.
GRIDS_MOST, PATCHES_MOST = 4, 8


@dataclass(frozen=True, slots=True)
class Patch:
    """Some cells side by side to which nobody came; its id is the same as long as the grid is."""

    id: UUID
    lon: float
    lat: float


def patches(
    session: Session,
    grids: Sequence[UUID],
    shares: Sequence[tuple[str, int, int]],
    *,
    begins: datetime,
    cycle_days: int,
) -> list[Patch]:
    """Her part of the patches that nobody came to since the cycle began, until the day begins."""
    found = []
    for box in gathering.boxes(session, grids[:GRIDS_MOST]):
        part, number = next(
            ((k, n) for path, k, n in shares if box["path"] == path or box["path"].startswith(f"{path}.")),
            (0, 1),
        )
        zoom, columns, rows = cells.cover((box["west"], box["south"], box["east"], box["north"]))
        missed = queries.patches(
            session,
            area_id=box["area_id"],
            zoom=zoom,
            columns=columns,
            rows=rows,
            since=begins - timedelta(days=cycle_days - 1),
            until=begins,
            limit=PATCHES_MOST * number,
        )
        found += [
            Patch(uuid5(box["area_id"], patch["name"]), patch["lon"], patch["lat"])
            for place, patch in enumerate(missed)
            if place % number == part
        ]
    return found[:PATCHES_MOST]
