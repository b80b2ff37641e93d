"""Use cases of visits: record, list, list due visits, erase expired notes.

A task is a care tag that has a cycle: it is due every `cycle_days` days and is done during a visit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, NotFound, invalid_field
from app.core.paging import id_after, page_body, typed_key
from app.households.queries import care, due_visits
from app.households.queries import households as household_queries
from app.households.queries import residents as resident_queries
from app.households.queries import visits as queries
from app.households.rules import visits as rules
from app.households.rules.register import NOTE_DAYS_DEFAULT
from app.households.rules.rows import national_id_faults
from app.households.service.guards import is_first, require_first_each, require_sound
from app.households.service.households import require_household
from app.households.service.local_day import day_of, profile_of, today_in
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce

# A visit may arrive so late from a device without network, and so early from one whose clock is wrong.
LATE_AT_MOST, AHEAD_AT_MOST = timedelta(days=31), timedelta(minutes=5)


def record_visit(
    session: Session,
    actor: Actor,
    *,
    household_id: UUID,
    id: UUID,
    happened_at: datetime | None = None,
    **payload: Any,
) -> tuple[bytes, bool]:
    """Record a visit, and the tasks (care tags with a cycle) that were done. Idempotent by `id`.

    Return the visit (JSON), and True if this call recorded it. The day of the next visit is derived from the newest visit. An
    older visit that arrives later does not change that day.

    Args:
        happened_at: Time of the visit, if the payload has no `visited_at`. None: now.
    """
    is_new = is_first(
        session, actor, route="visits", key=id, payload=payload | {"household_id": household_id}
    )
    home = require_household(session, actor, household_id, Permission.HOUSEHOLD_EDIT)
    if is_new:
        _record_each(session, actor, [_NewVisit(home, id, {"visited_at": happened_at} | payload)])
    return queries.visit(session, id), is_new


def record_visits(session: Session, actor: Actor, visits: Sequence[dict[str, Any]]) -> None:
    """Record several new visits in one transaction, each to another household.

    If one visit is refused or was recorded before, the function raises the error of `record_visit` or Conflict, and stores
    nothing.
    """
    payloads = {
        visit["id"]: {k: v for k, v in visit.items() if k not in ("id", "happened_at")} for visit in visits
    }
    require_first_each(session, actor, route="visits", payloads=payloads)
    household_ids = {visit["household_id"] for visit in visits}
    homes = household_queries.lock_each(
        session, actor, household_ids, Permission.HOUSEHOLD_EDIT, now=clock.now()
    )
    if len(homes) < len(visits):
        raise NotFound("not_found")
    new_visits = [
        _NewVisit(
            homes[visit["household_id"]],
            visit["id"],
            {"visited_at": visit.get("happened_at")} | payloads[visit["id"]],
        )
        for visit in visits
    ]
    _record_each(session, actor, new_visits)


@dataclass(frozen=True, slots=True)
class _NewVisit:
    """A visit to store: locked household, id of the visit, and payload of the request."""

    home: RowMapping
    id: UUID
    payload: dict[str, Any]


def _record_each(session: Session, actor: Actor, visits: Sequence[_NewVisit]) -> None:
    """Store visits, and update the days on which households and care tasks are due next.

    At most one of the visits is to each household.

    Raises:
        Conflict: A visit with one of the ids exists.
        Invalid: The time, the note or a care tag of a visit is not allowed.
    """
    now = clock.now()
    jurisdiction_ids = {visit.home["jurisdiction_id"] for visit in visits}
    profile_by_jurisdiction = {key: profile_of(session, key) for key in jurisdiction_ids}
    rows = [
        _row_of(visit, now=now, today=day_of(profile_by_jurisdiction[visit.home["jurisdiction_id"]], now))
        for visit in visits
    ]
    newest = queries.newest_visits(session, [row["household_id"] for row in rows])
    tasks = _tasks_done(session, rows)
    if queries.insert_visits(session, rows, by=actor.id, at=now) < len(rows):
        raise Conflict("id_reused")
    due: dict[UUID, date] = {}
    plans = []
    for visit, row in zip(visits, rows, strict=True):
        profile = profile_by_jurisdiction[visit.home["jurisdiction_id"]]
        day = day_of(profile, row["visited_at"])
        for tag_id in row["care_done"]:
            tag = tasks[tag_id]
            due[tag_id] = rules.next_task(done_on=day, cycle_days=tag["cycle_days"], due=tag["next_due"])
        last_visit_at = newest.get(row["household_id"])
        if last_visit_at is None or row["visited_at"] >= last_visit_at:
            cycle_days = _cycle(profile, visit.home["grid_id"])
            plans.append(_plan_after(row, day=day, cycle_days=cycle_days))
    if due:
        queries.set_next_due(session, due)
    if plans:
        household_queries.plan_visits(session, plans)
    accounts.record_each(
        session,
        actor,
        action="household.visit",
        entity="household",
        details=[
            (
                row["household_id"],
                {"visit_id": row["id"], "outcome": row["outcome"], "care_done": len(row["care_done"])},
            )
            for row in rows
        ],
    )


def _row_of(visit: _NewVisit, *, now: datetime, today: date) -> dict[str, Any]:
    """Return the columns of a visit to store.

    Args:
        today: The present day in the household's jurisdiction. The lifetime of the note begins on it.

    Raises:
        Invalid: The visit is too old or in the future, or its note contains a national id number.
    """
    payload = visit.payload
    visited_at: datetime = payload.get("visited_at") or now
    if visited_at > now + AHEAD_AT_MOST:
        raise invalid_field("visited_at", "in_future")
    if visited_at < now - LATE_AT_MOST:
        raise invalid_field("visited_at", "out_of_range")
    require_sound(national_id_faults({"note": payload.get("note")}))
    note = payload.get("note") or None
    note_days = timedelta(days=payload.get("note_days", NOTE_DAYS_DEFAULT))
    return {
        "id": visit.id,
        "household_id": visit.home["id"],
        "visited_at": visited_at,
        "outcome": payload["outcome"],
        "note": note,
        "note_expires_on": today + note_days if note else None,
        "care_done": list(dict.fromkeys(payload.get("care_done") or [])),
    }


def _plan_after(row: dict[str, Any], *, day: date, cycle_days: int) -> dict[str, Any]:
    """Return the plan of further visits to a household after its newest visit.

    The result is a mapping for `queries.visits.plan_visits`: the day of the next visit, or that the outcome was final.
    """
    following = rules.after_visit(row["outcome"], on=day, cycle_days=cycle_days)
    plan = {"id": row["household_id"], "next_visit_due": following.due}
    return plan | ({following.final: row["visited_at"]} if following.final else {})


def _tasks_done(session: Session, rows: Sequence[dict[str, Any]]) -> Mapping[UUID, Any]:
    """Lock the care tags whose help was given in the visits, and return them by id.

    Raises:
        Invalid: A care tag is not of a present or former member of the visited household.
    """
    done = [tag_id for row in rows for tag_id in row["care_done"]]
    tasks = queries.lock_tags_with_cycle(session, done) if done else {}
    for row in rows:
        for tag_id in row["care_done"]:
            task = tasks.get(tag_id)
            is_member = task is not None and (
                task["household_id"] == row["household_id"]
                or row["household_id"] in resident_queries.homes_ever(session, task["resident_id"])
            )
            if not is_member:
                raise invalid_field("care_done", "reference_unknown")
    return tasks


def _cycle(profile: ProfileInForce, area_id: UUID | None) -> int:
    return profiles.settings_for(profile, area_id=area_id, at=clock.now()).values.visit_cycle_days


def list_visits(
    session: Session, actor: Actor, *, household_id: UUID, limit: int, cursor: str | None = None
) -> bytes:
    """Return one page of the visits to a household, the newest first, as JSON.

    Raises:
        NotFound: There is no such household, or the actor may not read its residents.
    """
    if not queries.is_readable(session, actor, household_id, now=clock.now()):
        raise NotFound("not_found")
    key = typed_key(cursor, datetime.fromisoformat, UUID) if cursor else None
    result = queries.visits(session, household_id, after=key, limit=limit)
    return page_body(result["items"], result["next_key"])


def due_in_household(
    session: Session, actor: Actor, *, household_id: UUID, until: date | None = None
) -> bytes:
    """Return the visit and the tasks that are due in a household, as JSON.

    A task is a care tag with a cycle. The tasks are those of all members.

    Args:
        until: Last day (inclusive) up to which a visit or task counts as due. None: today.

    Raises:
        NotFound: There is no such household, or the actor may not read its residents.
    """
    jurisdiction_id = queries.jurisdiction_of(session, household_id)
    if jurisdiction_id is None:
        raise NotFound("not_found")
    profile = profile_of(session, jurisdiction_id)
    today = day_of(profile, clock.now())
    result = due_visits.due_in_household(
        session,
        actor,
        household_id,
        until=until or today,
        today=today,
        cycle_days=_cycle(profile, None),
        now=clock.now(),
    )
    if result is None:
        raise NotFound("not_found")
    return result


def list_due(
    session: Session,
    actor: Actor,
    *,
    grid_id: UUID | None = None,
    until: date | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return one page of the households where a visit or a task is due, as JSON.

    A task repeats in a fixed cycle, such as a weekly call. It comes from a care tag, which marks a resident who needs care.

    Args:
        until: Last day (inclusive) up to which a visit or task counts as due. None: today.
    """
    today = today_in(session)
    result = due_visits.due(
        session,
        actor,
        grid=grid_id,
        until=until or today,
        today=today,
        after=id_after(cursor),
        now=clock.now(),
        limit=limit,
    )
    return page_body(result["items"], result["next_key"])


def visited(
    session: Session, household_ids: Sequence[UUID], *, since: datetime, until: datetime
) -> list[UUID]:
    """Return the ids of the given households that were visited in the period."""
    return queries.visited(session, household_ids, since=since, until=until)


def visits_of_cycle(
    session: Session, grid_id: UUID, *, since: datetime, until: datetime, zone: str
) -> dict[str, list[str]]:
    """Return the ids of the households of a grid in four lists, for the statistics of a period.

    `visits_due`: visited in the period, or overdue at its end;
    `visits_made`: a visit had the outcome `done`;
    `visits_on_time`: the first such visit was not after the due day;
    `visits_unanswered`: workers made visits, but none had the outcome `done`.
    """
    rows = due_visits.cycle_of(session, grid_id, since=since, until=until, zone=zone)
    return {
        "visits_due": [row["id"] for row in rows],
        "visits_made": [row["id"] for row in rows if row["is_made"]],
        "visits_on_time": [row["id"] for row in rows if row["is_on_time"]],
        "visits_unanswered": [row["id"] for row in rows if row["is_unanswered"]],
    }


def forget_what_is_over(session: Session, now: datetime) -> dict[str, int]:
    """Erase visit notes, and end care tags, whose last day is over in every time zone.

    Return the number of notes and of care tags.
    """
    over = (now - timedelta(hours=12)).date()
    return {
        "notes": queries.erase_notes(session, before=over),
        "care_tags": care.end_lapsed_care(session, today=over, at=now),
    }
