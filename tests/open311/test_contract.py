"""The document at /open311/api is true: answers are as declared, and no request breaks anything.

Examples are drawn anew at each run, from its seed (tests/seeds.py).
"""

import random
from typing import Any
from urllib.parse import quote_from_bytes

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from openapi_spec_validator import validate
from schemathesis import GenerationMode

from tests.nonempty import nonempty
from tests.open311.conftest import Portal, errors_of, key_of_portal, open_city
from tests.sample_sizes import examples
from tests.seeds import SEED
from tests.test_contract_schemathesis import CHECKS

ALLOWED = {200, 400, 403, 404, 429}
NAMES = (
    *("service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size", "lat"),
    *("long", "description", "media_url", "email", "attribute[FAULT]", "attribute[WHERE][]", "update_id"),
    *(
        "updated_datetime",
        "address_string",
        "address_id",
        "jurisdiction_id",
        "api_key",
        "phone",
        "first_name",
    ),
)
PATHS = (
    *("/discovery", "/v2/services", "/v2/services/0106", "/v2/requests", "/v2/requests/1", "/v2/tokens/1"),
    *("/v2/servicerequestupdates", "/v2/services/%00", "/v2/requests/%ff", "/v2/tokens/t-%F0%9F"),
)
VALUES = (
    *(b"", b" ", b"\0", b"\xff\xfe", b"0", b"-1", b"1e400", b"9" * 30, b"open,closed", b",,,", b"nan"),
    *(b"2026-11-01T00:00:00Z", b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59Z", b"\xed\xa0\x80"),
    *(b"x" * 5_000, "垃圾".encode(), b"<![CDATA[", b"&lt;", b"'; drop table incident; --", b"{}", b"[]"),
    *(b"https://a.example/b.jpg", b"00000000-0000-0000-0000-000000000000", b"%00", b"\r\n", b"dark"),
)


@pytest.fixture(scope="module")
def module_portal(app: Any, settings: Any) -> Portal:
    city = open_city(app, settings)
    portal = Portal(city, key_of_portal(city))
    portal.report()
    return portal


@pytest.fixture(scope="module")
def api(app):
    return schemathesis.openapi.from_wsgi("/open311/api", app)


def test_document_is_valid_openapi(app):
    validate(app.test_client().get("/open311/api").json)


def test_every_documented_operation_is_routed_and_the_other_way(app, api):
    documented = {
        f"{method.upper()} /open311{path}"
        for path, methods in api.raw_schema["paths"].items()
        for method in methods
    }
    routed = {
        f"{method} " + rule.rule.replace("<any(xml, json):form>", "{form}")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/open311/") and rule.rule != "/open311/api"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    for name in ("service_code", "service_request_id", "token"):
        routed = {operation.replace(f"<{name}>", "{id}") for operation in routed}
    assert documented == routed


def attack_operation(operation, portal, mode):
    """Send drawn requests of one operation, and check status, media type and schema of each answer."""

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=examples(10, 100),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def attack(case):
        if isinstance(case.query, dict) and "jurisdiction_id" in case.query:
            case.query["jurisdiction_id"] = portal.city.code
        if isinstance(case.body, dict):
            case.body |= {"jurisdiction_id": portal.city.code, "api_key": portal.api_key}
        case.headers = {"Accept-Encoding": "identity"}
        answer = case.call()
        assert answer.status_code in ALLOWED, (case.method, case.path, answer.status_code, answer.text)
        case.validate_response(answer, checks=CHECKS)

    attack()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_answers_are_as_the_document_declares(api, module_portal, mode):
    """Schemathesis draws requests, valid and invalid."""
    for result in nonempty(list(api.get_all_operations())):
        attack_operation(result.ok(), module_portal, mode)


def test_broken_requests_are_refused_in_the_format_asked_for(module_portal):
    """No 422 and no 500, and every error is one of Open311 in the format of the path. Drawn from the seed."""
    luck = random.Random(SEED)
    client = module_portal.city.app.test_client()
    counts = {"xml": 0, "json": 0}
    for _ in range(examples(400, 5_000)):
        path, ending = luck.choice(PATHS), luck.choice(("xml", "json"))
        pairs = [(luck.choice(NAMES), luck.choice(VALUES)) for _ in range(luck.randrange(5))]
        if luck.random() < 0.8:
            pairs.append(("jurisdiction_id", module_portal.city.code.encode()))
        if luck.random() < 0.8:
            pairs.append(("api_key", module_portal.api_key.encode()))
        text = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in pairs)
        method = luck.choice(("GET", "POST", "PUT", "HEAD", "DELETE"))
        url = f"/open311{path}.{ending}"
        if method == "POST":
            kind = luck.choice(
                (
                    "application/x-www-form-urlencoded",
                    "multipart/form-data",
                    "text/xml",
                    "application/json",
                    "",
                )
            )
            answer = client.open(url, method=method, data=text.encode(), content_type=kind)
        else:
            answer = client.open(f"{url}?{text}", method=method)
        assert answer.status_code in ALLOWED, (method, url, text, answer.status_code, answer.text)
        if answer.status_code != 200 and method != "HEAD":
            assert answer.mimetype == ("application/json" if ending == "json" else "text/xml"), url
            assert all(error["code"] == answer.status_code for error in errors_of(answer))
            counts[ending] += 1
    assert min(counts.values()) > 50
