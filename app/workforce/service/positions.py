"""Use cases of positions: store them, and show positions and tracks for a recorded purpose."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from app.workforce.rules.fixes import Fix
from app.workforce.service.guards import any_text, instant, require_worker

TRACK_SHOWN = timedelta(days=1)


def take_positions(
    session: Session, actor: Actor, *, sent_at: datetime, positions: Sequence[Fix]
) -> dict[str, Any]:
    """Store the positions sent by the actor's device, if made on duty and not redundant.

    Returns the number of positions by outcome (stored, duplicate, dropped...).

    Args:
        sent_at: When the batch was sent, by the device's clock, to correct the times of its positions.
    """
    return _take(session, actor, positions, sent_at, clock.now())


def take_fixes(session: Session, actor: Actor, fixes: Sequence[Fix]) -> dict[str, Any]:
    """Store positions sent by a tracking app. Returns the number of positions by outcome.

    The times are not corrected, because tracking apps do not send the time of their clock.
    """
    now = clock.now()
    return _take(session, actor, fixes, now, now)


def count_positions(counts: dict[str, Any]) -> None:
    """Add the numbers of stored, duplicate and dropped positions to the metrics.

    Call it after the commit.
    """
    filtered: dict[str, int] = counts["filtered"]
    result = {"accepted": counts.get("accepted", 0), "duplicate": counts.get("duplicate", 0)} | filtered
    for outcome, number in result.items():
        if number:
            POSITIONS.labels(outcome).inc(number)


def _take(
    session: Session, actor: Actor, fixes: Sequence[Fix], sent_at: datetime, received_at: datetime
) -> dict[str, Any]:
    span = rules.window(fixes, sent_at=sent_at, received_at=received_at)
    since, until = span or (received_at, received_at)
    # Duty is locked before the fixes are judged. Without the lock, an end of duty that commits between the check
    # and the insert would leave fixes after its end, as it has deleted those after it already.
    situation = queries.lock_situation(session, actor.id, since=since, until=until)
    if not situation.is_worker:
        raise Forbidden("not_a_worker")
    duty, stored = (situation.duty, situation.stored) if span is not None else ([], [])
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
    # A fix that another attempt has stored meanwhile is a duplicate here.
    duplicate = verdict.duplicate + len(verdict.accepted) - accepted
    _apply_effects(session, actor.id, verdict, duty)
    return {
        "accepted": accepted,
        "duplicate": duplicate,
        "filtered": verdict.filtered,
        "flagged": verdict.flagged,
    }


def _apply_effects(
    session: Session, worker_id: UUID, verdict: rules.Verdict, duty: Sequence[rules.Span]
) -> None:
    """Update the worker's location and tracks after a batch of positions was stored.

    A position at which the worker has not moved is not stored, but it updates the time of the worker's location. If
    positions of a past period on duty came late, the track of this period is marked to be computed again.
    """
    seen_at = verdict.seen_at
    if seen_at is not None and any(since <= seen_at and until is None for since, until in duty):
        queries.refresh_location(session, worker_id, at=seen_at)
    over = [(since, until) for since, until in duty if until is not None]
    late = [fix.at for fix in verdict.accepted if any(s <= fix.at < u for s, u in over)] if over else []
    if late:
        tracks.mark_stale(session, worker_id, since=min(late), until=max(late))


@dataclass(frozen=True, slots=True)
class LocatedFilter:
    """Filters of the workers to locate. None: no filter."""

    within: UUID | None = None
    bbox: tuple[float, float, float, float] | None = None
    worker_ids: Sequence[UUID] | None = None


def locate_workers(
    session: Session,
    actor: Actor,
    *,
    settings: Settings,
    reason: accounts.Reason,
    limit: int,
    cursor: str | None = None,
    **filters: Any,
) -> bytes:
    """Return the positions of workers on duty for a purpose, and record who has read them.

    The record has the actor, the purpose and the workers shown.

    Args:
        filters: Fields of `LocatedFilter`.
    """
    wanted = LocatedFilter(**filters)
    _require_may_locate(session, actor, settings, reason)
    row = queries.located_workers(
        session,
        actor,
        now=clock.now(),
        within=wanted.within,
        bbox=wanted.bbox,
        worker_ids=wanted.worker_ids,
        after=key_after(cursor, any_text, UUID),
        limit=limit,
    )
    accounts.record(
        session,
        actor,
        action="worker.locate",
        entity="worker",
        purpose=reason.explanation,
        detail={
            "purpose": reason.purpose,
            "within": wanted.within,
            "bbox": wanted.bbox,
            "worker_ids": row["ids"],
        },
    )
    return page_body_of(row, limit)


@dataclass(frozen=True, slots=True)
class TrackPage:
    """Arguments of a request for a page of positions, or of track lines, in [since, until)."""

    limit: int
    since: datetime | None = None
    until: datetime | None = None
    cursor: str | None = None


def own_track(session: Session, actor: Actor, *, worker_id: UUID, **page: Any) -> bytes:
    """Return a page of the actor's own positions. Without `since` and `until`: of the last day.

    Args:
        page: Fields of `TrackPage`.

    Raises:
        Forbidden: `purpose_required`: `worker_id` is another worker, whose track needs a purpose.
    """
    _require_own_track(session, actor, worker_id)
    track_page = TrackPage(**page)
    until = track_page.until or clock.now() + rules.FUTURE_TOLERANCE
    since = track_page.since or until - TRACK_SHOWN
    return _fixes(session, worker_id, replace(track_page, since=since, until=until))


def disclose_track(
    session: Session,
    actor: Actor,
    *,
    settings: Settings,
    worker_id: UUID,
    reason: accounts.Reason,
    **page: Any,
) -> bytes:
    """Return a page of a worker's positions, and record the purpose for which they are read.

    Args:
        page: Fields of `TrackPage`, with `since` and `until`.
    """
    track_page = TrackPage(**page)
    _require_may_disclose(session, actor, settings, worker_id, reason)
    result = _fixes(session, worker_id, track_page)
    _record_disclosure(session, actor, worker_id, reason, track_page)
    return result


def duty_tracks(session: Session, actor: Actor, *, worker_id: UUID, **page: Any) -> bytes:
    """Return a page of the track lines of the actor's own duties, the last duty first.

    Args:
        page: Fields of `TrackPage`.

    Raises:
        Forbidden: `purpose_required`: `worker_id` is another worker, whose track needs a purpose.
    """
    _require_own_track(session, actor, worker_id)
    return _lines(session, worker_id, TrackPage(**page))


def disclose_duty_tracks(
    session: Session,
    actor: Actor,
    *,
    settings: Settings,
    worker_id: UUID,
    reason: accounts.Reason,
    **page: Any,
) -> bytes:
    """Return a page of track lines of a worker's duties, and record the purpose of reading them.

    Args:
        page: Fields of `TrackPage`, with `since` and `until`.
    """
    track_page = TrackPage(**page)
    _require_may_disclose(session, actor, settings, worker_id, reason)
    result = _lines(session, worker_id, track_page)
    _record_disclosure(session, actor, worker_id, reason, track_page, lines=True)
    return result


def _require_own_track(session: Session, actor: Actor, worker_id: UUID) -> None:
    """Raise an error if `worker_id` is not the actor.

    The code of the error is `purpose_required` if the actor may locate the worker.
    """
    if actor.id != worker_id:
        require_worker(session, actor, worker_id, Permission.WORKER_LOCATE)
        raise Forbidden("purpose_required")


def _require_may_disclose(
    session: Session, actor: Actor, settings: Settings, worker_id: UUID, reason: accounts.Reason
) -> None:
    require_worker(session, actor, worker_id, Permission.WORKER_LOCATE)
    _require_may_locate(session, actor, settings, reason)


def _record_disclosure(
    session: Session,
    actor: Actor,
    worker_id: UUID,
    reason: accounts.Reason,
    page: TrackPage,
    **detail: Any,
) -> None:
    accounts.record(
        session,
        actor,
        action="worker.track",
        entity="worker",
        entity_id=worker_id,
        purpose=reason.explanation,
        detail={"purpose": reason.purpose, "since": page.since, "until": page.until, **detail},
    )


def _require_may_locate(session: Session, actor: Actor, settings: Settings, reason: accounts.Reason) -> None:
    """Check that a purpose is given and that the actor has not read positions too often.

    Raises:
        Throttled: The actor has read positions of workers too often.
    """
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


def _fixes(session: Session, worker_id: UUID, page: TrackPage) -> bytes:
    assert page.since is not None
    assert page.until is not None
    duty_rules.require_after(page.since, page.until)
    row = queries.track(
        session,
        worker_id,
        since=page.since,
        until=page.until,
        after=key_after(page.cursor, instant),
        limit=page.limit,
    )
    return page_body_of(row, page.limit)


def _lines(session: Session, worker_id: UUID, page: TrackPage) -> bytes:
    if page.since is not None:
        duty_rules.require_after(page.since, page.until)
    row = tracks.track_page(
        session,
        worker_id,
        since=page.since,
        until=page.until,
        after=key_after(page.cursor, instant, UUID),
        limit=page.limit,
    )
    return page_body_of(row, page.limit)
