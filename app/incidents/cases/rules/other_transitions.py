"""The second part of the transition table: transitions that clients cannot request. Pure.

The system takes them, or they are part of another operation: a report, a correction, a merge, the progress of an assignment.
The first part is `lifecycle.TRANSITIONS`. Both parts together list all possible transitions: an event that is in neither of
them is refused before it is written (`require_transition`).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from app.incidents.cases.rules.lifecycle import (
    MERGED_FROM,
    OPEN,
    SIDE_ACTIONS,
    TRANSITIONS,
    WITH_HANDLER,
    Relation,
    Status,
    Transition,
    transition,
)

S, R = Status, Relation
_ANY = frozenset(Status)
_NEW: frozenset[Status] = frozenset()
# States with a lead, or with an offer of it.
WITH_A_LEAD = WITH_HANDLER | {S.DISPATCHED}
_WAITS_FOR_WORKER = frozenset({S.FILED, S.RETURNED})
_HOLDERS = (R.HANDLER, R.CHECKER, R.VERIFIER, R.SECOND, R.PART_HOLDER)
# The relation to a case that a role of an assignment gives its holder.
HOLDER_OF_ROLE = {
    "handle": R.HANDLER,
    "check": R.CHECKER,
    "verify": R.VERIFIER,
    "second": R.SECOND,
    "joint": R.PART_HOLDER,
}

# Rows of one action are in the order in which `destination` tries them.
OTHER_TRANSITIONS: tuple[Transition, ...] = (
    transition("report", _NEW, S.COLLECTED, R.REPORTER),
    transition("file", {S.COLLECTED}, S.FILED, R.SYSTEM),
    transition("dispatch", _WAITS_FOR_WORKER | {S.DISPATCHED, S.REWORK}, S.DISPATCHED, R.SYSTEM),
    transition("propose", _WAITS_FOR_WORKER | {S.DISPATCHED}, S.FILED, R.SYSTEM),
    transition("wait", {S.DISPATCHED}, S.FILED, R.SYSTEM),
    transition("wait", {S.CHECKING}, S.FED_BACK, R.SYSTEM),
    transition("wait", {S.VERIFYING}, S.COLLECTED, R.SYSTEM),
    transition("wait", OPEN, None, R.SYSTEM),
    transition("give_up", WITH_A_LEAD | {S.DEFERRED}, S.RETURNED, R.SYSTEM),
    transition("withdraw", OPEN, None, R.SYSTEM),
    transition("accept", WITH_A_LEAD, None, R.OFFERED),  # a second worker
    transition("decline", OPEN, None, R.OFFERED),
    transition("expire", OPEN, None, R.SYSTEM),
    transition("en_route", OPEN, None, *_HOLDERS),
    transition("on_scene", OPEN, None, *_HOLDERS),
    transition("fail", WITH_HANDLER, S.FILED, R.HANDLER),
    transition("fail", {S.CHECKING}, S.FED_BACK, R.CHECKER),
    transition("fail", {S.VERIFYING}, S.COLLECTED, R.VERIFIER),
    transition("fail", WITH_A_LEAD, None, R.SECOND),
    transition("move_on", {S.DISPATCHED, S.ACCEPTED}, S.FILED, R.SYSTEM),
    transition("move_on", {S.CHECKING}, S.FED_BACK, R.SYSTEM),
    transition("move_on", {S.VERIFYING}, S.COLLECTED, R.SYSTEM),
    transition("fix_on_spot", {S.ACCEPTED}, S.FED_BACK, R.REPORTER),
    transition("send_to_check", {S.FED_BACK, S.CHECKING}, S.CHECKING, R.SYSTEM),
    transition("send_to_verify", {S.COLLECTED, S.VERIFYING}, S.VERIFYING, R.SYSTEM),
    transition("send_second", WITH_A_LEAD, None, R.SYSTEM),
    transition("withdraw_part", OPEN, None, R.SYSTEM),
    transition("close_unsampled", {S.FED_BACK}, S.CLOSED, R.SYSTEM),
    transition("close_imported", {S.FILED}, S.CLOSED, R.SYSTEM),
    transition("warn", _ANY, None, R.SYSTEM),
    transition("overdue", _ANY, None, R.SYSTEM),
    transition("escalate", _ANY, None, R.SYSTEM),
    transition("review_due", {S.DEFERRED, S.ON_BOOKS}, None, R.SYSTEM),
    transition("supervision_due", _ANY, None, R.SYSTEM),
    transition("recategorise", OPEN, None, R.DIRECTOR),
    transition("relocate", OPEN, None, R.DIRECTOR),
    transition("link_component", OPEN, None, R.DIRECTOR),
    transition("change_owner", OPEN, None, R.DIRECTOR),
    # A case that was merged before follows its target into the next one.
    transition("merge", MERGED_FROM | {S.NOT_FILED}, S.NOT_FILED, R.DIRECTOR, R.SYSTEM),
    transition("take_in", OPEN, None, R.DIRECTOR),
    # A case that was merged before it was filed is collected again.
    transition("unmerge", {S.NOT_FILED}, S.FILED, R.DIRECTOR, other_to={S.COLLECTED}),
    transition("give_out", _ANY, None, R.DIRECTOR, R.SYSTEM),
    transition("join", OPEN, None, R.ANYONE),
    transition("link", _ANY, None, R.DIRECTOR),
    transition("unlink", _ANY, None, R.DIRECTOR),
    transition("rehome", _ANY, None, R.SYSTEM),
    transition("reply", _ANY, None, R.DIRECTOR),
    transition("unpin", OPEN, None, R.SYSTEM),
)
# Without `unpin`: clients request it too, and the system takes it in more states.
OTHER_ACTIONS = tuple(dict.fromkeys(row.action for row in OTHER_TRANSITIONS if row.action != "unpin"))

# Those that a person does to the case. The system writes all others, or they are about another case or a reply.
_PEOPLE_ACTIONS = frozenset(
    {
        "report",
        "file",
        "accept",
        "en_route",
        "on_scene",
        "fail",
        "fix_on_spot",
        "recategorise",
        "relocate",
        "link_component",
        "change_owner",
        "merge",
        "unmerge",
    }
)
# Transitions in the history that bring the case no nearer to its end.
NO_PROGRESS_ACTIONS = (frozenset(OTHER_ACTIONS) - _PEOPLE_ACTIONS) | SIDE_ACTIONS


class UnknownTransition(ValueError):
    """Raised for a transition that the table does not have, which is a bug of the server."""


class Step(NamedTuple):
    """A transition that a case has taken.

    Attributes:
        from_status: State before the transition. None: the transition opened the case.
    """

    action: str
    from_status: Status | None
    to_status: Status


def _rows_by_action() -> Mapping[str, tuple[Transition, ...]]:
    table = (*TRANSITIONS, *OTHER_TRANSITIONS)
    return {
        action: tuple(row for row in table if row.action == action)
        for action in dict.fromkeys(r.action for r in table)
    }


_ROWS = _rows_by_action()


def _rows_from(action: str, status: Status | None, by: Relation | None = None) -> list[Transition]:
    """Return the rows of the transition table for an action in a state, in the table's order.

    Args:
        status: The present state. None: the case is not open yet.
        by: Relation of the actor to the case; only rows that allow it are returned. None: all rows.
    """
    return [
        row
        for row in _ROWS.get(action, ())
        if (status in row.sources if status is not None else not row.sources) and by in (None, *row.by)
    ]


def destination(action: str, status: Status | None, *, by: Relation | None = None) -> Status:
    """Return the state after an action, by the first row of the table that matches.

    Args:
        status: The present state. None: the case is not open yet.
        by: Relation of the actor to the case; only rows that allow it are used. None: all rows.

    Raises:
        UnknownTransition: No row matches.
    """
    rows = _rows_from(action, status, by)
    to = (rows[0].to or status) if rows else None
    if to is None:
        raise UnknownTransition(f"{action} is not possible from {status}")
    return to


def is_transition(step: Step) -> bool:
    """Return True if the table has a row for this action with these states before and after."""
    return any(
        step.to_status in ((row.to or step.from_status), *row.other_to)
        for row in _rows_from(step.action, step.from_status)
    )


def require_transition(step: Step) -> None:
    """Raise UnknownTransition if the table has no row for a step."""
    if not is_transition(step):
        raise UnknownTransition(f"{step.action} does not lead from {step.from_status} to {step.to_status}")


def walk(actions: Iterable[str]) -> list[Step]:
    """Return the steps of a new case that takes these actions in order.

    Each step follows the first row of the table that matches.

    Raises:
        UnknownTransition: No row has the action in the state that the case has reached.
    """
    steps: list[Step] = []
    status: Status | None = None
    for action in actions:
        to = destination(action, status)
        steps.append(Step(action, status, to))
        status = to
    return steps


def states_of_holder(action: str, role: str) -> frozenset[Status]:
    """Return the states in which a worker with an assignment of this role may take an action."""
    by = HOLDER_OF_ROLE[role]
    return frozenset(status for row in _ROWS.get(action, ()) if by in row.by for status in row.sources)
