"""The licence page names every distributed package, with a licence that allows distribution."""

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "bin" / "lib"))
import audit  # noqa: E402

# Only on Windows, where the server is not supported.
ELSEWHERE = {"colorama"}


def listed(title: str) -> dict[str, str]:
    """Return package -> licence of one section of docs/reference/licences.md."""
    section = (
        (ROOT / "docs" / "reference" / "licences.md")
        .read_text()
        .partition(f"## {title}\n")[2]
        .partition("\n## ")[0]
    )
    rows = re.findall(r"^\| ([^ |]+) \| ([^|]*) \|$", section, re.MULTILINE)
    return {name: licence for name, licence in rows if name != "package"}


def locked_for_python() -> set[str]:
    lock = (ROOT / "requirements.lock").read_text()
    return {name for name, _ in audit.LOCKED.findall(lock)} - ELSEWHERE


def locked_for_the_web() -> set[str]:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    return {
        path.rpartition("node_modules/")[2]
        for path, package in lock["packages"].items()
        if path and not package.get("dev")
    }


@pytest.mark.parametrize(
    ("title", "locked"), [("Server", locked_for_python), ("Web pages", locked_for_the_web)]
)
def test_licence_page_names_every_distributed_package(title, locked):
    assert set(listed(title)) == locked(), "bin/audit sbom writes the page anew"


@pytest.mark.parametrize("title", ["Server", "Web pages"])
def test_every_licence_allows_distribution(title):
    named = {name: audit.names_of(licence) for name, licence in listed(title).items()}
    assert len(named) > 20
    assert {
        name: licences for name, licences in named.items() if not licences or not licences <= audit.ALLOWED
    } == {}


def test_matplotlib_is_installed_from_hashed_lock_only():
    """Our name is in no registry: whoever is told to install it from one may get a stranger's package."""
    lock = (ROOT / "requirements-picture.lock").read_text()
    packages = {name for name, _ in audit.LOCKED.findall(lock)}
    assert "matplotlib" in packages and locked_for_python() - packages <= ELSEWHERE
    assert "matplotlib" not in locked_for_python()
    assert "--picture) mode=picture ;;" in (ROOT / "bin" / "setup").read_text()
    assert "bin/setup --picture" in (ROOT / "app" / "simulation" / "service" / "drawing.py").read_text()
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "app").rglob("*.py")]
    by_name = re.compile(r"(?:pip|uv|uvx|pipx)[a-z ]* install ['\"]?gridward|gridward\[")
    installs_by_page = {str(page): by_name.findall(page.read_text()) for page in pages}
    assert {page: installs for page, installs in installs_by_page.items() if installs} == {}


def test_audit_tools_are_not_installed_with_server():
    tools = (ROOT / "requirements-audit.lock").read_text()
    assert "kingfisher-bin==" in tools and "pip-audit==" in tools
    assert not {"kingfisher-bin", "pip-audit", "cyclonedx-bom"} & locked_for_python()
    assert (ROOT / "bin" / "audit").stat().st_mode & 0o111
