"""What the field app itself holds of the transition table equals the table.

Its forms are drawn by hand, one for each role, and work before the first sync; so a few names stand in its source.
"""

import json
import re
from collections.abc import Iterator
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
    table = re.search(rf"const {name}\b[^=]* = (\{{.*?\}})(?: as const)?;", (SOURCE / file).read_text(), re.S)
    assert table, name
    quoted = re.sub(r"(\w+):", r'"\1":', table[1])
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", quoted))


def calls_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield action and literal fields of each `caseTransition` in a source."""
    for call in re.finditer(r'caseTransition\(\s*[^,]+,\s*"(\w+)"(,\s*\{)?', text):
        begin = end = call.end() - 1
        if call[2]:
            depth = 1
            while depth:
                end += 1
                depth += {"{": 1, "}": -1}.get(text[end], 0)
        yield call[1], text[begin : end + 1] if call[2] else ""


def test_results_of_field_app_equal_table_and_only_first_needs_no_note():
    results = table_of("task/inspection.tsx", "RESULTS")
    assert results.keys() == {row.action for row in WIRE_TRANSITIONS if row.results}
    for action, codes in results.items():
        rows = fields_of(action).results
        assert [each.result for each in rows] == codes
        assert [each.required for each in rows] == [(), ("note",), ("note",)]


def test_roles_of_field_app_equal_relations_of_table():
    roles = {row.action: ROLES.get(row.by[0]) for row in WIRE_TRANSITIONS}
    assert table_of("tasks.ts", "ROLE_OF") == {action: role for action, role in roles.items() if role}


def test_field_app_sends_only_actions_and_fields_of_table():
    calls = [call for path in SOURCE.rglob("*.tsx") for call in calls_in(path.read_text())]
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
        assert action in WIRE_ACTIONS and set(re.findall(r"[{,]\s*(\w+):", sent)) <= taken, action
