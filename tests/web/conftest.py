"""The built front ends. Where there is no Node they are not tested; where there is one, never left out."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAST_NODE = (20, 19)


def node_version() -> tuple[int, int] | None:
    if not shutil.which("node"):
        return None
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else None


@pytest.fixture(scope="session")
def dist() -> Path:
    """The folder of what bin/web makes of the present sources."""
    version = node_version()
    if version is None or version < LEAST_NODE:
        pytest.skip("no Node 20.19 or later, which builds the web front ends (web/)")
    done = subprocess.run([ROOT / "bin" / "web"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return ROOT / "web" / "dist"
