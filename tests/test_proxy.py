"""Behind a proxy and under a path prefix: links, and sign-in throttling by the client's address."""

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from app.core.ids import uuid7
from app.http.forwarded import ForwardedMiddleware
from app.settings import Settings
from tests.factories import PASSWORD

PROXY = "127.0.0.1"  # the address that Flask's test client comes from


@pytest.fixture
def behind_proxy(app: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The app with other settings of its proxies, for one test."""
    inner = app.wsgi_app._app

    def change(*, trusted: str = PROXY, prefix: str = "", public_url: str = "") -> None:
        middleware = ForwardedMiddleware(
            inner, trusted=(ip_network(trusted),), prefix=prefix, public_url=public_url
        )
        monkeypatch.setattr(app, "wsgi_app", middleware)

    return change


def paths_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from paths_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from paths_in(part)
    elif isinstance(value, str) and "/api/" in value:
        yield value


def links_of(city: Any, headers: dict[str, str]) -> list[str]:
    """Every link in the answers that have any."""
    boss, worker = city.supervisor("d"), city.worker("g1")
    body = {"id": str(uuid7()), **city.in_grid("g2"), "category": "E0102"}
    made = worker.post("/incidents", body, headers=headers)
    assert made.status_code == 201
    links = [made.headers["Location"]]
    waiting = worker.post("/incidents", {"id": str(uuid7()), **city.in_no_grid(), "category": "E0102"})
    assert waiting.status_code == 201
    for path in ("/supervision/board", "/supervision/queue", "/supervision/workers"):
        answer = boss.get(path, headers=headers)
        assert answer.status_code == 200
        some = list(paths_in(answer.json))
        assert some, path
        links += some
    return links


@pytest.mark.parametrize(
    ("setting", "headers"),
    [
        ("", {"X-Forwarded-Prefix": "/gridward"}),
        ("/gridward", {}),
        ("/gridward", {"X-Forwarded-Prefix": "/other"}),
    ],
)
def test_links_start_with_path_prefix(app, behind_proxy, city, setting, headers):
    behind_proxy(prefix=setting)
    assert [link for link in links_of(city, headers) if not link.startswith("/gridward/api/v1/")] == []
    client = app.test_client()
    document = client.get("/api/v1/openapi.json", headers=headers).json
    assert document["servers"] == [{"url": "/gridward"}]
    page = client.get("/api/docs", headers=headers).text
    assert set(re.findall(r'(?:href|src)="(/\w+)', page)) == {"/gridward"}
    assert 'data-api="/gridward/api/v1" data-document="/gridward/api/v1/openapi.json"' in page


def test_forwarded_prefix_is_ignored_from_untrusted_caller(app, behind_proxy, city):
    behind_proxy(trusted="192.0.2.1")
    headers = {
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
    }
    assert [link for link in links_of(city, headers) if not link.startswith("/api/v1/")] == []
    assert app.test_client().get("/api/v1/openapi.json", headers=headers).json["servers"] == [{"url": "/"}]


def test_links_have_no_prefix_by_default(city):
    assert [link for link in links_of(city, {}) if not link.startswith("/api/v1/")] == []


def test_paths_are_served_with_and_without_prefix(app, behind_proxy):
    behind_proxy(prefix="/gridward")
    client = app.test_client()
    assert client.get("/gridward/livez").status_code == 200
    assert client.get("/livez").status_code == 200, "probes ask directly"
    assert client.get("/gridwardlivez").status_code == 404
    assert client.get("/gridward/gridward/livez").status_code == 404


def test_absolute_urls_use_forwarded_scheme_host_and_prefix(app, behind_proxy):
    from flask import request

    seen = []
    endpoint, _ = app.url_map.bind("").match("/livez")
    view = app.view_functions[endpoint]

    def noting(**arguments):
        seen.append((request.url_root, request.remote_addr))
        return view(**arguments)

    app.view_functions[endpoint] = noting
    try:
        behind_proxy()
        headers = {
            "X-Forwarded-For": "6.6.6.6, 203.0.113.9",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "city.example",
            "X-Forwarded-Prefix": "/gridward",
        }
        app.test_client().get("/livez", headers=headers)
    finally:
        app.view_functions[endpoint] = view
    assert seen == [("https://city.example/gridward/", "203.0.113.9")]


def test_links_use_public_url_when_configured(app, behind_proxy, city):
    """Neither the caller's Host header nor a proxy does."""
    behind_proxy(prefix="/gridward", public_url="https://grid.example/gridward")
    headers = {"Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}
    answer = app.test_client().get("/ogc?f=json", headers=headers)
    assert answer.status_code == 200
    assert {link["href"].partition("/ogc")[0] for link in answer.json["links"]} == {
        "https://grid.example/gridward"
    }
    assert answer.headers["Strict-Transport-Security"]
    behind_proxy()
    assert "Strict-Transport-Security" not in app.test_client().get("/ogc?f=json").headers


def test_sign_in_throttle_uses_forwarded_client_address(app, behind_proxy, city, settings):
    behind_proxy()
    worker = city.worker("g1")
    client = app.test_client()

    def try_from(address: str, password: str = "wrong") -> int:
        body = {"username": worker.username, "password": password}
        # What stands left of the proxy's entry the caller has written: another one each time.
        forged = f"{uuid7()}, 9.9.9.9, {address}"
        return client.post("/api/v1/auth/token", json=body, headers={"X-Forwarded-For": forged}).status_code

    guessing = [try_from("203.0.113.50") for _ in range(settings.sign_in_failures_per_name + 1)]
    assert guessing[-1] == 429
    assert try_from("203.0.113.51", PASSWORD) == 200, "another caller behind the same proxy"


def test_proxy_settings_are_parsed_and_validated(monkeypatch):
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    monkeypatch.setenv("GRIDWARD_PATH_PREFIX", "/gridward/")
    read = Settings.from_env()
    assert read.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert read.path_prefix == "/gridward"
    assert replace(read, path_prefix="") != read
    monkeypatch.setenv("GRIDWARD_PUBLIC_URL", "https://grid.example/other")
    with pytest.raises(ValueError, match="GRIDWARD_PATH_PREFIX"):
        Settings.from_env()
    monkeypatch.delenv("GRIDWARD_PATH_PREFIX")
    assert Settings.from_env().path_prefix == "/other"
    monkeypatch.delenv("GRIDWARD_PUBLIC_URL")
    for name, bad in (
        ("TRUSTED_PROXIES", "all"),
        ("GRIDWARD_PATH_PREFIX", "gridward"),
        ("PORT", "eighty"),
        ("GRIDWARD_PUBLIC_URL", "city.internal"),
    ):
        with monkeypatch.context() as only:
            only.setenv(name, bad)
            with pytest.raises(ValueError, match=name) as refused:
                Settings.from_env()
            assert bad not in str(refused.value).replace("such as /gridward", "")


def test_api_paths_in_answers_are_built_by_link_function():
    """A path of ours in an answer has to say under which prefix the caller reaches it."""
    written = []
    for path in Path("app").rglob("*.py"):
        for number, source_line in enumerate(path.read_text().splitlines(), 1):
            is_route = (
                "url_prefix" in source_line or "@app.get(" in source_line or "test_client()" in source_line
            )
            is_constant = re.match(r'[A-Z_]+(, [A-Z_]+)* = \(?"/api', source_line)
            if "/api/v1/" in source_line and not (
                is_route or is_constant or re.search(r"link\(|{prefix}|`", source_line)
            ):
                written.append(f"{path}:{number} {source_line.strip()}")
    assert written == []
