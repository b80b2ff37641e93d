"""Store the figures of a month for a grid as the month-end job does."""

from datetime import date

from app.core import clock, db
from app.core.actor import SYSTEM
from app.statistics.queries import monthly
from tests.factories import City


def store_month(city: City, grid: str, counts: dict[str, int], *, month: date) -> None:
    """Store the facts of a grid's month. `counts`: number of members by measure."""
    path = ".".join(city.areas[name].hex for name in ("d", "s", "c1" if grid == "g1" else "c2", grid))
    facts = [
        {"grid_id": city.areas[grid], "path": path, "measure": name, "unit_id": None, "is_whole": True}
        | {"members": [str(n) for n in range(count)]}
        for name, count in counts.items()
    ]
    with db.transaction(SYSTEM) as session:
        monthly.store_facts(
            session,
            at=clock.now(),
            month=month,
            jurisdiction_id=city.jurisdiction_id,
            facts=facts,
        )
