"""The transition table in the form that clients use. Pure.

All results of a check are one action with the field `result`, and so are all results of a verification. The transition table
itself is in `lifecycle`. The sentence that describes each action is in `action_texts`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from app.incidents.cases.rules.lifecycle import (
    RESULTS,
    TRANSITIONS,
    Relation,
    Status,
    Transition,
    client_action,
)

# All fields of transitions, in the order in which forms and documents list them.
FIELDS = {
    "result": "result of a verification or check",
    "reason": "code of a reason in the profile",
    "stage": "code of the stage that is finished",
    "amount": "length of the extension, in the unit of the deadline",
    "level": "level of the supervision, 1 to 3",
    "until": "instant of the review, or end of the supervision",
    "worker_id": "worker who gets the case, the check or the verification",
    "unit_id": "unit that gets the case or a part, or whose part is meant",
    "alone_reason": "why the handler works without a second worker",
    "note": "text for the history of the case",
    "fix": "position of the actor's device",
    "presence_reason": "why the actor's device is not at the place of the case",
    "media": "ids of the actor's photos and voice notes",
}


@dataclass(frozen=True, slots=True)
class ResultFields:
    """One value of the field `result`: the next state, and the fields that it needs or allows."""

    result: str
    to: Status | None
    required: tuple[str, ...]
    optional: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WireTransition:
    """One row of the transition table, by the action name that clients use.

    Attributes:
        to: The new state. None: the state stays, or the field `result` decides.
        required: Fields that every request must have.
        optional: Fields that a request may have, or that some results require.
        one_of: Fields of which the request must have exactly one.
        results: The values of `result` with their fields. Empty: the action has no `result`.
    """

    action: str
    sources: tuple[Status, ...]
    to: Status | None
    by: tuple[Relation, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    one_of: tuple[str, ...]
    results: tuple[ResultFields, ...]

    @property
    def form(self) -> dict[str, Any]:
        """Return the fields of the action as JSON data, for input forms of clients."""
        results = [
            {"result": each.result, "required": each.required, "optional": each.optional}
            for each in self.results
        ]
        return {
            "action": self.action,
            "required": self.required,
            "optional": self.optional,
            "one_of": self.one_of,
            "results": results,
        }


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    wanted = set(names)
    return tuple(name for name in FIELDS if name in wanted)


def _result_of(row: Transition) -> ResultFields:
    results = RESULTS[client_action(row.action)]
    result = next(result for result, action in results.items() if action == row.action)
    return ResultFields(result, row.to, _in_order(row.needs), _in_order(row.optional))


def _wire_row(rows: list[Transition]) -> WireTransition:
    first = rows[0]
    action = client_action(first.action)
    has_results = action in RESULTS
    needed_always = set.intersection(*(set(row.needs) for row in rows))
    taken = set[str]().union(*(row.needs + row.optional for row in rows))
    return WireTransition(
        action,
        tuple(status for status in Status if status in first.sources),
        None if has_results else first.to,
        tuple(relation for relation in Relation if relation in first.by),
        _in_order(needed_always | ({"result"} if has_results else set())),
        _in_order(taken - needed_always),
        _in_order(first.one_of),
        tuple(_result_of(row) for row in rows) if has_results else (),
    )


def _row_key(row: Transition) -> tuple[object, ...]:
    action = client_action(row.action)
    return (action, row.sources, row.by) if action in RESULTS else (action, row.sources, row.by, row.to)


WIRE_TRANSITIONS = tuple(_wire_row(list(rows)) for _, rows in groupby(TRANSITIONS, _row_key))
RESULT_CODES = tuple(sorted({result for results in RESULTS.values() for result in results}))
WIRE_ACTIONS = tuple(dict.fromkeys(row.action for row in WIRE_TRANSITIONS))


def rows_of(action: str) -> tuple[WireTransition, ...]:
    """Return the rows of the table for an action that clients can take."""
    return tuple(row for row in WIRE_TRANSITIONS if row.action == action)


def fields_of(action: str) -> WireTransition:
    """Return a row of the table that has the fields of an action.

    All rows of an action have the same fields, so the first row is returned.
    """
    return rows_of(action)[0]


def forms_of(
    actions: Iterable[str], status: Status, relations: frozenset[Relation]
) -> list[Mapping[str, Any]]:
    """Return the input form of each of these actions, for an actor with these relations.

    Args:
        status: State of the case.
    """
    return [
        next(row.form for row in rows_of(action) if status in row.sources and relations.intersection(row.by))
        for action in actions
    ]


def transitions_as_data() -> list[dict[str, Any]]:
    """Return the transition table as JSON data: states, permitted actors and fields per action."""
    return [{**row.form, "from": row.sources, "by": row.by} for row in WIRE_TRANSITIONS]
