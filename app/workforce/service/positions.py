"""Where workers are: fixes from phones come in, and are read by those who may, for a purpose."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.rules.purposes import WORKER_PURPOSES
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Forbidden, Throttled
from app.core.metrics import POSITIONS
from app.core.paging import key_after, page_body_of
from app.settings import Settings
from app.workforce.queries import positions as queries
from app.workforce.queries import tracks
from app.workforce.rules import duty as duty_rules
from app.workforce.rules import positions as rules
from app.workforce.service.guards import any_text, instant, require_worker

TRACK_SHOWN = timedelta(days=1)


def take_positions(
    session: Session, actor: Actor, *, sent_at: datetime, positions: Sequence[rules.Fix]
) -> dict[str, Any]:
    """Keep those of a worker's fixes that were made on duty and say something; what became of each."""
    return _take(session, actor, positions, sent_at, clock.now())


def take_fixes(session: Session, actor: Actor, fixes: Sequence[rules.Fix]) -> dict[str, Any]:
    """The same for fixes whose clock is right: apps of others do not say when they send."""
    now = clock.now()
    return _take(session, actor, fixes, now, now)


def count_positions(taken: dict[str, Any]) -> None:
    """Count what became of fixes, once it is committed."""
    filtered: dict[str, int] = taken["filtered"]
    result = {"accepted": taken.get("accepted", 0), "duplicate": taken.get("duplicate", 0)} | filtered
    for outcome, number in result.items():
        if number:
            POSITIONS.labels(outcome).inc(number)


def _take(
    session: Session, actor: Actor, fixes: Sequence[rules.Fix], sent_at: datetime, received_at: datetime
) -> dict[str, Any]:
    if not queries.is_worker(session, actor.id):
        raise Forbidden("not_a_worker")
    span = rules.window(fixes, sent_at=sent_at, received_at=received_at)
    duty: list[rules.Span] = []
    stored: list[rules.Stored] = []
    if span is not None:
        since, until = span[0], span[1] or received_at
        # Held before the fixes are judged: whoever ends duty meanwhile waits, and then takes them back.
        duty = queries.lock_duty(session, actor.id, since=since, until=until)
        stored = queries.stored_fixes(session, actor.id, since=since, until=until)
    verdict = rules.judge(fixes, sent_at=sent_at, received_at=received_at, duty=duty, stored=stored)
    accepted = 0
    if verdict.accepted:
        accepted = queries.insert_positions(
            session,
            actor.id,
            verdict.accepted,
            newest=rules.newest_usable(verdict.accepted, duty),
            device_id=actor.device_id,
            received_at=received_at,
        )
    # What another attempt stored at the same moment is a duplicate here.
    duplicate = verdict.duplicate + len(verdict.accepted) - accepted
    _note_effects(session, actor.id, verdict, duty)
    return {
        "accepted": accepted,
        "duplicate": duplicate,
        "filtered": verdict.filtered,
        "flagged": verdict.flagged,
    }


def _note_effects(
    session: Session, worker_id: UUID, verdict: rules.Verdict, duty: Sequence[rules.Span]
) -> None:
    """A heartbeat freshens where she is; what came late makes the track of a duty that is over be made anew."""
    seen_at = verdict.seen_at
    if seen_at is not None and any(since <= seen_at and until is None for since, until in duty):
        queries.refresh_location(session, worker_id, at=seen_at)
    over = [(since, until) for since, until in duty if until is not None]
    late = [fix.at for fix in verdict.accepted if any(s <= fix.at < u for s, u in over)] if over else []
    if late:
        tracks.mark_stale(session, worker_id, since=min(late), until=max(late))


def locate_workers(
    session: Session,
    actor: Actor,
    *,
    settings: Settings,
    reason: accounts.Reason,
    within: UUID | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Say where the workers on duty are, and record who asked, why, and whom it showed."""
    _require_may_look(session, actor, settings, reason)
    row = queries.located_workers(
        session,
        actor,
        now=clock.now(),
        within=within,
        bbox=bbox,
        after=key_after(cursor, any_text, UUID),
        limit=limit,
    )
    accounts.record(
        session,
        actor,
        action="worker.locate",
        entity="worker",
        purpose=reason.explanation,
        detail={"purpose": reason.purpose, "within": within, "bbox": bbox, "worker_ids": row["ids"]},
    )
    return page_body_of(row, limit)


def own_track(
    session: Session,
    actor: Actor,
    *,
    worker_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """A page of one's own fixes (of the last day)."""
    if actor.id != worker_id:
        require_worker(session, actor, worker_id, Permission.WORKER_LOCATE)
        raise Forbidden("purpose_required")
    until = until or clock.now() + rules.FUTURE_TOLERANCE
    return _track(session, worker_id, since or until - TRACK_SHOWN, until, limit, cursor)


def disclose_track(
    session: Session,
    actor: Actor,
    *,
    settings: Settings,
    worker_id: UUID,
    reason: accounts.Reason,
    since: datetime,
    until: datetime,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """A page of a worker's fixes, for a purpose, which is recorded."""
    require_worker(session, actor, worker_id, Permission.WORKER_LOCATE)
    _require_may_look(session, actor, settings, reason)
    result = _track(session, worker_id, since, until, limit, cursor)
    accounts.record(
        session,
        actor,
        action="worker.track",
        entity="worker",
        entity_id=worker_id,
        purpose=reason.explanation,
        detail={"purpose": reason.purpose, "since": since, "until": until},
    )
    return result


def duty_tracks(
    session: Session,
    actor: Actor,
    *,
    worker_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """A page of one's own tracks, the last duty first."""
    if actor.id != worker_id:
        require_worker(session, actor, worker_id, Permission.WORKER_LOCATE)
        raise Forbidden("purpose_required")
    return _lines(session, worker_id, since, until, limit, cursor)


def disclose_duty_tracks(
    session: Session,
    actor: Actor,
    *,
    settings: Settings,
    worker_id: UUID,
    reason: accounts.Reason,
    since: datetime,
    until: datetime,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """A page of a worker's tracks, for a purpose, which is recorded."""
    require_worker(session, actor, worker_id, Permission.WORKER_LOCATE)
    _require_may_look(session, actor, settings, reason)
    result = _lines(session, worker_id, since, until, limit, cursor)
    accounts.record(
        session,
        actor,
        action="worker.track",
        entity="worker",
        entity_id=worker_id,
        purpose=reason.explanation,
        detail={"purpose": reason.purpose, "since": since, "until": until, "lines": True},
    )
    return result


def _lines(
    session: Session,
    worker_id: UUID,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    cursor: str | None,
) -> bytes:
    if since is not None:
        duty_rules.require_after(since, until)
    after = key_after(cursor, instant, UUID)
    return page_body_of(
        tracks.track_page(session, worker_id, since=since, until=until, after=after, limit=limit), limit
    )


def _require_may_look(session: Session, actor: Actor, settings: Settings, reason: accounts.Reason) -> None:
    """Whoever looks where others are does so for a purpose, and so not without end."""
    accounts.require_explained(reason, among=WORKER_PURPOSES)
    wait = accounts.disclosure_wait(
        session,
        actor,
        limit=settings.locates_per_window,
        window=settings.locate_window,
        actions=("worker.locate", "worker.track"),
    )
    if wait is not None:
        raise Throttled("locate_throttled", retry_after_s=max(1, int(wait / timedelta(seconds=1)) + 1))


def _track(
    session: Session, worker_id: UUID, since: datetime, until: datetime, limit: int, cursor: str | None
) -> bytes:
    duty_rules.require_after(since, until)
    row = queries.track(
        session, worker_id, since=since, until=until, after=key_after(cursor, instant), limit=limit
    )
    return page_body_of(row, limit)
