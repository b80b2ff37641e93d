"""Life cycle of a case: the table of transitions that clients may request. Pure.

A row defines which relations to the case allow an action, from which states, to which state, with which fields. States and
transitions follow the closed loop of urban grid management (collect, file, dispatch, handle, feed back, check, close;
practice of GB/T 30428.8). Handlers never check their own case. Small matters solved on the spot are only checked in a random
sample.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Status(StrEnum):
    COLLECTED = "collected"
    VERIFYING = "verifying"
    FILED = "filed"
    NOT_FILED = "not_filed"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    HANDLING = "handling"
    FED_BACK = "fed_back"
    CHECKING = "checking"
    CLOSED = "closed"
    RETURNED = "returned"
    DEFERRED = "deferred"
    ON_BOOKS = "on_books"
    REWORK = "rework"
    FORCE_CLOSED = "force_closed"


ENDED = frozenset({Status.NOT_FILED, Status.CLOSED, Status.FORCE_CLOSED})
OPEN = frozenset(Status) - ENDED
# States before the decision to file: the case has no deadline and no handler.
UNFILED = frozenset({Status.COLLECTED, Status.VERIFYING})
# Work that was handed in is checked, not merged.
MERGED_FROM = OPEN - {Status.FED_BACK, Status.CHECKING}


class Relation(StrEnum):
    """The relation of an actor to a case, such as handler, reporter or director."""

    ANYONE = "anyone"  # who can see it
    OFFERED = "offered"  # holds a live offer, or is a member of the unit that has the case in its queue
    HANDLER = "handler"  # has accepted it and works on it
    PART_ASKED = "part_asked"  # is a member of a unit whose part has not been accepted yet
    PART_HOLDER = "part_holder"  # has accepted the part of a unit that handles it together with others
    SECOND = "second"  # has accepted to help the lead
    CHECKER = "checker"  # has accepted the check
    VERIFIER = "verifier"  # has accepted to look whether it is there
    REPORTER = "reporter"  # reported it, and did not handle it
    DIRECTOR = "director"  # directs the area of the case
    SYSTEM = "system"


S, R = Status, Relation


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the transition table.

    A request with a field that is in none of `needs`, `optional` and `one_of` is refused.

    Attributes:
        sources: States from which the action is allowed. Empty: the transition opens the case.
        to: The new state. None: the state stays.
        by: Relations that may take the action.
        needs: Fields that the request must have.
        optional: Fields that the request may have.
        one_of: Fields of which the request must have exactly one.
        other_to: Other possible new states. Properties of the case decide between them and `to`.
    """

    action: str
    sources: frozenset[Status]
    to: Status | None
    by: frozenset[Relation]
    needs: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    other_to: frozenset[Status] = frozenset()

    @property
    def fields(self) -> frozenset[str]:
        return frozenset((*self.needs, *self.optional, *self.one_of))


def transition(
    action: str,
    sources: set[Status] | frozenset[Status],
    to: Status | None,
    *by: Relation,
    needs: str = "",
    optional: str = "",
    one_of: str = "",
    other_to: Iterable[Status] = (),
) -> Transition:
    """Return a row of the transition table.

    Args:
        needs: Names of the fields, separated by spaces. `optional` and `one_of` likewise.
    """
    return Transition(
        action,
        frozenset(sources),
        to,
        frozenset(by),
        needs=tuple(needs.split()),
        optional=tuple(optional.split()),
        one_of=tuple(one_of.split()),
        other_to=frozenset(other_to),
    )


# Somebody has it to put it right.
WITH_HANDLER = frozenset({S.ACCEPTED, S.HANDLING, S.REWORK})
_BEING_WORKED = {S.DISPATCHED, S.ACCEPTED, S.HANDLING, S.REWORK}
_IN_PARTS = _BEING_WORKED | {S.FILED, S.RETURNED}
_TO_BE_HANDLED = _IN_PARTS | {S.DEFERRED}

TRANSITIONS: tuple[Transition, ...] = (
    transition("accept", {S.DISPATCHED}, S.ACCEPTED, R.OFFERED),
    transition("accept", {S.CHECKING}, None, R.OFFERED),
    transition("accept", {S.VERIFYING}, None, R.OFFERED),
    transition(
        "verify_exists", {S.VERIFYING}, S.FILED, R.VERIFIER, optional="note fix presence_reason media"
    ),
    transition(
        "verify_not_exist",
        {S.VERIFYING},
        S.NOT_FILED,
        R.VERIFIER,
        needs="note",
        optional="reason fix presence_reason media",
    ),
    transition(
        "verify_unable",
        {S.VERIFYING},
        S.COLLECTED,
        R.VERIFIER,
        needs="note",
        optional="fix presence_reason media",
    ),
    transition("file", UNFILED, S.FILED, R.DIRECTOR, needs="note"),
    transition("assign_verify", UNFILED, S.VERIFYING, R.DIRECTOR, needs="worker_id", optional="note"),
    transition("start", {S.ACCEPTED, S.REWORK}, S.HANDLING, R.HANDLER, optional="alone_reason note fix"),
    transition("stage_done", WITH_HANDLER, None, R.HANDLER, needs="stage", optional="note fix"),
    transition(
        "feed_back",
        WITH_HANDLER,
        S.FED_BACK,
        R.HANDLER,
        needs="note",
        optional="alone_reason fix presence_reason media",
    ),
    transition("check_pass", {S.CHECKING}, S.CLOSED, R.CHECKER, optional="note fix presence_reason"),
    transition("check_fail", {S.CHECKING}, S.REWORK, R.CHECKER, needs="note", optional="fix presence_reason"),
    transition(
        "check_unable", {S.CHECKING}, S.FED_BACK, R.CHECKER, needs="note", optional="fix presence_reason"
    ),
    transition("ask_extension", WITH_HANDLER, None, R.HANDLER, needs="note amount"),
    transition("grant_extension", WITH_HANDLER, None, R.DIRECTOR, needs="note"),
    transition("refuse_extension", WITH_HANDLER, None, R.DIRECTOR, needs="note"),
    transition("return", WITH_HANDLER, S.RETURNED, R.HANDLER, needs="note", optional="unit_id fix"),
    transition("return", _BEING_WORKED, S.RETURNED, R.DIRECTOR, needs="note", optional="unit_id fix"),
    transition(
        "reassign",
        _BEING_WORKED | {S.FILED, S.RETURNED},
        S.DISPATCHED,
        R.DIRECTOR,
        needs="note",
        one_of="worker_id unit_id",
    ),
    transition("confirm", {S.FILED}, S.DISPATCHED, R.DIRECTOR, optional="worker_id note"),
    transition(
        "redispatch",
        {S.COLLECTED, S.FILED, S.RETURNED, S.DISPATCHED, S.FED_BACK},
        None,
        R.DIRECTOR,
        optional="note",
    ),
    transition(
        "override", _BEING_WORKED | {S.FILED, S.RETURNED}, S.DISPATCHED, R.DIRECTOR, needs="note worker_id"
    ),
    transition("pin", _TO_BE_HANDLED, None, R.DIRECTOR, needs="note worker_id"),
    transition("unpin", _TO_BE_HANDLED, None, R.DIRECTOR, needs="note"),
    transition("lock", OPEN, None, R.DIRECTOR, needs="note"),
    transition("unlock", OPEN, None, R.DIRECTOR, needs="note"),
    transition(
        "assign_check", {S.FED_BACK, S.CHECKING}, S.CHECKING, R.DIRECTOR, needs="worker_id", optional="note"
    ),
    transition("assign_second", _BEING_WORKED, None, R.DIRECTOR, needs="worker_id", optional="note"),
    transition(
        "second_done", WITH_HANDLER, None, R.SECOND, needs="note", optional="fix presence_reason media"
    ),
    # Joint handling: each unit does its part, and the leading unit feeds back the whole.
    transition("accept_part", _IN_PARTS, None, R.PART_ASKED, optional="unit_id"),
    transition(
        "part_done",
        _IN_PARTS,
        None,
        R.PART_HOLDER,
        needs="note",
        optional="unit_id fix presence_reason media",
    ),
    transition("part_return", _IN_PARTS, None, R.PART_ASKED, R.PART_HOLDER, needs="note", optional="unit_id"),
    transition("add_unit", _IN_PARTS, None, R.DIRECTOR, needs="note unit_id"),
    transition("withdraw_unit", _TO_BE_HANDLED, None, R.DIRECTOR, needs="note unit_id"),
    transition("waive_parts", _TO_BE_HANDLED, None, R.DIRECTOR, needs="note"),
    transition("make_lead", _IN_PARTS, S.DISPATCHED, R.DIRECTOR, needs="note unit_id"),
    transition(
        "not_file",
        UNFILED | {S.FILED, S.DISPATCHED, S.RETURNED},
        S.NOT_FILED,
        R.DIRECTOR,
        needs="note",
        optional="reason",
    ),
    transition("urge", OPEN, None, R.DIRECTOR, optional="note"),
    transition("supervise", OPEN, None, R.DIRECTOR, needs="note level", optional="until"),
    transition("end_supervision", OPEN, None, R.DIRECTOR, needs="note"),
    transition("put_on_books", _TO_BE_HANDLED | {S.ON_BOOKS}, S.ON_BOOKS, R.DIRECTOR, needs="note until"),
    transition("take_from_books", {S.ON_BOOKS}, S.FILED, R.DIRECTOR, needs="note"),
    transition("contest", {S.CLOSED}, S.REWORK, R.REPORTER, needs="note", other_to={S.RETURNED}),
    # A case that was not filed, was merged or ended by order waits for a director who did not decide about the end. A case
    # that was never filed is `collected` again; a merged one stays merged if the other case is opened again instead.
    transition(
        "contest",
        {S.NOT_FILED, S.FORCE_CLOSED},
        S.RETURNED,
        R.REPORTER,
        needs="note",
        other_to={S.COLLECTED, S.NOT_FILED},
    ),
    transition("defer", _BEING_WORKED | {S.FILED, S.DEFERRED}, S.DEFERRED, R.DIRECTOR, needs="note until"),
    # In the queue of a unit it is dispatched, without a holder filed.
    transition(
        "resume",
        {S.DEFERRED},
        S.HANDLING,
        R.DIRECTOR,
        R.HANDLER,
        optional="note",
        other_to={S.DISPATCHED, S.FILED},
    ),
    transition("force_close", OPEN, S.FORCE_CLOSED, R.DIRECTOR, needs="note", optional="reason"),
    transition("note", frozenset(S), None, R.ANYONE, needs="note"),
)

# Actions of a supervisor that do not decide about the case.
SIDE_ACTIONS = frozenset({"urge", "supervise", "end_supervision", "lock", "unlock", "note"})
ACTIONS = tuple(dict.fromkeys(row.action for row in TRANSITIONS))

# Results of the action `check`, as transitions.
CHECK_RESULTS = {"pass": "check_pass", "not_pass": "check_fail", "unable": "check_unable"}

# Results of the action `verify`, as transitions.
VERIFY_RESULTS = {"exists": "verify_exists", "not_exist": "verify_not_exist", "unable": "verify_unable"}
RESULTS = {"check": CHECK_RESULTS, "verify": VERIFY_RESULTS}

# Actions that count from when they were done, also if they are reported later; with the role in which they are done.
BACKDATABLE = {
    **dict.fromkeys(("start", "stage_done", "feed_back", "return"), "handle"),
    "part_done": "joint",
    "second_done": "second",
    "verify": "verify",
    "check": "check",
}
# The same as recorded in the history, with the transitions before them that can be backdated too.
BACKDATED_ACTIONS = frozenset({"accept", "en_route", "on_scene", *BACKDATABLE} - RESULTS.keys()).union(
    *(results.values() for results in RESULTS.values())
)


@lru_cache(maxsize=500)
def client_action(action: str) -> str:
    """Return the name that clients use for the action of a transition.

    Clients use one name for all results of a check, and one for all results of a verification.
    """
    return next((name for name, results in RESULTS.items() if action in results.values()), action)


def role_of(status: Status) -> str:
    """Return the role of the worker needed in a state of a case: `verify`, `handle` or `check`."""
    if status in UNFILED:
        return "verify"
    return "check" if status in (Status.FED_BACK, Status.CHECKING) else "handle"


def find_transition(action: str, status: Status, relations: frozenset[Relation]) -> Transition | None:
    """Return the transition for an action in a state if one of the relations allows it, or None."""
    return next(
        (m for m in TRANSITIONS if m.action == action and status in m.sources and m.by & relations), None
    )


def relations_allowed(action: str, status: Status) -> list[Relation]:
    """Return the relations that may take an action in a state, in the order of `Relation`.

    Args:
        action: The action by the name that clients use.
    """
    relations = {
        by for m in TRANSITIONS if client_action(m.action) == action and status in m.sources for by in m.by
    }
    return [relation for relation in Relation if relation in relations]


def states_of(action: str) -> list[Status]:
    """Return the states in which an action is allowed, in the order of `Status`.

    Args:
        action: The action by the name that clients use.
    """
    statuses = {status for m in TRANSITIONS if client_action(m.action) == action for status in m.sources}
    return [status for status in Status if status in statuses]


def allowed(status: Status, relations: frozenset[Relation]) -> list[str]:
    """Return the actions that an actor with these relations may take, in the order of the table."""
    return list(_allowed(status, relations))


@lru_cache(maxsize=2_000)
def _allowed(status: Status, relations: frozenset[Relation]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.action for m in TRANSITIONS if status in m.sources and m.by & relations))


def is_director_decision(transition: Transition, relations: frozenset[Relation]) -> bool:
    """Return True if a transition is a decision that the actor may take only as director.

    A director is an actor who holds `incident:direct` in the area of the case. Side actions, such as a note, are no
    decisions.
    """
    return transition.by & relations == {Relation.DIRECTOR} and transition.action not in SIDE_ACTIONS


def replay(events: list[tuple[str, str | None, str]]) -> str:
    """Return the state after a sequence of events (action, from state, to state).

    Raises:
        ValueError: There is no event, or an event does not begin in the state that the event before it ended in.
    """
    status: str | None = None
    for action, from_status, to_status in events:
        if from_status != status:
            raise ValueError(f"{action} starts from {from_status}, but the case stood at {status}")
        status = to_status
    if status is None:
        raise ValueError("no events")
    return status


def is_sampled(draw: float, rate: float) -> bool:
    """Return True if a repair on the spot is selected for a check.

    Args:
        draw: Random number in [0, 1), which is stored in the history.
        rate: Share of the repairs that are checked.
    """
    return draw < rate
