"""The commit hook: accepted and refused subjects, by the examples of CONTRIBUTING.md and others."""

import re
import subprocess
import sys

import pytest

from tests.live.processes import ROOT

_COMMITS = (ROOT / "CONTRIBUTING.md").read_text().partition("\n## Commits\n")[2].partition("\n## ")[0]
ROWS = [row for row in re.findall(r"^\| (.+?) \| (.+?) \|$", _COMMITS, re.MULTILINE) if row[0] != "good"]


def hook_output(tmp_path, message):
    """What the hook says of a message; nothing if it lets it through."""
    file = tmp_path / "message"
    file.write_text(message)
    command = [sys.executable, ROOT / "bin" / "lib" / "subject.py", file]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bool(ended.returncode) == bool(ended.stderr)
    return ended.stderr


@pytest.mark.parametrize("good", [good for good, _ in ROWS])
def test_commit_hook_accepts_good_examples_of_contributing(tmp_path, good):
    assert hook_output(tmp_path, f"{good}\n\nWhy.\n# a line of git\n") == ""


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("", "say what was changed"),
        ("x" * 73, "has 73"),
        ("add a thing", "capital letter"),
        ("Add a thing.", "full stop"),
        ("Mend #12", "ticket"),
        ("Fixed a leak", "imperative"),
        ("Fixing a leak", "imperative"),
        ("Fixes a leak", "imperative"),
        ("The leak is gone", "imperative"),
        ("Add a thing\nand more", "second line"),
    ],
)
def test_commit_hook_names_fault_of_subject(tmp_path, message, fault):
    assert fault in hook_output(tmp_path, message)


@pytest.mark.parametrize(
    "message", ["Merge branch 'x' into y", 'Revert "fixed it."', "fixup! added", "Pass it on"]
)
def test_commit_hook_accepts_subjects_of_git(tmp_path, message):
    assert hook_output(tmp_path, message) == ""


def test_contributing_has_five_good_and_five_bad_examples():
    assert len(ROWS) == 5
