"""Fixtures of the built front ends. Without Node their tests are skipped, or fail where CI is set."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
LEAST_NODE = (20, 19)


def missing(what: str) -> NoReturn:
    """What these tests need is not there: on somebody's machine they are left out, where all is checked (CI) they fail."""
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(what)
    pytest.fail(what)


def node_version() -> tuple[int, int] | None:
    if not shutil.which("node"):
        return None
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    match = re.match(r"v(\d+)\.(\d+)", version)
    return (int(match[1]), int(match[2])) if match else None


@pytest.fixture(scope="session")
def dist() -> Path:
    """The folder of what bin/web makes of the present sources."""
    version = node_version()
    if version is None or version < LEAST_NODE:
        missing("no Node 20.19 or later, which builds the web front ends (web/)")
    done = subprocess.run([ROOT / "bin" / "web"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return ROOT / "web" / "dist"
