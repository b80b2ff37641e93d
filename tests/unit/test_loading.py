"""Modules are loaded without garbage collection at the start of a program."""

import gc
import subprocess
import sys

import pytest

from app.core.loading import loading

COLLECTIONS_OF_A_START = """
import gc, sys
from app.core.loading import loading
before = sum(generation["collections"] for generation in gc.get_stats())
with loading():
    import app.factory
print(sum(generation["collections"] for generation in gc.get_stats()) - before, gc.get_freeze_count())
print(*{"alembic", "mako", "openpyxl", "PIL", "pygments"} & sys.modules.keys())
"""


@pytest.fixture(scope="module")
def start() -> list[str]:
    """Two lines about a start: collections and objects set aside; names of large libraries that were loaded."""
    return subprocess.run(
        [sys.executable, "-c", COLLECTIONS_OF_A_START], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()


def test_all_modules_of_the_server_are_loaded_without_a_collection(start):
    collections, kept_apart = map(int, start[0].split())
    assert collections == 0
    assert kept_apart > 100_000


def test_server_starts_without_libraries_of_migrations_and_workbooks(start):
    assert start[1] == ""


def test_collection_goes_on_after_an_error():
    with pytest.raises(ImportError), loading():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()
