"""FixMyStreet as a client: what it sends and reads, from the list of services to the end of a report."""

import dataclasses
from datetime import timedelta

import pytest

from app.core import clock
from tests.open311.cases import end
from tests.open311.fixmystreet import FixMyStreet

# What FixMyStreet makes of a status; any other leaves the report as it is.
STATES = {
    "open": "confirmed",
    "closed": "fixed - council",
    "fixed": "fixed - council",
    "in_progress": "in progress",
    "investigating": "investigating",
    "action_scheduled": "action scheduled",
    "no_further_action": "unable to fix",
}


@pytest.fixture
def fixmystreet(portal):
    return FixMyStreet(portal.city.app.test_client(), portal.city.code, portal.api_key)


def report(city, **fields):
    place = city.in_grid("g1")
    return {
        "title": "Rubbish",
        "detail": "垃圾堆积",
        "url": "https://fix.example/report/7",
        "name": "Wei Wu",
        "email": "wu@home.example",
        "service_code": "E0102",
        "latitude": place["lat"],
        "longitude": place["lon"],
    } | fields


def test_categories_and_their_fields_are_filled_in_from_the_services(fixmystreet):
    services = {service["service_code"]: service for service in fixmystreet.services()}
    assert services["E0102"]["service_name"] == "Exposed rubbish"
    assert services["E0102"]["group"]
    fields = services["0106"]["fields"]
    assert [field["code"] for field in fields] == ["FAULT", "SINCE", "WHERE", "LAMPS"]
    assert [value["key"] for value in fields[0]["values"]] == ["dark", "flickers"]
    assert fields[0]["required"] == "true"


def test_report_gets_an_id_and_its_words_reach_staff(fixmystreet, portal, rows):
    request_id = fixmystreet.send_report(report(portal.city))
    [(words,)] = rows("select words from report where incident_id = cast(:id as uuid)", id=request_id)
    assert words == "Rubbish\n\n垃圾堆积\n\nhttps://fix.example/report/7"


def test_report_is_sent_again_without_a_second_case(fixmystreet, portal, rows):
    """FixMyStreet sends a report again if the answer is lost; the extra field has its own id."""
    sent = report(portal.city, extra={"fixmystreet_id": "7"})
    ids = {fixmystreet.send_report(sent) for _ in range(3)}
    assert len(ids) == 1
    [(count,)] = rows(
        "select count(*) from incident where jurisdiction_id = :id", id=portal.city.jurisdiction_id
    )
    assert count == 1


def test_report_answered_with_a_token_gets_its_id_by_the_token(fixmystreet, portal, settings, monkeypatch):
    with_tokens = dataclasses.replace(settings, open311_tokens=True)
    monkeypatch.setitem(portal.city.app.extensions, "settings", with_tokens)
    request_id = fixmystreet.send_report(report(portal.city))
    assert portal.get(f"/v2/requests/{request_id}.xml").status_code == 200


def test_refused_report_has_an_error_that_fixmystreet_shows(fixmystreet, portal):
    assert fixmystreet.send_report(report(portal.city, service_code="0106")) is None
    assert fixmystreet.error == "400: attribute[FAULT] is required"
    fixmystreet.api_key = "gwk_old"
    assert fixmystreet.send_report(report(portal.city)) is None
    assert fixmystreet.error == "403: The API key is not valid."


def test_end_of_a_report_comes_back_as_an_update(fixmystreet, portal):
    request_id = fixmystreet.send_report(report(portal.city))
    end(portal.city, request_id)
    now = clock.now()
    updates = fixmystreet.updates(now - timedelta(hours=2), now + timedelta(seconds=1))
    last = updates[-1]
    assert last["service_request_id"] == request_id
    assert last["update_id"]
    assert last["description"]
    assert last["media_url"] is None
    assert {each["status"] for each in updates} <= STATES.keys()
    # The same range again has the same ids, by which FixMyStreet knows what it has stored.
    assert fixmystreet.updates(now - timedelta(hours=2), now + timedelta(seconds=1)) == updates


def test_comment_on_a_report_is_sent_once_and_read_by_staff(fixmystreet, portal):
    request_id = fixmystreet.send_report(report(portal.city))
    comment = {"id": 31, "external_id": request_id, "text": "还在", "at": clock.now()}
    assert fixmystreet.send_update(comment) == fixmystreet.send_update(comment)
    notes = portal.city.supervisor().get(f"/incidents/{request_id}/notes").json["items"]
    assert [note["words"] for note in notes] == ["还在"]


def test_comment_on_an_unknown_report_is_an_error(fixmystreet):
    comment = {"id": 32, "external_id": "4711", "text": "?", "at": clock.now()}
    assert fixmystreet.send_update(comment) is None
    assert fixmystreet.error == "404: There is no such service request, or it is not public."
