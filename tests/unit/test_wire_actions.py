"""The transition table as clients see it: bodies, forms, data and page are the table."""

from itertools import chain, combinations
from pathlib import Path

import marshmallow as ma
import pytest

from app.incidents import service as incidents
from app.incidents.cases.rules import lifecycle, wire_actions
from app.incidents.cases.rules.action_texts import MEANINGS, description_of
from app.incidents.cases.rules.lifecycle import TRANSITIONS, Relation, Status
from app.incidents.cases.rules.wire_actions import FIELDS, WIRE_ACTIONS, WIRE_TRANSITIONS, fields_of
from app.incidents.lifecycle.schemas import PushedTransition, Transition
from tests.incidents.transition_bodies import EXAMPLES, body_of, required_names, taken_names
from tests.nonempty import nonempty

ROOT = Path(__file__).parents[2]
BODIES = [
    (action, result)
    for action in WIRE_ACTIONS
    for result in [each.result for each in fields_of(action).results] or [None]
]


def faults_of(body, schema=Transition):
    try:
        schema().load(body)
    except ma.ValidationError as error:
        return {name: next(iter(messages)) for name, messages in error.normalized_messages().items()}
    return {}


@pytest.mark.parametrize(("action", "result"), BODIES)
def test_body_is_taken_with_exactly_the_required_fields(action, result):
    assert faults_of(body_of(action, result)) == {}


@pytest.mark.parametrize(("action", "result"), BODIES)
def test_body_names_every_missing_field_at_once(action, result):
    names = required_names(action, result)
    given = [name for name in names if name == "result"]
    missing = set(names) - set(given)
    faults = faults_of(body_of(action, result, given))
    assert faults.keys() == missing
    assert all(text.startswith("Missing data") or text == "required" for text in faults.values())
    if given:
        assert faults_of({"action": action}).keys() == {"result"}


@pytest.mark.parametrize(("action", "result"), BODIES)
def test_body_is_refused_with_any_field_outside_the_table(action, result):
    required, taken = required_names(action, result), taken_names(action, result)
    for name in nonempty(EXAMPLES):
        faults = faults_of(body_of(action, result, dict.fromkeys([*required, name])))
        if name in fields_of(action).one_of[1:]:
            assert faults == {name: "one_of_two"}
        elif name in taken:
            assert faults == {}, name
        else:
            assert faults in ({name: "Unknown field."}, {name: "unknown_field"}), name


def test_body_without_known_action_is_refused():
    assert faults_of({}) == {"action": "required"}
    for action in ("check_pass", "report", 7, ["note"], {}):
        fault = faults_of({"action": action})["action"]
        assert fault.startswith("Must be one of: ") and all(name in fault for name in WIRE_ACTIONS)
    assert faults_of([]) == {"_schema": "invalid"}


def test_check_names_note_beside_other_faults_when_it_failed():
    body = {"action": "check", "result": "not_pass", "fix": {"lon": 500, "lat": 0}, "stage": "first"}
    assert faults_of(body).keys() == {"note", "fix", "stage"}
    assert faults_of({"action": "check", "result": "unable", "note": 5}) == {"note": "Not a valid string."}
    assert faults_of({"action": "reassign", "note": "x", "worker_id": "x"}) == {
        "worker_id": "Not a valid UUID."
    }


def test_pushed_body_ignores_only_the_four_fields_of_earlier_versions():
    for action, result in BODIES:
        required, taken = required_names(action, result), taken_names(action, result)
        for name in EXAMPLES.keys() - taken:
            body = body_of(action, result, dict.fromkeys([*required, name]))
            is_ignored = name in ("note", "unit_id", "worker_id")
            assert (faults_of(body, PushedTransition) == {}) == is_ignored, body
    loaded = PushedTransition().load({"action": "accept", "note": "soon", "allow_phone": True})
    assert loaded == {"action": "accept"}


def test_fields_are_the_same_in_all_rows_of_an_action():
    for action in WIRE_ACTIONS:
        rows = wire_actions.rows_of(action)
        assert len({(row.required, row.optional, row.one_of, row.results) for row in rows}) == 1, action
    assert {name for row in WIRE_TRANSITIONS for name in (*row.required, *row.optional, *row.one_of)} == set(
        FIELDS
    )


def test_forms_equal_what_the_table_takes_in_every_state():
    """In all states, for each pair of relations, as `POST .../transitions` looks a transition up."""
    pairs = chain(combinations(Relation, 1), combinations(Relation, 2))
    checked = 0
    for relations in map(frozenset, pairs):
        for status in Status:
            actions = dict.fromkeys(map(lifecycle.client_action, lifecycle.allowed(status, relations)))
            for form in wire_actions.forms_of(actions, status, relations):
                for result in [each["result"] for each in form["results"]] or [None]:
                    action = lifecycle.RESULTS.get(form["action"], {}).get(result, form["action"])
                    transition = lifecycle.find_transition(action, status, relations)
                    assert transition is not None
                    by_result = [each for each in form["results"] if each["result"] == result] or [form]
                    required = {*form["required"], *by_result[0]["required"]} - {"result"}
                    optional, one_of = by_result[0]["optional"], form["one_of"]
                    assert (required, set(optional), one_of) == (
                        *(set(transition.needs), set(transition.optional), transition.one_of),
                    )
                    checked += 1
    assert checked > 100


def test_table_as_data_equals_the_transitions():
    rows = set()
    for row in incidents.transitions_as_data():
        for each in row["results"] or [{"result": None, "required": (), "optional": row["optional"]}]:
            action = lifecycle.RESULTS.get(row["action"], {}).get(each["result"], row["action"])
            needs = {*row["required"], *each["required"]} - {"result"}
            optional, one_of = frozenset(each["optional"]), frozenset(row["one_of"])
            rows.add(
                (action, frozenset(row["from"]), frozenset(row["by"]), frozenset(needs), optional, one_of)
            )
    assert rows == {
        (m.action, m.sources, m.by, frozenset(m.needs), frozenset(m.optional), frozenset(m.one_of))
        for m in TRANSITIONS
    }


def test_every_action_has_one_sentence_and_names_its_states():
    assert MEANINGS.keys() == set(WIRE_ACTIONS)
    for row in WIRE_TRANSITIONS:
        text = description_of(row.action)
        assert text.startswith(MEANINGS[row.action])
        assert all(f"`{name}`" in text for name in (*row.sources, *row.by, *row.required, *row.optional))


def test_lifecycle_page_equals_the_table():
    assert (ROOT / "docs" / "reference" / "lifecycle.md").read_text() == incidents.lifecycle_page()
