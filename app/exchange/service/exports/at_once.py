"""A small export that is the answer itself. It is written down first: what breaks off is an error, never half a file."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid
from app.exchange.queries import exports as queries
from app.exchange.rules import exports as rules
from app.exchange.service.exports.asking import homes_with_others, insert, question_of
from app.exchange.service.exports.writing import write
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
    with transaction(actor) as session:
        queries.limit_statements(session, settings.export_at_once_seconds)
        if rows.count_up_to(session, question, settings.export_at_once_rows) > settings.export_at_once_rows:
            raise Invalid("export_too_long", most=settings.export_at_once_rows)
        homes, alone = 0, settings.export_homes_alone
        if question.collection.is_homes:
            homes, taken = homes_with_others(session, actor, question, now, alone)
            if rules.needs_approval(homes=homes, taken_lately=taken, alone=alone):
                raise Forbidden("export_needs_approval", most=alone)
        run_id = insert(
            session,
            actor,
            question,
            format=format,
            query=query,
            purpose=purpose,
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
            purpose=purpose,
            detail={"collection": collection, "format": format},
        )
    try:
        with tempfile.TemporaryDirectory(dir=settings.spool_folder()) as folder:
            with db.snapshot_session(is_planned_anew=True) as session:
                queries.limit_statements(session, settings.export_at_once_seconds)
                written = write(session, question, format, Path(folder), progress=lambda rows: None)
            file = written.path.open("rb")
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
    name = rules.file_name(collection, format, now)
    return AtOnce(file, name, rules.FORMATS[format].media, written.size, written.sha256)
