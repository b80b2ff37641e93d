"""What the job worker does for exports: write them one after the other, and erase what has expired."""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import DBAPIError

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, Permission
from app.core.errors import DomainError, Forbidden, Invalid, StorageFull, Unavailable
from app.exchange.queries import exports as queries
from app.exchange.queries import runs
from app.exchange.rules import exports as rules
from app.exchange.service.exports.asking import EXPORT_TASK, question_of
from app.exchange.service.exports.fetching import key_of, run_of
from app.exchange.service.exports.writing import Written, write
from app.exchange.service.importing import Transaction
from app.exchange.service.requests import ATTEMPTS_MAX, SILENT
from app.media import service as media
from app.ogc.service import rows
from app.settings import Settings

log = logging.getLogger("gridward.exchange")
# Counted in full, so that progress has an end; nothing that stands on a map is more.
_UNCOUNTED = 1_000_000_000


class _NotWanted(Exception):
    """Somebody cancelled the run while it was written."""


class _Pulse:
    """Says how far a run is, and again and again that somebody is at it: a large file takes minutes to be packed."""

    def __init__(self, transaction: Transaction, run_id: UUID) -> None:
        self._transaction = transaction
        self._run_id = run_id
        self._count = 0
        self._over = Event()
        self._thread = Thread(target=self._go_on, name="pulse", daemon=True)

    def __enter__(self) -> "_Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def __call__(self, count: int) -> None:
        self._count = count
        if not self._beat():
            raise _NotWanted

    def _beat(self) -> bool:
        with self._transaction(SYSTEM) as session:
            return runs.beat(session, queries.EXPORTS, self._run_id, rows_seen=self._count, now=clock.now())

    def _go_on(self) -> None:
        while not self._over.wait(SILENT.total_seconds() / 9):
            try:
                self._beat()
            except DBAPIError as error:
                log.warning("export %s: its pulse was missed: %s", self._run_id, type(error.orig).__name__)


def run_exports_due(transaction: Transaction, store: media.Store, settings: Settings, now: datetime) -> int:
    """Write what waits, and begin anew what was broken off; how many."""
    done = 0
    while _next(transaction, store, settings, now):
        done += 1
        now = max(now, clock.now())
    return done


def _next(transaction: Transaction, store: media.Store, settings: Settings, now: datetime) -> bool:
    with transaction(SYSTEM) as session:
        row = runs.claim(session, queries.EXPORTS, now=now, silent_since=now - SILENT)
        if row is None:
            return False
        account = accounts.actor_of(session, row["requested_by"])
    actor = account.holding(Permission.EXPORT_RUN) if account is not None else None
    if row["attempts"] > ATTEMPTS_MAX:
        _fail(transaction, row, "interrupted")
    elif actor is None:
        _fail(transaction, row, "permission_missing")
    else:
        try:
            _make(transaction, store, settings, row, actor)
        except _NotWanted:
            log.info("export %s was cancelled", row["id"])
        except (Unavailable, StorageFull):
            raise  # it is begun anew when it has been silent for a while
        except DomainError as error:
            _fail(transaction, row, error.code, **error.params)
    return True


def _make(
    transaction: Transaction, store: media.Store, settings: Settings, row: RowMapping, actor: Actor
) -> None:
    question = question_of(actor, row["collection"], dict(row["query"]), clock.now())
    key = key_of(row["id"])
    with (
        TemporaryDirectory(dir=settings.spool_folder()) as folder,
        _Pulse(transaction, row["id"]) as pulse,
    ):
        written = _written(transaction, settings, row, actor, question, Path(folder), pulse)
        with written.path.open("rb") as file:
            store.put(key, file)
    now = clock.now()
    with transaction(SYSTEM) as session:
        is_wanted = queries.finish(
            session,
            row["id"],
            state="done",
            now=now,
            outcome={"notes": written.notes},
            rows=written.rows,
            size=written.size,
            sha256=written.sha256,
            expires_at=now + timedelta(days=settings.export_days),
        )
        known = queries.with_files(session, [row["id"]])
    if not is_wanted:
        if row["id"] not in known:  # else somebody else has made it, and it is hers
            store.erase([key])
        raise _NotWanted


def _written(
    transaction: Transaction,
    settings: Settings,
    row: RowMapping,
    actor: Actor,
    question: rows.Question,
    folder: Path,
    pulse: _Pulse,
) -> Written:
    with db.snapshot_session(plan="custom") as snapshot:
        queries.keep_open(snapshot)
        count = rows.count_up_to(snapshot, question, _UNCOUNTED)
        most = rules.FORMATS[row["format"]].rows_most
        if most is not None and count > most:
            raise Invalid("export_too_long", most=most)
        if row["is_homes"] and not row["needs_approval"] and count > settings.export_homes_alone:
            # There are more of them now than when it was asked for.
            raise Forbidden("export_needs_approval", most=settings.export_homes_alone)
        with transaction(SYSTEM) as session:
            queries.expect(session, row["id"], count, permission_epoch=actor.permission_epoch)
        return write(snapshot, question, row["format"], folder, progress=pulse)


def _fail(transaction: Transaction, row: RowMapping, code: str, **params: Any) -> None:
    log.warning("export %s ended: %s", row["id"], code)
    outcome = {"fault": {"code": code, "params": params}}
    with transaction(SYSTEM) as session:
        queries.finish(session, row["id"], state="failed", now=clock.now(), outcome=outcome)


def tidy_exports(
    transaction: Transaction, store: media.Store, settings: Settings, now: datetime
) -> dict[str, int]:
    """Erase files that have expired, and those that nobody's run knows of; end requests that nobody answered."""
    with transaction(SYSTEM) as session:
        unanswered = now - timedelta(days=settings.export_days)
        expired = queries.expire(session, now=now, unanswered_since=unanswered)
        runs.end_interrupted(session, queries.EXPORTS, now=now, silent_since=now - 10 * SILENT)
    store.erase([key_of(run_id) for run_id in expired])
    kept = {run_of(key): key for key in store.under("exports")}
    with transaction(SYSTEM) as session:
        known = queries.with_files(session, list(kept))
    stray = [key for run_id, key in kept.items() if run_id not in known]
    store.erase(stray)
    return {"expired": len(expired), "stray": len(stray)}


__all__ = ["EXPORT_TASK", "run_exports_due", "tidy_exports"]
