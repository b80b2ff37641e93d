"""Exports without a job: a small one that is the answer itself, and one into a file of this machine.

Both are written down first: what breaks off is an error, never half a file.
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
from app.exchange.service.exports.asking import homes_with_others, insert, question_of
from app.exchange.service.exports.writing import Progress, Written, write
from app.exchange.service.importing import Transaction
from app.ogc.service import rows
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class AtOnce:
    """`file` has no name on the disk, and ends when it is closed."""

    file: IO[bytes]
    name: str
    media: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """An export without a job: at most `most` rows (None: any number), no statement over `seconds` (0: no limit)."""

    question: rows.Question
    format: str
    query: Mapping[str, Any]
    purpose: str | None
    homes_alone: int
    most: int | None
    seconds: int


def export_at_once(
    transaction: Transaction,
    actor: Actor,
    *,
    collection: str,
    format: str,
    query: Mapping[str, Any],
    purpose: str | None,
    settings: Settings,
) -> AtOnce:
    """All rows that are asked for, if they are few enough for it; more are left to a job."""
    now = clock.now()
    question = question_of(actor, collection, query, now)
    limits = settings.export_homes_alone, settings.export_at_once_rows, settings.export_at_once_seconds
    asked = _Asked(question, format, query, purpose, *limits)
    with tempfile.TemporaryDirectory(dir=settings.spool_folder()) as folder:
        written = _taken(transaction, actor, asked, Path(folder), progress=lambda rows: None)
        file = written.path.open("rb")
    name = rules.file_name(collection, format, now)
    return AtOnce(file, name, rules.FORMATS[format].media, written.size, written.sha256)


def export_file(
    transaction: Transaction,
    username: str,
    target: Path,
    *,
    collection: str,
    query: Mapping[str, Any],
    purpose: str | None,
    settings: Settings,
) -> Written:
    """An export into a file of this machine, under the rights of an account; what `gridward export` does."""
    with transaction(SYSTEM) as session:
        account = accounts.actor_named(session, username)
    if account is None:
        raise NotFound("account_unknown")
    actor = account.holding(Permission.EXPORT_RUN)
    if actor is None:
        raise Forbidden("permission_missing", permission=Permission.EXPORT_RUN.value)
    format = rules.format_of(target.name)
    if format is None:
        raise Invalid("export_format_unknown", known=", ".join(one.ending for one in rules.FORMATS.values()))
    question = question_of(actor, collection, query, clock.now())
    most = rules.FORMATS[format].rows_most
    asked = _Asked(question, format, query, purpose, settings.export_homes_alone, most, 0)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        with tqdm(unit=" rows", disable=None, file=sys.stderr) as bar:

            def show(count: int) -> None:
                bar.update(count - bar.n)

            written = _taken(transaction, actor, asked, Path(folder), progress=show)
        os.replace(written.path, target)
    return written


def _taken(
    transaction: Transaction, actor: Actor, asked: _Asked, folder: Path, *, progress: Progress
) -> Written:
    """Write the rows into a file of the folder, after writing down who takes them."""
    with transaction(actor) as session:
        run_id = _begin(session, actor, asked)
    try:
        with db.snapshot_session(plan="custom") as session:
            queries.limit_statements(session, asked.seconds)
            queries.keep_open(session)
            written = write(session, asked.question, asked.format, folder, progress=progress)
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


def _begin(session: Session, actor: Actor, asked: _Asked) -> UUID:
    queries.limit_statements(session, asked.seconds)
    if asked.most is not None and rows.count_up_to(session, asked.question, asked.most) > asked.most:
        raise Invalid("export_too_long", most=asked.most)
    now = clock.now()
    homes = 0
    if asked.question.collection.is_homes:
        homes, taken = homes_with_others(session, actor, asked.question, now, asked.homes_alone)
        if rules.needs_approval(homes=homes, taken_lately=taken, alone=asked.homes_alone):
            raise Forbidden("export_needs_approval", most=asked.homes_alone)
    run_id = insert(
        session,
        actor,
        asked.question,
        format=asked.format,
        query=asked.query,
        purpose=asked.purpose,
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
        purpose=asked.purpose,
        detail={"collection": asked.question.collection.id, "format": asked.format},
    )
    return run_id
