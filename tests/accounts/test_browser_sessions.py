"""Browser sessions: the refresh cookie, its rotation, and protection against cross-site requests."""

from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from ipaddress import ip_network

import pytest

from app.core import clock
from app.http.forwarded import ForwardedMiddleware
from tests.factories import PASSWORD
from tests.live.processes import app_on

BASE_PATH = "/api/v1/auth/browser"
PAGE_HEADERS = {"X-Gridward-Page": "field", "Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}


def call(client, endpoint, headers=PAGE_HEADERS, **options):
    return client.post(f"{BASE_PATH}/{endpoint}", headers=headers, **options)


def sign_in(client, person, headers=PAGE_HEADERS, **fields):
    body = {"username": person.username, "password": PASSWORD, "device_id": "browser", **fields}
    return call(client, "token", headers, json=body)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def session(client, worker):
    """Return the answer to a sign-in. The client has the cookie."""
    answer = sign_in(client, worker)
    assert answer.status_code == 200, answer.json
    return answer


def cookie(answer):
    return SimpleCookie(answer.headers["Set-Cookie"])["gridward_refresh"]


def me_status(app, answer):
    """Return the status of a guarded operation with this access token."""
    headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
    return app.test_client().get("/api/v1/me", headers=headers).status_code


def test_browser_sign_in_sets_refresh_token_in_restricted_cookie(app, session):
    assert set(session.json) == {"access_token", "expires_in", "token_type"}
    assert session.headers["Cache-Control"] == "no-store"
    morsel = cookie(session)
    assert morsel["httponly"] and morsel["samesite"] == "Strict"
    assert (morsel["path"], morsel["secure"]) == (BASE_PATH, "")
    assert int(morsel["max-age"]) == timedelta(days=14).total_seconds()
    assert morsel.value not in session.text
    assert me_status(app, session) == 200


def test_refresh_cookie_is_secure_over_https(app, worker):
    """A cookie without `__Secure-` in its name, which a page of plain http could have set, is refused."""
    client = app.test_client(use_cookies=False)
    https = {"base_url": "https://localhost", "headers": PAGE_HEADERS | {"Origin": "https://localhost"}}
    answer = client.post(
        f"{BASE_PATH}/token", json={"username": worker.username, "password": PASSWORD}, **https
    )
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    name = "__Secure-gridward_refresh"
    morsel = SimpleCookie(answer.headers["Set-Cookie"])[name]
    assert morsel["secure"] is True
    for sent, status in ((name, 200), ("gridward_refresh", 401)):
        https["headers"] |= {"Cookie": f"{sent}={morsel.value}"}
        assert client.post(f"{BASE_PATH}/refresh", **https).status_code == status, sent
    https["headers"] |= {"Cookie": f"{name}={morsel.value}"}
    gone = SimpleCookie(client.post(f"{BASE_PATH}/logout", **https).headers["Set-Cookie"])[name]
    assert (gone.value, gone["secure"]) == ("", True)


def test_refresh_cookie_path_includes_url_prefix(app, worker, monkeypatch):
    inner = ForwardedMiddleware(app.wsgi_app._app, trusted=(ip_network("127.0.0.1"),), prefix="/city")
    monkeypatch.setattr(app, "wsgi_app", inner)
    assert cookie(sign_in(app.test_client(), worker))["path"] == f"/city{BASE_PATH}"


def test_refresh_rotates_cookie(app, client, session):
    first = cookie(session).value
    answer = call(client, "refresh")
    assert answer.status_code == 200
    assert cookie(answer).value not in ("", first)
    assert me_status(app, answer) == me_status(app, session) == 200
    assert call(client, "refresh").status_code == 200


def test_refresh_repeats_successor_for_lost_response_and_ends_session_on_reuse(app, client, session):
    old = {"Cookie": f"gridward_refresh={cookie(session).value}"}
    following = cookie(call(client, "refresh")).value
    stranger = app.test_client(use_cookies=False)
    assert cookie(call(stranger, "refresh", PAGE_HEADERS | old)).value == following
    assert call(client, "refresh").status_code == 200
    reused = call(stranger, "refresh", PAGE_HEADERS | old)
    assert (reused.status_code, reused.json["code"]) == (401, "refresh_reused")
    assert call(client, "refresh").json["code"] == "session_revoked"
    assert me_status(app, session) == 401


def test_logout_ends_session_and_clears_cookie_when_access_token_expired(app, client, session):
    with clock.at(clock.now() + timedelta(minutes=11)):
        answer = call(client, "logout")
    assert answer.status_code == 204
    assert (cookie(answer).value, cookie(answer)["path"]) == ("", BASE_PATH)
    assert int(cookie(answer)["max-age"]) == 0
    assert call(client, "refresh").json["code"] == "unauthenticated"
    assert me_status(app, session) == 401


def test_refresh_is_refused_and_logout_succeeds_for_unknown_cookie(app):
    stranger = app.test_client(use_cookies=False)
    wrong = PAGE_HEADERS | {"Cookie": "gridward_refresh=nothing"}
    assert call(stranger, "refresh", wrong).json["code"] == "refresh_invalid"
    assert call(stranger, "logout", wrong).status_code == 204


def test_refresh_cookie_alone_does_not_authenticate_other_endpoints(client, session):
    answer = client.get("/api/v1/me", headers=PAGE_HEADERS)
    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        PAGE_HEADERS | {"Origin": "https://elsewhere.example"},
        PAGE_HEADERS | {"Origin": "https://localhost"},
        PAGE_HEADERS | {"Origin": "http://localhost:8001"},
        PAGE_HEADERS | {"Origin": "null"},
        PAGE_HEADERS | {"Sec-Fetch-Site": "cross-site"},
        PAGE_HEADERS | {"Sec-Fetch-Site": "same-site"},
        PAGE_HEADERS | {"Sec-Fetch-Site": "none"},
        PAGE_HEADERS | {"X-Gridward-Page": ""},
    ],
    ids=str,
)
@pytest.mark.parametrize("endpoint", ["token", "refresh", "logout"])
def test_browser_endpoints_return_403_for_cross_site_requests(
    app, client, session, worker, endpoint, headers
):
    body = {"username": worker.username, "password": PASSWORD} if endpoint == "token" else None
    answer = call(client, endpoint, headers, json=body)
    assert (answer.status_code, answer.json["code"]) == (403, "cross_site")
    assert "Set-Cookie" not in answer.headers
    assert me_status(app, session) == 200
    assert call(client, "refresh").status_code == 200


def test_cors_preflight_of_browser_refresh_allows_no_page_header(app, settings):
    """Preflight requests of origins that are allowed for maps get no permission for the header of our pages."""
    headers = {
        "Origin": "https://maps.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-gridward-page",
    }
    with app_on(replace(settings, cors_origins=("https://maps.example",))) as open_app:
        answer = open_app.test_client().options(f"{BASE_PATH}/refresh", headers=headers)
    assert "gridward" not in answer.headers["Access-Control-Allow-Headers"].lower()
    assert "Access-Control-Allow-Credentials" not in answer.headers
