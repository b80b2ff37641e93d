"""Sessions of browsers: the cookie, its rotation, and whom it helps nothing."""

from datetime import timedelta
from http.cookies import SimpleCookie
from ipaddress import ip_network

import pytest

from app.core import clock
from app.http.forwarded import ForwardedMiddleware
from tests.factories import PASSWORD

DOOR = "/api/v1/auth/browser"
OURS = {"X-Gridward-Page": "field", "Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}


def call(client, door, headers=OURS, **more):
    return client.post(f"{DOOR}/{door}", headers=headers, **more)


def sign_in(client, person, headers=OURS, **more):
    body = {"username": person.username, "password": PASSWORD, "device_id": "browser", **more}
    return call(client, "token", headers, json=body)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def session(client, worker):
    """The answer to a sign-in; the cookie is with the client."""
    answer = sign_in(client, worker)
    assert answer.status_code == 200, answer.json
    return answer


def cookie(answer):
    return SimpleCookie(answer.headers["Set-Cookie"])["gridward_refresh"]


def opens(app, answer):
    """What a guarded door says to the access token."""
    headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
    return app.test_client().get("/api/v1/me", headers=headers).status_code


def test_browser_sign_in_sets_refresh_token_in_restricted_cookie(app, session):
    assert set(session.json) == {"access_token", "expires_in", "token_type"}
    assert session.headers["Cache-Control"] == "no-store"
    kept = cookie(session)
    assert kept["httponly"] and kept["samesite"] == "Strict"
    assert (kept["path"], kept["secure"]) == (DOOR, "")
    assert int(kept["max-age"]) == timedelta(days=14).total_seconds()
    assert kept.value not in session.text
    assert opens(app, session) == 200


def test_refresh_cookie_is_secure_over_https(app, worker):
    """Neither is one believed that a page of plain http could have set: its name has no `__Secure-`."""
    client = app.test_client(use_cookies=False)
    https = {"base_url": "https://localhost", "headers": OURS | {"Origin": "https://localhost"}}
    answer = client.post(f"{DOOR}/token", json={"username": worker.username, "password": PASSWORD}, **https)
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    name = "__Secure-gridward_refresh"
    kept = SimpleCookie(answer.headers["Set-Cookie"])[name]
    assert kept["secure"] is True
    for sent, status in ((name, 200), ("gridward_refresh", 401)):
        https["headers"] |= {"Cookie": f"{sent}={kept.value}"}
        assert client.post(f"{DOOR}/refresh", **https).status_code == status, sent
    https["headers"] |= {"Cookie": f"{name}={kept.value}"}
    gone = SimpleCookie(client.post(f"{DOOR}/logout", **https).headers["Set-Cookie"])[name]
    assert (gone.value, gone["secure"]) == ("", True)


def test_refresh_cookie_path_includes_url_prefix(app, worker, monkeypatch):
    inner = ForwardedMiddleware(app.wsgi_app._app, trusted=(ip_network("127.0.0.1"),), prefix="/city")
    monkeypatch.setattr(app, "wsgi_app", inner)
    assert cookie(sign_in(app.test_client(), worker))["path"] == f"/city{DOOR}"


def test_refresh_rotates_cookie(app, client, session):
    first = cookie(session).value
    answer = call(client, "refresh")
    assert answer.status_code == 200
    assert cookie(answer).value not in ("", first)
    assert opens(app, answer) == opens(app, session) == 200
    assert call(client, "refresh").status_code == 200


def test_refresh_repeats_successor_for_lost_response_and_ends_session_on_reuse(app, client, session):
    old = {"Cookie": f"gridward_refresh={cookie(session).value}"}
    following = cookie(call(client, "refresh")).value
    stranger = app.test_client(use_cookies=False)
    assert cookie(call(stranger, "refresh", OURS | old)).value == following
    assert call(client, "refresh").status_code == 200
    reused = call(stranger, "refresh", OURS | old)
    assert (reused.status_code, reused.json["code"]) == (401, "refresh_reused")
    assert call(client, "refresh").json["code"] == "session_revoked"
    assert opens(app, session) == 401


def test_logout_ends_session_and_clears_cookie_when_access_token_expired(app, client, session):
    with clock.at(clock.now() + timedelta(minutes=11)):
        answer = call(client, "logout")
    assert answer.status_code == 204
    assert (cookie(answer).value, cookie(answer)["path"]) == ("", DOOR)
    assert int(cookie(answer)["max-age"]) == 0
    assert call(client, "refresh").json["code"] == "unauthenticated"
    assert opens(app, session) == 401


def test_refresh_is_refused_and_logout_succeeds_for_unknown_cookie(app):
    stranger = app.test_client(use_cookies=False)
    wrong = OURS | {"Cookie": "gridward_refresh=nothing"}
    assert call(stranger, "refresh", wrong).json["code"] == "refresh_invalid"
    assert call(stranger, "logout", wrong).status_code == 204


def test_refresh_cookie_alone_does_not_authenticate_other_endpoints(client, session):
    answer = client.get("/api/v1/me", headers=OURS)
    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        OURS | {"Origin": "https://elsewhere.example"},
        OURS | {"Origin": "https://localhost"},
        OURS | {"Origin": "http://localhost:8001"},
        OURS | {"Origin": "null"},
        OURS | {"Sec-Fetch-Site": "cross-site"},
        OURS | {"Sec-Fetch-Site": "same-site"},
        OURS | {"Sec-Fetch-Site": "none"},
        OURS | {"X-Gridward-Page": ""},
    ],
    ids=str,
)
@pytest.mark.parametrize("door", ["token", "refresh", "logout"])
def test_browser_endpoints_return_403_for_cross_site_requests(app, client, session, worker, door, headers):
    body = {"username": worker.username, "password": PASSWORD} if door == "token" else None
    answer = call(client, door, headers, json=body)
    assert (answer.status_code, answer.json["code"]) == (403, "cross_site")
    assert "Set-Cookie" not in answer.headers
    assert opens(app, session) == 200
    assert call(client, "refresh").status_code == 200


def test_cors_preflight_of_browser_refresh_allows_no_page_header(app, monkeypatch):
    """Sites named for maps are told in their browser's question that our header is not for them."""
    monkeypatch.setattr(app.extensions["cors"], "_origins", frozenset({"https://maps.example"}))
    asked = {
        "Origin": "https://maps.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-gridward-page",
    }
    answer = app.test_client().options(f"{DOOR}/refresh", headers=asked)
    assert "gridward" not in answer.headers["Access-Control-Allow-Headers"].lower()
    assert "Access-Control-Allow-Credentials" not in answer.headers
