"""One server for the journeys of all generated clients, and the people who make them."""

import shutil
from pathlib import Path

import pytest

from tests.clients.journeys import Journey
from tests.factories import City
from tests.live.conftest import app, city, folder, server, settings
from tests.live.processes import Server
from tests.web.conftest import missing

ROOT = Path(__file__).parents[2]
__all__ = ["app", "city", "folder", "server", "settings"]


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The packages of web/package-lock.json, which bin/web installs."""
    folder = ROOT / "web" / "node_modules"
    if not shutil.which("node") or not (folder / ".bin" / "redocly").exists():
        missing("no Node, or no packages of web/package-lock.json, which bin/web installs")
    return folder


@pytest.fixture
def journey(server: Server, city: City) -> Journey:
    return Journey.in_city(server, city)
