"""HTTP headers of built files, tested with placeholder files so that no Node is needed."""

import gzip
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.http.forwarded import ForwardedMiddleware
from app.settings import Settings

PAGE = b'<!doctype html><script src="./assets/a-1.js"></script>'
CODE = b"console.log(1)"


@pytest.fixture
def built(app, tmp_path: Path, monkeypatch) -> Path:
    """A front end in a folder of its own."""
    folder = tmp_path / "dist" / "field"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "assets" / "a-1.js").write_bytes(CODE)
    (folder / "assets" / "a-1.js.gz").write_bytes(gzip.compress(CODE))
    (folder / "manifest.webmanifest").write_text("{}")
    (tmp_path / "dist" / "secret").write_text("not of the front end")
    settings = replace(app.extensions["settings"], web_dir=tmp_path / "dist")
    monkeypatch.setitem(app.extensions, "settings", settings)
    return folder


def test_page_is_served_with_no_cache_and_strict_csp(app, built):
    answer = app.test_client().get("/field/")
    assert (answer.status_code, answer.data) == (200, PAGE)
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert not any("unsafe" in sources or "http" in sources or "*" in sources for sources in policy.values())
    assert policy["img-src"] == "'self' blob: data:" and policy["media-src"] == "'self' blob:"
    assert "microphone=(self)" in answer.headers["Permissions-Policy"]
    again = app.test_client().get("/field/", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


TILES = "https://tiles.example:8443/road/{z}/{x}/{y}.png?key=1"


def test_base_map_is_configured_and_its_origin_allowed_in_csp(app, built, monkeypatch):
    assert app.test_client().get("/field/base-map.json").json is None
    settings_of_map = {
        "base_map_url": TILES,
        "base_map_crs": "gcj02",
        "base_map_attribution": "审图号",
        "base_map_zoom": 17,
    }
    settings = replace(app.extensions["settings"], **settings_of_map)
    monkeypatch.setitem(app.extensions, "settings", settings)
    answer = app.test_client().get("/field/")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["connect-src"] == "'self' https://tiles.example:8443"
    assert policy["img-src"] == "'self' blob: data: https://tiles.example:8443"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    for page in ("field", "console"):
        served = app.test_client().get(f"/{page}/base-map.json")
        assert served.json == {
            "kind": "raster",
            "url": TILES,
            "crs": "gcj02",
            "attribution": "审图号",
            "max_zoom": 17,
        }
        assert served.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "wrong",
    [
        "https://tiles.example/{z}/{x}.png",
        "https://tiles.example/{z}/{x}/{y}/{s}.png",
        "https://{s}.tiles.example/{z}/{x}/{y}.png",
        "//tiles.example/{z}/{x}/{y}",
        "https://tiles.example; script-src */{z}/{x}/{y}",
        "https://tiles.example/{z}/{x}/{y}/{y}",
    ],
)
def test_invalid_base_map_template_is_rejected_at_start(monkeypatch, wrong):
    monkeypatch.setenv("GRIDWARD_BASE_MAP_URL", TILES)
    assert Settings.from_env().base_map_url == TILES
    monkeypatch.setenv("GRIDWARD_BASE_MAP_URL", wrong)
    with pytest.raises(ValueError, match="GRIDWARD_BASE_MAP_URL"):
        Settings.from_env()


def test_hashed_assets_are_immutable_and_gzipped(app, built):
    plain = app.test_client().get("/field/assets/a-1.js")
    assert (plain.data, plain.headers.get("Content-Encoding")) == (CODE, None)
    packed = app.test_client().get("/field/assets/a-1.js", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == CODE
    assert packed.headers["Content-Encoding"] == "gzip"
    for answer in (plain, packed):
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.content_type == "text/javascript; charset=utf-8"
        assert answer.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["ETag"] != packed.headers["ETag"]
    manifest = app.test_client().get("/field/manifest.webmanifest")
    assert manifest.content_type.startswith("application/manifest+json")
    assert manifest.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.js", "../secret", "..%2fsecret", "assets", "%2e%2e/secret"])
def test_unknown_asset_returns_404(app, built, name):
    answer = app.test_client().get(f"/field/{name}")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("prefix", ["", "/city/gridward"])
def test_page_without_slash_redirects_to_slash(app, built, monkeypatch, prefix):
    inner = app.wsgi_app._app
    trusted = (ip_network("127.0.0.1"),)
    monkeypatch.setattr(app, "wsgi_app", ForwardedMiddleware(inner, trusted=trusted, prefix=prefix))
    answer = app.test_client().get("/field")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{prefix}/field/")


@pytest.mark.parametrize("prefix", ["", "/city/gridward"])
def test_address_of_server_leads_to_console(app, monkeypatch, prefix):
    inner = app.wsgi_app._app
    trusted = (ip_network("127.0.0.1"),)
    monkeypatch.setattr(app, "wsgi_app", ForwardedMiddleware(inner, trusted=trusted, prefix=prefix))
    answer = app.test_client().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{prefix}/console/")


def test_pages_return_404_when_not_built(app, tmp_path, monkeypatch):
    settings = replace(app.extensions["settings"], web_dir=tmp_path)
    monkeypatch.setitem(app.extensions, "settings", settings)
    for path in ("/field/", "/field/assets/a-1.js", "/console/"):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.json["code"]) == (404, "web_not_built")
        assert "bin/web" in answer.json["detail"]
