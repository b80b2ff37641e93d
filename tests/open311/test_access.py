"""Access to the operations below /open311: some need no key, some the key of a service account with a permission."""

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.core.quotas import DEFAULTS, Quotas
from tests.nonempty import nonempty
from tests.open311.cases import publish
from tests.open311.conftest import Portal, errors_of, key_of_portal, open_city
from tests.public.conftest import file_report

# Each operation: anybody, or a service account with this permission.
DOORS = {
    "GET /open311/api": "anybody",
    "GET /open311/discovery.{form}": "anybody",
    "GET /open311/v2/services.{form}": "anybody",
    "GET /open311/v2/services/{service_code}.{form}": "anybody",
    "GET /open311/v2/requests.{form}": "anybody",
    "GET /open311/v2/requests/{service_request_id}.{form}": "anybody",
    "GET /open311/v2/tokens/{token}.{form}": "anybody",
    "GET /open311/v2/servicerequestupdates.{form}": "anybody",
    "POST /open311/v2/requests.{form}": "incident:report",
    "POST /open311/v2/servicerequestupdates.{form}": "incident:report",
}
# What no answer to somebody without a key may have, of the case of `private_words`.
SECRETS = ("13912345678", "wu@home.example", "Wei Wu", "三楼", "E0603", "case_no")


def operations(app):
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/open311/"):
            path = rule.rule.replace("<any(xml, json):form>", "{form}").replace("<", "{").replace(">", "}")
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield f"{method} {path}"


def test_table_of_doors_has_every_operation(app):
    assert set(operations(app)) == DOORS.keys()


def filled(operation, request_id="x"):
    method, _, path = operation.partition(" ")
    path = path.removeprefix("/open311").replace("{form}", "json").replace("{service_code}", "E0102")
    return method, path.replace("{service_request_id}", request_id).replace("{token}", f"t-{request_id}")


def test_operations_without_key_answer_anybody(portal):
    request_id = portal.report()
    for operation in nonempty([o for o, needs in DOORS.items() if needs == "anybody"]):
        method, path = filled(operation, request_id)
        assert portal.open(method, path).status_code == 200, operation


@pytest.mark.parametrize("credential", ["none", "worker", "admin", "other", "disabled", "unreported"])
def test_operations_with_key_refuse_everybody_else(portal, city, credential):
    """Tokens of people are no keys, and a service account needs the permission."""
    keys = {
        "none": lambda: None,
        "worker": lambda: city.worker("g1").bearer()["Authorization"].removeprefix("Bearer "),
        "admin": lambda: city.person(Role.ADMIN).bearer()["Authorization"].removeprefix("Bearer "),
        "other": lambda: "gws_" + "x" * 43,
        "disabled": lambda: disabled(city),
        "unreported": lambda: key_of_portal(city, ("incident:read", "media:add")),
    }
    place = city.in_grid("g1")
    form = {
        "service_code": "E0102",
        "lat": place["lat"],
        "long": place["lon"],
        "service_request_id": portal.report(),
        "description": "x",
    }
    stranger = Portal(city, keys[credential]())
    for operation in nonempty([o for o, needs in DOORS.items() if needs != "anybody"]):
        _, path = filled(operation)
        answer = stranger.post(path, form)
        assert answer.status_code == 403, (operation, answer.text)


def disabled(city):
    """Return the key of a portal whose account is disabled."""
    key = key_of_portal(city)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("""update account set disabled_at = :now where id = (
                      select account_id from service_credential order by created_at desc limit 1)"""),
            {"now": clock.now()},
        )
    return key


def test_key_is_accepted_in_form_query_and_header(portal):
    place = portal.city.in_grid("g1")
    form = {"service_code": "E0102", "lat": place["lat"], "long": place["lon"], "api_key": None}
    assert portal.post("/v2/requests.json", form | {"api_key": portal.api_key}).status_code == 200
    assert portal.post(f"/v2/requests.json?api_key={portal.api_key}", form).status_code == 200
    headers = {"X-API-Key": portal.api_key}
    assert portal.post("/v2/requests.json", form, headers=headers).status_code == 200


def test_no_answer_has_what_is_not_public(portal, report):
    contact = {"email": "wu@home.example", "phone": "13912345678", "first_name": "Wei", "last_name": "Wu"}
    private = portal.report(description="三楼 13912345678", **contact)
    hidden = portal.report(service_code="E0105")
    publish(portal.city, hidden, is_hidden=True)
    dispute = report(portal.city.worker("g1"), portal.city.in_grid("g1"), category="E0603")["id"]
    for operation in nonempty([o for o, needs in DOORS.items() if needs == "anybody"]):
        for request_id in (private, hidden, dispute, str(uuid7())):
            for ending in ("json", "xml"):
                method, path = filled(operation, request_id)
                answer = portal.open(method, path.replace(".json", f".{ending}")).text
                assert not any(secret in answer for secret in SECRETS), operation
                if request_id in (hidden, dispute):
                    assert request_id not in answer, operation


def test_hidden_and_private_cases_change_no_answer(portal):
    """Lists, pages and updates are those of a city without these cases."""
    for code in ("E0102", "E0105", "E0301"):
        portal.report(service_code=code)
    paths = ("/v2/requests", "/v2/servicerequestupdates")
    pages = [{}, {"page_size": "2"}, {"page_size": "2", "page": "2"}, {"page_size": "1", "page": "3"}]

    def answers():
        return [portal.json(path, **args) for path in paths for args in pages]

    before = answers()
    file_report(portal.city, category="E0603")
    publish(portal.city, portal.report(service_code="E0502"), is_hidden=True)
    assert answers() == before


def test_requests_of_one_city_are_not_those_of_another(portal, app, settings):
    other = Portal(open_city(app, settings), portal.api_key)
    request_id = portal.report()
    assert other.json("/v2/requests") == []
    assert other.get(f"/v2/requests/{request_id}.json").status_code == 404
    assert other.json("/v2/requests", service_request_id=request_id) == []
    assert other.json("/v2/servicerequestupdates") == []


@pytest.fixture
def few(portal, monkeypatch):
    """Let callers send three requests in a minute."""
    quotas = Quotas(dict.fromkeys(DEFAULTS, 3), processes=1)
    monkeypatch.setitem(portal.city.app.extensions, "quotas", quotas)


@pytest.mark.usefixtures("few")
def test_quota_of_an_address_is_answered_with_429_in_the_format_asked_for(portal):
    from_address = {"environ_base": {"REMOTE_ADDR": "198.51.100.7"}}
    statuses = [portal.open("GET", "/v2/services.xml", **from_address).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    answer = portal.open("GET", "/v2/requests.xml", **from_address)
    assert errors_of(answer)[0]["code"] == 429
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.usefixtures("few")
def test_quota_of_a_key_is_that_of_its_account(portal):
    other = Portal(portal.city, key_of_portal(portal.city))
    form = {"service_code": "none"}
    statuses = [portal.post("/v2/requests.json", form).status_code for _ in range(4)]
    assert statuses == [400, 400, 400, 429]
    assert other.post("/v2/requests.json", form).status_code != 429


@pytest.mark.usefixtures("few")
def test_wrong_keys_use_up_the_quota_of_their_address(portal):
    stranger = Portal(portal.city, "gwk_wrong")
    from_address = {"environ_base": {"REMOTE_ADDR": "203.0.113.7"}}
    statuses = [stranger.post("/v2/requests.json", {}, **from_address).status_code for _ in range(4)]
    assert statuses == [403, 403, 403, 429]
