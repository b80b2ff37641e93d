"""Modules are loaded without garbage collection at the start of a program."""

import gc
import subprocess
import sys

import pytest

from app.core.loading import loading

COLLECTIONS_OF_A_START = """
import gc
from app.core.loading import loading
before = sum(generation["collections"] for generation in gc.get_stats())
with loading():
    import app.factory
print(sum(generation["collections"] for generation in gc.get_stats()) - before, gc.get_freeze_count())
"""


def test_all_modules_of_the_server_are_loaded_without_a_collection():
    output = subprocess.run(
        [sys.executable, "-c", COLLECTIONS_OF_A_START], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    collections, kept_apart = map(int, output.split())
    assert collections == 0
    assert kept_apart > 100_000


def test_collection_goes_on_after_an_error():
    with pytest.raises(ImportError), loading():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()
