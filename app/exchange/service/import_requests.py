"""Use cases of imports over HTTP: request an import, read its progress and refused rows.

Small files are imported in the request, larger files by a job.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock, jobs
from app.core.actor import SYSTEM, Actor, Permission
from app.core.errors import DomainError, Invalid, NotFound, Unavailable
from app.core.paging import encode_cursor, id_after, page_body, typed_key
from app.exchange.queries import imports as queries
from app.exchange.queries import runs
from app.exchange.rules.faults import FileRefused, sentences
from app.exchange.rules.files.formats import format_of
from app.exchange.service.import_runs import Run, begin_import, run_import
from app.exchange.service.options import Options, mapping_of, values_of
from app.exchange.service.row_import import Transaction

log = logging.getLogger("gridward.exchange")

TASK = "exchange.run_due"
# A run without a heartbeat for this time counts as dead, and is resumed.
SILENCE_LIMIT = timedelta(minutes=3)
ATTEMPTS_MAX = 5


@dataclass(frozen=True, slots=True)
class ErrorFile:
    content: bytes
    name: str


def request_import(
    transaction: Transaction,
    actor: Actor,
    *,
    kind: str,
    file: bytes,
    name: str,
    at_once_bytes: int,
    map: list[str],
    map_value: list[str],
    **other_options: Any,
) -> tuple[bytes, bool]:
    """Import a small file in the request, or enqueue a job for a larger one.

    Return the import run (JSON), and True if it has ended.
    """
    try:
        format_of(name)
        options = Options(mapping=mapping_of(map), values=values_of(map_value), **other_options)
        is_small = len(file) <= at_once_bytes
        with transaction(actor) as session:
            upload = None if is_small else file
            run = begin_import(
                session, actor, kind=kind, options=options, upload=upload, name=_plain_name(name)
            )
            if not is_small:
                runs.enqueue(session, jobs.enqueue_binds(TASK, queue=jobs.FILES))
        if is_small:
            try:
                _from_bytes(transaction, actor, run, file=file, name=name)
            except Unavailable as error:
                _give_up(transaction, run, error.code)
                raise
    except FileRefused as error:
        raise refusal(error) from None
    with transaction(actor) as session:
        return _run(session, actor, run.id), is_small


def _from_bytes(transaction: Transaction, actor: Actor, run: Run, *, file: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{Path(name).suffix.lower()}"
        path.write_bytes(file)
        run_import(transaction, actor, run, path=path, name=path.name, keep_error_file=True)


def _plain_name(name: str) -> str:
    """Return a file name without its folders, and without characters that headers must not have."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable() and char not in '"\\;')[-100:]


def refusal(error: FileRefused) -> Invalid:
    """Return the error of a request whose file is refused, with a sentence in English and Chinese."""
    error_entry = {"field": "file", "code": error.fault.code, "sentence": sentences(error.fault)}
    return Invalid("import_refused", extra={"errors": [error_entry]})


def run_imports_due(transaction: Transaction, now: datetime, *, errors_kept: timedelta) -> dict[str, int]:
    """Carry out waiting imports, and resume interrupted imports. Delete old error files, too.

    Args:
        errors_kept: Time after which error files are deleted.
    """
    counts = {"runs": 0}
    while _next_run(transaction, now):
        counts["runs"] += 1
        now = max(now, clock.now())
    with transaction(SYSTEM) as session:
        counts["interrupted"] = runs.end_interrupted(
            session, queries.IMPORTS, now=now, silent_since=now - 10 * SILENCE_LIMIT
        )
        counts["erased"] = queries.erase_error_files(session, finished_before=now - errors_kept)
    return counts


def _next_run(transaction: Transaction, now: datetime) -> bool:
    with transaction(SYSTEM) as session:
        row = runs.claim(session, queries.IMPORTS, now=now, silent_since=now - SILENCE_LIMIT)
        if row is None:
            return False
        actor = accounts.actor_of(session, row["started_by"]) if row["started_by"] else SYSTEM
        actor = actor.holding(Permission.IMPORT_RUN) if actor is not None else None
    options, name = _options_of(row["options"])
    run = Run(row["id"], row["jurisdiction_id"], row["kind"], options)
    if actor is None or row["attempts"] > ATTEMPTS_MAX:
        _give_up(transaction, run, "permission_missing" if row["attempts"] <= ATTEMPTS_MAX else "interrupted")
        return True
    try:
        _from_bytes(transaction, actor, run, file=bytes(row["upload"]), name=name)
    except FileRefused:
        pass  # the fault is stored with the run
    except DomainError as error:
        _give_up(transaction, run, error.code)
    return True


def _give_up(transaction: Transaction, run: Run, code: str) -> None:
    log.warning("import %s ended: %s", run.id, code)
    with transaction(SYSTEM) as session:
        outcome = {"fault": {"code": code, "params": {}}}
        queries.finish_run(
            session, run.id, state="failed", outcome=outcome, rows_seen=0, error_file=None, now=clock.now()
        )


def _options_of(stored: Mapping[str, Any]) -> tuple[Options, str]:
    fields = dict(stored)
    name = str(fields.pop("name"))
    values = {(field, source): target for field, source, target in fields.pop("values")}
    return Options(values=values, **fields), name


def list_runs(
    session: Session, actor: Actor, *, kind: str | None = None, limit: int, cursor: str | None = None
) -> bytes:
    """Return one page of the import runs of the actor.

    If the actor may import everywhere, the page has the runs of all accounts.
    """
    after = id_after(cursor)
    row = queries.runs(session, **_visibility_args(actor), kind=kind, after=after, limit=limit)
    return page_body(row["items"], row["next_key"])


def describe_run(session: Session, actor: Actor, *, run_id: UUID) -> bytes:
    """Return one import run with its progress or outcome, as JSON."""
    return _run(session, actor, run_id)


def _run(session: Session, actor: Actor, run_id: UUID) -> bytes:
    run_json = queries.run(session, run_id, **_visibility_args(actor))
    if run_json is None:
        raise NotFound("not_found")
    return run_json


def faults_of(
    session: Session,
    actor: Actor,
    *,
    run_id: UUID,
    code: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return one page of the refused rows of a run: their faults, but not their content."""
    after = int(typed_key(cursor, int)[0]) if cursor is not None else -1
    row = queries.faults(
        session, run_id, **_visibility_args(actor), after=after, code=code or None, limit=limit
    )
    if row is None:
        raise NotFound("not_found")
    last = row["last_row"]
    next_cursor = orjson.dumps(None if last is None else encode_cursor([str(last)]))
    return b'{"items":%b,"next":%b}' % (row["items"], next_cursor)


def error_file_of(session: Session, actor: Actor, *, run_id: UUID) -> ErrorFile:
    """Return the error file of an import run."""
    row = queries.error_file(session, run_id, **_visibility_args(actor))
    if row is None:
        raise NotFound("not_found")
    name = Path(row["name"])
    return ErrorFile(bytes(row["error_file"]), f"{name.stem}.errors{name.suffix}")


def _visibility_args(actor: Actor) -> dict[str, Any]:
    return {"me": actor.id, "everywhere": actor.everywhere_with(Permission.IMPORT_RUN)}
