"""A worker's day as a problem to solve, gathered from rows of other domains."""

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
from app.planning.rules.days import Break, Day, Kind, Reason, Stop
from app.planning.service import patrols
from app.profiles import service as profiles
from app.profiles.rules.planning import Planning
from app.profiles.service import ProfileInForce

# Most due visits that a plan considers; a day has fewer. The rest is stored as a number.
MAX_VISITS = 80


@dataclass(frozen=True, slots=True)
class DayInput:
    """All inputs of a plan. `problem` is None if the worker does not work (`reason`); `places[row]` is the point of a row.

    `finished`: stops of the previous plan that are done, and breaks that are over, unchanged.
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


def local_date(session: Session, worker_id: UUID, now: datetime) -> date:
    """Return the local date at the worker's first grid."""
    profile = _profile(session, _jurisdiction_of(session, worker_id, now), now)
    return now.astimezone(ZoneInfo(profile.profile.timezone)).date()


def gather_day(
    session: Session, *, worker_id: UUID, day: date, now: datetime, begins_at: Place | None = None
) -> DayInput:
    """Gather the inputs of one day of one worker, with straight-line distances. The session must see one snapshot.

    `begins_at`: the start that the caller gave (lon, lat); it is not stored.
    """
    snapshot = queries.snapshot(session)
    jurisdiction_id = _jurisdiction_of(session, worker_id, now)
    profile = _profile(session, jurisdiction_id, now)
    rules, zone = profile.profile.planning, ZoneInfo(profile.profile.timezone)
    day_begin = datetime.combine(day, time(), zone).astimezone(UTC)
    day_end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    areas = queries.walked_areas(session, worker_id, since=day_begin, until=day_end)
    colleagues = sorted({colleague for area in areas for colleague in area["workers"]} | {worker_id})
    times = _times(queries.working_times(session, colleagues, since=day_begin, until=day_end))
    working = day_items.working_hours(times, worker_id, begins=day_begin, ends=day_end, now=now)
    centre = queries.centre_of_grids(session, [area["path"] for area in areas])
    previous_plan = queries.current_plan(session, worker_id, day)
    pins = queries.pins(session, worker_id, day)
    cases = queries.accepted_cases(session, worker_id)
    at_work = {
        colleague
        for colleague in colleagues
        if day_items.working_hours(times, colleague, begins=day_begin, ends=day_end, now=now).spans
    }
    shares = [
        (area["path"], area_workers.index(worker_id), len(area_workers))
        for area in areas
        if worker_id in (area_workers := [w for w in area["workers"] if w in at_work or w == worker_id])
    ]
    due_visits: Sequence[RowMapping] = []
    missed_patches: list[patrols.Patch] = []
    if working.reason is None:
        due_visits = households.due_places(session, shares, on=day, limit=MAX_VISITS)
        cycle = profiles.settings_for(profile, area_id=None, at=now).values.patrol_cycle_days
        missed_patches = patrols.missed_patches(
            session, centre["grids"], shares, begins=day_begin, cycle_days=cycle
        )
    done_ids = _done_ids(session, worker_id, previous_plan, day_begin, day_end)
    finished = day_items.finished_stops(previous_plan["stops"] if previous_plan else [], done_ids, now)
    stops, facts, places = _stops(
        rules,
        day,
        day_begin,
        working,
        due_visits,
        cases,
        missed_patches,
        pins,
        now,
        {stop["id"] for stop in finished},
    )
    base_row = len(places)
    if centre["lon"] is not None:
        places.append((centre["lon"], centre["lat"]))
    start_place = None
    last_stop = next((stop for stop in reversed(finished) if stop["lon"] is not None), None)
    if last_stop is not None:
        start_place = len(places)
        places.append((last_stop["lon"], last_stop["lat"]))
    # The start that a caller gave is not part of the digest: a plan without it is the same plan.
    known_places = tuple(places)
    if begins_at is not None:
        start_place = len(places)
        places.append(begins_at)
    hours = day_items.clock_hours(working.spans, zone)
    matrix = StraightLine(rules.factors).matrix(places, mode=rules.mode, hours=hours)
    problem = None
    if working.reason is None:
        problem = _day(rules, day_begin, working, stops, matrix.seconds, start_place, base_row, finished, now)
    due_total = due_visits[0]["total"] if due_visits else 0
    done_stop_ids = sorted(stop["id"] for stop in finished if stop["state"] == "done")
    digest = _digest(
        working,
        stops,
        known_places,
        done_stop_ids,
        profile.number,
        rules,
        due_total,
        [day_items.pin_of(dict(pin)) for pin in pins],
    )
    watched_buckets = sorted(
        {f"worker:{colleague}" for colleague in colleagues} | {f"grid:{grid}" for grid in centre["grids"]}
    )
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
        stops=tuple(stops),
        facts=facts,
        places=places,
        hours=hours,
        metres=matrix.metres,
        travel_basis=matrix.basis.value,
        finished=tuple(finished),
        begins_at=begins_at,
        more_due=due_total - len(due_visits),
        digest=digest,
        snapshot=snapshot,
        watched_buckets=watched_buckets,
        plan_id=previous_plan["id"] if previous_plan else None,
        plan_digest=previous_plan["digest"] if previous_plan else None,
    )


def _jurisdiction_of(session: Session, worker_id: UUID, now: datetime) -> UUID:
    return queries.jurisdiction_of(session, worker_id, now=now) or profiles.jurisdiction_named(session, None)


def _profile(session: Session, jurisdiction_id: UUID, now: datetime) -> ProfileInForce:
    return profiles.profile_at(session, jurisdiction_id, now)


def _times(rows: Sequence[RowMapping]) -> list[day_items.WorkTime]:
    return [day_items.WorkTime(row["worker_id"], row["kind"], row["since"], row["until"]) for row in rows]


def _done_ids(
    session: Session, worker_id: UUID, previous_plan: RowMapping | None, begins: datetime, ends: datetime
) -> set[str]:
    """Return ids of the previous plan that are done: households visited on this day, finished cases."""
    if previous_plan is None:
        return set()
    # A stop that was left out may have been done all the same. It must not be planned again.
    listed = [*previous_plan["stops"], *previous_plan["left_out"]]
    homes = [UUID(s["id"]) for s in listed if s["kind"] == Kind.VISIT]
    cases = [UUID(s["id"]) for s in listed if s["kind"] in (Kind.VERIFY, Kind.HANDLE, Kind.CHECK)]
    done_ids = households.visited(session, homes, since=begins, until=ends)
    done_ids += queries.finished_cases(session, worker_id, cases)
    return {str(row_id) for row_id in done_ids}


def _stops(
    rules: Planning,
    day: date,
    begins: datetime,
    working: day_items.WorkingHours,
    due_visits: Sequence[RowMapping],
    cases: Sequence[RowMapping],
    missed_patches: Sequence[patrols.Patch],
    pins: Sequence[RowMapping],
    now: datetime,
    finished_ids: set[str],
) -> tuple[list[Stop], dict[str, dict[str, Any]], list[Place]]:
    """Return the possible stops, the facts stored of each, and their places (one row each, in this order)."""
    pins_by_stop = {str(pin["stop_id"]): day_items.pin_of(dict(pin)) for pin in pins}
    stops: list[Stop] = []
    facts: dict[str, dict[str, Any]] = {}
    places: list[Place] = []

    def add(stop: Stop, row: Mapping[Any, Any], **extra_facts: Any) -> None:
        if stop.id in finished_ids:
            return
        stops.append(day_items.with_pin(stop, pins_by_stop.get(stop.id)))
        facts[stop.id] = {"lon": round(row["lon"], 7), "lat": round(row["lat"], 7), **extra_facts}
        places.append((row["lon"], row["lat"]))

    bounds = working.bounds
    for row in cases:
        add(day_items.case_stop(rules, dict(row), len(places), bounds, now), row, due_at=row["due_at"])
    for row in due_visits:
        due_on = min((d for d in (row["due_on"], row["task_due"]) if d is not None), default=None)
        add(
            day_items.visit_stop(
                rules, str(row["id"]), row["tasks"], due_on, len(places), begins, bounds, day
            ),
            row,
            due_on=due_on,
            tasks=row["tasks"],
        )
    for patch in missed_patches:
        patrol = Stop(
            str(patch.id), Kind.PATROL, len(places), 60 * rules.patrol_minutes, bounds[0], bounds[1], 1
        )
        add(patrol, {"lon": patch.lon, "lat": patch.lat})
    return stops, facts, places


def _day(
    rules: Planning,
    begins: datetime,
    working: day_items.WorkingHours,
    stops: Sequence[Stop],
    seconds: Sequence[Sequence[int]],
    start_place: int | None,
    base_row: int,
    finished: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Day | None:
    first, last = day_items.epoch(working.spans[0][0]), day_items.epoch(working.spans[-1][1])
    finished_ids = {stop["id"] for stop in finished}
    start = max(
        first,
        day_items.epoch(now),
        *(day_items.epoch_of(stop["end"]) for stop in finished if stop["kind"] in day_items.BREAK_KINDS),
        0,
    )
    breaks: list[Break] = [
        pause
        for pause in (*day_items.gaps(working), *day_items.breaks(rules, begins, first, last))
        if pause.id not in finished_ids and pause.latest >= start and pause.latest + pause.service <= last
    ]
    return Day(
        start=min(start, last),
        end=last,
        start_place=start_place,
        stops=tuple(stops),
        breaks=tuple(breaks),
        seconds=seconds,
        room=max(0, rules.stops_most - sum(stop["kind"] not in day_items.BREAK_KINDS for stop in finished)),
        base_s=[row[base_row] for row in seconds] if base_row < len(seconds) else (),
        far_s=rules.reach_minutes * 60,
    )


def _digest(*parts: Any) -> str:
    """Return the SHA-256 of all inputs of the plan except the current time."""
    return hashlib.sha256(orjson.dumps(parts, default=str, option=orjson.OPT_NON_STR_KEYS)).hexdigest()
