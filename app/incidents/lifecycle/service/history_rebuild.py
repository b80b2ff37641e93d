"""Repair of `incident_history` (past case states, for statistics) where rows are missing.

Rows are missing, for example, after a partial restore of a backup.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.incidents.lifecycle.queries import history_rebuild as queries
from app.incidents.lifecycle.rules.history_rebuild import COLUMNS, Event, Rebuilt, Row, Transaction, rebuild

# Corrections after which a trigger counts again how often the same matter was reported before.
_RECOUNTED = frozenset({"recategorise", "relocate"})


@dataclass(frozen=True, slots=True)
class Repair:
    """The result of the repair of one case's history.

    Attributes:
        missing: Number of rows that were missing.
        since: Time at which the first missing row should have been stored.
        untold: Columns whose values no event contains; the values were taken from the next known state.
        is_recounted: True if the number of earlier reports of the same problem was counted again.
    """

    incident_id: UUID
    missing: int
    since: datetime
    untold: tuple[str, ...]
    is_recounted: bool


def cases_to_repair(session: Session) -> Iterator[Sequence[UUID]]:
    """Yield the ids of cases whose history may lack a row, in batches. Reads only."""
    yield from queries.suspects(session)


def repair_record(session: Session, ids: Sequence[UUID]) -> list[Repair]:
    """Insert the missing history rows of these cases, and return the repairs.

    The session must belong to the owner of the table. A new row gets the id and the time of the transaction that should
    have stored it, so that statistics of a past date include it. Later rows of the case are deleted and inserted again,
    because the history is read in the order of inserting.
    """
    queries.lock(session, ids)
    rebuilt_by_case = _missing_states(session, ids)
    recounted = set(
        queries.recount(session, [case_id for case_id, (_, is_moved) in rebuilt_by_case.items() if is_moved])
    )
    if recounted:
        rebuilt_by_case = _missing_states(session, ids)
    if rebuilt_by_case:
        queries.open_record(session)
        for case_id, (rebuilt, _) in rebuilt_by_case.items():
            queries.store(session, case_id, rebuilt.rows, keep_first=rebuilt.unchanged_count)
        queries.close_record(session)
    now = clock.now()
    return [
        Repair(
            case_id,
            rebuilt.missing,
            rebuilt.rows[0].recorded_at or now,
            tuple(sorted(rebuilt.uncertain_columns)),
            case_id in recounted,
        )
        for case_id, (rebuilt, _) in rebuilt_by_case.items()
    ]


def _missing_states(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[Rebuilt, bool]]:
    """Return for each case with missing rows its repaired history, and whether to recount it.

    A case is to be recounted if a missing row belongs to a correction of its category or place.
    """
    events = _by_case(queries.events(session, ids))
    recorded = _by_case(queries.recorded(session, ids))
    limits = _by_case(queries.limits(session, ids))
    rebuilt_by_case = {}
    for case_id, current in queries.present(session, ids).items():
        transactions = _transactions(events.get(case_id, ()), limits.get(case_id, ()))
        rows = [
            Row({name: row[name] for name in COLUMNS}, row["xid"], row["recorded_at"], row["occurred_at"])
            for row in recorded.get(case_id, ())
        ]
        state = {name: current[name] for name in COLUMNS}
        rebuilt = rebuild(transactions, rows, state, now=current["updated_at"])
        if rebuilt.missing:
            missing = {row.xid for row in rebuilt.rows} - {row.xid for row in rows}
            is_moved = any(
                event.action in _RECOUNTED for t in transactions if t.xid in missing for event in t.events
            )
            rebuilt_by_case[case_id] = rebuilt, is_moved
    return rebuilt_by_case


def _by_case(rows: Sequence[RowMapping]) -> dict[UUID, list[RowMapping]]:
    return {case_id: list(group) for case_id, group in groupby(rows, key=itemgetter("incident_id"))}


def _transactions(events: Sequence[RowMapping], limits: Sequence[RowMapping]) -> list[Transaction]:
    """Return the transactions of a case, each with its events and the deadline state after it."""
    transactions = []
    for xid, group in groupby(events, key=itemgetter("xid")):
        group_events = list(group)
        recorded_at = group_events[-1]["recorded_at"]
        # The last state of each limit, by its id, after this transaction.
        limits_by_id = {
            row["id"]: row for row in limits if row["xid"] == xid or row["recorded_at"] <= recorded_at
        }
        live = [
            row for row in limits_by_id.values() if not row["is_deleted"] and row["outcome"] != "replaced"
        ]
        limit = max(live, key=itemgetter("started_at", "id"), default=None)
        transactions.append(
            Transaction(
                xid,
                recorded_at,
                tuple(
                    Event(
                        e["action"], e["from_status"], e["to_status"], e["occurred_at"], e["at"], e["detail"]
                    )
                    for e in group_events
                ),
                limit["due_at"] if limit else None,
                limit["outcome"] if limit else None,
            )
        )
    return transactions
