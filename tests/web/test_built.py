"""What the build makes: types that fit the API's document, no address of others, nothing inline, small enough."""

import json
import re
from pathlib import Path

import pytest

from tests.web.conftest import missing

ROOT = Path(__file__).parents[2]
LOCK = json.loads((ROOT / "web" / "package-lock.json").read_text())
# Of namespaces and of hints in messages of libraries: nothing that is fetched.
NAMES = (
    *("http://www.w3.org/", "https://dexie.org", "http://bit.ly", "https://bit.ly", "https://tinyurl.com"),
    *(
        "https://maplibre.",
        "https://github.com/mapbox/",
        "https://github.com/maplibre/",
        "https://wiki.openstreetmap.org/wiki/This_map",
    ),
)


def test_the_client_is_typed_by_the_document_of_now(dist):
    """It is made anew at each build and checked with everything that uses it: it cannot be older than the document."""
    made = (ROOT / "web" / "src" / "api" / "gridward.d.ts").read_text()
    document = json.loads((ROOT / "openapi" / "gridward.json").read_text())
    assert re.findall(r'^    "(/[^"]+)": \{', made, re.M) == list(document["paths"])
    assert (dist / "built-from").read_text().strip()


def test_an_address_is_ours_by_its_whole_origin():
    """`http://here:80` is how `http://here:8000` begins: who gets the token is compared up to the slash."""
    sources = [path for kind in ("*.ts", "*.tsx") for path in (ROOT / "web").glob(f"*/**/{kind}")]
    sources = [path for path in sources if "node_modules" not in path.parts]
    assert any(path.name == "maplibre.ts" for path in sources)
    assert [path.name for path in sources if "startsWith(ROOT)" in path.read_text()] == []


def test_pages_have_no_code_or_style_of_their_own_and_nothing_from_elsewhere(dist: Path):
    for path in dist.rglob("*.html"):
        page = path.read_text()
        assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page), path
        assert not re.search(r"""(src|href)=["'](?!\./)""", page), path
    for path in (*dist.rglob("*.js"), *dist.rglob("*.css"), *dist.rglob("*.webmanifest")):
        found = set(re.findall(r"""https?://[^\s"'`)\\<>]+""", path.read_text()))
        assert {url for url in found if not url.startswith(NAMES)} == set(), path
        # MapLibre could; the policy of the pages does not let it.
        is_map = path.name.startswith("map")
        assert is_map or not re.search(r"\beval\(|new Function\(", path.read_text()), path


def test_the_lock_names_versions_and_digests_and_no_registry():
    assert "registry" not in (ROOT / "web" / "package-lock.json").read_text()
    packages = {name: package for name, package in LOCK["packages"].items() if name}
    assert len(packages) > 20
    assert all("resolved" not in package and "integrity" in package for package in packages.values())


def test_what_these_tests_need_may_be_missing_on_a_desk_and_never_where_all_is_checked(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception):
        missing("no Node")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception):
        missing("no Node")
