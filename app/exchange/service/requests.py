"""Imports that come over HTTP: small ones at once, larger ones as a job; reading how far they are."""

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
from app.core.paging import encode_cursor, id_after, page, typed_key
from app.exchange.queries import imports as queries
from app.exchange.queries import runs
from app.exchange.rules.faults import FileRefused, sentence
from app.exchange.rules.files.formats import format_of
from app.exchange.service.importing import Transaction
from app.exchange.service.options import Options, mapping_of, values_of
from app.exchange.service.running import KINDS, Run, begin, carry_out

log = logging.getLogger("gridward.exchange")

TASK = "exchange.run_due"
# A job that has not been heard of for so long is no more: its run is taken up again.
SILENT = timedelta(minutes=3)
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
    **said: Any,
) -> tuple[bytes, bool]:
    """Import a file, or leave it to a job; the run, and whether it has ended."""
    if kind not in KINDS:
        raise NotFound("not_found")
    try:
        format_of(name)
        options = Options(mapping=mapping_of(map), values=values_of(map_value), **said)
        is_small = len(file) <= at_once_bytes
        with transaction(actor) as session:
            upload = None if is_small else file
            run = begin(session, actor, kind=kind, options=options, upload=upload, name=_plain(name))
            if not is_small:
                runs.enqueue(session, jobs.enqueue_binds(TASK, queue=jobs.FILES))
        if is_small:
            try:
                _from_bytes(transaction, actor, run, file=file, name=name)
            except Unavailable as error:
                _give_up(transaction, run, error.code)
                raise
    except FileRefused as error:
        raise _refused(error) from None
    with transaction(actor) as session:
        return _run(session, actor, run.id), is_small


def _from_bytes(transaction: Transaction, actor: Actor, run: Run, *, file: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{Path(name).suffix.lower()}"
        path.write_bytes(file)
        carry_out(transaction, actor, run, path=path, name=path.name, keep_error_file=True)


def _plain(name: str) -> str:
    """The name of a file without where it lay, as it may stand in a header."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable() and char not in '"\\;')[-100:]


def _refused(error: FileRefused) -> Invalid:
    fault = error.fault
    told = {"field": "file", "code": fault.code, "message": f"{sentence(fault)} {sentence(fault, 'zh')}"}
    return Invalid("import_refused", extra={"errors": [told]})


def run_due(transaction: Transaction, now: datetime, *, errors_kept: timedelta) -> dict[str, int]:
    """Do what waits, take up what was broken off, erase what is no longer to be kept."""
    done = {"runs": 0}
    while _next_run(transaction, now):
        done["runs"] += 1
        now = max(now, clock.now())
    with transaction(SYSTEM) as session:
        done["interrupted"] = runs.end_interrupted(
            session, queries.IMPORTS, now=now, silent_since=now - 10 * SILENT
        )
        done["erased"] = queries.erase_error_files(session, finished_before=now - errors_kept)
    return done


def _next_run(transaction: Transaction, now: datetime) -> bool:
    with transaction(SYSTEM) as session:
        row = runs.claim(session, queries.IMPORTS, now=now, silent_since=now - SILENT)
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
        pass  # the run says so
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


def _options_of(kept: Mapping[str, Any]) -> tuple[Options, str]:
    said = dict(kept)
    name = str(said.pop("name"))
    values = {(field, here): meant for field, here, meant in said.pop("values")}
    return Options(values=values, **said), name


def list_runs(
    session: Session, actor: Actor, *, kind: str | None = None, limit: int, cursor: str | None = None
) -> bytes:
    """A page of the imports that the actor began; of all, for who imports everywhere."""
    after = id_after(cursor)
    found = queries.runs(session, **_whose(actor), kind=kind, after=after, limit=limit)
    return page(found["items"], found["next_key"])


def describe_run(session: Session, actor: Actor, *, run_id: UUID) -> bytes:
    """One import: how far it is, or what came of it."""
    return _run(session, actor, run_id)


def _run(session: Session, actor: Actor, run_id: UUID) -> bytes:
    found = queries.run(session, run_id, **_whose(actor))
    if found is None:
        raise NotFound("not_found")
    return found


def faults_of(
    session: Session,
    actor: Actor,
    *,
    run_id: UUID,
    code: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """A page of the rows that were refused, each with all that is wrong with it; nothing of what they said."""
    after = int(typed_key(cursor, int)[0]) if cursor is not None else -1
    found = queries.faults(session, run_id, **_whose(actor), after=after, code=code or None, limit=limit)
    if found is None:
        raise NotFound("not_found")
    last = found["last_row"]
    following = orjson.dumps(None if last is None else encode_cursor([str(last)]))
    return b'{"items":%b,"next":%b}' % (found["items"], following)


def error_file_of(session: Session, actor: Actor, *, run_id: UUID) -> ErrorFile:
    """The rows that were refused, in the shape of what was sent."""
    found = queries.error_file(session, run_id, **_whose(actor))
    if found is None:
        raise NotFound("not_found")
    name = Path(found["name"])
    return ErrorFile(bytes(found["error_file"]), f"{name.stem}.errors{name.suffix}")


def _whose(actor: Actor) -> dict[str, Any]:
    return {"me": actor.id, "everywhere": actor.everywhere_with(Permission.IMPORT_RUN)}
