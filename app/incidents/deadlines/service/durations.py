"""Use case: why a case took so long."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.calendar import Calendar, LimitUnit
from app.core.errors import NotFound
from app.incidents.cases.queries import views
from app.incidents.cases.rules.lifecycle import ENDED, Status
from app.incidents.deadlines.queries import durations as queries
from app.incidents.deadlines.rules import durations
from app.incidents.deadlines.rules.durations import Attempt, Segment
from app.profiles import service as profiles


def durations_of(session: Session, actor: Actor, *, incident_id: UUID) -> dict[str, Any]:
    """Return how long a case took, by segments, with a sentence in both languages.

    Raises:
        NotFound: The actor does not see the case.
    """
    now = clock.now()
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=now)
    if facts is None:
        raise NotFound("not_found")
    unit, calendar = _clock_of(session, incident_id)
    rows = queries.attempts(session, incident_id, sees_names=bool(facts["is_named"]))
    parts = durations.segments(
        queries.changes(session, incident_id),
        [Attempt(**row) for row in rows],
        now=now,
        unit=unit,
        calendar=calendar,
    )
    is_open = Status(facts["status"]) not in ENDED
    longest = durations.longest(parts)
    times = [(part.time, part.working_time) for part in parts]
    return {
        "at": now,
        "is_open": is_open,
        "unit": unit.value,
        "sentence": durations.duration_sentences(parts, is_open=is_open),
        "total": _seconds(*(sum(column, timedelta(0)) for column in zip(*times, strict=True)))
        if times
        else _seconds(),
        "by_kind": [{"kind": kind} | _seconds(*pair) for kind, pair in durations.time_by_kind(parts).items()],
        "longest": _segment(longest) if longest else None,
        "segments": [_segment(part) for part in parts],
    }


def _clock_of(session: Session, incident_id: UUID) -> tuple[LimitUnit, Calendar]:
    """Return the unit whose clock measures the handling limit of a case, and the calendar of the clock.

    A case without a handling limit is measured by the limit that its category would have.
    """
    row = queries.clock(session, incident_id)
    profile = profiles.profile_by_id(session, row["rules_id"] or row["profile_version_id"]).profile
    if row["unit"] is not None:
        return LimitUnit(row["unit"]), profile.calendar
    category = profile.taxonomy.categories.get(row["category"]) or profile.category(None)
    return category.condition().limit.unit, profile.calendar


def _segment(part: Segment) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "from": part.begins_at,
        "to": part.ends_at,
        "worker": part.worker,
        "unit": part.unit,
    } | _seconds(part.time, part.working_time)


def _seconds(time: timedelta = timedelta(0), working_time: timedelta = timedelta(0)) -> dict[str, int]:
    return {
        "seconds": round(time.total_seconds()),
        "working_seconds": round(working_time.total_seconds()),
    }
