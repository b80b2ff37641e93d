"""Discovery, list of services and service definitions: each sentence of the specification is a test.

Source: GeoReport v2 and Service Discovery, as https://wiki.open311.org has them.
"""

from datetime import datetime
from urllib.parse import urlsplit

import pytest

from tests.nonempty import nonempty
from tests.open311.conftest import as_texts, content_of, errors_of, open_city

DISCOVERY = {"changeset", "contact", "key_service", "endpoints"}
ENDPOINT = {"specification", "url", "changeset", "type", "formats"}
SERVICE = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}


# Service Discovery


def test_discovery_is_xml_and_json(portal):
    answers = {
        form: portal.open("GET", f"/discovery.{form}", {"jurisdiction_id": None}) for form in ("xml", "json")
    }
    assert {form: answer.status_code for form, answer in answers.items()} == {"xml": 200, "json": 200}
    assert answers["xml"].headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answers["json"].headers["Content-Type"] == "application/json; charset=utf-8"


def test_discovery_has_all_required_fields(portal):
    document = portal.json("/discovery")
    assert document.keys() == DISCOVERY
    assert all(document.values())
    for endpoint in nonempty(document["endpoints"]):
        assert endpoint.keys() == ENDPOINT
        assert all(endpoint.values())


def test_discovery_names_the_specification_of_georeport_v2(portal):
    assert (
        portal.json("/discovery")["endpoints"][0]["specification"] == "http://wiki.open311.org/GeoReport_v2"
    )


def test_discovery_type_is_production_or_test(portal):
    assert portal.json("/discovery")["endpoints"][0]["type"] in ("production", "test")


def test_discovery_formats_are_media_types(portal):
    assert portal.json("/discovery")["endpoints"][0]["formats"] == ["text/xml", "application/json"]


def test_discovery_url_leads_to_the_services(portal):
    path = urlsplit(portal.json("/discovery")["endpoints"][0]["url"]).path
    assert portal.get(f"{path.removeprefix('/open311')}/services.xml").status_code == 200


def test_discovery_changeset_is_the_time_of_the_newest_profile(portal, rows):
    [(newest,)] = rows("select max(in_force_from) from profile_version where in_force_from <= now()")
    changeset = datetime.fromisoformat(portal.json("/discovery")["changeset"])
    assert changeset == newest.replace(microsecond=0)


# Formats and encoding


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("/discovery", "discovery"),
        ("/v2/services", "services"),
        ("/v2/services/E0102", "service_definition"),
        ("/v2/services/none", "errors"),
    ],
)
def test_xml_has_the_root_of_its_resource(portal, path, root):
    answer = portal.get(f"{path}.xml")
    assert answer.data.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert f"<{root}".encode() == answer.data.splitlines()[1][: len(root) + 1]
    assert b"xmlns" not in answer.data


@pytest.mark.parametrize("path", ["/discovery", "/v2/services", "/v2/services/E0102"])
def test_json_is_the_content_of_xml_without_the_root(portal, path):
    assert as_texts(portal.json(path)) == content_of(portal.xml(path))


def test_unknown_format_is_not_found(portal):
    answer = portal.get("/v2/services.html")
    assert answer.status_code == 404
    assert errors_of(answer)[0]["code"] == 404


# GET Service List


def test_service_list_needs_no_key_and_has_the_fields_of_the_table(portal):
    for service in nonempty(portal.json("/v2/services")):
        assert service.keys() == SERVICE
        assert isinstance(service["service_code"], str)
        assert isinstance(service["metadata"], bool)
        assert service["type"] in ("realtime", "batch", "blackbox")


def test_metadata_is_true_or_false_in_xml(portal):
    values = {element.text for element in portal.xml("/v2/services").iter("metadata")}
    assert values <= {"true", "false"}
    assert values


def test_service_codes_of_the_list_are_unique(portal):
    codes = [service["service_code"] for service in portal.json("/v2/services")]
    assert len(set(codes)) == len(codes)


def test_service_list_leaves_conduct_disputes_and_help_out(portal):
    codes = {service["service_code"] for service in portal.json("/v2/services")}
    assert "E0102" in codes
    for code in ("E0603", "E0604", "E0605", "E0690"):
        assert code not in codes
        assert portal.get(f"/v2/services/{code}.xml").status_code == 404


def test_jurisdiction_that_is_unknown_is_not_found(portal):
    for path in ("/v2/services", "/v2/services/E0102"):
        answer = portal.get(f"{path}.xml", jurisdiction_id="elsewhere")
        assert answer.status_code == 404
        assert errors_of(answer) == [{"code": 404, "description": "There is no such jurisdiction."}]


@pytest.mark.parametrize("value", [None, ""])
def test_jurisdiction_is_required_if_the_endpoint_serves_several(portal, app, settings, value):
    open_city(app, settings)
    answer = portal.get("/v2/services.json", jurisdiction_id=value)
    assert answer.status_code == 400
    assert answer.json == [{"code": 400, "description": "jurisdiction_id is required"}]


def test_empty_parameter_is_as_one_that_is_not_sent(portal):
    assert portal.get("/v2/services.json", api_key="").data == portal.get("/v2/services.json").data


def test_unknown_parameter_is_refused_with_400(portal):
    answer = portal.get("/v2/services.json", service="E0102")
    assert answer.status_code == 400
    assert answer.json == [{"code": 400, "description": "service is an unknown field"}]


def test_service_names_are_in_the_language_of_the_reader(portal):
    chinese = portal.open("GET", "/v2/services.json", headers={"Accept-Language": "zh-CN"}).json
    english = portal.json("/v2/services")
    assert [s["service_code"] for s in chinese] == [s["service_code"] for s in english]
    assert chinese[0]["service_name"] != english[0]["service_name"]


# GET Service Definition


def test_service_definition_returns_the_code_of_the_call(portal):
    assert portal.json("/v2/services/E0102")["service_code"] == "E0102"


def test_service_definition_of_an_unknown_code_is_not_found(portal):
    for form in ("xml", "json"):
        answer = portal.get(f"/v2/services/none.{form}")
        assert answer.status_code == 404
        assert errors_of(answer) == [{"code": 404, "description": "There is no such service."}]


# Errors


def test_errors_come_in_the_format_asked_for(portal):
    for form, content_type in (
        ("xml", "text/xml; charset=utf-8"),
        ("json", "application/json; charset=utf-8"),
    ):
        for path in ("/v2/services/none", "/v2/nothing", "/nothing"):
            answer = portal.get(f"{path}.{form}")
            assert answer.status_code == 404
            assert answer.headers["Content-Type"] == content_type
            assert errors_of(answer)[0].keys() == {"code", "description"}


def test_wrong_method_is_answered_with_400(portal):
    answer = portal.open("POST", "/v2/services.json")
    assert answer.status_code == 400
    assert answer.json[0]["code"] == 400
    assert "GET" in answer.headers["Allow"]
