"""Refresh of the demo at each start: workers on duty, fresh positions, configured password."""

import logging
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, Grant, Role
from app.core.errors import DomainError
from app.demo import queries
from app.demo.sign_ins import SIGN_INS
from app.planning import service as planning
from app.settings import Settings
from app.workforce import service as workforce

log = logging.getLogger("gridward.demo")

LONGEST_DUTY = timedelta(hours=12)
FRESH = timedelta(minutes=4)
# Offset of a worker from the middle of the grid: about fifty metres.
SPREAD = 0.0005


def refresh(settings: Settings, password: str, marker: dict[str, Any]) -> None:
    """Put some demo workers on duty with fresh positions, and set the configured password."""
    now = clock.now()
    with db.transaction(SYSTEM) as session:
        accounts.set_configured_password(session, settings=settings, usernames=SIGN_INS, password=password)
    present = {UUID(str(worker["id"])): worker for worker in marker["present"]}
    with db.read_session() as session:
        duty = queries.duty_of(session, list(present))
    started = located = 0
    for worker_id, position in present.items():
        since, located_at = duty.get(worker_id, (None, None))
        is_fresh = since is not None and located_at is not None and now - located_at < FRESH
        if is_fresh and since is not None and now - since < LONGEST_DUTY:
            continue
        try:
            started += _ensure_duty(worker_id, since, now)
            located += _locate(worker_id, position, now)
        except DomainError as error:
            # Somebody has changed this account in the demo; the others go on.
            log.warning("worker %s: %s", worker_id, error)
    if started or located:
        log.info("%d workers went on duty, %d said where they are", started, located)
    _plan_days(now)


def _plan_days(now: datetime) -> None:
    """Plan the working day of the demo workers with whose accounts people can sign in."""
    with db.read_session() as session:
        days = [
            (worker_id, planning.local_date(session, worker_id, now))
            for worker_id in queries.workers_named(session, SIGN_INS)
        ]
    day_inputs = []
    for worker_id, day in days:
        with db.snapshot_session() as session:
            day_inputs.append(planning.gather_day(session, worker_id=worker_id, day=day, now=now))
    day_inputs = planning.with_street_times(day_inputs)
    for day_input, route in zip(day_inputs, planning.solve_days(day_inputs), strict=True):
        with db.transaction(SYSTEM) as session:
            planning.store_plan(session, day_input, route, cause="change" if day_input.plan_id else "morning")


def _ensure_duty(worker_id: UUID, since: datetime | None, now: datetime) -> bool:
    """Start a duty for the worker, unless they are on duty already.

    A duty that has lasted for longer than LONGEST_DUTY is ended first. Return False if no duty was started.
    """
    with db.transaction(SYSTEM) as session:
        if since is not None and now - since < LONGEST_DUTY:
            return False
        if since is not None:
            ended_at = max(since + timedelta(hours=10), now - timedelta(hours=23))
            workforce.end_duty(session, SYSTEM, worker_id=worker_id, at=ended_at)
        workforce.start_duty(session, SYSTEM, worker_id=worker_id, at=now)
    return True


def _locate(worker_id: UUID, position: dict[str, Any], now: datetime) -> int:
    """Store a fresh position of the worker. Return the number of accepted positions."""
    random = Random(f"{worker_id}:{now:%Y%m%d%H%M}")
    fix = workforce.Fix(
        now,
        round(position["lon"] + random.uniform(-SPREAD, SPREAD), 7),
        round(position["lat"] + random.uniform(-SPREAD, SPREAD), 7),
        round(random.uniform(4, 20), 1),
    )
    worker = Actor.of(id=worker_id, grants=(Grant(Role.WORKER),))
    with db.transaction(worker) as session:
        result = workforce.take_positions(session, worker, sent_at=now, positions=[fix])
    accepted: int = result["accepted"]
    return accepted
