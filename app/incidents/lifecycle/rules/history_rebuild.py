"""Computation of the rows that are missing in the history of a case, from its events. Pure.

"The history" is the rows of a case in `incident_history`, from which statistics are computed. A transaction that stored
events and no history row either changed nothing that statistics count, or its row is missing. To decide this, the
events are replayed from the last row before the transaction. A value that no event contains, such as the owner after a
correction, is taken from the next known state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.incidents.cases.rules.lifecycle import UNFILED, WITH_HANDLER, Status

State = Mapping[str, Any]
S = Status
_HANDED_IN = frozenset({S.FED_BACK, S.CHECKING, S.CLOSED})
# Columns that the replay sets event by event. `SET_BY` has the other columns, with the actions that change them; their events
# do not name the new value.
REPLAYED = (
    *("status", "category", "due_at", "outcome", "is_handled", "rework_count", "filed_at", "accepted_at"),
    *("handled_at", "is_returned", "is_merged", "extended_count"),
)
SET_BY: Mapping[str, frozenset[str]] = {
    "profile_version_id": frozenset({"recategorise"}),
    "scope_path": frozenset({"recategorise", "relocate", "rehome"}),
    "owner_unit_id": frozenset(
        {"recategorise", "relocate", "rehome", "link_component", "change_owner", "return"}
    ),
    "handling_unit_id": frozenset({"feed_back", "fix_on_spot", "close_imported"}),
    "recurrence": frozenset({"recategorise", "relocate"}),
    "reporter_answers": frozenset({"reply", "merge", "unmerge", "contest"}),
    **dict.fromkeys(("jurisdiction_id", "about_kind", "about_id", "reported_at", "is_deleted"), frozenset()),
}
COLUMNS = (*REPLAYED, *SET_BY)
# The values before the report. The first value of other columns is unknown.
_INITIAL_STATE: State = {
    **dict.fromkeys(
        ("status", "due_at", "outcome", "filed_at", "accepted_at", "handled_at", "handling_unit_id")
    ),
    **dict.fromkeys(("is_handled", "is_returned", "is_merged"), False),
    **dict.fromkeys(("rework_count", "extended_count"), 0),
}


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a case as stored in `incident_event`.

    Attributes:
        at: The instant at which statistics count the event. For an event that a device sent later, this is the time when the
            server received it.
    """

    action: str
    from_status: str | None
    to_status: str
    occurred_at: datetime
    at: datetime
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Transaction:
    """The events of one database transaction, with the handling deadline as it was afterwards.

    Attributes:
        due_at, outcome: Values of the handling deadline after the transaction.
    """

    xid: str
    recorded_at: datetime
    events: tuple[Event, ...]
    due_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One history row: the state of a case from one transaction on.

    If `xid` and `recorded_at` are None, the database sets them to the transaction that stores the row.
    """

    state: State
    xid: str | None
    recorded_at: datetime | None
    occurred_at: datetime


@dataclass(slots=True)
class Rebuilt:
    """The repaired history of one case.

    Attributes:
        rows: The history from its first missing row on, in order; empty if no row is missing.
        unchanged_count: Number of history rows before `rows`.
        missing: Number of rows in `rows` that were missing.
        uncertain_columns: Columns whose values in the new rows are inferred, because no event contains them.
    """

    rows: list[Row] = field(default_factory=list)
    unchanged_count: int = 0
    missing: int = 0
    uncertain_columns: set[str] = field(default_factory=set)


def rebuild(
    transactions: Sequence[Transaction], recorded: Sequence[Row], present: State, *, now: datetime
) -> Rebuilt:
    """Return the history of a case with its missing rows added.

    Args:
        transactions: All transactions of the case, in order.
        recorded: The stored history rows, in order. Transactions before the first row are ignored.
        present: The present state of the case.
        now: Time of a last row, added if the present state follows from no transaction.
    """
    rebuilt = Rebuilt()
    rows: list[tuple[Row, bool]] = []
    last_state: State | None = None
    unrecorded: list[Transaction] = []
    for row, transaction in _timeline(transactions, recorded):
        if row is None:
            assert transaction is not None
            unrecorded.append(transaction)
            continue
        rows += [
            (new_row, True)
            for new_row in _between(last_state, unrecorded, transaction, row.state, present, rebuilt)
        ]
        rows.append((row, False))
        last_state, unrecorded = row.state, []
    rows += [(new_row, True) for new_row in _between(last_state, unrecorded, None, present, present, rebuilt)]
    last = rows[-1][0].state if rows else None
    if last != present:
        rebuilt.uncertain_columns |= {name for name in COLUMNS if last is None or last[name] != present[name]}
        rows.append((Row(present, None, None, now), True))
    rebuilt.missing = sum(is_new for _, is_new in rows)
    if rebuilt.missing:
        rebuilt.unchanged_count = next(index for index, (_, is_new) in enumerate(rows) if is_new)
        rebuilt.rows = [row for row, _ in rows[rebuilt.unchanged_count :]]
    return rebuilt


def _timeline(
    transactions: Sequence[Transaction], recorded: Sequence[Row]
) -> list[tuple[Row | None, Transaction | None]]:
    """Merge the stored history rows and the transactions into one list, in the order of storing.

    Each item is (row, its transaction), or (None, transaction) for a transaction without a row. Transactions before the first
    row are left out.
    """
    by_xid = {transaction.xid: transaction for transaction in transactions}
    written = {row.xid for row in recorded}
    items: list[tuple[datetime, Row | None, Transaction | None]] = []
    for row in recorded:
        assert row.recorded_at is not None and row.xid is not None
        at = max(row.recorded_at, items[-1][0]) if items else row.recorded_at
        items.append((at, row, by_xid.get(row.xid)))
    first_recorded_at = items[0][0] if items else None
    items += [
        (transaction.recorded_at, None, transaction)
        for transaction in transactions
        if transaction.xid not in written
        and (first_recorded_at is None or transaction.recorded_at > first_recorded_at)
    ]
    # A transaction locks the case from its first change to the commit, so transactions are recorded in their order.
    return [(row, transaction) for _, row, transaction in sorted(items, key=lambda item: item[0])]


def _between(
    state_before: State | None,
    unrecorded: Sequence[Transaction],
    last: Transaction | None,
    state_after: State,
    present: State,
    rebuilt: Rebuilt,
) -> list[Row]:
    """Return the missing rows of the `unrecorded` transactions between two known states.

    Args:
        last: The transaction that led to `state_after`. None: `state_after` is the present state.
    """
    if not unrecorded:
        return []
    transactions = [*unrecorded, *([last] if last else [])]
    states = _replayed(state_before, transactions, state_after, present)
    uncertain = _set_unreplayed_columns(state_before, transactions, states, state_after)
    if last is None:
        uncertain |= {name for name in REPLAYED if states[-1][name] != state_after[name]}
        states[-1] = dict(state_after)
    rows = []
    for transaction, state in zip(unrecorded, states, strict=False):
        if state != state_before:
            rows.append(
                Row(state, transaction.xid, transaction.recorded_at, max(e.at for e in transaction.events))
            )
        state_before = state
    if rows:
        rebuilt.uncertain_columns |= uncertain
    return rows


def _replayed(
    state_before: State | None, transactions: Sequence[Transaction], state_after: State, present: State
) -> list[dict[str, Any]]:
    """Return the state of a case after each transaction, as far as it follows from the events.

    The columns that events do not determine are set later, by `_set_unreplayed_columns`.
    """
    state = dict(state_before if state_before is not None else {**state_after, **_INITIAL_STATE})
    if state_before is None:
        old_categories = (
            e.detail["from"] for t in transactions for e in t.events if e.action == "recategorise"
        )
        state["category"] = next(old_categories, state_after["category"])
    last_handed_in = max(
        (e.occurred_at for t in transactions for e in t.events if _hands_in(e)), default=None
    )
    states = []
    for transaction in transactions:
        for event in transaction.events:
            _apply(state, event, state_after, present)
            if _hands_in(event):
                is_last = event.occurred_at == last_handed_in
                state["handled_at"] = state_after["handled_at"] if is_last else event.occurred_at
        state |= {"due_at": transaction.due_at, "outcome": transaction.outcome}
        states.append(dict(state))
    return states


def _hands_in(event: Event) -> bool:
    """Return True if the event submits the case as handled."""
    return event.to_status in _HANDED_IN and event.from_status not in _HANDED_IN and event.action != "report"


def _apply(state: dict[str, Any], event: Event, state_after: State, present: State) -> None:
    """Change the state of a case (`state`, values by column) as an event changed it, in place.

    Args:
        state_after, present: The next known state and the present state, for values that the event does not contain.
    """
    to, detail = event.to_status, event.detail
    state["status"] = to
    if to not in UNFILED and to != S.NOT_FILED and state["filed_at"] is None:
        state["filed_at"] = present["filed_at"]
    if to in (S.ACCEPTED, S.HANDLING) and state["accepted_at"] is None:
        state["accepted_at"] = present["accepted_at"]
    if _hands_in(event):
        state["is_handled"] = True
        if event.action != "feed_back" and state["accepted_at"] is None:
            state["accepted_at"] = present["accepted_at"]
    if to == S.RETURNED and event.from_status in WITH_HANDLER:
        state["is_returned"] = True
    match event.action:
        case "recategorise":
            state["category"] = detail["to"]
            state["extended_count"] = state_after["extended_count"]
        case "grant_extension":
            state["extended_count"] += 1
        case "check_fail":
            state["rework_count"] += 1
        case "contest" if event.from_status == S.CLOSED:
            state["rework_count"] += 1
        case "merge":
            state["is_merged"] = True
        case "unmerge":
            state["is_merged"] = False
        case "contest" if "from" in detail:
            state["is_merged"] = False


def _set_unreplayed_columns(
    state_before: State | None,
    transactions: Sequence[Transaction],
    states: Sequence[dict[str, Any]],
    state_after: State,
) -> set[str]:
    """Set the columns of `states` that events do not determine, in place.

    Returns the names of the columns whose time of change is uncertain.
    """
    start = state_before if state_before is not None else {**state_after, **_INITIAL_STATE}
    uncertain = set()
    for name, actions in SET_BY.items():
        candidates = [
            index
            for index, transaction in enumerate(transactions)
            if any(event.action in actions for event in transaction.events)
        ]
        naming = [
            index for index in candidates if _names_value(transactions[index], actions, state_after[name])
        ]
        positions = naming or candidates or [len(transactions) - 1]
        if start[name] == state_after[name]:
            if state_before is None and name not in _INITIAL_STATE and candidates:
                uncertain.add(name)
        elif len(positions) > 1 or not candidates:
            uncertain.add(name)
        for index, state in enumerate(states):
            state[name] = state_after[name] if index >= positions[-1] else start[name]
    return uncertain


def _names_value(transaction: Transaction, actions: frozenset[str], value: Any) -> bool:
    """Return True if the detail of an event of the transaction contains `value`."""
    if not isinstance(value, UUID):
        return False
    return any(
        str(value) in (event.detail.get("to"), event.detail.get("unit_id"))
        for event in transaction.events
        if event.action in actions
    )
