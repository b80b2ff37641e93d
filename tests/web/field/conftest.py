"""Fixtures of the field app: Chromium, a server with its job worker, and a network gate between them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests.live.conftest import app, city, folder, job_worker, online, owner, server, settings
from tests.live.processes import Process
from tests.web.browsers import phone, playwright

__all__ = ["app", "city", "folder", "online", "owner", "phone", "playwright", "server", "settings"]


@pytest.fixture(scope="package")
def jobs(app: Any, settings: Settings, folder: Path) -> Iterator[Process]:
    """One for all files: every phone's cases need it, and no test stops it."""
    with job_worker(settings, folder) as worker:
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
