"""A run from file to outcome: what the CLI does at once, and the job worker with what was sent over HTTP."""

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
from app.exchange.rules.contract import Columns, Field, Judge, Judged, recognise
from app.exchange.rules.faults import FileRefused, sentence
from app.exchange.rules.files.table import Table
from app.exchange.service.components import Components
from app.exchange.service.error_files import error_file
from app.exchange.service.households import Households
from app.exchange.service.importing import BATCH, Outcome, Progress, Transaction, import_rows
from app.exchange.service.incidents import Incidents
from app.exchange.service.kinds import Kind
from app.exchange.service.options import Options, crs_of
from app.exchange.service.places import Areas, Units, Workers
from app.exchange.service.placing import require_known
from app.exchange.service.reading import opened_table
from app.profiles import service as profiles
from app.profiles.rules.profile import Profile

# So many rows are told one by one; the error file has all of them.
FAULTY_ROWS_MOST = 10_000


KINDS: dict[str, Callable[[Actor, Options, UUID, Profile, str | None], Kind]] = {
    "areas": Areas,
    "households": Households,
    "units": Units,
    "workers": Workers,
    "incidents": Incidents,
    "components": Components,
}
# Told how many rows are through, and of how many if that is known.
Shown = Callable[[int, int | None], None]
# Kinds whose rows mean something only together.
WHOLE = frozenset({"areas"})


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has begun."""

    id: UUID
    jurisdiction_id: UUID
    kind: str
    options: Options


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: `done` (all in), `refused` (some rows were not taken). `error_file` if there are any such."""

    run_id: UUID
    state: str
    summary: dict[str, Any]
    error_file: bytes | None


def begin(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    options: Options,
    upload: bytes | None = None,
    name: str = "",
) -> Run:
    """Note that an import begins, or with `upload` that it is to be done by a job."""
    jurisdiction_id = profiles.jurisdiction_named(session, options.jurisdiction, actor)
    run = Run(uuid7(), jurisdiction_id, kind, options)
    shown = asdict(options) | {
        "values": [[*pair, meant] for pair, meant in options.values.items()],
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
            "options": shown,
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


def carry_out(
    transaction: Transaction,
    actor: Actor,
    run: Run,
    *,
    path: Path,
    name: str,
    progress: Shown = lambda rows, of: None,
    keep_error_file: bool = False,
) -> Ended:
    """Do an import that has begun; FileRefused (and the run says so) when nothing of the file can be taken."""
    try:
        with opened_table(path, name=name, layer=run.options.layer) as table:
            with transaction(actor) as session:
                kind, columns, judge = prepared(
                    session, actor, run.kind, run.options, run.jurisdiction_id, table
                )
                queries.expect_rows(session, run.id, table.count)
            outcome = import_rows(
                transaction,
                actor,
                table=table,
                judge=judge,
                store=kind.store,
                jurisdiction_id=run.jurisdiction_id,
                run_id=run.id,
                may_change=kind.may_change,
                replace=kind.take_back,
                is_partial=run.options.is_partial,
                is_dry=run.options.is_dry,
                progress=_beating(transaction, actor, run, progress, table.count),
                batch=BATCH if run.kind not in WHOLE else 1_000_000_000,
            )
    except FileRefused as error:
        fault = {"code": error.fault.code, "params": error.fault.params}
        _finish(transaction, actor, run, state="failed", summary={"fault": fault}, rows=0)
        raise
    errors = error_file(table, outcome.refused, name=name) if outcome.refused else None
    summary = _summary(run, table, columns, kind, outcome)
    state = "refused" if outcome.refused else "done"
    kept = errors if keep_error_file else None
    _finish(
        transaction,
        actor,
        run,
        state=state,
        summary=summary,
        rows=outcome.rows,
        errors=kept,
        refused=outcome.refused if keep_error_file else (),
    )
    return Ended(run.id, state, summary, errors)


def prepared(
    session: Session, actor: Actor, kind_name: str, options: Options, jurisdiction_id: UUID, table: Table
) -> tuple[Kind, Columns, Judge]:
    """What the columns of a table are, and who judges its rows; FileRefused if it cannot be read so."""
    profile = profiles.profile_at(session, jurisdiction_id, clock.now()).profile
    crs = crs_of(options.crs, table.crs)
    require_known(session, crs)
    kind = KINDS[kind_name](actor, options, jurisdiction_id, profile, crs)
    fields: list[Field] = list(kind.fields)
    columns = recognise(table.header, fields, options.mapping, has_shapes=table.has_shapes, given=kind.given)
    judge = Judge(
        columns,
        fields,
        namespace=jurisdiction_id,
        kind=kind_name,
        key=kind.key,
        constants=kind.given,
        replaced=options.values,
        finish=kind.finisher({one.name: columns.name_of(one.name) for one in fields}),
        identify=kind.identity(),
        reading=_reading(options, crs, profile),
    )
    return kind, columns, judge


def _reading(options: Options, crs: str | None, profile: Profile) -> dict[str, str]:
    """How coordinates and times are read, where not by default: another way makes another row of the same text."""
    said = {"crs": crs, "timezone": options.timezone, "day_first": "yes" if options.day_first else None}
    usual = {"timezone": profile.timezone}
    return {name: value for name, value in said.items() if value and value != usual.get(name)}


def _beating(
    transaction: Transaction, actor: Actor, run: Run, progress: Shown, count: int | None
) -> Progress:
    """Tell who waits how far it is, in a transaction beside the import's own."""

    def beat(rows: int) -> None:
        with transaction(actor) as session:
            runs.beat(session, queries.IMPORTS, run.id, rows_seen=rows, now=clock.now())
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
    refused: Sequence[Judged] = (),
) -> None:
    with transaction(actor) as session:
        for first in range(0, min(len(refused), FAULTY_ROWS_MOST), BATCH):
            queries.insert_faults(session, run.id, _told(refused[first : first + BATCH]))
        queries.finish_run(
            session,
            run.id,
            state=state,
            outcome=summary,
            rows_seen=rows,
            error_file=errors,
            now=clock.now(),
        )


def _told(refused: Sequence[Judged]) -> list[dict[str, Any]]:
    """What is wrong with each row, in words; nothing of what the rows say."""
    return [
        {
            "row": judged.row.number,
            "n": n,
            "code": fault.code,
            "column": fault.column,
            "sentence": {language: sentence(fault, language) for language in ("zh", "en")},
        }
        for judged in refused
        for n, fault in enumerate(judged.faults)
    ]


def _summary(run: Run, table: Table, columns: Columns, kind: Kind, outcome: Outcome) -> dict[str, Any]:
    """Counts and codes only: nothing of what the rows say, but categories."""
    reasons: dict[str, int] = {}
    for judged in outcome.refused:
        for code in {fault.code for fault in judged.faults}:
            reasons[code] = reasons.get(code, 0) + 1
    return {
        "kind": run.kind,
        "format": table.format,
        "encoding": table.encoding if table.format in ("csv", "shp") else None,
        "rows": outcome.rows,
        "stored": outcome.stored if outcome.is_kept else 0,
        "would_store": outcome.stored,
        "changed": outcome.changed if outcome.is_kept or run.options.is_dry else 0,
        "unchanged": outcome.unchanged,
        "refused": len(outcome.refused),
        "reasons": dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
        "notes": {
            code: {"rows": count, "first": outcome.noted_rows[code]} for code, count in outcome.notes.items()
        },
        "columns": {name: columns.header[place] for name, place in columns.places.items()},
        "ignored_columns": list(columns.ignored),
        "dry_run": run.options.is_dry,
        "partial": run.options.is_partial,
        **kind.summary(),
    }
