"""A worker's day, gathered from what other domains know, as a problem to be solved."""

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
from app.planning.queries import gathering as queries
from app.planning.rules import work
from app.planning.rules.days import Break, Day, Kind, Reason, Stop
from app.planning.service import patrolling
from app.profiles import service as profiles
from app.profiles.rules.planning import Planning
from app.profiles.service import ProfileInForce

# So many due visits are thought about; the day holds fewer. The rest is told as a number.
VISITS_MOST = 80


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a plan is made of. `day` is None where she does not work (`reason`); `places[row]` is where a row is.

    `kept`: stops of the plan before that are done, and breaks that are over, as they were.
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
    kept: tuple[Mapping[str, Any], ...]
    begins_at: Place | None
    more_due: int
    digest: str
    seen: str
    watched: list[str]
    plan_id: UUID | None
    plan_digest: str | None


def today(session: Session, worker_id: UUID, now: datetime) -> date:
    """Which day it is where a worker's first grid is."""
    profile = _profile(session, _jurisdiction(session, worker_id, now), now)
    return now.astimezone(ZoneInfo(profile.profile.timezone)).date()


def gather(
    session: Session, *, worker_id: UUID, day: date, now: datetime, begins_at: Place | None = None
) -> Gathered:
    """Everything about one day of one worker, ways as the straight line has them. The session must see one snapshot.

    `begins_at`: where whoever asks for the plan says that it begins; kept nowhere.
    """
    seen = queries.snapshot(session)
    jurisdiction_id = _jurisdiction(session, worker_id, now)
    profile = _profile(session, jurisdiction_id, now)
    rules, zone = profile.profile.planning, ZoneInfo(profile.profile.timezone)
    begins = datetime.combine(day, time(), zone).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    land = queries.land(session, worker_id, since=begins, until=ends)
    colleagues = sorted({other for area in land for other in area["workers"]} | {worker_id})
    times = _times(queries.working_times(session, colleagues, since=begins, until=ends))
    spans = work.spans(times, worker_id, begins=begins, ends=ends, now=now)
    middle = queries.middle(session, [area["path"] for area in land])
    before = queries.present_plan(session, worker_id, day)
    pins = queries.pins(session, worker_id, day)
    cases = queries.cases(session, worker_id)
    at_work = {
        other for other in colleagues if work.spans(times, other, begins=begins, ends=ends, now=now).spans
    }
    shares = [
        (area["path"], sharing.index(worker_id), len(sharing))
        for area in land
        if worker_id in (sharing := [w for w in area["workers"] if w in at_work or w == worker_id])
    ]
    due: Sequence[RowMapping] = []
    missed: list[patrolling.Patch] = []
    if spans.reason is None:
        due = households.due_places(session, shares, on=day, limit=VISITS_MOST)
        cycle = profiles.settings_for(profile, area_id=None, at=now).values.patrol_cycle_days
        missed = patrolling.patches(session, middle["grids"], shares, begins=begins, cycle_days=cycle)
    done = _done(session, worker_id, before, begins, ends)
    kept = work.kept(before["stops"] if before else [], done, now)
    stops, facts, places = _stops(
        rules, day, begins, spans, due, cases, missed, pins, now, {k["id"] for k in kept}
    )
    base = len(places)
    if middle["lon"] is not None:
        places.append((middle["lon"], middle["lat"]))
    start_place = None
    last = next((k for k in reversed(kept) if k["lon"] is not None), None)
    if last is not None:
        start_place = len(places)
        places.append((last["lon"], last["lat"]))
    # What is asked once is no fact of the day: a plan made anew without it is the same plan.
    known = tuple(places)
    if begins_at is not None:
        start_place = len(places)
        places.append(begins_at)
    hours = work.hours_of(spans.spans, zone)
    matrix = StraightLine(rules.factors).matrix(places, mode=rules.mode, hours=hours)
    problem = None
    if spans.reason is None:
        problem = _day(rules, begins, spans, stops, matrix.seconds, start_place, base, kept, now)
    total = due[0]["total"] if due else 0
    over = sorted(k["id"] for k in kept if k["state"] == "done")
    digest = _digest(
        spans, stops, known, over, profile.number, rules, total, [work.pin_of(dict(pin)) for pin in pins]
    )
    watched = sorted(
        {f"worker:{other}" for other in colleagues} | {f"grid:{grid}" for grid in middle["grids"]}
    )
    return Gathered(
        worker_id=worker_id,
        date=day,
        now=now,
        jurisdiction_id=jurisdiction_id,
        profile=profile,
        since=spans.spans[0][0] if spans.spans else None,
        until=spans.spans[-1][1] if spans.spans else None,
        reason=spans.reason,
        problem=problem,
        stops=tuple(stops),
        facts=facts,
        places=places,
        hours=hours,
        metres=matrix.metres,
        travel_basis=matrix.basis.value,
        kept=tuple(kept),
        begins_at=begins_at,
        more_due=total - len(due),
        digest=digest,
        seen=seen,
        watched=watched,
        plan_id=before["id"] if before else None,
        plan_digest=before["digest"] if before else None,
    )


def _jurisdiction(session: Session, worker_id: UUID, now: datetime) -> UUID:
    return queries.jurisdiction_of(session, worker_id, at=now) or profiles.jurisdiction_named(session, None)


def _profile(session: Session, jurisdiction_id: UUID, now: datetime) -> ProfileInForce:
    return profiles.profile_at(session, jurisdiction_id, now)


def _times(rows: Sequence[RowMapping]) -> list[work.Time]:
    return [work.Time(row["worker_id"], row["kind"], row["since"], row["until"]) for row in rows]


def _done(
    session: Session, worker_id: UUID, before: RowMapping | None, begins: datetime, ends: datetime
) -> set[str]:
    """What of the plan before is done: visits that somebody paid on this day, her cases that are done."""
    if before is None:
        return set()
    # What was left out may have been done all the same, and then it is not to be done again.
    listed = [*before["stops"], *before["left_out"]]
    homes = [UUID(s["id"]) for s in listed if s["kind"] == Kind.VISIT]
    cases = [UUID(s["id"]) for s in listed if s["kind"] in (Kind.VERIFY, Kind.HANDLE, Kind.CHECK)]
    found = households.visited(session, homes, since=begins, until=ends)
    found += queries.cases_done(session, worker_id, cases)
    return {str(row_id) for row_id in found}


def _stops(
    rules: Planning,
    day: date,
    begins: datetime,
    spans: work.Working,
    due: Sequence[RowMapping],
    cases: Sequence[RowMapping],
    missed: Sequence[patrolling.Patch],
    pins: Sequence[RowMapping],
    now: datetime,
    kept: set[str],
) -> tuple[list[Stop], dict[str, dict[str, Any]], list[Place]]:
    """What may be done, what is told of each, and where each is (a row for each, in this order)."""
    decided = {str(pin["stop_id"]): work.pin_of(dict(pin)) for pin in pins}
    stops: list[Stop] = []
    facts: dict[str, dict[str, Any]] = {}
    places: list[Place] = []

    def add(stop: Stop, row: Mapping[Any, Any], **more: Any) -> None:
        if stop.id in kept:
            return
        stops.append(work.decided(stop, decided.get(stop.id)))
        facts[stop.id] = {"lon": round(row["lon"], 7), "lat": round(row["lat"], 7), **more}
        places.append((row["lon"], row["lat"]))

    whole = spans.whole
    for row in cases:
        add(work.case(rules, dict(row), len(places), whole, now), row, due_at=row["due_at"])
    for row in due:
        due_on = min((d for d in (row["due_on"], row["task_due"]) if d is not None), default=None)
        add(
            work.visit(rules, str(row["id"]), row["tasks"], due_on, len(places), begins, whole, day),
            row,
            due_on=due_on,
            tasks=row["tasks"],
        )
    for patch in missed:
        patrol = Stop(
            str(patch.id), Kind.PATROL, len(places), 60 * rules.patrol_minutes, whole[0], whole[1], 1
        )
        add(patrol, {"lon": patch.lon, "lat": patch.lat})
    return stops, facts, places


def _day(
    rules: Planning,
    begins: datetime,
    spans: work.Working,
    stops: Sequence[Stop],
    seconds: Sequence[Sequence[int]],
    start_place: int | None,
    base: int,
    kept: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Day | None:
    first, last = work.epoch(spans.spans[0][0]), work.epoch(spans.spans[-1][1])
    over = {k["id"] for k in kept}
    start = max(
        first, work.epoch(now), *(work.epoch_of(k["end"]) for k in kept if k["kind"] in work.RESTS), 0
    )
    breaks: list[Break] = [
        rest
        for rest in (*work.gaps(spans), *work.breaks(rules, begins, first, last))
        if rest.id not in over and rest.latest >= start and rest.latest + rest.service <= last
    ]
    return Day(
        start=min(start, last),
        end=last,
        start_place=start_place,
        stops=tuple(stops),
        breaks=tuple(breaks),
        seconds=seconds,
        room=max(0, rules.stops_most - sum(k["kind"] not in work.RESTS for k in kept)),
        base_s=[row[base] for row in seconds] if base < len(seconds) else (),
        far_s=rules.reach_minutes * 60,
    )


def _digest(*parts: Any) -> str:
    """Of all that the plan is made from, but for the time at which it is made."""
    return hashlib.sha256(orjson.dumps(parts, default=str, option=orjson.OPT_NON_STR_KEYS)).hexdigest()
