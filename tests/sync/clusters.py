"""A PostgreSQL of one test's own, which it may kill and fill."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests.live.databases import migrate
from tests.live.processes import ROOT


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Any]:
    """Migrated, with fsync; it has `url`, `child`, `start` and `destroy`."""
    sys.path.insert(0, str(ROOT / "bin" / "lib"))
    from cluster import Cluster  # type: ignore[import-not-found]

    made = Cluster(f"own-{os.getpid()}", tmp_path / "postgres.log")
    try:
        made.start()
        migrate(made.url)
        yield made
    finally:
        made.destroy()


def settings_on(url: str, folder: Path) -> Settings:
    """Settings of an app on this database, with cheap passwords."""
    return Settings(
        database_url=url, signing_key_file=folder / "key.pem", argon2_memory_kib=64, argon2_time_cost=1
    )
