"""Collection of the inputs of a worker's day plan from rows of other packages."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.travel import Place, StraightLine
from app.households import service as households
from app.planning.queries import day_inputs as queries
from app.planning.rules import day_items
from app.planning.rules.day_problems import Patch, StopList, remaining_day
from app.planning.rules.days import Day, Kind, Reason, Stop
from app.planning.service import patrols
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce

# Most due visits that a plan considers; a day has fewer. The rest is stored as a number.
MAX_VISITS = 80


@dataclass(frozen=True, slots=True)
class DayInput:
    """All inputs of the plan of one worker and day.

    Attributes:
        reason: Why the worker does not work on this day, or None.
        problem: The routing problem; None if the worker does not work.
        facts: Details that the plan stores with a stop, by the id of the stop.
        places: Positions (lon, lat) for the rows of the travel matrix; the positions of `stops` are the first.
        finished: Stops of the previous plan that are done, and breaks that are over, unchanged.
    """

    worker_id: UUID
    date: date
    now: datetime
    jurisdiction_id: UUID
    profile: ProfileInForce
    since: datetime | None
    until: datetime | None
    reason: Reason | None
    problem: Day | None
    stops: tuple[Stop, ...]
    facts: Mapping[str, Mapping[str, Any]]
    places: Sequence[Place]
    hours: Sequence[int]
    metres: Sequence[Sequence[int]]
    travel_basis: str
    finished: tuple[Mapping[str, Any], ...]
    begins_at: Place | None
    more_due: int
    digest: str
    snapshot: str
    watched_buckets: list[str]
    plan_id: UUID | None
    plan_digest: str | None


@dataclass(frozen=True, slots=True)
class _DayRows:
    """The database rows from which the plan of a day is made.

    Attributes:
        colleagues: The worker and the other workers who are responsible for the same areas.
        grids: Grids in these areas.
        centre: Centroid of these grids; None without grids.
        done_ids: Stops of the previous plan that are done.
    """

    work_day: day_items.WorkDay
    colleagues: Sequence[UUID]
    grids: Sequence[UUID]
    centre: Place | None
    previous_plan: RowMapping | None
    done_ids: set[str]
    pins: Sequence[RowMapping]
    cases: Sequence[RowMapping]
    due_visits: Sequence[RowMapping]
    missed_patches: Sequence[Patch]


def local_date(session: Session, worker_id: UUID, now: datetime) -> date:
    """Return the local date at the worker's first grid."""
    profile = _profile(session, _jurisdiction_of(session, worker_id, now), now)
    return now.astimezone(ZoneInfo(profile.profile.timezone)).date()


def gather_day(
    session: Session, *, worker_id: UUID, day: date, now: datetime, begins_at: Place | None = None
) -> DayInput:
    """Return the inputs for the plan of one worker and day, with straight-line distances.

    The session must read from a single snapshot (REPEATABLE READ).

    Args:
        begins_at: Start of the route that the caller gave (lon, lat); it is not stored.
    """
    snapshot = queries.snapshot(session)
    jurisdiction_id = _jurisdiction_of(session, worker_id, now)
    profile = _profile(session, jurisdiction_id, now)
    rules, zone = profile.profile.planning, ZoneInfo(profile.profile.timezone)
    rows = _read_day(session, worker_id, day, profile, now)
    working = rows.work_day.working
    finished = day_items.finished_stops(
        rows.previous_plan["stops"] if rows.previous_plan else [], rows.done_ids, now
    )
    pins = [day_items.pin_of(pin) for pin in rows.pins]
    stop_list = StopList(rows.work_day, {pin.stop_id: pin for pin in pins}, {stop["id"] for stop in finished})
    stop_list.add_cases(rows.cases)
    stop_list.add_visits(rows.due_visits)
    stop_list.add_patrols(rows.missed_patches)
    places, base_row, start_row = list(stop_list.places), len(stop_list.places), None
    if rows.centre is not None:
        places.append(rows.centre)
    last_stop = next((stop for stop in reversed(finished) if stop["lon"] is not None), None)
    if last_stop is not None:
        start_row = len(places)
        places.append((last_stop["lon"], last_stop["lat"]))
    # The start that a caller gave is not part of the digest: a plan without it is the same plan.
    known_places = tuple(places)
    if begins_at is not None:
        start_row = len(places)
        places.append(begins_at)
    hours = day_items.clock_hours(working.spans, zone)
    matrix = StraightLine(rules.factors).matrix(places, mode=rules.mode, hours=hours)
    problem = None
    if working.reason is None:
        problem = remaining_day(
            rows.work_day,
            stop_list.stops,
            finished,
            matrix.seconds,
            start_row=start_row,
            base_row=base_row,
        )
    due_total = rows.due_visits[0]["total"] if rows.due_visits else 0
    done_stop_ids = sorted(stop["id"] for stop in finished if stop["state"] == "done")
    return DayInput(
        worker_id=worker_id,
        date=day,
        now=now,
        jurisdiction_id=jurisdiction_id,
        profile=profile,
        since=working.spans[0][0] if working.spans else None,
        until=working.spans[-1][1] if working.spans else None,
        reason=working.reason,
        problem=problem,
        stops=tuple(stop_list.stops),
        facts=stop_list.facts,
        places=places,
        hours=hours,
        metres=matrix.metres,
        travel_basis=matrix.basis.value,
        finished=tuple(finished),
        begins_at=begins_at,
        more_due=due_total - len(rows.due_visits),
        digest=_digest(
            working, stop_list.stops, known_places, done_stop_ids, profile.number, rules, due_total, pins
        ),
        snapshot=snapshot,
        watched_buckets=sorted(
            {f"worker:{colleague}" for colleague in rows.colleagues} | {f"grid:{grid}" for grid in rows.grids}
        ),
        plan_id=rows.previous_plan["id"] if rows.previous_plan else None,
        plan_digest=rows.previous_plan["digest"] if rows.previous_plan else None,
    )


def _read_day(
    session: Session, worker_id: UUID, day: date, profile: ProfileInForce, now: datetime
) -> _DayRows:
    """Read the database rows from which the plan of a day is made.

    Due visits and patches to patrol are read only if the worker works on this day.
    """
    begins, ends = (_midnight(profile, on) for on in (day, day + timedelta(days=1)))
    areas = queries.walked_areas(session, worker_id, since=begins, until=ends)
    colleagues = sorted({colleague for area in areas for colleague in area["workers"]} | {worker_id})
    times = [
        day_items.WorkTime(row["worker_id"], row["kind"], row["since"], row["until"])
        for row in queries.working_times(session, colleagues, since=begins, until=ends)
    ]

    def working_hours(colleague: UUID) -> day_items.WorkingHours:
        return day_items.working_hours(times, colleague, begins=begins, ends=ends, now=now)

    working = working_hours(worker_id)
    grids = queries.centre_of_grids(session, [area["path"] for area in areas])
    previous_plan = queries.current_plan(session, worker_id, day)
    pins = queries.pins(session, worker_id, day)
    cases = queries.accepted_cases(session, worker_id)
    due_visits: Sequence[RowMapping] = []
    missed_patches: list[Patch] = []
    if working.reason is None:
        at_work = {colleague for colleague in colleagues if working_hours(colleague).spans}
        shares = _shares(areas, worker_id, at_work)
        due_visits = households.due_places(session, shares, on=day, limit=MAX_VISITS)
        cycle = profiles.settings_for(profile, area_id=None, at=now).values.patrol_cycle_days
        missed_patches = patrols.missed_patches(
            session, grids["grids"], shares, begins=begins, cycle_days=cycle
        )
    return _DayRows(
        work_day=day_items.WorkDay(day, begins, now, profile.profile.planning, working),
        colleagues=colleagues,
        grids=grids["grids"],
        centre=None if grids["lon"] is None else (grids["lon"], grids["lat"]),
        previous_plan=previous_plan,
        done_ids=_done_ids(session, worker_id, previous_plan, begins, ends),
        pins=pins,
        cases=cases,
        due_visits=due_visits,
        missed_patches=missed_patches,
    )


def _shares(areas: Sequence[RowMapping], worker_id: UUID, at_work: set[UUID]) -> list[tuple[str, int, int]]:
    """Return how the visits and patrols of each area are divided among its workers on this day.

    Each item is (path of the area, number of this worker's share from 0, number of shares). The workers of an area who work
    on this day have equal shares, numbered in the order of their ids.
    """
    return [
        (area["path"], area_workers.index(worker_id), len(area_workers))
        for area in areas
        if worker_id in (area_workers := [w for w in area["workers"] if w in at_work or w == worker_id])
    ]


def _midnight(profile: ProfileInForce, day: date) -> datetime:
    """Return the instant, in UTC, at which a local date begins."""
    return datetime.combine(day, time(), ZoneInfo(profile.profile.timezone)).astimezone(UTC)


def _jurisdiction_of(session: Session, worker_id: UUID, now: datetime) -> UUID:
    return queries.jurisdiction_of(session, worker_id, now=now) or profiles.jurisdiction_named(session, None)


def _profile(session: Session, jurisdiction_id: UUID, now: datetime) -> ProfileInForce:
    return profiles.profile_at(session, jurisdiction_id, now)


def _done_ids(
    session: Session, worker_id: UUID, previous_plan: RowMapping | None, begins: datetime, ends: datetime
) -> set[str]:
    """Return the ids of stops of the previous plan that are done.

    These are visits to households that were visited on the day, and cases in which the worker has finished the work.
    """
    if previous_plan is None:
        return set()
    # A stop that was left out may have been done all the same. It must not be planned again.
    listed = [*previous_plan["stops"], *previous_plan["left_out"]]
    homes = [UUID(s["id"]) for s in listed if s["kind"] == Kind.VISIT]
    cases = [UUID(s["id"]) for s in listed if s["kind"] in (Kind.VERIFY, Kind.HANDLE, Kind.CHECK)]
    done_ids = households.visited(session, homes, since=begins, until=ends)
    done_ids += queries.finished_cases(session, worker_id, cases)
    return {str(row_id) for row_id in done_ids}


def _digest(*parts: Any) -> str:
    """Return the SHA-256 of all inputs of the plan except the current time."""
    return hashlib.sha256(orjson.dumps(parts, default=str, option=orjson.OPT_NON_STR_KEYS)).hexdigest()
