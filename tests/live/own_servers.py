"""A database, settings and a server of their own, for tests that share neither with others."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.settings import Settings
from tests.live.databases import own_database
from tests.live.processes import Server


@contextmanager
def own_settings(folder: Path, **options: Any) -> Iterator[Settings]:
    """Yield settings of an app on a database of its own, with cheap passwords. `options`: further settings."""
    with own_database(os.environ["GRIDWARD_TEST_DATABASE_URL"]) as url:
        yield Settings(
            database_url=url,
            signing_key_file=folder / "signing-key.pem",
            argon2_memory_kib=64,
            argon2_time_cost=1,
            **options,
        )


def own_media(folder: Path) -> dict[str, str]:
    """Return the settings of a media store and a spool in a folder."""
    return {"media_store": (folder / "media").as_uri(), "media_spool": str(folder / "spool")}


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Yield a server that is ready, and assert that it ends as asked."""
    server.wait_ready()
    try:
        yield server
        assert server.stop() == 0, server.log_text()
    finally:
        server.kill()
