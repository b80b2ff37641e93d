"""Tutorials and how-tos do what they say: their commands are run, and the output that they show is what comes.

`GRIDWARD_WRITE_DOCS=1 bin/test --pytest tests/docs` writes the outputs of the pages anew.
"""

import os
import time
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, read_blocks
from tests.docs.not_run import NOT_RUN
from tests.docs.pages import DOCS, PAGES, follow, rewrite
from tests.docs.reader import Shell

BEGIN_WITH_NOTHING = {"tutorials/your-own-city.md"}


def _name(path: Path) -> str:
    return path.relative_to(DOCS).as_posix()


def _is_run(path: Path) -> bool:
    return any(block.is_run for block in read_blocks(path))


# A city takes minutes on a busy machine: `make check-deep` runs the pages.
@pytest.mark.deep
@pytest.mark.parametrize("path", [path for path in PAGES if _is_run(path)], ids=_name)
def test_page_shows_what_its_commands_print(path, request, tmp_path):
    server = request.getfixturevalue("empty_city" if _name(path) in BEGIN_WITH_NOTHING else "demo")
    shell = Shell(tmp_path, server.replaced)
    begun_at = time.monotonic()
    try:
        outcome = follow(path, shell)
    finally:
        shell.close()
    print(f"{_name(path)}: {time.monotonic() - begun_at:.1f} s")
    if os.environ.get("GRIDWARD_WRITE_DOCS") == "1":
        rewrite(path, outcome)
    assert not outcome.faults, "\n\n".join(outcome.faults)


def test_block_that_is_not_run_has_a_reason():
    blocks = [block for path in PAGES for block in read_blocks(path)]
    marked = {
        (block.page, block.text.splitlines()[0])
        for block in blocks
        if block.language == "sh" and not block.is_run
    }
    assert marked == set(NOT_RUN)
    assert len([block for block in blocks if block.is_run]) > 2 * len(marked)


def test_pages_are_all_kinds_that_the_site_names():
    assert ROOT / "docs" == DOCS
    assert len(PAGES) >= 13, [_name(path) for path in PAGES]
