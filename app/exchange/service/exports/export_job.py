"""Use cases of the export job: write waiting exports one at a time, delete expired files."""

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
from app.exchange.service.exports.downloads import key_of, run_of
from app.exchange.service.exports.file_writer import ExportFile, write
from app.exchange.service.exports.requests import EXPORT_TASK, build_row_query
from app.exchange.service.exports.wording import wording_of
from app.exchange.service.import_requests import ATTEMPTS_MAX, SILENCE_LIMIT
from app.exchange.service.row_import import Transaction
from app.media import service as media
from app.ogc.service import rows
from app.settings import Settings

log = logging.getLogger("gridward.exchange")
# Counted in full, so that the progress has a total; no collection has more rows.
_NO_LIMIT = 1_000_000_000


class _Cancelled(Exception):
    """Raised if the export run was cancelled while its file was being written."""


class _Heartbeat:
    """A recorder of the progress of an export run, and of a regular heartbeat.

    The heartbeat shows that the process is alive. It is stored by a separate thread, because compressing a large file takes
    minutes without progress.
    """

    def __init__(self, transaction: Transaction, run_id: UUID) -> None:
        self._transaction = transaction
        self._run_id = run_id
        self._count = 0
        self._stopped = Event()
        self._thread = Thread(target=self._keep_beating, name="pulse", daemon=True)

    def __enter__(self) -> "_Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def __call__(self, count: int) -> None:
        self._count = count
        if not self._beat():
            raise _Cancelled

    def _beat(self) -> bool:
        with self._transaction(SYSTEM) as session:
            return runs.record_progress(
                session, queries.EXPORTS, self._run_id, rows_seen=self._count, now=clock.now()
            )

    def _keep_beating(self) -> None:
        while not self._stopped.wait(SILENCE_LIMIT.total_seconds() / 9):
            try:
                self._beat()
            except DBAPIError as error:
                log.warning("export %s: its pulse was missed: %s", self._run_id, type(error.orig).__name__)


def run_exports_due(transaction: Transaction, store: media.Store, settings: Settings, now: datetime) -> int:
    """Write waiting exports, and restart interrupted exports. Return their number."""
    count = 0
    while _next(transaction, store, settings, now):
        count += 1
        now = max(now, clock.now())
    return count


def _next(transaction: Transaction, store: media.Store, settings: Settings, now: datetime) -> bool:
    with transaction(SYSTEM) as session:
        row = runs.claim(session, queries.EXPORTS, now=now, silent_since=now - SILENCE_LIMIT)
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
            _write_run(transaction, store, settings, row, actor)
        except _Cancelled:
            log.info("export %s was cancelled", row["id"])
        except (Unavailable, StorageFull):
            raise  # it is begun anew when it has been silent for a while
        except DomainError as error:
            _fail(transaction, row, error.code, **error.params)
    return True


def _write_run(
    transaction: Transaction, store: media.Store, settings: Settings, row: RowMapping, actor: Actor
) -> None:
    row_query = build_row_query(actor, row["collection"], dict(row["query"]), clock.now())
    key = key_of(row["id"])
    with (
        TemporaryDirectory(dir=settings.spool_folder()) as folder,
        _Heartbeat(transaction, row["id"]) as heartbeat,
    ):
        written = _write_snapshot(transaction, settings, row, actor, row_query, Path(folder), heartbeat)
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
        runs_with_files = queries.runs_with_files(session, [row["id"]])
    if not is_wanted:
        if row["id"] not in runs_with_files:  # else another attempt has written the file
            store.erase([key])
        raise _Cancelled


def _write_snapshot(
    transaction: Transaction,
    settings: Settings,
    row: RowMapping,
    actor: Actor,
    row_query: rows.RowQuery,
    folder: Path,
    heartbeat: _Heartbeat,
) -> ExportFile:
    with db.snapshot_session(plan="custom") as snapshot:
        queries.allow_idle(snapshot)
        count = rows.count_up_to(snapshot, row_query, _NO_LIMIT)
        row_limit = rules.FORMATS[row["format"]].rows_most
        if row_limit is not None and count > row_limit:
            raise Invalid("export_too_long", most=row_limit)
        if row["is_homes"] and not row["needs_approval"] and count > settings.export_homes_alone:
            # There are more homes now than at the time of the request.
            raise Forbidden("export_needs_approval", most=settings.export_homes_alone)
        with transaction(SYSTEM) as session:
            queries.set_expected_rows(session, row["id"], count, permission_epoch=actor.permission_epoch)
        wording = wording_of(snapshot, actor, row["collection"], dict(row["query"]))
        return write(snapshot, row_query, row["format"], folder, progress=heartbeat, wording=wording)


def _fail(transaction: Transaction, row: RowMapping, code: str, **params: Any) -> None:
    log.warning("export %s ended: %s", row["id"], code)
    outcome = {"fault": {"code": code, "params": params}}
    with transaction(SYSTEM) as session:
        queries.finish(session, row["id"], state="failed", now=clock.now(), outcome=outcome)


def tidy_exports(
    transaction: Transaction, store: media.Store, settings: Settings, now: datetime
) -> dict[str, int]:
    """Delete export files that expired or have no run, and let undecided requests expire.

    Return the number of expired runs, and of files without a run.
    """
    with transaction(SYSTEM) as session:
        unanswered = now - timedelta(days=settings.export_days)
        expired = queries.expire(session, now=now, unanswered_since=unanswered)
        runs.end_interrupted(session, queries.EXPORTS, now=now, silent_since=now - 10 * SILENCE_LIMIT)
    store.erase([key_of(run_id) for run_id in expired])
    stored_keys = {run_of(key): key for key in store.under("exports")}
    with transaction(SYSTEM) as session:
        runs_with_files = queries.runs_with_files(session, list(stored_keys))
    stray = [key for run_id, key in stored_keys.items() if run_id not in runs_with_files]
    store.erase(stray)
    return {"expired": len(expired), "stray": len(stray)}


__all__ = ["EXPORT_TASK", "run_exports_due", "tidy_exports"]
