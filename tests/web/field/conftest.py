"""Fixtures of the field app: Chromium, a server with its job worker, and a network gate between them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests.live.conftest import app, city, folder, job_worker, online, owner, settings
from tests.live.own_servers import running
from tests.live.processes import Process, Server, environment
from tests.web.browsers import browser, desks, phone, playwright

__all__ = [
    "app",
    "browser",
    "city",
    "desks",
    "folder",
    "online",
    "owner",
    "phone",
    "playwright",
    "server",
    "settings",
]


# A push service of a test is on this machine.
PUSH_ALLOWED = {"GRIDWARD_OUTGOING_ALLOWED": "127.0.0.0/8"}


@pytest.fixture(scope="package")
def server(app: Any, settings: Settings, folder: Path) -> Iterator[Server]:
    with running(Server(folder / "server.log", environment(settings, folder, **PUSH_ALLOWED))) as server:
        yield server


@pytest.fixture(scope="package")
def jobs(app: Any, settings: Settings, folder: Path) -> Iterator[Process]:
    """One for all files: every phone's cases need it, and no test stops it."""
    with job_worker(settings, folder, **PUSH_ALLOWED) as worker:
        yield worker


@pytest.fixture
def case(owner: Any) -> Callable[[str], Any]:
    """The one case with these words: its status, place, accuracy and category, as the database has them."""

    def read(words: str) -> Any:
        return owner.execute(
            """select i.id, i.status, i.category, ST_X(i.location::geometry), ST_Y(i.location::geometry), i.reported_by
               from incident i join report r on r.id = i.id where r.words = %s""",
            (words,),
        ).fetchone()

    return read
