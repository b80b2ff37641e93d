"""Exports without a job: a small export as the response to a request, or a local file.

The run is stored before the rows are written. An interrupted export is an error and leaves no partial file.
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy.orm import Session
from tqdm import tqdm

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, Permission
from app.core.errors import Forbidden, Invalid, NotFound
from app.exchange.queries import exports as queries
from app.exchange.rules import exports as rules
from app.exchange.service.exports.file_writer import ExportFile, Progress, write
from app.exchange.service.exports.requests import build_row_query, count_homes, insert_request
from app.exchange.service.exports.wording import wording_of
from app.exchange.service.row_import import Transaction
from app.ogc.service import rows
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class InlineExport:
    """An export that is sent as the response to a request.

    `file` has no name in the file system and is deleted when it is closed.
    """

    file: IO[bytes]
    name: str
    media: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _InlineRequest:
    """A request for an export without a job.

    Attributes:
        row_limit: Largest number of rows. None: no limit.
        statement_timeout_s: Statement timeout in seconds. 0: no timeout.
    """

    row_query: rows.RowQuery
    format: str
    query: Mapping[str, Any]
    purpose: str | None
    homes_alone: int
    row_limit: int | None
    statement_timeout_s: int


def export_at_once(
    transaction: Transaction,
    actor: Actor,
    *,
    collection: str,
    format: str,
    query: Mapping[str, Any],
    purpose: str | None,
    settings: Settings,
) -> InlineExport:
    """Write a small export, and return it for the response to the request.

    Raises:
        Invalid: There are too many rows. A larger export needs a job.
    """
    now = clock.now()
    row_query = build_row_query(actor, collection, query, now)
    limits = settings.export_homes_alone, settings.export_at_once_rows, settings.export_at_once_seconds
    request = _InlineRequest(row_query, format, query, purpose, *limits)
    with tempfile.TemporaryDirectory(dir=settings.spool_folder()) as folder:
        written = _write_recorded(transaction, actor, request, Path(folder), progress=lambda rows: None)
        file = written.path.open("rb")
    name = rules.file_name(collection, format, now)
    return InlineExport(file, name, rules.FORMATS[format].media, written.size, written.sha256)


def export_file(
    transaction: Transaction,
    username: str,
    target: Path,
    *,
    collection: str,
    query: Mapping[str, Any],
    purpose: str | None,
    settings: Settings,
) -> ExportFile:
    """Write an export to a local file with the permissions of an account (`gridward export`)."""
    with transaction(SYSTEM) as session:
        account = accounts.actor_by_username(session, username)
    if account is None:
        raise NotFound("account_unknown")
    actor = account.holding(Permission.EXPORT_RUN)
    if actor is None:
        raise Forbidden("permission_missing", permission=Permission.EXPORT_RUN.value)
    format = rules.format_by_extension(target.name)
    if format is None:
        raise Invalid(
            "export_format_unknown", known=", ".join(spec.ending for spec in rules.FORMATS.values())
        )
    row_query = build_row_query(actor, collection, query, clock.now())
    row_limit = rules.FORMATS[format].rows_most
    request = _InlineRequest(row_query, format, query, purpose, settings.export_homes_alone, row_limit, 0)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        with tqdm(unit=" rows", disable=None, file=sys.stderr) as bar:

            def show(count: int) -> None:
                bar.update(count - bar.n)

            written = _write_recorded(transaction, actor, request, Path(folder), progress=show)
        os.replace(written.path, target)
    return written


def _write_recorded(
    transaction: Transaction, actor: Actor, request: _InlineRequest, folder: Path, *, progress: Progress
) -> ExportFile:
    """Store the run of an export, then write its rows to a file in `folder`."""
    with transaction(actor) as session:
        run_id = _begin(session, actor, request)
    try:
        with db.snapshot_session(plan="custom") as session:
            queries.limit_statements(session, request.statement_timeout_s)
            queries.allow_idle(session)
            wording = wording_of(session, actor, request.row_query.collection.id, request.query)
            written = write(
                session, request.row_query, request.format, folder, progress=progress, wording=wording
            )
    except BaseException:
        with transaction(actor) as session:
            queries.finish(session, run_id, state="failed", now=clock.now())
        raise
    with transaction(actor) as session:
        queries.finish(
            session,
            run_id,
            state="done",
            now=clock.now(),
            outcome={"notes": written.notes},
            rows=written.rows,
            size=written.size,
            sha256=written.sha256,
        )
    return written


def _begin(session: Session, actor: Actor, request: _InlineRequest) -> UUID:
    queries.limit_statements(session, request.statement_timeout_s)
    if (
        request.row_limit is not None
        and rows.count_up_to(session, request.row_query, request.row_limit) > request.row_limit
    ):
        raise Invalid("export_too_long", most=request.row_limit)
    now = clock.now()
    homes = 0
    if request.row_query.collection.is_homes:
        homes, exported_lately = count_homes(session, actor, request.row_query, now, request.homes_alone)
        if rules.needs_approval(
            homes=homes, exported_lately=exported_lately, limit_alone=request.homes_alone
        ):
            raise Forbidden("export_needs_approval", most=request.homes_alone)
    run_id = insert_request(
        session,
        actor,
        request.row_query,
        format=request.format,
        query=request.query,
        purpose=request.purpose,
        now=now,
        is_at_once=True,
        rows_expected=homes or None,
    )
    accounts.record(
        session,
        actor,
        action="export.at_once",
        entity="export_run",
        entity_id=run_id,
        purpose=request.purpose,
        detail={"collection": request.row_query.collection.id, "format": request.format},
    )
    return run_id
