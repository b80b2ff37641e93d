"""The documentation site: its build, its links, how the server sends it, and that only /docs has a relaxed policy."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from app.incidents.cases.rules.lifecycle import TRANSITIONS, Relation, Status, transition
from app.incidents.cases.rules.lifecycle_diagram import PLACES, edges
from app.settings import Settings

ROOT = Path(__file__).parents[1]
LONGEST_LINE = 120
PAGE = '<html id="top"><body><a href="{}">x</a></body></html>'


@pytest.fixture(scope="module")
def site() -> Path:
    """The folder of the site as built from the present pages. A dead link or a warning of Sphinx fails the build."""
    done = subprocess.run([ROOT / "bin" / "docs"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return ROOT / "build" / "docs"


@pytest.fixture
def site_check(monkeypatch) -> ModuleType:
    """bin/lib/site_check.py as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "bin" / "lib"))
    import site_check

    return site_check


def policy_of(answer) -> dict[str, str]:
    parts = answer.headers["Content-Security-Policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in parts)


def test_site_has_every_page_of_the_folder_and_no_dead_link(site, site_check):
    pages = site_check.read_pages(site)
    sources = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert {str(path) for path in sources} | {"search.html"} == pages.keys()
    assert len(pages) > 50 and sum(len(page.links) for page in pages.values()) > 2_000
    assert site_check.find_faults(site, pages) == []


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("b.html#there", ""),
        ("#top", ""),
        ("https://example.org/gone", ""),
        ("../api/docs", ""),
        ("b.html#gone", "leads to no anchor"),
        ("c.html", "leads to no file"),
        ("../api/gone", "is no path of the server"),
    ],
)
def test_link_check_finds_dead_links(site_check, tmp_path, address, fault):
    (tmp_path / "a.html").write_text(PAGE.format(address))
    (tmp_path / "b.html").write_text('<p id="there">')
    faults = site_check.find_faults(tmp_path, site_check.read_pages(tmp_path))
    assert len(faults) == bool(fault) and all(message.endswith(fault) for message in faults)


@pytest.mark.parametrize(
    "element",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<img src="//cdn.example/a.png">',
        '<link rel="stylesheet" href="https://fonts.example/a.css">',
        '<p onclick="x()">',
    ],
)
def test_link_check_finds_foreign_files_and_handlers(site_check, tmp_path, element):
    (tmp_path / "a.html").write_text(element)
    assert len(site_check.find_faults(tmp_path, site_check.read_pages(tmp_path))) == 1


def test_styles_of_the_site_load_nothing_from_other_hosts(site):
    sheets = list(site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        assert re.findall(r"url\(\s*[\"']?(?:https?:)?//", sheet.read_text()) == [], sheet


def test_server_sends_the_site_with_hashes_of_its_inline_code(app, site):
    client = app.test_client()
    assert client.get("/docs").headers["Location"].endswith("/docs/")
    start = client.get("/docs/")
    assert (start.status_code, start.content_type) == (200, "text/html; charset=utf-8")
    policy = policy_of(start)
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"].startswith("'self' 'sha256-") and policy["style-src"].startswith("'self'")
    assert (
        "unsafe-inline" not in str(policy) and "unsafe-eval" not in str(policy) and "http" not in str(policy)
    )
    page = client.get("/docs/reference/settings.html")
    assert page.status_code == 200 and "GRIDWARD_WORKERS" in page.text
    static = re.findall(r'(?:src|href)="((?:\.\./)*_static/[^"#]+)"', page.text)
    assert static
    for address in static:
        sent = client.get(f"/docs/{address.replace('../', '')}")
        assert sent.status_code == 200, address
        assert ("immutable" in sent.headers["Cache-Control"]) == ("?v=" in address), address
    assert client.get("/docs/nothing.html").json["code"] == "not_found"
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "zh-CN,zh;q=0.9"}
    missing = client.get("/docs/how-to/nothing.html", headers=browser)
    assert (missing.status_code, missing.mimetype) == (404, "text/html") and "没有这一页" in missing.text
    assert '="/docs/search.html"' in missing.text and "nothing" not in missing.text
    assert client.get("/docs/nothing.html", headers={"Accept": "application/json"}).is_json
    assert client.get("/docs/%2e%2e/%2e%2e/pyproject.toml").status_code == 404


def test_paths_outside_the_site_keep_the_strict_policy(app, site, tmp_path, monkeypatch):
    for front_end in ("field", "console"):
        (tmp_path / front_end).mkdir()
        (tmp_path / front_end / "index.html").write_text("<!doctype html>")
    settings = replace(app.extensions["settings"], web_dir=tmp_path)
    monkeypatch.setitem(app.extensions, "settings", settings)
    client = app.test_client()
    paths = (
        "/",
        "/field/",
        "/console/",
        "/api/docs",
        "/api/v1/openapi.json",
        "/api/v1/me",
        "/ogc/",
        "/docsx",
    )
    policies = {path: client.get(path).headers.get("Content-Security-Policy", "") for path in paths}
    assert policies["/field/"] and policies["/console/"] and policies["/api/docs"]
    for path, policy in policies.items():
        assert "sha256-" not in policy and "unsafe" not in policy, path
    assert "sha256-" in client.get("/docs/").headers["Content-Security-Policy"]


def test_links_of_the_site_to_the_server_have_an_answer(app, site, site_check):
    linked = {
        address.split("../")[-1]
        for page in site_check.read_pages(site).values()
        for address in page.links
        if address.split("../")[-1] in site_check.PRODUCT_PATHS
    }
    assert linked
    for path in site_check.PRODUCT_PATHS:
        answer = app.test_client().get(f"/{path}")
        # The front ends may be left unbuilt.
        assert answer.status_code in (200, 303, 401) or answer.json["code"] == "web_not_built", path


def test_site_that_is_not_built_answers_404_with_the_command(app, tmp_path, monkeypatch):
    settings: Settings = replace(app.extensions["settings"], docs_dir=tmp_path)
    monkeypatch.setitem(app.extensions, "settings", settings)
    for path in ("/docs/", "/docs/reference/settings.html"):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.json["code"]) == (404, "docs_not_built")
        assert "make docs" in answer.json["detail"]


def test_search_splits_chinese_text_into_pairs_of_characters(site):
    code = (
        "import sys; sys.path.insert(0, 'docs/_sphinx'); from search_words import SearchWords;"
        "print(SearchWords({}).split('The grid 责任网格 and 格'))"
    )
    done = subprocess.run(
        [ROOT / ".run/docs/bin/python", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['The', 'grid', '责任', '任网', '网格', 'and', '格']"
    assert '"\\u7f51\\u683c":' in (site / "searchindex.js").read_text()


def test_diagram_has_every_state_and_every_change_of_state():
    assert PLACES.keys() == set(Status)
    labels = {action for _, actions in edges() for action in actions}
    assert {"accept", "check: pass", "verify: exists", "force_close", "contest"} <= labels
    extra = transition("skip", {Status.COLLECTED}, Status.CLOSED, Relation.DIRECTOR)
    with pytest.raises(ValueError, match="no arrow for"):
        edges((*TRANSITIONS, extra))
    with pytest.raises(ValueError, match="no transition from"):
        edges(row for row in TRANSITIONS if row.action != "feed_back")
