"""Build output: types that match the OpenAPI document, no foreign URLs, no inline code, limited size."""

import json
import re
from pathlib import Path

import pytest

from tests.nonempty import nonempty
from tests.web.conftest import missing

ROOT = Path(__file__).parents[2]
LOCK = json.loads((ROOT / "web" / "package-lock.json").read_text())
# Of namespaces, of hints in messages of libraries, and of links that a worker opens in a map app: nothing that is fetched.
NAMES = (
    *("http://www.w3.org/", "https://dexie.org", "http://bit.ly", "https://bit.ly", "https://tinyurl.com"),
    *(
        "https://maplibre.",
        "https://github.com/mapbox/",
        "https://github.com/maplibre/",
        "https://github.com/protomaps/",
        "https://wiki.openstreetmap.org/wiki/This_map",
        *("https://uri.amap.com/navigation", "https://api.map.baidu.com/marker"),
    ),
)


def test_generated_client_types_match_openapi_document(dist):
    """It is made anew at each build and checked with everything that uses it: it cannot be older than the document."""
    made = (ROOT / "web" / "src" / "api" / "gridward.d.ts").read_text()
    document = json.loads((ROOT / "openapi" / "gridward.json").read_text())
    assert re.findall(r'^    "(/[^"]+)": \{', made, re.M) == list(document["paths"])
    assert (dist / "built-from").read_text().strip()


def test_pages_compare_api_origin_including_port():
    """`http://here:80` is how `http://here:8000` begins: who gets the token is compared up to the slash."""
    sources = [path for kind in ("*.ts", "*.tsx") for path in (ROOT / "web").glob(f"*/**/{kind}")]
    sources = [path for path in sources if "node_modules" not in path.parts]
    assert any(path.name == "maplibre.ts" for path in sources)
    assert [path.name for path in sources if "startsWith(ROOT)" in path.read_text()] == []


def test_built_pages_have_no_inline_code_and_no_foreign_urls(dist: Path):
    for path in nonempty(dist.rglob("*.html")):
        page = path.read_text()
        assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page), path
        assert not re.search(r"""(src|href)=["'](?!\./)""", page), path
    for path in (*dist.rglob("*.js"), *dist.rglob("*.css"), *dist.rglob("*.webmanifest")):
        urls = set(re.findall(r"""https?://[^\s"'`)\\<>]+""", path.read_text()))
        assert {url for url in urls if not url.startswith(NAMES)} == set(), path
        # MapLibre could; the policy of the pages does not let it.
        is_map = path.name.startswith("map")
        assert is_map or not re.search(r"\beval\(|new Function\(", path.read_text()), path


def test_package_lock_has_integrity_and_no_registry():
    text = (ROOT / "web" / "package-lock.json").read_text()
    # The name of a package, and not of a place to fetch from.
    assert "registry" not in text.replace("language-subtag-registry", "")
    packages = {name: package for name, package in LOCK["packages"].items() if name}
    assert len(packages) > 20
    assert all("resolved" not in package and "integrity" in package for package in packages.values())


def test_missing_tool_skips_locally_and_fails_in_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception):
        missing("no Node")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception):
        missing("no Node")
