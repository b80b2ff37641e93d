"""Service requests: each sentence of the specification on POST, GET and tokens is a test.

Source: GeoReport v2: *POST Service Request*, *GET service_request_id from a token*, *GET Service Requests*, *Errors*.
"""

import dataclasses
from datetime import UTC, datetime, timedelta
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from tests.nonempty import nonempty
from tests.open311.cases import age, end, publish, store_cases
from tests.open311.conftest import Portal, as_texts, content_of, errors_of, key_of_portal, open_city

# Members of a request that the specification does not allow to leave out.
ALWAYS = {
    *("service_request_id", "status", "service_name", "service_code", "description", "requested_datetime"),
    *("updated_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url"),
}
AT_TIMES = {"status_notes", "agency_responsible", "service_notice", "expected_datetime"}


def only(answer):
    assert answer.status_code == 200, answer.text
    [request] = answer.json
    return request


def form(city, **fields):
    place = city.in_grid("g1")
    return {
        "service_code": "E0102",
        "lat": place["lat"],
        "long": place["lon"],
        "description": "垃圾",
    } | fields


# POST Service Request


def test_post_returns_the_id_of_the_created_request_as_a_string(portal):
    request = only(portal.post("/v2/requests.json", form(portal.city)))
    assert isinstance(request["service_request_id"], str)
    assert portal.get(f"/v2/requests/{request['service_request_id']}.json").status_code == 200


def test_post_returns_exactly_one_of_id_and_token(portal):
    request = only(portal.post("/v2/requests.json", form(portal.city)))
    assert ("service_request_id" in request) != ("token" in request)


def test_post_in_xml_has_the_root_service_requests_with_one_request(portal):
    answer = portal.post("/v2/requests.xml", form(portal.city))
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    [request] = content_of(_root(answer))
    assert UUID(request["service_request_id"])


@pytest.mark.parametrize("form_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_post_takes_url_encoded_and_multipart_forms(portal, form_type):
    answer = portal.post("/v2/requests.json", form(portal.city), content_type=form_type)
    assert answer.status_code == 200, answer.text


def test_post_opens_a_case_in_the_same_loop_as_everybody(portal):
    worker = portal.city.worker("g1")
    request_id = portal.report(description="路灯不亮", first_name="Wei", last_name="Wu", phone="13800000000")
    case = portal.city.supervisor().get(f"/incidents/{request_id}").json
    assert case["source"] == "public"
    assert case["grid"]["id"] == str(portal.city.areas["g1"])
    assert [a["incident"]["id"] for a in worker.get("/assignments").json["items"]] == [request_id]


def test_post_is_by_the_service_account_of_the_key(portal, rows):
    request_id = portal.report()
    [(kind, channel)] = rows(
        """select a.kind, p.channel from public_report p join account a on a.id = p.caller_id
           where p.incident_id = cast(:id as uuid)""",
        id=request_id,
    )
    assert (kind, channel) == ("portal", "open311")


def test_post_without_a_key_or_with_a_wrong_one_is_forbidden(portal):
    for key in (None, "", "wrong", "gwk_wrong"):
        answer = portal.post("/v2/requests.xml", form(portal.city, api_key=key))
        assert answer.status_code == 403, answer.text
        [error] = errors_of(answer)
        assert error["code"] == 403
        assert "key" in error["description"]


def test_post_with_a_key_that_may_not_report_is_forbidden(portal):
    reader = Portal(portal.city, key_of_portal(portal.city, ("incident:read",)))
    assert reader.post("/v2/requests.json", form(portal.city)).status_code == 403


def test_post_without_service_code_is_400_and_with_an_unknown_one_404(portal):
    answer = portal.post("/v2/requests.json", form(portal.city, service_code=""))
    assert (answer.status_code, errors_of(answer)[0]["description"]) == (400, "service_code is required")
    answer = portal.post("/v2/requests.json", form(portal.city, service_code="none"))
    assert (answer.status_code, errors_of(answer)[0]["description"]) == (404, "There is no such service.")


def test_post_for_a_category_that_is_not_public_is_404(portal):
    for code in ("E0603", "E0690", "unclassified"):
        assert portal.post("/v2/requests.json", form(portal.city, service_code=code)).status_code == 404


def test_post_with_an_unknown_jurisdiction_is_404(portal):
    answer = portal.post("/v2/requests.xml", form(portal.city, jurisdiction_id="elsewhere"))
    assert answer.status_code == 404


def test_post_without_a_jurisdiction_is_400_if_there_are_several(portal, app, settings):
    open_city(app, settings)
    answer = portal.post("/v2/requests.json", form(portal.city, jurisdiction_id=None))
    assert answer.status_code == 400
    assert answer.json[0]["description"] == "jurisdiction_id is required"


@pytest.mark.parametrize("left_out", [("lat",), ("long",), ("lat", "long")])
def test_post_needs_a_full_location(portal, left_out):
    answer = portal.post("/v2/requests.json", form(portal.city, **dict.fromkeys(left_out)))
    assert answer.status_code == 400
    assert answer.json[0]["description"].split()[0] in ("lat", "long")


@pytest.mark.parametrize("value", ["north", "1e2", "nan", "inf", "91", "-91", "٣٠", "30,2"])
def test_post_with_a_latitude_that_is_no_number_in_range_is_400(portal, value):
    assert portal.post("/v2/requests.json", form(portal.city, lat=value)).status_code == 400


def test_post_outside_of_the_city_is_400(portal):
    answer = portal.post("/v2/requests.json", form(portal.city, lat=0, long=0))
    assert answer.status_code == 400


def test_post_takes_an_address_string_that_names_one_place(portal, rows):
    answer = portal.post("/v2/requests.json", form(portal.city, lat=None, long=None, address_string="区g1"))
    request = only(answer)
    [(grid_id,)] = rows(
        "select grid_id from incident where id = cast(:id as uuid)", id=request["service_request_id"]
    )
    assert grid_id == portal.city.areas["g1"]


def test_post_with_an_address_that_is_not_found_is_400(portal):
    for fields in ({"address_string": "nowhere"}, {"address_id": "7"}, {"address_id": str(uuid7())}):
        answer = portal.post("/v2/requests.json", form(portal.city, lat=None, long=None, **fields))
        assert answer.status_code == 400, fields


def test_post_with_more_than_4000_characters_is_400(portal):
    assert portal.post("/v2/requests.json", form(portal.city, description="字" * 4000)).status_code == 200
    answer = portal.post("/v2/requests.json", form(portal.city, description="字" * 4001))
    assert answer.status_code == 400


def test_post_without_description_is_accepted(portal):
    assert portal.post("/v2/requests.json", form(portal.city, description=None)).status_code == 200


def test_post_with_required_attribute_missing_is_400(portal):
    answer = portal.post("/v2/requests.json", form(portal.city, service_code="0106"))
    assert answer.status_code == 400
    assert answer.json == [{"code": 400, "description": "attribute[FAULT] is required"}]


def test_post_stores_answers_of_attributes_with_one_and_several_values(portal, rows):
    attributes = {
        "attribute[FAULT]": "dark",
        "attribute[WHERE][]": ["road", "yard"],
        "attribute[SINCE]": "2026-11-01T08:00:00+08:00",
        "attribute[LAMPS]": "2",
    }
    request_id = portal.report(service_code="0106", **attributes)
    [(stored, words)] = rows(
        "select attributes, words from report where incident_id = cast(:id as uuid)", id=request_id
    )
    assert words.splitlines()[:2] == ["垃圾堆积", "What is wrong with the lamp? It is dark"]
    assert stored == {
        "FAULT": "dark",
        "WHERE": ["road", "yard"],
        "SINCE": "2026-11-01T08:00:00+08:00",
        "LAMPS": "2",
    }


@pytest.mark.parametrize(
    ("code", "value"),
    [
        *(("FAULT", "burns"), ("FAULT", ["dark", "flickers"]), ("WHERE", ["road", "moon"]), ("LAMPS", "two")),
        *(("SINCE", "yesterday"), ("SINCE", "2026-11-01T08:00:00")),
    ],
)
def test_post_with_an_answer_that_the_definition_does_not_allow_is_400(portal, code, value):
    fields = {"service_code": "0106", "attribute[FAULT]": "dark", f"attribute[{code}]": value}
    answer = portal.post("/v2/requests.json", form(portal.city, **fields))
    assert answer.status_code == 400
    assert answer.json[0]["description"].startswith(f"attribute[{code}]")


def test_post_names_all_faults_at_once(portal):
    faulty = form(portal.city, service_code=None, lat="x", email="none", description="x" * 4001)
    assert len(errors_of(portal.post("/v2/requests.xml", faulty))) == 4


def test_post_of_a_body_that_is_no_form_is_400(portal):
    client = portal.city.app.test_client()
    answer = client.post("/open311/v2/requests.json", json={"api_key": portal.api_key})
    assert answer.status_code == 400
    assert answer.json[0]["code"] == 400


def test_post_again_with_the_id_of_the_client_returns_the_same_request(portal):
    fields = form(portal.city, **{"attribute[fixmystreet_id]": "4711"})
    first, second = (only(portal.post("/v2/requests.json", fields)) for _ in range(2))
    assert first == second
    other = Portal(portal.city, key_of_portal(portal.city))
    assert only(other.post("/v2/requests.json", fields)) != first


def test_post_keeps_contact_data_out_of_every_answer(portal):
    contact = {"email": "wu@home.example", "phone": "13912345678", "first_name": "Wei", "last_name": "Wu"}
    request_id = portal.report(description="call 13912345678", **contact)
    for path in (f"/v2/requests/{request_id}", "/v2/requests", "/v2/servicerequestupdates"):
        for ending in ("xml", "json"):
            text = portal.get(f"{path}.{ending}").text
            assert not any(secret in text for secret in ("13912345678", "wu@home", "Wei"))


# GET service_request_id from a token


def test_token_returns_the_id_of_its_request(settings, portal, monkeypatch):
    tokens = dataclasses.replace(settings, open311_tokens=True)
    monkeypatch.setitem(portal.city.app.extensions, "settings", tokens)
    request = only(portal.post("/v2/requests.json", form(portal.city)))
    assert request.keys() == {"token"}
    [resolved] = portal.json(f"/v2/tokens/{request['token']}")
    assert resolved.keys() == {"service_request_id", "token"}
    assert resolved["token"] == request["token"]
    assert portal.get(f"/v2/requests/{resolved['service_request_id']}.json").status_code == 200
    assert {service["type"] for service in portal.json("/v2/services")} == {"batch"}


def test_token_that_is_unknown_is_404(portal):
    request_id = portal.report()
    for token in ("t-none", request_id, f"t-{uuid7()}", f"t-{request_id.upper()}x"):
        answer = portal.get(f"/v2/tokens/{token}.xml")
        assert answer.status_code == 404
        assert errors_of(answer) == [{"code": 404, "description": "There is no such token."}]


# GET Service Request


def test_request_has_the_fields_of_the_table(portal):
    [request] = portal.json(f"/v2/requests/{portal.report()}")
    assert request.keys() >= ALWAYS
    assert request.keys() - ALWAYS <= AT_TIMES
    assert request["status"] == "open"
    assert (request["service_code"], request["service_name"]) == ("E0102", "Exposed rubbish")
    assert isinstance(request["lat"], float)
    assert isinstance(request["long"], float)


def test_request_alone_is_a_list_of_one_in_both_formats(portal):
    request_id = portal.report()
    assert as_texts(portal.json(f"/v2/requests/{request_id}")) == content_of(
        portal.xml(f"/v2/requests/{request_id}")
    )


def test_request_times_have_a_zone(portal):
    [request] = portal.json(f"/v2/requests/{portal.report()}")
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert datetime.fromisoformat(request[name]).tzinfo is not None


def test_request_that_is_unknown_or_not_public_is_404_alike(portal, report):
    worker = portal.city.worker("g1")
    hidden = report(worker, portal.city.in_grid("g1"), category="E0603")["id"]
    answers = [
        portal.get(f"/v2/requests/{request_id}.json")
        for request_id in (hidden, str(uuid7()), "1", "0" * 300, "%00")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1


def test_request_has_the_place_of_its_cell_and_no_other(portal):
    [request] = portal.json(f"/v2/requests/{portal.report()}")
    exact = portal.city.in_grid("g1")
    assert (request["lat"], request["long"]) != (exact["lat"], exact["lon"])
    assert abs(request["lat"] - exact["lat"]) < 0.001


def test_words_are_returned_only_when_released(portal):
    request_id = portal.report(description="垃圾堆积三天")
    [request] = portal.json(f"/v2/requests/{request_id}")
    assert request["description"] is None
    publish(portal.city, request_id, words="垃圾堆积")
    [request] = portal.json(f"/v2/requests/{request_id}")
    assert request["description"] == "垃圾堆积"


# GET Service Requests


def test_list_has_requests_of_all_services_the_newest_first(portal):
    ids = [portal.report(service_code=code) for code in ("E0102", "E0105", "E0301")]
    assert [request["service_request_id"] for request in portal.json("/v2/requests")] == ids[::-1]


def test_list_needs_no_key(portal):
    portal.report()
    assert len(Portal(portal.city).json("/v2/requests")) == 1


def test_list_of_json_is_the_content_of_xml_without_the_root(portal):
    publish(portal.city, portal.report(), words="a\r\nb\x0b <c> & 垃圾")
    portal.report(service_code="E0105")
    root = portal.xml("/v2/requests")
    assert root.tag == "service_requests"
    assert content_of(root) == as_texts(portal.json("/v2/requests"))


def test_list_by_ids_overrides_all_other_arguments(portal):
    first, second, _ = (portal.report() for _ in range(3))
    others = {"status": "closed", "start_date": "nonsense", "service_code": "E0301", "page": "0"}
    listed = portal.json("/v2/requests", service_request_id=f"{first},{second},{uuid7()},x", **others)
    assert {request["service_request_id"] for request in listed} == {first, second}


def test_list_by_several_service_codes(portal):
    wanted = [portal.report(service_code=code) for code in ("E0102", "E0105")]
    portal.report(service_code="E0301")
    listed = portal.json("/v2/requests", service_code="E0102,E0105")
    assert {request["service_request_id"] for request in listed} == set(wanted)
    assert portal.json("/v2/requests", service_code="none") == []


def test_list_by_status(portal):
    closed, still_open = portal.report(), portal.report(service_code="E0105")
    end(portal.city, closed)
    for status, expected in (
        ("open", {still_open}),
        ("closed", {closed}),
        ("open,closed", {closed, still_open}),
    ):
        listed = portal.json("/v2/requests", status=status)
        assert {request["service_request_id"] for request in listed} == expected
        assert {request["status"] for request in listed} == set(status.split(","))


def test_agency_responsible_is_the_name_of_the_unit_that_has_the_case(portal):
    boss, units = portal.city.supervisor(), portal.city.units
    rubbish, shop = portal.report(), portal.report(service_code="0301")
    listed = {each["service_request_id"]: each for each in portal.json("/v2/requests")}
    assert listed[rubbish]["agency_responsible"] == "cleaning"
    assert listed[shop].get("agency_responsible") != "cleaning"
    move = {"owner_unit_id": str(units["roads"]), "note": "桥下归道路单位"}
    changed = boss.call("PATCH", f"/incidents/{rubbish}", move, headers={"If-Match": "*"})
    assert changed.status_code == 200, changed.json
    [request] = portal.json(f"/v2/requests/{rubbish}")
    assert request["agency_responsible"] == "roads"
    [in_xml] = content_of(portal.xml(f"/v2/requests/{rubbish}"))
    assert in_xml["agency_responsible"] == "roads"


def test_request_without_unit_has_no_agency_responsible(portal, rows):
    request_id = portal.report()
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set owner_unit_id = null where id = :id"), {"id": UUID(request_id)}
        )
    [request] = portal.json(f"/v2/requests/{request_id}")
    assert "agency_responsible" not in request


def test_agency_of_a_case_that_is_not_public_is_named_nowhere(portal, report):
    hidden = report(portal.city.supervisor(), portal.city.in_grid("g1"), category="E0603")["id"]
    shown = portal.report()
    publish(portal.city, shown, is_hidden=True)
    for request_id in (hidden, shown):
        assert portal.get(f"/v2/requests/{request_id}.json").status_code == 404
    assert portal.json("/v2/requests") == []


def test_updated_time_of_a_closed_request_is_when_it_was_closed(portal, rows):
    request_id = portal.report()
    end(portal.city, request_id)
    [request] = portal.json(f"/v2/requests/{request_id}")
    [(closed_at,)] = rows("select closed_at from incident where id = cast(:id as uuid)", id=request_id)
    assert datetime.fromisoformat(request["updated_datetime"]) == closed_at.replace(microsecond=0)
    assert request["status_notes"]


def test_list_by_range_of_the_time_of_the_request(portal):
    request_id = portal.report()
    [request] = portal.json(f"/v2/requests/{request_id}")
    at = request["requested_datetime"]
    assert len(portal.json("/v2/requests", start_date=at, end_date=at)) == 1
    later = (datetime.fromisoformat(at) + timedelta(seconds=1)).astimezone(UTC).isoformat()
    assert portal.json("/v2/requests", start_date=later) == []


def test_list_defaults_to_the_last_90_days(portal):
    recent, old = portal.report(), portal.report(service_code="E0105")
    age(recent, days=89)
    age(old, days=91)
    assert [request["service_request_id"] for request in portal.json("/v2/requests")] == [recent]


def test_list_of_more_than_90_days_is_400(portal):
    range_ = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}
    answer = portal.get("/v2/requests.xml", **range_)
    assert answer.status_code == 400
    assert errors_of(answer)[0]["description"] == "end_date is more than 90 days after the start"


def test_list_in_pages_has_each_request_once(portal):
    ids = {portal.report(service_code=code) for code in ("E0102", "E0105", "E0301", "0301", "E0502")}
    pages = [portal.json("/v2/requests", page=page, page_size=2) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    listed = [request["service_request_id"] for page in pages for request in page]
    assert set(listed) == ids
    assert len(listed) == len(ids)


def test_list_links_its_next_page(portal):
    for code in ("E0102", "E0105", "E0301"):
        portal.report(service_code=code)
    answer = portal.get("/v2/requests.json", page_size=2)
    href = answer.headers["Link"].partition(">")[0].removeprefix("<")
    assert answer.headers["Link"].endswith('; rel="next"')
    second = portal.city.app.test_client().get(href.partition("localhost")[2])
    assert len(second.json) == 1
    assert "Link" not in second.headers
    assert second.json[0] not in answer.json


def test_list_has_at_most_1000_requests(portal, rows):
    store_cases(portal.city, 1_003)
    assert len(portal.json("/v2/requests")) == 1_000
    assert len(portal.json("/v2/requests", page_size=5_000)) == 1_000
    assert len(portal.json("/v2/requests", page=2)) == 3


@pytest.mark.parametrize(
    "args", [{"status": "solved"}, {"start_date": "2026-01-01"}, {"page": "x"}, {"lat": "1"}, {"q": "x"}]
)
def test_list_with_an_invalid_or_unknown_argument_is_400_in_the_format_asked_for(portal, args):
    for ending in ("xml", "json"):
        answer = portal.get(f"/v2/requests.{ending}", **args)
        assert answer.status_code == 400
        assert nonempty(errors_of(answer))[0]["code"] == 400


def _root(answer):
    assert answer.status_code == 200, answer.text
    root = ET.fromstring(answer.data)
    assert root.tag == "service_requests"
    return root
