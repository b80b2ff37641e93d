"""A portal of residents at the doors of /open311."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import orjson
import pytest

from app.accounts import service as accounts
from app.core import db
from app.core.actor import SYSTEM, Permission
from tests.factories import City, make_city
from tests.public.conftest import DOOR

# The name of an item in a list of the XML, by the name of the list, written anew from the specification.
LISTS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}


def content_of(element: ET.Element) -> Any:
    """Return the content of an element as JSON has it, with all values as texts; None for an empty element."""
    if element.tag in LISTS:
        assert {child.tag for child in element} <= {LISTS[element.tag]}, element.tag
        return [content_of(child) for child in element]
    if len(element):
        names = [child.tag for child in element]
        assert len(set(names)) == len(names), names
        return {child.tag: content_of(child) for child in element}
    return element.text


def as_texts(value: Any) -> Any:
    """Return a value of JSON with all values as the texts that XML has."""
    if isinstance(value, dict):
        return {name: as_texts(member) for name, member in value.items()}
    if isinstance(value, list):
        return [as_texts(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


@dataclass
class Portal:
    """A client without an account. It names its jurisdiction in each request."""

    city: City
    api_key: str = ""

    def open(self, method: str, path: str, args: Any = (), **options: Any) -> Any:
        client = self.city.app.test_client()
        pairs = list(dict(args).items() if isinstance(args, dict) else args)
        if not any(name == "jurisdiction_id" for name, _ in pairs):
            pairs.append(("jurisdiction_id", self.city.code))
        query = urlencode([(name, value) for name, value in pairs if value is not None])
        return client.open(f"/open311{path}?{query}", method=method, **options)

    def get(self, path: str, **args: Any) -> Any:
        return self.open("GET", path, args)

    def post(self, path: str, form: Any = (), **options: Any) -> Any:
        """Send a form with the key and the jurisdiction of the portal. None leaves a field out."""
        fields = {"api_key": self.api_key, "jurisdiction_id": self.city.code} | dict(form)
        data = {name: value for name, value in fields.items() if value is not None}
        return self.city.app.test_client().post(f"/open311{path}", data=data, **options)

    def report(self, **fields: Any) -> str:
        """Send a request and return its id."""
        place = self.city.in_grid("g1")
        form = {"service_code": "E0102", "lat": place["lat"], "long": place["lon"], "description": "垃圾堆积"}
        answer = self.post("/v2/requests.json", form | fields)
        assert answer.status_code == 200, answer.text
        [request] = answer.json
        request_id: str = request["service_request_id"]
        return request_id

    def json(self, path: str, **args: Any) -> Any:
        answer = self.get(f"{path}.json", **args)
        assert answer.status_code == 200, answer.text
        return answer.json

    def xml(self, path: str, **args: Any) -> ET.Element:
        answer = self.get(f"{path}.xml", **args)
        assert answer.status_code == 200, answer.text
        return ET.fromstring(answer.data)


def errors_of(answer: Any) -> list[dict[str, Any]]:
    """Return the errors of an answer in either format, with the codes as numbers."""
    if answer.mimetype == "application/json":
        errors: list[dict[str, Any]] = answer.json
        return errors
    root = ET.fromstring(answer.data)
    assert root.tag == "errors"
    return [error | {"code": int(error["code"])} for error in content_of(root)]


QUESTIONS = [
    {
        "code": "FAULT",
        "name": {"zh": "路灯怎么了？", "en": "What is wrong with the lamp?"},
        "kind": "singlevaluelist",
        "required": True,
        "hint": {"zh": "请选一项", "en": "Choose one"},
        "choices": [
            {"code": "dark", "name": {"zh": "不亮", "en": "It is dark"}},
            {"code": "flickers", "name": {"zh": "闪烁", "en": "It flickers"}},
        ],
    },
    {
        "code": "SINCE",
        "name": {"zh": "从何时起？", "en": "Since when?"},
        "kind": "datetime",
        "required": False,
    },
    {
        "code": "WHERE",
        "name": {"zh": "在哪里？", "en": "Where is it?"},
        "kind": "multivaluelist",
        "required": False,
        "choices": [{"code": code, "name": {"zh": code, "en": code}} for code in ("road", "path", "yard")],
    },
    {"code": "LAMPS", "name": {"zh": "几盏？", "en": "How many lamps?"}, "kind": "number", "required": False},
]


def open_city(app: Any, settings: Any, **categories: Any) -> City:
    """Return a city with an open door for residents, in which the service 0106 has questions."""
    return make_city(app, settings, profile=DOOR, **{"0106": {"questions": QUESTIONS}} | categories)


@pytest.fixture
def city(app: Any, settings: Any) -> City:
    return open_city(app, settings)


@pytest.fixture
def api_key(city: City) -> str:
    """Return the API key of a portal for the street."""
    return key_of_portal(city)


def key_of_portal(city: City, permissions: tuple[str, ...] = ("incident:report", "media:add")) -> str:
    """Return the API key of a new service account of the kind `portal`."""
    new = accounts.NewServiceAccount(
        client_id=f"portal-{secrets.token_hex(4)}",
        name="FixMyStreet",
        kind="portal",
        permissions=[Permission(code) for code in permissions],
    )
    with db.transaction(SYSTEM) as session:
        made = accounts.create_service_account(session, SYSTEM, new, area_ids=[city.areas["s"]])
        account_id = orjson.loads(made.body)["id"]
        key = accounts.create_credential(
            session, SYSTEM, account_id=account_id, form="api_key", label="portal"
        )
    secret: str = key["secret"]
    return secret


@pytest.fixture
def portal(city: City, api_key: str) -> Portal:
    return Portal(city, api_key)
