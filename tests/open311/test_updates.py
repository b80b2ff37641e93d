"""Service request updates, both ways, as FixMyStreet speaks them.

Source: the wiki of FixMyStreet, *Open311 FMS: proposed differences to Open311*, and its client `Open311.pm`.
"""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app.core import clock
from app.core.ids import uuid7
from tests.nonempty import nonempty
from tests.open311.cases import end, publish
from tests.open311.conftest import Portal, as_texts, content_of, errors_of, key_of_portal

MEMBERS = {
    *("update_id", "service_request_id", "status", "updated_datetime", "description", "media_url"),
}


def update(request_id, **fields):
    return {
        "service_request_id": request_id,
        "update_id": "812",
        "status": "OPEN",
        "updated_datetime": "2026-11-29T08:00:00Z",
        "description": "还在",
        "email": "wu@home.example",
        "first_name": "Wei",
        "last_name": "-",
    } | fields


# GET


def test_updates_have_the_members_of_the_extension(portal):
    end(portal.city, portal.report())
    for each in nonempty(portal.json("/v2/servicerequestupdates")):
        assert each.keys() == MEMBERS


def test_updates_of_xml_have_the_root_and_items_of_the_extension(portal):
    end(portal.city, portal.report())
    root = portal.xml("/v2/servicerequestupdates")
    assert root.tag == "service_request_updates"
    assert {child.tag for child in root} == {"request_update"}
    assert content_of(root) == as_texts(portal.json("/v2/servicerequestupdates"))


def test_end_of_a_case_is_an_update_with_status_and_reason_in_words(portal):
    request_id = portal.report()
    end(portal.city, request_id)
    last = portal.json("/v2/servicerequestupdates")[-1]
    assert last["service_request_id"] == request_id
    assert last["status"] == "closed"
    assert last["description"].startswith("A supervisor ended the case.")


def test_report_that_was_merged_ends_as_duplicate(portal):
    child, into = portal.report(), portal.report(service_code="E0102")
    body = {"into_id": into, "reason": "the same heap"}
    merged = portal.city.supervisor().post(f"/incidents/{child}/merge", body)
    assert merged.status_code == 200, merged.json
    last = [each for each in portal.json("/v2/servicerequestupdates") if each["service_request_id"] == child][
        -1
    ]
    assert (last["status"], last["description"].endswith("Duplicate report")) == ("duplicate", True)
    (alone,) = portal.json(f"/v2/requests/{child}")
    assert (alone["status"], alone["service_request_id"]) == ("closed", child)
    named = portal.json("/v2/requests", service_request_id=f"{child},{into}")
    assert {each["service_request_id"] for each in named} == {child, into}
    assert [each["service_request_id"] for each in portal.json("/v2/requests")] == [into]
    publish(portal.city, into, is_hidden=True)
    assert portal.json("/v2/servicerequestupdates") == []
    assert portal.get(f"/v2/requests/{child}.json").status_code == 404


def test_steps_within_a_plain_state_are_no_updates(portal, accept):
    """Dispatch, acceptance and the way of the worker are all `in progress`."""
    worker = portal.city.worker("g1")
    request_id = portal.report()
    before = portal.json("/v2/servicerequestupdates")
    [offer] = worker.get("/assignments").json["items"]
    assert worker.post(f"/assignments/{offer['id']}/accept", {}).status_code == 200
    assert portal.json("/v2/servicerequestupdates") == before
    assert {each["service_request_id"] for each in before} <= {request_id}


def test_handled_case_is_in_progress_then_fixed(portal, step, accept):
    worker, checker = portal.city.worker("g1"), portal.city.worker("g1")
    request_id = portal.report()
    case = {"id": request_id}
    for person in (worker, checker):
        offers = person.get("/assignments").json["items"]
        if offers:
            holder, other = person, checker if person is worker else worker
            assert person.post(f"/assignments/{offers[0]['id']}/accept", {}).status_code == 200
    fed = step(holder, case, "feed_back", note="done").json
    assert accept(other, fed).status_code == 200
    assert step(other, fed, "check", result="pass").status_code == 200
    statuses = [each["status"] for each in portal.json("/v2/servicerequestupdates")]
    assert statuses[-2:] == ["in_progress", "fixed"]
    assert portal.json(f"/v2/requests/{request_id}")[0]["status"] == "closed"


def test_updates_are_those_of_the_range_by_the_time_of_recording(portal):
    end(portal.city, portal.report())
    now = clock.now()
    recent = {"start_date": (now - timedelta(hours=2)).isoformat(), "end_date": now.isoformat()}
    listed = portal.json("/v2/servicerequestupdates", **recent)
    assert listed
    for each in listed:
        at = datetime.fromisoformat(each["updated_datetime"])
        assert now - timedelta(hours=2) <= at <= now + timedelta(seconds=1)
    earlier = {"start_date": (now - timedelta(hours=4)).isoformat(), "end_date": recent["start_date"]}
    assert portal.json("/v2/servicerequestupdates", **earlier) == []


def test_ids_of_updates_stay_the_same_and_are_unique(portal):
    for _ in range(2):
        end(portal.city, portal.report())
    first, second = (portal.json("/v2/servicerequestupdates") for _ in range(2))
    assert first == second
    assert len({each["update_id"] for each in first}) == len(first)


def test_updates_leave_cases_out_that_are_not_public(portal, report):
    worker = portal.city.worker("g1")
    dispute = report(worker, portal.city.in_grid("g1"), category="E0603")["id"]
    hidden = portal.report()
    before = portal.json("/v2/servicerequestupdates")
    end(portal.city, dispute)
    end(portal.city, hidden)
    publish(portal.city, hidden, is_hidden=True)
    after = portal.json("/v2/servicerequestupdates")
    assert hidden not in {each["service_request_id"] for each in after}
    assert len(after) <= len(before)


def test_updates_of_named_requests_only(portal):
    first, second = portal.report(), portal.report(service_code="E0105")
    for request_id in (first, second):
        end(portal.city, request_id)
    listed = portal.json("/v2/servicerequestupdates", service_request_id=first)
    assert {each["service_request_id"] for each in listed} == {first}


def test_updates_of_an_invalid_range_are_400(portal):
    answer = portal.get("/v2/servicerequestupdates.xml", start_date="yesterday")
    assert answer.status_code == 400
    assert errors_of(answer)[0]["code"] == 400


# POST


def test_posted_update_becomes_a_note_that_staff_reads(portal):
    request_id = portal.report()
    answer = portal.post("/v2/servicerequestupdates.json", update(request_id))
    assert answer.status_code == 200, answer.text
    [made] = answer.json
    assert UUID(made["update_id"])
    notes = portal.city.supervisor().get(f"/incidents/{request_id}/notes").json["items"]
    assert [note["words"] for note in notes] == ["还在"]
    assert [note["author"]["name"] for note in notes] == ["FixMyStreet"]


def test_posted_update_in_xml_has_the_root_and_item_of_the_extension(portal):
    answer = portal.post("/v2/servicerequestupdates.xml", update(portal.report()))
    assert b"<service_request_updates><request_update><update_id>" in answer.data


def test_posted_update_again_is_stored_once(portal):
    request_id = portal.report()
    answers = [portal.post("/v2/servicerequestupdates.json", update(request_id)).json for _ in range(2)]
    assert answers[0] == answers[1]
    notes = portal.city.supervisor().get(f"/incidents/{request_id}/notes").json["items"]
    assert len(notes) == 1
    changed = portal.post("/v2/servicerequestupdates.json", update(request_id, description="else"))
    assert changed.status_code == 400


def test_posted_status_is_told_to_staff_and_moves_no_case(portal):
    request_id = portal.report()
    portal.post("/v2/servicerequestupdates.json", update(request_id, status="FIXED"))
    notes = portal.city.supervisor().get(f"/incidents/{request_id}/notes").json["items"]
    assert notes[0]["words"] == "[FIXED]\n还在"
    assert portal.json(f"/v2/requests/{request_id}")[0]["status"] == "open"


def test_posted_reopen_contests_the_end_for_the_portal_that_reported(portal, rows):
    request_id = portal.report()
    other = Portal(portal.city, key_of_portal(portal.city))
    end(portal.city, request_id)
    reopen = update(request_id, status="REOPEN", description="还在")
    assert other.post("/v2/servicerequestupdates.json", reopen).status_code == 200
    assert portal.json(f"/v2/requests/{request_id}")[0]["status"] == "closed"
    assert portal.post("/v2/servicerequestupdates.json", reopen).status_code == 200
    assert portal.json(f"/v2/requests/{request_id}")[0]["status"] == "open"
    events = rows(
        "select note from incident_event where incident_id = cast(:id as uuid) and action = 'contest'",
        id=request_id,
    )
    assert events == [("[REOPEN]\n还在",)]


def test_posted_update_keeps_telephone_numbers_out_of_the_note(portal):
    request_id = portal.report()
    portal.post("/v2/servicerequestupdates.json", update(request_id, description="call 13912345678"))
    notes = portal.city.supervisor().get(f"/incidents/{request_id}/notes").json["items"]
    assert "13912345678" not in notes[0]["words"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"service_request_id": None}, 400),
        ({"service_request_id": str(uuid7())}, 404),
        ({"status": "DONE"}, 400),
        ({"updated_datetime": "yesterday"}, 400),
        ({"description": "x" * 4001}, 400),
        ({"update_id": "x" * 201}, 400),
        ({"api_key": None}, 403),
        ({"api_key": "gwk_none"}, 403),
        ({"jurisdiction_id": "elsewhere"}, 404),
    ],
)
def test_posted_update_that_is_wrong_is_refused_in_the_format_asked_for(portal, fields, status):
    request_id = portal.report()
    for ending in ("xml", "json"):
        answer = portal.post(f"/v2/servicerequestupdates.{ending}", update(request_id) | fields)
        assert answer.status_code == status, answer.text
        assert errors_of(answer)[0]["code"] == status


def test_posted_update_of_another_portal_is_accepted_for_a_public_case(portal):
    other = Portal(portal.city, key_of_portal(portal.city))
    assert other.post("/v2/servicerequestupdates.json", update(portal.report())).status_code == 200


def test_posted_update_of_a_case_that_is_not_public_is_404(portal):
    request_id = portal.report()
    publish(portal.city, request_id, is_hidden=True)
    assert portal.post("/v2/servicerequestupdates.json", update(request_id)).status_code == 404
