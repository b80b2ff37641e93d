"""What the field app itself holds of the transition table equals the table.

Its forms are drawn by hand, one for each role, and work before the first sync; so a few names stand in its source.
"""

import json
import re
from pathlib import Path

from app.incidents.cases.rules.lifecycle import Relation
from app.incidents.cases.rules.wire_actions import WIRE_ACTIONS, WIRE_TRANSITIONS, fields_of

SOURCE = Path(__file__).parents[2] / "web" / "field" / "src"
ROLES = {
    Relation.VERIFIER: "verify",
    Relation.CHECKER: "check",
    Relation.SECOND: "second",
    Relation.PART_ASKED: "joint",
    Relation.PART_HOLDER: "joint",
}


def table_of(file: str, name: str) -> dict:
    table = re.search(rf"const {name}\b.*? = (\{{.*?\}})(?: as const)?;", (SOURCE / file).read_text())
    assert table, name
    return json.loads(re.sub(r"(\w+):", r'"\1":', table[1]))


def test_results_of_field_app_equal_table_and_only_first_needs_no_note():
    results = table_of("task/inspection.tsx", "RESULTS")
    assert results.keys() == {row.action for row in WIRE_TRANSITIONS if row.results}
    for action, codes in results.items():
        rows = fields_of(action).results
        assert [each.result for each in rows] == codes
        assert [each.required for each in rows] == [(), ("note",), ("note",)]


def test_roles_of_field_app_equal_relations_of_table():
    roles = {row.action: ROLES.get(row.by[0]) for row in WIRE_TRANSITIONS}
    assert table_of("worker-state.ts", "ROLE_OF") == {action: role for action, role in roles.items() if role}


def test_field_app_sends_only_actions_and_fields_of_table():
    texts = [path.read_text() for path in SOURCE.rglob("*.tsx")]
    call = re.compile(r'caseTransition\([^,]+, "(\w+)"(?:, (\{.*?\})\)\))?')
    calls = [match for text in texts for match in call.findall(text)]
    assert {action for action, _ in calls} == {
        "start",
        "feed_back",
        "stage_done",
        "ask_extension",
        "second_done",
    }
    for action, sent in calls:
        row = fields_of(action)
        taken = {*row.required, *row.optional}
        assert action in WIRE_ACTIONS and set(re.findall(r"[{,] ?(\w+):", sent)) <= taken, action
