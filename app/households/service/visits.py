"""Visits: what is due, what came of them, and what is forgotten in time."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas.service import ProfileInForce
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, NotFound, invalid_field
from app.core.paging import typed_key
from app.households.queries import households as household_queries
from app.households.queries import residents as resident_queries
from app.households.queries import visits as queries
from app.households.rules import visits as rules
from app.households.rules.register import NOTE_DAYS_DEFAULT
from app.households.rules.rows import national_id_faults
from app.households.service.households import require_household
from app.households.service.local_day import day_of, profile_of, today_in
from app.households.service.pages import after, is_first, page, require_sound
from app.modes import service as modes

# Phones are offline for days, and their clocks run a little ahead.
LATE_AT_MOST, AHEAD_AT_MOST = timedelta(days=31), timedelta(minutes=5)


def record_visit(
    session: Session,
    actor: Actor,
    *,
    household_id: UUID,
    id: UUID,
    happened_at: datetime | None = None,
    **said: Any,
) -> tuple[bytes, bool]:
    """Record a visit with the members' tasks that were done; the visit, and whether this call did it.

    One that does not say when it was, was at `happened_at`, or now.
    The newest visit decides when the household is next visited; one that arrives late changes nothing of that.
    """
    is_new = is_first(session, actor, route="visits", key=id, said=said | {"household_id": household_id})
    home = require_household(session, actor, household_id, Permission.HOUSEHOLD_EDIT)
    if is_new:
        _record(session, actor, home, id, {"visited_at": happened_at} | said)
    return queries.visit(session, id), is_new


def _record(session: Session, actor: Actor, home: Any, visit_id: UUID, said: dict[str, Any]) -> None:
    now = clock.now()
    visited_at: datetime = said.get("visited_at") or now
    if visited_at > now + AHEAD_AT_MOST:
        raise invalid_field("visited_at", "in_future")
    if visited_at < now - LATE_AT_MOST:
        raise invalid_field("visited_at", "out_of_range")
    require_sound(national_id_faults({"note": said.get("note")}))
    profile = profile_of(session, home["jurisdiction_id"])
    day = day_of(profile, visited_at)
    newest = queries.newest_visit_at(session, home["id"])
    done = list(dict.fromkeys(said.get("care_done") or []))
    tasks = queries.cared_for(session, home["id"], done) if done else {}
    if len(tasks) < len(done):
        raise invalid_field("care_done", "reference_unknown")
    note = said.get("note") or None
    keep = timedelta(days=said.get("note_days", NOTE_DAYS_DEFAULT))
    values = {
        "id": visit_id,
        "household_id": home["id"],
        "by": actor.id,
        "visited_at": visited_at,
        "outcome": said["outcome"],
        "note": note,
        "note_expires_on": day_of(profile, now) + keep if note else None,
        "care_done": done,
        "at": now,
    }
    if not queries.insert_visit(session, values):
        raise Conflict("id_reused")
    if tasks:
        queries.set_next_due(
            session,
            {
                tag_id: rules.next_task(done_on=day, cycle_days=tag["cycle_days"], due=tag["next_due"])
                for tag_id, tag in tasks.items()
            },
        )
    if newest is None or visited_at >= newest:
        _plan_next(session, profile, home, said["outcome"], day, visited_at)
    accounts.record(
        session,
        actor,
        action="household.visit",
        entity="household",
        entity_id=home["id"],
        detail={"visit_id": visit_id, "outcome": said["outcome"], "care_done": len(done)},
    )


def _plan_next(
    session: Session, profile: ProfileInForce, home: Any, outcome: str, day: date, visited_at: datetime
) -> None:
    following = rules.after_visit(outcome, on=day, cycle_days=_cycle(profile, home["grid_id"]))
    changes: dict[str, Any] = {"next_visit_due": following.due}
    if following.final:
        changes[following.final] = visited_at
    household_queries.update_household(session, home["id"], expected=None, changes=changes)


def _cycle(profile: ProfileInForce, area_id: UUID | None) -> int:
    return modes.settings_for(profile, area_id=area_id, at=clock.now()).values.visit_cycle_days


def list_visits(
    session: Session, actor: Actor, *, household_id: UUID, limit: int, cursor: str | None = None
) -> bytes:
    """A page of the visits to a household, the last first."""
    if not queries.is_readable(session, actor, household_id, now=clock.now()):
        raise NotFound("not_found")
    key = typed_key(cursor, datetime.fromisoformat, UUID) if cursor else None
    return page(queries.visits(session, household_id, after=key, limit=limit))


def due_in_household(
    session: Session, actor: Actor, *, household_id: UUID, until: date | None = None
) -> bytes:
    """What one visit would settle: the household's own, and every task of every member."""
    jurisdiction_id = queries.jurisdiction_of(session, household_id)
    if jurisdiction_id is None:
        raise NotFound("not_found")
    profile = profile_of(session, jurisdiction_id)
    today = day_of(profile, clock.now())
    found = queries.due_in_household(
        session,
        actor,
        household_id,
        until=until or today,
        today=today,
        cycle_days=_cycle(profile, None),
        now=clock.now(),
    )
    if found is None:
        raise NotFound("not_found")
    return found


def list_due(
    session: Session,
    actor: Actor,
    *,
    grid: UUID | None = None,
    until: date | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """A page of the households where something is due by the end of a day, today if none is named."""
    today = today_in(session)
    found = queries.due(
        session,
        actor,
        grid=grid,
        until=until or today,
        today=today,
        after=after(cursor),
        now=clock.now(),
        limit=limit,
    )
    return page(found)


def due_places(
    session: Session, shares: Sequence[tuple[str, int, int]], *, on: date, limit: int
) -> Sequence[RowMapping]:
    """For plans: where something is due by the end of a day, in parts of the land; see the query."""
    return queries.due_places(session, shares, on=on, limit=limit)


def visited(
    session: Session, household_ids: Sequence[UUID], *, since: datetime, until: datetime
) -> list[UUID]:
    """For plans: those of the households where somebody called in the period."""
    return queries.visited(session, household_ids, since=since, until=until)


def forget_what_is_over(session: Session, now: datetime) -> dict[str, int]:
    """Erase notes and end care tags whose last day is over, everywhere on earth; how many of each."""
    over = (now - timedelta(hours=12)).date()
    return {
        "notes": queries.erase_notes(session, before=over),
        "care_tags": resident_queries.end_lapsed_care(session, today=over, at=now),
    }
