"""The document at /ogc/api is true: every operation reaches a 2xx, nothing breaks, and every answer is one that it declares.

Examples are drawn anew at each run, from its seed (tests/seeds.py).
"""

import re
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from schemathesis import GenerationMode

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.ogc.rules.document import document
from app.signals import service as signals
from tests.endpoints import component_number
from tests.factories import City, make_city
from tests.ogc.conftest import Map, make_components, make_premises
from tests.sample_sizes import drawn_share, examples
from tests.seeds import SEED
from tests.test_contract_schemathesis import ANY_OPERATION, CHECKS

OPERATIONS = [
    (method.upper(), path)
    for path, methods in document("http://localhost/ogc", "en")["paths"].items()
    for method in methods
]
# Three levels of areas are served as grids are.
ATTACKED = [
    (method, path)
    for method, path in OPERATIONS
    if not path.startswith(("/collections/districts", "/collections/streets", "/collections/communities"))
]
ROLES = ("admin", "supervisor", "gis")


class Place:
    """A city with something in each collection, and who asks about it."""

    def __init__(self, app: Any, settings: Any) -> None:
        self.city: City = make_city(app, settings)
        self.worker = self.city.worker("g1", capacity=100)
        self.people = {
            "admin": Map(self.city.person(Role.ADMIN)),
            "supervisor": Map(self.city.supervisor()),
            "gis": Map(self.city.person(Role.GIS, area="s")),
        }
        self.house = make_premises(self.city, self.city.in_grid("g1"))

    def fresh(self, name: str) -> str:
        """A feature of a collection that may be used up."""
        there = self.city.in_grid("g1")
        if name == "components":
            return make_components(self.city, there)[0]
        if name == "premises":
            return self.house
        if name == "incidents":
            answer = self.worker.post("/incidents", {"description": "x", "category": "E0102", **there})
            case_id: str = answer.json["id"]
            return case_id
        if name == "households":
            self.fresh("premises")
        return self.people["admin"].ids(name, limit=1)[0]


@pytest.fixture(scope="module")
def place(app, settings) -> Place:
    made = Place(app, settings)
    for name in ("components", "premises", "incidents"):
        made.fresh(name)
    with db.transaction(SYSTEM) as session:  # a case without a step for long is a sign
        later = clock.now() + timedelta(days=8)
        signals.detect_signals(session, made.city.jurisdiction_id, "hourly", later)
    return made


@pytest.fixture(scope="module")
def api(app):
    return schemathesis.openapi.from_wsgi("/ogc/api", app)


def filled(path: str, place: Place) -> str:
    name = path.split("/")[2] if path.startswith("/collections/") else ""
    path = path.replace("{tileMatrix}/{tileRow}/{tileCol}", "12/1685/3414")
    return path.replace("{featureId}", place.fresh(name)) if "{featureId}" in path else path


def body_of(method: str, path: str, place: Place, person: Map) -> Any:
    """What the operation takes, so that it succeeds."""
    name = path.split("/")[2]
    if method == "PUT":
        return person.get(path).json
    if method == "PATCH":
        return {"properties": {}}
    there = place.city.in_grid("g1")
    point = {"type": "Point", "coordinates": [there["lon"], there["lat"]]}
    properties = {
        "components": {"code": component_number(), "name_zh": "井盖"},
        "incidents": {"category": "E0102", "description": "垃圾"},
        "premises": {"kind": "dwelling", "building": "1幢", "unit": "2单元", "room": component_number()[-4:]},
    }[name]
    return {"type": "Feature", "geometry": point, "properties": properties}


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_succeeds(place, api, method, path):
    """With what it takes, and with each form of answer that it declares."""
    person = place.people["admin"]
    at = filled(path, place)
    options: dict[str, Any] = {}
    if method in ("POST", "PUT", "PATCH"):
        media = "application/merge-patch+json" if method == "PATCH" else "application/geo+json"
        options = {"json": body_of(method, at, place, person), "headers": {"Content-Type": media}}
    answer = person.open(method, at, **options)
    assert 200 <= answer.status_code < 300, answer.text
    declared = api[path][method].definition.raw["responses"]
    assert str(answer.status_code) in declared
    if answer.status_code == 200:
        content = declared["200"]["content"]
        assert answer.mimetype in {media.split(";")[0] for media in content}
        if method == "GET" and "text/html" in content:
            assert person.get(at, f="html").mimetype == "text/html"


@pytest.mark.wide
@pytest.mark.parametrize(("method", "path"), drawn_share(ATTACKED, one_in=3, name="generated map requests"))
def test_responses_are_documented_for_generated_requests(place, api, method, path):
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        attack(place, api, method, path, mode)


def attack(place: Place, api: Any, method: str, path: str, mode: GenerationMode) -> None:
    target = api[path][method]
    declared = set(target.definition.raw["responses"]) - {"default"}
    for person in place.people.values():
        person.get("/collections")
    real = re.fullmatch(r"/collections/([\w-]+)/items/\{featureId\}", path)

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=examples(3, 20),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(
        case=target.as_strategy(generation_mode=mode), role=st.sampled_from(ROLES), is_real=st.booleans()
    )
    def attempt(case: Any, role: str, is_real: bool) -> None:
        if real and is_real and method != "DELETE":
            case.path_parameters = {"featureId": place.people["admin"].ids(real[1], limit=1)[0]}
        token = place.people[role].person.token
        response = case.call(headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"})
        assert response.status_code < 500, response.text
        case.validate_response(response, checks=CHECKS)
        assert str(response.status_code) in declared or response.status_code in ANY_OPERATION, (
            f"{response.status_code} is not documented"
        )

    try:
        attempt()
    except hypothesis.errors.Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE
