"""Use cases of planned shifts: gaps by grid, attendance now, and import and export as CSV."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.core.paging import key_after, page_body_of
from app.profiles import service as profiles
from app.workforce.queries import roster as queries
from app.workforce.queries.plans import ShiftFilter
from app.workforce.rules import roster as rules
from app.workforce.rules import sheets
from app.workforce.rules.sheets import Change, Fault, PlannedRow
from app.workforce.service.guards import any_text

FAULTS_SHOWN = 500


# One parameter for each parameter of the query, which views pass by name.
def roster(  # noqa: PLR0913
    session: Session,
    actor: Actor,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    within: UUID | None = None,
    hours: str | None = None,
    jurisdiction: str | None = None,
    only_gaps: bool = False,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return a page of the grids where the actor may read workers, with planned shifts and gaps.

    A gap is a time in which a grid needs a worker and nobody is planned. The workers are those responsible for the grid.

    Args:
        since, until: The period; None: a week from now.
        hours: "HH:MM-HH:MM", the hours of each local day in which a grid needs a worker; None: all day.
        within: Only grids in or under this area.
    """
    now = clock.now()
    since, until = rules.period(since, until, now)
    zone = profiles.profile_named(session, jurisdiction, actor).profile.calendar.zone
    wanted = rules.windows(since, until, hours, zone)
    filters = queries.RosterFilter(since, until, wanted, within=within, only_gaps=only_gaps)
    row = queries.roster(
        session, actor, filters, now=now, after=key_after(cursor, any_text, UUID), limit=limit
    )
    return page_body_of(row, limit)


def on_duty(
    session: Session,
    actor: Actor,
    *,
    within: UUID | None = None,
    state: list[str] | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return a page of the workers who are on duty, should be, or have a substitute now.

    Only workers whom the actor may read are returned. Each grid of a worker has a list of its workers who are on duty now.
    """
    row = queries.on_duty(
        session,
        actor,
        now=clock.now(),
        tolerance=rules.LATE_AFTER,
        within=within,
        states=state,
        after=key_after(cursor, any_text, UUID),
        limit=limit,
    )
    return page_body_of(row, limit)


def export_shifts(
    session: Session,
    actor: Actor,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    within: UUID | None = None,
    worker_id: UUID | None = None,
    jurisdiction: str | None = None,
) -> bytes:
    """Return the planned shifts that overlap a period, as CSV that `import_shifts` can read."""
    now = clock.now()
    since, until = rules.period(since, until, now)
    filters = ShiftFilter(since, until, worker_id, within)
    shifts = queries.sheet_of_shifts(session, actor, filters, now=now, limit=sheets.ROWS_MAX)
    if len(shifts) > sheets.ROWS_MAX:
        # A part of the shifts would look like all of them.
        raise Invalid("sheet_too_long", rows=sheets.ROWS_MAX)
    return sheets.write_sheet(
        shifts, profiles.profile_named(session, jurisdiction, actor).profile.calendar.zone
    )


def import_shifts(
    session: Session,
    actor: Actor,
    *,
    sheet: bytes,
    jurisdiction: str | None = None,
    dry_run: bool = False,
    is_partial: bool = False,
) -> dict[str, Any]:
    """Store the shifts of a CSV sheet. Idempotent.

    If a row has an error, no shift is stored; with `is_partial` the rows without errors are stored.

    Raises:
        Invalid: `sheet_has_faults` with the errors, unless `is_partial` or `dry_run`.
    """
    zone = profiles.profile_named(session, jurisdiction, actor).profile.calendar.zone
    rows, faults = sheets.read_sheet(sheet, zone)
    changes, unfit = _match_rows(session, actor, rows)
    faults = sorted([*faults, *unfit], key=lambda fault: fault.row)
    counts = {name: _counted(changes, name) for name in ("planned", "changed", "unchanged")}
    if faults and not is_partial and not dry_run:
        raise Invalid("sheet_has_faults", extra={"errors": [_error(f) for f in faults[:FAULTS_SHOWN]]})
    if not dry_run:
        _write(session, actor, changes, counts)
    return {
        "dry_run": dry_run,
        **counts,
        "refused": len({fault.row for fault in faults}),
        "faults": [_error(fault) for fault in faults[:FAULTS_SHOWN]],
    }


def _match_rows(session: Session, actor: Actor, rows: list[PlannedRow]) -> tuple[list[Change], list[Fault]]:
    if not rows:
        return [], []
    names = sorted({row.worker.lower() for row in rows})
    # Locked, so that the same sheet sent twice at once is stored once.
    workers = queries.lock_workers_named(session, actor, names, now=clock.now())
    existing = queries.shifts_of(
        session,
        sorted(set(workers.values())),
        since=min(row.since for row in rows),
        until=max(row.until for row in rows),
    )
    return sheets.match_rows(rows, workers, existing, uuid7)


def _counted(changes: list[Change], outcome: str) -> int:
    return sum(change.outcome == outcome for change in changes)


def _write(session: Session, actor: Actor, changes: list[Change], counts: dict[str, int]) -> None:
    planned = [change for change in changes if change.outcome == "planned"]
    changed = [change for change in changes if change.outcome == "changed"]
    if planned:
        queries.insert_shifts(session, planned)
    if changed:
        queries.set_notes(session, changed)
    if planned or changed:
        worker_ids = sorted({change.worker_id for change in (*planned, *changed)})
        accounts.record(
            session, actor, action="shift.import", entity="shift", detail=counts | {"worker_ids": worker_ids}
        )


def _error(fault: Fault) -> dict[str, Any]:
    return {"row": fault.row, "column": fault.column, "field": fault.column or "row", "code": fault.code}
