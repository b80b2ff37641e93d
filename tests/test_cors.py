"""CORS: pages of configured origins may call and read with a token; other origins get no CORS headers."""

from dataclasses import replace

import pytest

from app.settings import Settings
from tests.factories import make_city
from tests.live.processes import app_on
from tests.public.conftest import DOOR

MAPS, OTHER = "https://maps.example", "https://elsewhere.example"
ASKED = {
    "Origin": MAPS,
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization",
}
TELLS = "Access-Control-"


@pytest.fixture(scope="module")
def app_with_origins(app, settings):
    """With one site allowed."""
    with app_on(replace(settings, cors_origins=(MAPS,))) as app:
        yield app


@pytest.fixture
def city_with_origins(app_with_origins, settings):
    return make_city(app_with_origins, settings)


def cors_headers(answer):
    return {name for name, _ in answer.headers if name.startswith(TELLS)}


def varies(answer):
    return {part.strip() for part in answer.headers["Vary"].split(",")}


DOORS = [
    "/api/v1/incidents",
    "/api/v1/positions",
    "/ogc/collections",
    "/ogc/collections/components/items",
    "/ogc/collections/components/items/0192f0c1-0000-7000-8000-000000000000",
    "/ogc/tiles/WebMercatorQuad/0/0/0",
    "/ogc/",
]


@pytest.mark.parametrize("path", DOORS)
def test_preflight_is_answered_without_session(app_with_origins, path):
    answer = app_with_origins.test_client().options(path, headers=ASKED)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == MAPS
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(
        answer.headers["Access-Control-Allow-Methods"].split(", ")
    )
    allowed = {name.lower() for name in answer.headers["Access-Control-Allow-Headers"].split(", ")}
    assert {"authorization", "content-type", "if-match", "content-crs", "idempotency-key"} <= allowed
    assert {"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"} <= varies(answer)
    # No cookies: a page acts for nobody who did not give it a token.
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    "origin", [OTHER, "null", f"{MAPS}.evil.example", MAPS.upper(), "http://maps.example", ""]
)
def test_cors_headers_are_absent_for_other_origin(app_with_origins, path, origin):
    client = app_with_origins.test_client()
    preflight = client.options(path, headers=ASKED | {"Origin": origin})
    read = client.get(path, headers={"Origin": origin})
    assert cors_headers(preflight) == cors_headers(read) == set()
    assert "Origin" in varies(read)


@pytest.mark.parametrize("path", DOORS)
def test_cors_headers_are_absent_when_no_origin_is_configured(app, path):
    for answer in (
        app.test_client().options(path, headers=ASKED),
        app.test_client().get(path, headers={"Origin": MAPS}),
    ):
        assert cors_headers(answer) == set()
        assert "Origin" not in varies(answer)


def test_cors_exposes_answer_headers_to_allowed_origin(city_with_origins):
    person = city_with_origins.supervisor()
    seen = person.get("/incidents", headers={"Origin": MAPS})
    assert seen.status_code == 200
    assert seen.headers["Access-Control-Allow-Origin"] == MAPS
    shown = set(seen.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"ETag", "Link", "Location", "Content-Crs", "Allow", "Retry-After"} <= shown
    # What it varies by otherwise stays.
    assert {"Origin", "Authorization", "Accept", "Accept-Language"} <= varies(seen)
    headers = {"Origin": MAPS, "Authorization": f"Bearer {person.token}"}
    for path in ("/ogc/collections/grids/items?limit=1", "/ogc/tiles/WebMercatorQuad/0/0/0", "/api/v1/areas"):
        answer = person.client.get(path, headers=headers)
        assert answer.status_code in (200, 204), path
        assert answer.headers["Access-Control-Allow-Origin"] == MAPS
        assert "Origin" in varies(answer)
        assert len(answer.headers.getlist("Vary")) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/incidents", 401), ("/api/v1/nothing", 404), ("/ogc/collections/nothing", 401)],
)
def test_cors_headers_are_sent_with_errors(app_with_origins, path, status):
    answer = app_with_origins.test_client().get(path, headers={"Origin": MAPS})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, MAPS)
    assert answer.json["code"]


def test_options_without_origin_lists_allowed_methods(city_with_origins):
    person = city_with_origins.supervisor()
    person.get("/me")
    headers = {"Authorization": f"Bearer {person.token}"}
    answer = person.client.options("/ogc/collections/components/items", headers=headers)
    assert (answer.status_code, "POST" in answer.headers["Allow"]) == (200, True)
    assert person.client.options("/ogc/collections/components/items").status_code == 401
    # A page may ask the same, without the browser's question.
    answer_to_page = person.client.options(
        "/ogc/collections/components/items", headers=headers | {"Origin": MAPS}
    )
    assert (answer_to_page.status_code, answer_to_page.headers["Access-Control-Allow-Origin"]) == (200, MAPS)


def test_cors_headers_are_absent_on_operator_endpoints(app_with_origins):
    for path in ("/metrics", "/livez", "/readyz"):
        assert cors_headers(app_with_origins.test_client().get(path, headers={"Origin": MAPS})) == set()
        assert cors_headers(app_with_origins.test_client().options(path, headers=ASKED)) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        "*",
        "null",
        "maps.example",
        "https://maps.example/",
        "https://Maps.example",
        "ftp://maps.example",
        "https://a b",
    ],
)
def test_cors_setting_accepts_only_serialized_origins(monkeypatch, wrong):
    monkeypatch.setenv("GRIDWARD_CORS_ORIGINS", f"{MAPS}, http://localhost:8080,http://[::1]:5173")
    assert Settings.from_env().cors_origins == (MAPS, "http://localhost:8080", "http://[::1]:5173")
    monkeypatch.setenv("GRIDWARD_CORS_ORIGINS", f"{MAPS},{wrong}")
    with pytest.raises(ValueError, match="GRIDWARD_CORS_ORIGINS"):
        Settings.from_env()
    monkeypatch.setenv("GRIDWARD_CORS_ORIGINS", "")
    assert Settings.from_env().cors_origins == ()


OPEN_ANSWERS = ["/public/{city}/cases.geojson", "/public/tiles/1/0/0"]
CLOSED_PAGES = ["/public/{city}/en/", "/public/{city}/en/follow/" + "x" * 32, "/public/{city}/en/report"]


@pytest.fixture
def open_city(app, settings):
    return make_city(app, settings, profile=DOOR)


@pytest.mark.parametrize("path", OPEN_ANSWERS)
def test_public_door_is_read_by_every_origin_without_credentials(open_city, path):
    client = open_city.app.test_client()
    path = path.format(city=open_city.code)
    for answer in (
        client.options(path, headers=ASKED | {"Origin": OTHER}),
        client.get(path, headers={"Origin": OTHER}),
    ):
        assert answer.status_code in (200, 204)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert (
        "authorization"
        not in client.options(path, headers=ASKED).headers["Access-Control-Allow-Headers"].lower()
    )


@pytest.mark.parametrize("path", CLOSED_PAGES)
def test_public_form_and_link_have_no_cors_headers(open_city, path):
    client = open_city.app.test_client()
    path = path.format(city=open_city.code)
    preflight = client.options(path, headers=ASKED | {"Origin": OTHER})
    assert cors_headers(preflight) == cors_headers(client.get(path, headers={"Origin": OTHER})) == set()
