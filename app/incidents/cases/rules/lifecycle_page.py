"""Generator of docs/reference/lifecycle.md, the page with the transition table. Pure."""

from app.core.markdown import table_rows
from app.incidents.cases.rules.action_texts import MEANINGS
from app.incidents.cases.rules.lifecycle import OPEN, Relation, Status
from app.incidents.cases.rules.names import RELATIONS, TRANSITION_NAMES
from app.incidents.cases.rules.wire_actions import WIRE_ACTIONS, WIRE_TRANSITIONS, WireTransition

_HEAD = ("action", "from", "to", "by", "required", "optional")
_INTRODUCTION = """# Life cycle of a case

For developers of clients: which actions move a case, from which states, by whom, and with which fields.

Printed by `gridward docs lifecycle` from the transition table in `app/incidents/cases/rules/lifecycle.py`; a test
compares.

- An action is sent to `POST /api/v1/incidents/{incident_id}/transitions`, or as the operation `transition` of a case
  in `POST /api/v1/sync/push`. A field that the action does not take is refused with 422 `unknown_field`.
- `GET /api/v1/incidents/{incident_id}` returns in `actions` the actions that the caller may take now, with their
  fields. It leaves out actions that other facts of the case exclude, for example `unlock` while it is not locked.
- The row `profile` of `GET /api/v1/sync` has the table as data, in `transitions`.
- The answers come in this order: 422 for the fields alone, 404 for a case that the caller cannot see, 412 for another
  version than `If-Match` names, 409 for an action that the table does not allow, then 409 and 422 by the rules of the
  profile and by the work of the case.
"""

_DIAGRAM = """[![States of a case and the actions between them](../images/lifecycle.svg)](../images/lifecycle.svg)

- An arrow from the border of a dashed box is possible from each state in the box. Actions that keep the state have no
  arrow. States with a thick border are ended.
- `gridward docs lifecycle-diagram` draws it from the same table.
"""
_EXPLANATION = """
- `to` is the state that the action sets; = means that the state stays. The dispatch rules may move the case on at
  once: from `filed` to `dispatched`, from `fed_back` to `checking`, from `collected` to `verifying`.
- Three actions may set another state. `resume` sets `dispatched` for a case in the queue of a unit and `filed` for a
  case without a holder. `contest` of a closed case sets `returned` where the profile says so, and of a case that was
  never filed `collected`. `return` with `unit_id` sets `dispatched` unless the case was returned too often.
- Of fields joined by "or" exactly one is sent.
"""


def lifecycle_page() -> str:
    """Return the page docs/reference/lifecycle.md in Markdown."""
    meanings = [(f"`{action}`", TRANSITION_NAMES[action][0], MEANINGS[action]) for action in WIRE_ACTIONS]
    relations = [
        (f"`{relation}`", RELATIONS[relation][0]) for relation in Relation if relation is not Relation.SYSTEM
    ]
    rows = [cells for row in WIRE_TRANSITIONS for cells in _rows(row)]
    return "\n".join(
        (
            _INTRODUCTION,
            "## Diagram\n",
            _DIAGRAM,
            "## Transitions\n",
            *table_rows(_HEAD, rows),
            _EXPLANATION,
            "## What each action does\n",
            "The label is the name of the action in the console.\n",
            *table_rows(("action", "label", "what it does"), meanings),
            "\n## Relations to a case\n",
            *table_rows(("by", "who"), relations),
            "",
        )
    )


def _rows(row: WireTransition) -> list[tuple[str, ...]]:
    sources, people = _sources(row), _codes(row.by)
    if not row.results:
        required = [_codes(row.required)] if row.required else []
        required += [" or ".join(f"`{name}`" for name in row.one_of)] if row.one_of else []
        return [
            (
                *(f"`{row.action}`", sources, f"`{row.to}`" if row.to else "=", people),
                *(", ".join(required), _codes(row.optional)),
            )
        ]
    return [
        (
            *(f"`{row.action}`, `result` `{each.result}`", sources, f"`{each.to}`", people),
            *(_codes((*row.required, *each.required)), _codes(each.optional)),
        )
        for each in row.results
    ]


def _sources(row: WireTransition) -> str:
    """Return the text for the states from which an action is allowed."""
    if set(row.sources) == set(Status):
        return "every state"
    return "every open state" if set(row.sources) == OPEN else _codes(row.sources)


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
