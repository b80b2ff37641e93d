"""Hotspot previews: the cluster scan for one area and period during a request.

Nothing is stored. The detector of the signal `cluster` uses the same scan.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid, Unavailable, invalid_field
from app.core.links import link
from app.profiles import service as profiles
from app.profiles.rules.profile import Profile
from app.signals.queries import hotspots as queries
from app.signals.rules import hotspots as rules
from app.signals.rules.space_time import Cluster
from app.signals.service.space_time import scan_reports
from app.statistics.service.areas import directed_area, ref

# A scan occupies a processor for about a second: one at a time in a process.
_SCANNING = threading.BoundedSemaphore(1)
_WAIT_S = 5.0


def preview_hotspots(
    reading: Callable[[], AbstractContextManager[Session]],
    actor: Actor,
    *,
    area_id: UUID,
    from_: date,
    to: date,
    category: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the hotspots of an area in the last days of a period, with their cases.

    A hotspot is a place with more reports on some days than expected from the totals of the place and of the days.

    Args:
        reading: Opens a session for reading. No session is open while the scan runs.
        from_, to: Days in the time zone of the area, both included. Each hotspot ends on the day `to`.
        category: Codes of categories. Empty: all.

    Raises:
        NotFound: There is no such area.
        Forbidden: The actor does not direct the area.
        Invalid: The period is too short or too long, or has too many reports (`too_many_reports`).
        Unavailable: Another scan of this process did not end within 5 seconds.
    """
    days = rules.days_of(from_, to)
    if not rules.DAYS_LEAST <= days <= rules.DAYS_MOST:
        raise invalid_field("to", "out_of_range", least=rules.DAYS_LEAST, most=rules.DAYS_MOST)
    now = clock.now()
    with _scan_slot():
        with reading() as session:
            area_row = directed_area(session, actor, area_id, now=now)
            profile = profiles.profile_at(session, area_row["jurisdiction_id"], now).profile
            since, until = (_midnight(day, profile) for day in (from_, to + timedelta(days=1)))
            selection = rules.ReportSelection(
                area_id, area_row["jurisdiction_id"], since, until, profile.timezone, category
            )
            reports = queries.reports(session, actor, selection, now=now, most=rules.REPORTS_MOST + 1)
        if len(reports) > rules.REPORTS_MOST:
            raise Invalid("too_many_reports", most=rules.REPORTS_MOST)
        bounded = rules.bounded(profile.signals, days)
        seed = rules.seed_of(area_id, from_, to, category)
        lat = sum(row["lat"] for row in reports) / max(len(reports), 1)
        clusters = scan_reports(reports, lat=lat, last_day=to, rules=bounded, seed=seed)
    with reading() as session:
        items = [_to_dict(session, actor, reports, cluster, profile, until, now) for cluster in clusters]
    return {
        "area": ref(area_row),
        "from": from_,
        "to": to,
        "category": list(category),
        "reports": len(reports),
        "seed": seed,
        "shuffles": bounded.cluster_shuffles,
        "p_most": bounded.cluster_p_most,
        "items": items,
    }


def _to_dict(
    session: Session,
    actor: Actor,
    reports: Sequence[RowMapping],
    cluster: Cluster,
    profile: Profile,
    until: datetime,
    now: datetime,
) -> dict[str, Any]:
    """Return a hotspot for the response, with its outline and the cases that the actor may see."""
    ids = list(dict.fromkeys(reports[n]["id"] for n in cluster.members))
    row = queries.place_and_members(
        session, actor, ids=ids, shown=rules.MEMBERS_MOST, prefix=f"{link('/api/v1/incidents')}/", now=now
    )
    first = until.astimezone(profile.calendar.zone).date() - timedelta(days=cluster.days)
    return {
        "place": orjson.loads(row["place"]) if row["place"] else None,
        "radius_m": cluster.radius_m,
        "days": cluster.days,
        "since": _midnight(first, profile),
        "until": until,
        "reports": len(cluster.members),
        "expected": round(cluster.expected, 2),
        "p_value": cluster.p,
        "strength": round(1 - cluster.p, 6),
        "cases": row["count"],
        "members": orjson.loads(row["members"]),
    }


def _midnight(day: date, profile: Profile) -> datetime:
    """Return the instant at which a day begins in the time zone of a profile."""
    return datetime.combine(day, time(), tzinfo=profile.calendar.zone)


@contextmanager
def _scan_slot() -> Iterator[None]:
    """Allow one scan at a time in this process: wait for a running scan, then run the block.

    Raises:
        Unavailable: Another scan did not end within 5 seconds.
    """
    if not _SCANNING.acquire(timeout=_WAIT_S):
        raise Unavailable("busy", retry_after_s=2)
    try:
        yield
    finally:
        _SCANNING.release()
