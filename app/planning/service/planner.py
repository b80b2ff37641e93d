"""Use cases that make a plan: get street travel times, compute the route, store the plan."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.core.ids import uuid7
from app.core.streets import has_streets, time_limits, travel_by
from app.planning.queries import plans as queries
from app.planning.rules.day_items import instant
from app.planning.rules.days import Break, Item, Reason, Route, Stop, TimedItem
from app.planning.rules.sentences import reason_sentences
from app.planning.service.day_input import DayInput
from app.planning.service.solver import solve_routes

# The facts that every stop has; null if they do not apply.
EMPTY_FACTS: dict[str, Any] = dict.fromkeys(("lon", "lat", "due_on", "due_at", "tasks", "pin"))


def with_street_times(days: Sequence[DayInput]) -> list[DayInput]:
    """Return the inputs of a day plan with travel times on the street network.

    Without a configured network the inputs are returned unchanged. Call this outside transactions, because the answer may
    be slow. These times are not in the digest of the inputs, so a restart of the routing server causes no new plans.
    """
    return [
        _with_street_times(day) if has_streets(day.profile.profile.planning.mode) else day for day in days
    ]


def _with_street_times(day: DayInput) -> DayInput:
    if day.problem is None:
        return day
    rules = day.profile.profile.planning
    matrix = travel_by(rules.factors).matrix(
        day.places, mode=rules.mode, hours=day.hours, limit_s=time_limits().run_s
    )
    base = len(day.stops)
    problem = replace(
        day.problem,
        seconds=matrix.seconds,
        base_s=[row[base] for row in matrix.seconds] if day.problem.base_s else (),
    )
    return replace(day, problem=problem, metres=matrix.metres, travel_basis=matrix.basis.value)


def solve_days(days: list[DayInput], **limits: Any) -> list[Route]:
    """Return a route for each day, computed in one child process.

    Call this outside transactions, because it is slow.
    """
    solved = iter(solve_routes([day.problem for day in days if day.problem is not None], **limits))
    return [
        next(solved)
        if day.problem is not None
        else Route((), tuple((stop, day.reason or Reason.NO_SHIFT) for stop in day.stops), "none")
        for day in days
    ]


def store_plan(session: Session, day: DayInput, route: Route, *, cause: str) -> bool:
    """Store the plan of a day. Returns True if a new plan was stored.

    If `cause` is `change` and no input has changed, only the new snapshot of the database is stored, and the result is
    False. If the stored plan was made from a newer snapshot, nothing is stored, and the result is False, for any cause.
    """
    if cause == "change" and day.plan_id is not None and day.plan_digest == day.digest:
        queries.mark_unchanged(
            session, day.plan_id, snapshot=day.snapshot, watched_buckets=day.watched_buckets
        )
        return False
    values = {
        "id": uuid7(),
        "worker_id": day.worker_id,
        "jurisdiction_id": day.jurisdiction_id,
        "profile_version_id": day.profile.id,
        "day": day.date,
        "since": day.since,
        "until": day.until,
        "stops": [*_finished_stops(day), *_planned_stops(day, route)],
        "left_out": [_left_out_item(day, item, reason) for item, reason in route.left],
        "more_due": day.more_due,
        "solver": route.solver,
        "solver_note": route.note,
        "travel_basis": day.travel_basis,
        "cause": cause,
        "made_at": day.now,
        "digest": day.digest,
        "seen": day.snapshot,
        "watched": day.watched_buckets,
    }
    return queries.upsert_plan(session, values) is not None


def _finished_stops(day: DayInput) -> list[dict[str, Any]]:
    return [dict(stop) for stop in day.finished]


def _planned_stops(day: DayInput, route: Route) -> list[dict[str, Any]]:
    from_row = day.problem.start_place if day.problem is not None else None
    stops = []
    for timed_item in route.timed:
        stop = _planned_stop(day, timed_item, from_row)
        if isinstance(timed_item.item, Stop):
            if day.begins_at is not None and from_row == day.problem.start_place:  # type: ignore[union-attr]
                # The distance from a start that the worker gave is private, and is not stored.
                stop |= {"travel_s": None, "travel_m": None}
            from_row = timed_item.item.place
        stops.append(stop)
    return stops


def _planned_stop(day: DayInput, timed_item: TimedItem, from_row: int | None) -> dict[str, Any]:
    item = timed_item.item
    stop: dict[str, Any] = {
        "id": item.id,
        "kind": item.kind.value,
        "state": "planned",
        "arrive": instant(timed_item.arrive).isoformat(),
        "begin": instant(timed_item.begin).isoformat(),
        "end": instant(timed_item.end).isoformat(),
        **_facts_of(day, item),
    }
    times: dict[str, Any] = {"earliest": None, "latest": None, "travel_s": None, "travel_m": None}
    if isinstance(item, Stop):
        times = {
            "earliest": instant(item.earliest).isoformat(),
            "latest": instant(item.latest).isoformat(),
            "travel_s": timed_item.travel,
            "travel_m": day.metres[from_row][item.place] if from_row is not None else 0,
        }
    return stop | times


def _left_out_item(day: DayInput, item: Item, reason: Reason) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind.value,
        **_facts_of(day, item),
        "reason": reason.value,
        "reason_text": reason_sentences(reason),
    }


def _facts_of(day: DayInput, item: Item) -> dict[str, Any]:
    if isinstance(item, Break):
        return EMPTY_FACTS
    pin: dict[str, Any] | None = None
    if item.at is not None:
        pin = {"at": instant(item.at).isoformat(), "place": None}
    elif item.order is not None:
        pin = {"at": None, "place": item.order}
    return {**EMPTY_FACTS, **day.facts[item.id], "pin": pin}
