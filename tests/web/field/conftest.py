"""The field app in Chromium, on a real server with its job worker, through a gate that can be shut."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.live.conftest import app, city, folder, jobs, online, owner, server, settings
from tests.web.browsers import phone, playwright

__all__ = ["app", "city", "folder", "jobs", "online", "owner", "phone", "playwright", "server", "settings"]


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
