"""The page at /api/docs as the server sends it: own files only, and the demo's password only where it is public."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.demo import sign_ins
from app.demo.people import City
from app.http import docs_page
from app.settings import Settings

ROOT = Path(__file__).parents[1]


def test_docs_page_loads_own_files_without_inline_code(app):
    client = app.test_client()
    page = client.get("/api/docs")
    assert page.status_code == 200
    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[f"{kind}-src"] for kind in ("script", "style", "connect")} == {"'self'"}
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bon\w+=|\bstyle=", page.text) == []
    files = [
        address
        for address in re.findall(r'(?:src|href)="([^"#]+)"', page.text)
        if not address.startswith("data:")
    ]
    assert len(files) == 3
    for address in files:
        assert address.startswith("/api/"), address
        with client.get(address) as answer:
            assert (answer.status_code, bool(answer.data)) == (200, True), address
    assert 'data-document="/api/v1/openapi.json"' in page.text
    assert client.get("/api/docs/assets/../../factory.py").status_code == 404


def test_every_script_of_the_docs_page_is_served_as_script(app, monkeypatch):
    monkeypatch.setattr("mimetypes.guess_type", lambda *_, **__: ("text/plain", None))
    client = app.test_client()
    scripts = sorted(path.name for path in docs_page.FILES.glob("*.js"))
    assert "start.js" in scripts
    for name in scripts:
        with client.get(f"/api/docs/assets/{name}") as answer:
            assert answer.content_type == "text/javascript; charset=utf-8"
        imported = re.findall(r'from "\./(\w+\.js)"', (docs_page.FILES / name).read_text())
        assert set(imported) <= set(scripts), name


def test_docs_page_offers_no_demo_account_when_server_is_no_demo(app):
    assert "demo-" not in app.test_client().get("/api/docs").text


@pytest.mark.parametrize(
    ("settings", "password", "is_public"),
    [
        (Settings(is_demo=True), None, True),
        (Settings(is_demo=True), "gridward-demo", True),
        (Settings(is_demo=True), "one of its own", False),
        (Settings(is_demo=True, host="0.0.0.0"), None, False),
        (Settings(is_demo=True, public_url="https://grid.example"), None, False),
        (Settings(is_demo=False), None, False),
    ],
)
def test_demo_password_is_public_only_on_local_demo_with_default(monkeypatch, settings, password, is_public):
    monkeypatch.delenv("GRIDWARD_DEMO_PASSWORD", raising=False)
    if password:
        monkeypatch.setenv("GRIDWARD_DEMO_PASSWORD", password)
    shown = sign_ins.public_password(settings)
    assert shown == (sign_ins.DEFAULT_PASSWORD if is_public else None)


def test_demo_accounts_are_offered_with_password_only_when_public(app):
    with app.test_request_context("/api/docs"):
        open_page = docs_page._page(docs_page.DemoSignIns({"demo-gis": "GIS user"}, "gridward-demo"))
        closed_page = docs_page._page(docs_page.DemoSignIns({"demo-gis": "GIS user"}, None))
    assert 'data-password="gridward-demo"' in open_page and 'data-username="demo-gis"' in open_page
    assert "gridward-demo" not in closed_page and 'data-username="demo-gis"' in closed_page


def test_demo_sign_ins_have_the_roles_of_the_city():
    city = City(datetime(2026, 1, 1, tzinfo=UTC))
    assert {p.username: p.role for p in city.people.values() if p.is_sign_in} == sign_ins.ROLES
    assert set(sign_ins.TITLES) == set(sign_ins.ROLES.values())


def test_role_titles_of_the_docs_page_are_those_of_the_glossary():
    glossary = (
        (ROOT / "docs" / "reference" / "glossary.md")
        .read_text()
        .split("### Roles of accounts")[1]
        .split("###")[0]
    )
    titles = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", glossary, re.MULTILINE))
    script = (docs_page.FILES / "sign_in.js").read_text().split("const ROLES = {")[1].split("}")[0]
    in_script = dict(re.findall(r'(\w+): "([^"]+)"', script))
    assert {code: title.lower() for code, title in titles.items()} == {
        code: title.lower() for code, title in in_script.items()
    }
    assert {role.value: title for role, title in sign_ins.TITLES.items()}.items() <= titles.items()
