"""Month end: count and store the visits, patrols, coverage and open cases of each grid."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.households import service as households
from app.planning import service as planning
from app.profiles import service as profiles
from app.statistics.queries import monthly as queries
from app.statistics.queries import releases as release_queries
from app.statistics.rules.monthly import MAX_MONTHS_BACK, is_whole
from app.statistics.rules.periods import whole_months
from app.statistics.service import counts
from app.statistics.service.figure_query import zone_of

Due = tuple[UUID, date, dict[str, Any]]


def grids_due(session: Session, now: datetime, *, limit: int) -> list[Due]:
    """Return at most `limit` pairs of grid and month that have to be counted and stored.

    The month has ended, and its statistics of the grid are not stored yet. The last month comes first. Earlier months, up
    to MAX_MONTHS_BACK months ago, are missing if no job ran in time.

    Returns:
        Tuples of jurisdiction id, first day of the month, and grid (`id`, `path`).
    """
    zones = {
        jurisdiction_id: zone
        for jurisdiction_id in release_queries.jurisdictions(session)
        if (zone := zone_of(session, jurisdiction_id, now)) is not None
    }
    due: list[Due] = []
    month_starts = {
        jurisdiction_id: now.astimezone(zone).date().replace(day=1) for jurisdiction_id, zone in zones.items()
    }
    for _ in range(MAX_MONTHS_BACK):
        for jurisdiction_id, zone in zones.items():
            if len(due) >= limit:
                return due
            until = datetime.combine(month_starts[jurisdiction_id], time(), tzinfo=zone)
            month = month_starts[jurisdiction_id] = (
                month_starts[jurisdiction_id] - timedelta(days=1)
            ).replace(day=1)
            grids = queries.grids_to_close(
                session, jurisdiction_id, month=month, until=until, limit=limit - len(due)
            )
            due += [(jurisdiction_id, month, dict(grid)) for grid in grids]
    return due


def close(
    session: Session,
    jurisdiction_id: UUID,
    month: date,
    grid: Mapping[str, Any],
    now: datetime,
    *,
    track_days: int,
) -> None:
    """Count the monthly statistics of a grid and store them with their members.

    The stored counts do not change if source data are deleted later.

    Args:
        grid: `id` and `path` of the grid.
        track_days: Retention of duty tracks in days. Counts that need older tracks are stored as incomplete.
    """
    zone = profiles.profile_at(session, jurisdiction_id, now).profile.calendar.zone
    days = whole_months(month, month)
    period = {
        "since": datetime.combine(days.first, time(), tzinfo=zone),
        "until": datetime.combine(days.last + timedelta(days=1), time(), tzinfo=zone),
    }
    counted = planning.coverage_of_cycle(session, grid["id"], zone=str(zone), **period)
    counted |= households.visits_of_cycle(session, grid["id"], zone=str(zone), **period)
    facts = [
        {"grid_id": grid["id"], "path": grid["path"], "measure": name, "unit_id": None, "members": members}
        for name, members in counted.items()
    ]
    facts += [
        {
            "grid_id": grid["id"],
            "path": grid["path"],
            "measure": "open_cases",
            "unit_id": unit,
            "members": cases,
        }
        for unit, cases in counts.open_in_grid(session, grid["id"], at=period["until"]).items()
    ]
    for fact in facts:
        fact["is_whole"] = is_whole(fact["measure"], now=now, track_days=track_days, **period)
    queries.store_facts(session, at=now, month=month, jurisdiction_id=jurisdiction_id, facts=facts)
