"""A plan made of a route, and stored."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.core.ids import uuid7
from app.core.streets import has_streets, limits_of_time, travel_by
from app.planning.queries import plans as queries
from app.planning.rules.days import Break, Item, Reason, Route, Stop, Timed
from app.planning.rules.sentences import reason_sentences
from app.planning.rules.work import instant
from app.planning.service.gathering import Gathered
from app.planning.service.solving import routes

# What every stop says something of, if only that there is nothing to say.
NOTHING: dict[str, Any] = dict.fromkeys(("lon", "lat", "due_on", "due_at", "tasks", "pin"))


def timed_by_street(days: Sequence[Gathered]) -> list[Gathered]:
    """The days with the street network's times, where one is configured and answers; outside any transaction.

    The digest of a day is without them: a plan is advice, and that a server was restarted is no news for a phone.
    """
    return [_timed(day) if has_streets(day.profile.profile.planning.mode) else day for day in days]


def _timed(day: Gathered) -> Gathered:
    if day.problem is None:
        return day
    rules = day.profile.profile.planning
    matrix = travel_by(rules.factors).matrix(
        day.places, mode=rules.mode, hours=day.hours, limit_s=limits_of_time().run_s
    )
    base = len(day.stops)
    problem = replace(
        day.problem,
        seconds=matrix.seconds,
        base_s=[row[base] for row in matrix.seconds] if day.problem.base_s else (),
    )
    return replace(day, problem=problem, metres=matrix.metres, travel_basis=matrix.basis.value)


def solve(days: list[Gathered], **limits: Any) -> list[Route]:
    """A route for each day, of one child process for all; outside any transaction, because it takes a while."""
    found = iter(routes([day.problem for day in days if day.problem is not None], **limits))
    return [
        next(found)
        if day.problem is not None
        else Route((), tuple((stop, day.reason or Reason.NO_SHIFT) for stop in day.stops), "none")
        for day in days
    ]


def keep(session: Session, day: Gathered, route: Route, *, cause: str) -> bool:
    """Store the plan, or only that nothing of what changed changes it; whether there is a new plan."""
    if cause == "change" and day.plan_id is not None and day.plan_digest == day.digest:
        queries.note_seen(session, day.plan_id, seen=day.seen, watched=day.watched)
        return False
    values = {
        "id": uuid7(),
        "worker_id": day.worker_id,
        "jurisdiction_id": day.jurisdiction_id,
        "profile_version_id": day.profile.id,
        "day": day.date,
        "since": day.since,
        "until": day.until,
        "stops": [*_kept(day), *_stops(day, route)],
        "left_out": [_left(day, item, reason) for item, reason in route.left],
        "more_due": day.more_due,
        "solver": route.solver,
        "solver_note": route.note,
        "travel_basis": day.travel_basis,
        "cause": cause,
        "made_at": day.now,
        "digest": day.digest,
        "seen": day.seen,
        "watched": day.watched,
    }
    return queries.keep(session, values) is not None


def _kept(day: Gathered) -> list[dict[str, Any]]:
    return [dict(stop) for stop in day.kept]


def _stops(day: Gathered, route: Route) -> list[dict[str, Any]]:
    here = day.problem.start_place if day.problem is not None else None
    found = []
    for timed in route.timed:
        stop = _stop(day, timed, here)
        if isinstance(timed.item, Stop):
            if day.begins_at is not None and here == day.problem.start_place:  # type: ignore[union-attr]
                # How far it is from where she said she is, is nobody else's.
                stop |= {"travel_s": None, "travel_m": None}
            here = timed.item.place
        found.append(stop)
    return found


def _stop(day: Gathered, timed: Timed, here: int | None) -> dict[str, Any]:
    item = timed.item
    stop: dict[str, Any] = {
        "id": item.id,
        "kind": item.kind.value,
        "state": "planned",
        "arrive": instant(timed.arrive).isoformat(),
        "begin": instant(timed.begin).isoformat(),
        "end": instant(timed.end).isoformat(),
        **_placed(day, item),
    }
    hours: dict[str, Any] = {"earliest": None, "latest": None, "travel_s": None, "travel_m": None}
    if isinstance(item, Stop):
        hours = {
            "earliest": instant(item.earliest).isoformat(),
            "latest": instant(item.latest).isoformat(),
            "travel_s": timed.travel,
            "travel_m": day.metres[here][item.place] if here is not None else 0,
        }
    return stop | hours


def _left(day: Gathered, item: Item, reason: Reason) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind.value,
        **_placed(day, item),
        "reason": reason.value,
        "reason_text": reason_sentences(reason),
    }


def _placed(day: Gathered, item: Item) -> dict[str, Any]:
    if isinstance(item, Break):
        return NOTHING
    pin: dict[str, Any] | None = None
    if item.at is not None:
        pin = {"at": instant(item.at).isoformat(), "place": None}
    elif item.order is not None:
        pin = {"at": None, "place": item.order}
    return {**NOTHING, **day.facts[item.id], "pin": pin}
