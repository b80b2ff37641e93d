"""Clients of Open311 against a running server: georeport, unmodified, and a form with a photo of several megabytes."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from georeport import GeoReport
from requests import HTTPError

from app.settings import Settings
from tests.factories import City
from tests.live.databases import own_database
from tests.live.processes import Server, app_on, environment
from tests.media.sending import photo
from tests.open311.conftest import Portal, key_of_portal, open_city


@dataclass
class Site:
    url: str
    city: City
    api_key: str
    ids: list[str]

    def client(self, form: str) -> GeoReport:
        return GeoReport(self.url, jurisdiction=self.city.code, output_format=form)


@pytest.fixture(scope="module")
def site(app: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("open311")
    with own_database(os.environ["GRIDWARD_TEST_DATABASE_URL"]) as url:
        settings = Settings(
            database_url=url,
            signing_key_file=folder / "signing-key.pem",
            argon2_memory_kib=64,
            argon2_time_cost=1,
        )
        with app_on(settings) as alone:
            city = open_city(alone, settings)
            key = key_of_portal(city)
            portal = Portal(city, key)
            ids = [portal.report(), portal.report(service_code="E0105")]
            server = Server(folder / "server.log", environment(settings, folder)).wait_ready()
            try:
                yield Site(f"http://127.0.0.1:{server.port}/open311/v2", city, key, ids)
            finally:
                server.kill()


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_services_and_definitions(site, form):
    client = site.client(form)
    services = {service["service_code"]: service for service in client.get_service_list()}
    assert services["E0102"]["service_name"] == "Exposed rubbish"
    definition = client.get_service_definition("0106")
    attributes = definition["attributes"] if form == "json" else definition["attributes"]["attribute"]
    assert [attribute["code"] for attribute in attributes] == ["FAULT", "SINCE", "WHERE", "LAMPS"]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_requests(site, form):
    client = site.client(form)
    listed = client.get_service_requests()
    assert {request["service_request_id"] for request in listed} >= set(site.ids)
    named = client.get_service_requests(service_request_id=",".join(site.ids), status="closed")
    assert {request["service_request_id"] for request in named} == set(site.ids)
    single = client.get_service_request(site.ids[0])
    assert single["service_request_id"] == site.ids[0]
    assert single["status"] == "open"


def test_georeport_gets_the_errors_of_the_server(site):
    for call in (
        lambda: site.client("json").get_service_definition("none"),
        lambda: site.client("xml").get_service_request("none"),
        lambda: site.client("json").get_service_requests(start_date="x"),
    ):
        with pytest.raises(HTTPError) as refused:
            call()
        assert refused.value.response.status_code in (400, 404)


def test_form_with_a_photo_of_megabytes_is_stored(site):
    content = photo((64, 48)) + b"\0" * 3_000_000
    place = site.city.in_grid("g1")
    form = {
        "api_key": site.api_key,
        "jurisdiction_id": site.city.code,
        "service_code": "E0301",
        "lat": place["lat"],
        "long": place["lon"],
    }
    answer = requests.post(
        f"{site.url}/requests.json", data=form, files={"media": ("a.jpg", content)}, timeout=20
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()[0]["service_request_id"]
    too_large = {"media": ("a.jpg", content[:100] + b"\0" * 20_000_000)}
    answer = requests.post(f"{site.url}/requests.xml", data=form, files=too_large, timeout=20)
    assert answer.status_code == 400
    assert b"<code>400</code>" in answer.content
