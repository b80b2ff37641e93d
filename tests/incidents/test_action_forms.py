"""`actions` of a case, and what POST .../transitions takes of it."""

import pytest

from app.incidents.cases.rules.wire_actions import WIRE_ACTIONS, fields_of
from tests.answers import fault_codes
from tests.incidents.transition_bodies import body_of, required_names


def forms(person, case):
    shown = person.get(f"/incidents/{case['id']}").json
    assert [form["action"] for form in shown["actions"]] == shown["allowed"]
    return {form["action"]: form for form in shown["actions"]}


@pytest.fixture
def accepted(city, report, accept):
    """A handler, a supervisor and a case that the handler has accepted."""
    handler = city.worker("g1")
    city.worker("g2")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    assert accept(handler, case).status_code == 200
    return handler, city.supervisor(), case


def test_actions_have_the_fields_that_post_takes(accepted, step, rows):
    """Each action is sent without its required fields, then with a strange one; neither writes anything."""
    events = "select count(*) from incident_event where incident_id = :i"
    *people, case = accepted
    before = rows(events, i=case["id"])[0][0]
    for person in people:
        shown = forms(person, case)
        assert {"note", "return"} <= shown.keys()
        for action, form in shown.items():
            needed = {(name, "required") for name in (*form["required"], *form["one_of"][:1])}
            if needed:
                assert fault_codes(step(person, case, action)) == needed
            strange = next(
                name
                for name in ("stage", "level", "amount")
                if name not in (*form["required"], *form["optional"])
            )
            body = body_of(action, None) | {strange: body_of("stage_done", None, [strange])[strange]}
            assert fault_codes(step(person, case, **body)) == {(strange, "unknown_field")}
        for action in set(WIRE_ACTIONS) - shown.keys():
            result = next((each.result for each in fields_of(action).results[-1:]), None)
            assert step(person, case, **body_of(action, result)).status_code == 409, action
    assert rows(events, i=case["id"])[0][0] == before


def test_missing_fields_come_before_state_and_say_nothing_of_the_case(accepted, city, step):
    handler, supervisor, case = accepted
    stranger = city.worker("g4")
    answers = [step(person, case, "put_on_books") for person in (handler, supervisor, stranger)]
    assert [fault_codes(answer) for answer in answers] == [{("note", "required"), ("until", "required")}] * 3
    whole = body_of("put_on_books", None)
    assert step(stranger, case, **whole).status_code == 404
    assert step(handler, case, **whole).json["code"] == "transition_not_yours"


def test_reassign_needs_exactly_one_of_worker_and_unit(accepted, city, step):
    handler, supervisor, case = accepted
    assert forms(supervisor, case)["reassign"]["one_of"] == ["worker_id", "unit_id"]
    assert fault_codes(step(supervisor, case, "reassign")) == {
        ("note", "required"),
        ("worker_id", "required"),
    }
    both = {"worker_id": str(handler.id), "unit_id": str(city.units["roads"]), "note": "either"}
    assert fault_codes(step(supervisor, case, "reassign", **both)) == {("unit_id", "one_of_two")}
    body = {"action": "assign", "ids": [case["id"]], "body": both}
    assert supervisor.post("/incidents/bulk", body).json["items"][0]["errors"][0]["code"] == "one_of_two"


def test_bulk_transition_is_refused_with_strange_field(accepted):
    _, supervisor, case = accepted
    body = {"action": "transition", "ids": [case["id"]], "body": {"action": "lock", "until": "x"}}
    errors = {
        (fault["field"], fault["code"]) for fault in supervisor.post("/incidents/bulk", body).json["errors"]
    }
    assert errors == {("body.note", "required"), ("body.until", "unknown_field")}


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"action": "en_route", "because": "not_mine_to_do"}, "because", "unknown_field"),
        ({"action": "on_scene", "worker_id": "x"}, "worker_id", "unknown_field"),
        ({"action": "fail"}, "because", "required"),
        (
            {"action": "fail", "because": "not_mine_to_do", "at": "2026-01-01T00:00:00Z"},
            "at",
            "unknown_field",
        ),
        ({"action": "start"}, "action", "not_one_of"),
        ({}, "action", "required"),
    ],
)
def test_progress_is_refused_with_fields_of_other_action(accepted, body, field, code):
    handler, _, _ = accepted
    item = handler.get("/assignments").json["items"][0]
    assert fault_codes(handler.post(f"/assignments/{item['id']}/transitions", body)) == {(field, code)}


def test_required_names_follow_the_result():
    assert required_names("check", "pass") == ["result"]
    assert required_names("check", "not_pass") == ["result", "note"]
