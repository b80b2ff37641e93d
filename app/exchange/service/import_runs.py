"""Execution of an import run from reading the file to storing the outcome.

The command line and the job worker use it.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.ids import uuid7
from app.exchange.queries import imports as queries
from app.exchange.queries import runs
from app.exchange.rules.contract import Columns, Field, JudgedRow, RowJudge, recognise_columns
from app.exchange.rules.faults import Fault, FileRefused, sentences
from app.exchange.rules.files.table import Table
from app.exchange.service.components import Components
from app.exchange.service.error_files import error_file
from app.exchange.service.file_reader import opened_table
from app.exchange.service.households import Households
from app.exchange.service.incidents import Incidents
from app.exchange.service.kinds import Kind
from app.exchange.service.options import Options, crs_of
from app.exchange.service.organisation import Areas, Units, Workers
from app.exchange.service.reprojection import require_crs
from app.exchange.service.row_import import BATCH, Outcome, Progress, RowImport, Transaction, import_rows
from app.profiles import service as profiles
from app.profiles.rules.profile import Profile

# Most refused rows whose faults are stored; the error file contains all of them.
FAULTY_ROWS_MAX = 10_000


KIND_CLASSES: dict[str, Callable[[Actor, Options, UUID, Profile, str | None], Kind]] = {
    "areas": Areas,
    "households": Households,
    "units": Units,
    "workers": Workers,
    "incidents": Incidents,
    "components": Components,
}
# Called with the number of rows done, and the total if it is known.
ShowProgress = Callable[[int, int | None], None]
# Kinds whose rows are stored in one batch.
SINGLE_BATCH_KINDS = frozenset({"areas"})


@dataclass(frozen=True, slots=True)
class Run:
    """An import run that was stored in the database, and is to be carried out."""

    id: UUID
    jurisdiction_id: UUID
    kind: str
    options: Options


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of an import run.

    `state` is `done` (all rows were stored) or `refused` (some rows were refused). `error_file` has the refused rows.
    """

    run_id: UUID
    state: str
    summary: dict[str, Any]
    error_file: bytes | None


def begin_import(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    options: Options,
    upload: bytes | None = None,
    name: str = "",
) -> Run:
    """Insert the run of an import.

    Args:
        upload: Content of the file, if a job is to carry out the run. None: the caller carries it out.
    """
    jurisdiction_id = profiles.jurisdiction_named(session, options.jurisdiction, actor)
    run = Run(uuid7(), jurisdiction_id, kind, options)
    stored_options = asdict(options) | {
        "values": [[*pair, target] for pair, target in options.values.items()],
        "name": name,
    }
    queries.insert_run(
        session,
        {
            "id": run.id,
            "jurisdiction_id": jurisdiction_id,
            "kind": kind,
            "started_by": actor.id if actor.kind is ActorKind.ACCOUNT else None,
            "state": "running" if upload is None else "waiting",
            "options": stored_options,
            "now": clock.now(),
            "upload": upload,
        },
    )
    accounts.record(
        session,
        actor,
        action="import.run",
        entity="import_run",
        entity_id=run.id,
        detail={
            "kind": kind,
            "dry_run": options.is_dry,
            "partial": options.is_partial,
            "live": options.is_live,
        },
    )
    return run


def run_import(
    transaction: Transaction,
    actor: Actor,
    run: Run,
    *,
    path: Path,
    name: str,
    progress: ShowProgress = lambda rows, total: None,
    keep_error_file: bool = False,
) -> ImportResult:
    """Carry out an import run, and return its result.

    Raises:
        FileRefused: The whole file is refused; the run stores the fault.
    """
    try:
        with opened_table(path, name=name, layer=run.options.layer) as table:
            with transaction(actor) as session:
                kind, columns, judge = prepare(
                    session, actor, run.kind, run.options, run.jurisdiction_id, table
                )
                queries.set_expected_rows(session, run.id, table.count)
            row_import = RowImport(
                judge=judge,
                store=kind.store,
                jurisdiction_id=run.jurisdiction_id,
                run_id=run.id,
                may_change=kind.may_change,
                replace=kind.undo_rows,
                is_partial=run.options.is_partial,
                is_dry=run.options.is_dry,
                progress=_progress_recorder(transaction, actor, run, progress, table.count),
                batch=BATCH if run.kind not in SINGLE_BATCH_KINDS else 1_000_000_000,
            )
            outcome = import_rows(transaction, actor, table, row_import)
    except FileRefused as error:
        fault = {
            "code": error.fault.code,
            "params": error.fault.params,
            "sentence": sentences(error.fault),
        }
        _finish(transaction, actor, run, state="failed", summary={"fault": fault}, rows=0)
        raise
    errors = error_file(table, outcome.refused, name=name) if outcome.refused else None
    summary = _summary(run, table, columns, kind, outcome)
    state = "refused" if outcome.refused else "done"
    stored_errors = errors if keep_error_file else None
    _finish(
        transaction,
        actor,
        run,
        state=state,
        summary=summary,
        rows=outcome.rows,
        errors=stored_errors,
        refused=outcome.refused if keep_error_file else (),
    )
    return ImportResult(run.id, state, summary, errors)


def prepare(
    session: Session, actor: Actor, kind_name: str, options: Options, jurisdiction_id: UUID, table: Table
) -> tuple[Kind, Columns, RowJudge]:
    """Return what is needed to validate a table: kind of import, columns, and row validator.

    Raises:
        FileRefused: The columns or the coordinate system are not usable.
    """
    profile = profiles.profile_at(session, jurisdiction_id, clock.now()).profile
    crs = crs_of(options.crs, table.crs)
    require_crs(session, crs)
    kind = KIND_CLASSES[kind_name](actor, options, jurisdiction_id, profile, crs)
    fields: list[Field] = list(kind.fields)
    columns = recognise_columns(
        table.header, fields, options.mapping, has_shapes=table.has_shapes, provided=kind.constants
    )
    judge = RowJudge(
        columns,
        fields,
        namespace=jurisdiction_id,
        kind=kind_name,
        key=kind.key,
        constants=kind.constants,
        replaced=options.values,
        finish=kind.finisher({field.name: columns.name_of(field.name) for field in fields}),
        identify=kind.identity(),
        reading=_reading(options, crs, profile),
    )
    return kind, columns, judge


def _reading(options: Options, crs: str | None, profile: Profile) -> dict[str, str]:
    """Return the options for parsing coordinates and times that are not the default.

    They are part of the digest of a row. So the digest shows whether a row was imported before with other options.
    """
    settings = {"crs": crs, "timezone": options.timezone, "day_first": "yes" if options.day_first else None}
    defaults = {"timezone": profile.timezone}
    return {name: value for name, value in settings.items() if value and value != defaults.get(name)}


def _progress_recorder(
    transaction: Transaction, actor: Actor, run: Run, progress: ShowProgress, count: int | None
) -> Progress:
    """Return a function that stores the progress of a run.

    The function uses its own transaction, so that the progress can be read before the import commits.
    """

    def beat(rows: int) -> None:
        with transaction(actor) as session:
            runs.record_progress(session, queries.IMPORTS, run.id, rows_seen=rows, now=clock.now())
        progress(rows, count)

    return beat


def _finish(
    transaction: Transaction,
    actor: Actor,
    run: Run,
    *,
    state: str,
    summary: dict[str, Any],
    rows: int,
    errors: bytes | None = None,
    refused: Sequence[JudgedRow] = (),
) -> None:
    with transaction(actor) as session:
        for first in range(0, min(len(refused), FAULTY_ROWS_MAX), BATCH):
            queries.insert_faults(session, run.id, _fault_rows(refused[first : first + BATCH]))
        queries.finish_run(
            session,
            run.id,
            state=state,
            outcome=summary,
            rows_seen=rows,
            error_file=errors,
            now=clock.now(),
        )


def _fault_rows(refused: Sequence[JudgedRow]) -> list[dict[str, Any]]:
    """Return the faults of refused rows with messages, but without the content of the rows."""
    return [
        {
            "row": judged.row.number,
            "n": n,
            "code": fault.code,
            "column": fault.column,
            "sentence": sentences(fault),
        }
        for judged in refused
        for n, fault in enumerate(judged.faults)
    ]


def _reason_sentences(refused: Sequence[JudgedRow]) -> dict[str, dict[str, str]]:
    """Return for each code of a fault its sentences, with … in the place of what differs between rows."""
    first: dict[str, Fault] = {}
    for judged in refused:
        for fault in judged.faults:
            first.setdefault(fault.code, fault)
    return {
        code: sentences(Fault(code, None, {name: "…" for name in fault.params if name != "message"}))
        for code, fault in first.items()
    }


def _summary(run: Run, table: Table, columns: Columns, kind: Kind, outcome: Outcome) -> dict[str, Any]:
    """Return the counts and fault codes of an import.

    The summary has no content of rows, except names of categories.
    """
    reasons: dict[str, int] = {}
    faulty = {fault.column for judged in outcome.refused for fault in judged.faults}
    for judged in outcome.refused:
        for code in {fault.code for fault in judged.faults}:
            reasons[code] = reasons.get(code, 0) + 1
    return {
        "kind": run.kind,
        "format": table.format,
        "encoding": table.encoding if table.format in ("csv", "shp") else None,
        "rows": outcome.rows,
        "stored": outcome.stored if outcome.is_committed else 0,
        "would_store": outcome.stored,
        "changed": outcome.changed if outcome.is_committed or run.options.is_dry else 0,
        "unchanged": outcome.unchanged,
        "refused": len(outcome.refused),
        "reasons": dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
        "reason_sentences": _reason_sentences(outcome.refused),
        "notes": {
            code: {"rows": count, "first": outcome.noted_rows[code]} for code, count in outcome.notes.items()
        },
        "columns": {name: columns.header[position] for name, position in columns.positions.items()},
        "titles": {
            each.name: dict(each.title)
            for each in kind.fields
            if each.name in columns.positions or each.name in faulty
        },
        "ignored_columns": list(columns.ignored),
        "dry_run": run.options.is_dry,
        "partial": run.options.is_partial,
        **kind.summary(),
    }
