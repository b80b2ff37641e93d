"""The first actions of a case, each walked through the transition table."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.core.actor import SYSTEM
from app.dispatch import service as dispatch
from app.dispatch.service import Placement
from app.incidents.cases.rules.other_transitions import walk
from app.incidents.reporting.service.first_actions import Sample, first_actions, first_events

SOMEBODY = UUID(int=7)
HANDLED = {"note": "swept"}


def placement(outcome: str) -> Placement:
    is_asked = outcome != "waiting"
    someone = SOMEBODY if is_asked else None
    return Placement(outcome, "nobody_eligible", someone, someone, datetime(2026, 11, 2, tzinfo=UTC))


def actions_of(outcome, *, is_verified_first=False, refusal=None, draw=None):
    sample = None if draw is None else Sample(draw, 0.5)
    handled = HANDLED if sample or refusal else None
    return first_actions(
        placement(outcome),
        handled,
        {},
        is_verified_first=is_verified_first,
        not_fixed_because=refusal,
        sample=sample,
    )


@pytest.mark.parametrize(
    ("outcome", "options", "actions", "status"),
    [
        ("waiting", {}, "report file wait", "filed"),
        (dispatch.PROPOSED, {}, "report file propose", "filed"),
        ("offered", {}, "report file dispatch", "dispatched"),
        ("queued", {}, "report file dispatch", "dispatched"),
        ("accepted", {}, "report file dispatch accept", "accepted"),
        ("accepted", {"refusal": "no_grid"}, "report file dispatch accept note", "accepted"),
        ("accepted", {"draw": 0.4}, "report file dispatch accept fix_on_spot note", "fed_back"),
        ("accepted", {"draw": 0.6}, "report file dispatch accept fix_on_spot close_unsampled", "closed"),
        ("waiting", {"is_verified_first": True}, "report wait", "collected"),
        ("offered", {"is_verified_first": True}, "report send_to_verify", "verifying"),
        ("offered", {"is_verified_first": True, "refusal": "x"}, "report send_to_verify note", "verifying"),
    ],
)
def test_first_actions_lead_to_status_of_their_placement(outcome, options, actions, status):
    chosen = actions_of(outcome, **options)
    steps = walk(each.action for each in chosen)
    assert [step.action for step in steps] == actions.split()
    assert steps[-1].to_status == status


def test_first_events_are_numbered_and_name_their_actors():
    actions = actions_of("offered")
    rows = first_events(SYSTEM, actions, walk(each.action for each in actions), None)
    assert [(row["n"], row["action"], row["from_status"], row["to_status"]) for row in rows] == [
        (0, "report", None, "collected"),
        (1, "file", "collected", "filed"),
        (2, "dispatch", "filed", "dispatched"),
    ]
    assert rows[2]["detail"]["worker_id"] == SOMEBODY
