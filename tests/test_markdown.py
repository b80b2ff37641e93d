"""Lines of Markdown pages have at most 120 characters, rows of tables 200. Code and addresses may be longer."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_LINE = 120
# A row of a table cannot be divided.
LONGEST_ROW = 200
# These pages have tables whose facts need more.
LONG_TABLES = frozenset(
    f"{name}.md"
    for name in (
        "SECURITY",
        "docs/decisions/0004-compose-sql-with-objects",
        "docs/explanation/conformance",
        "docs/how-to/operations",
        "docs/reference/cli",
        "docs/reference/exports",
        "docs/reference/figures",
        "docs/reference/imports",
        "docs/reference/mobile",
        "docs/reference/processing",
        "docs/reference/register",
        "docs/reference/rules",
        "docs/reference/signals",
        "docs/reference/sync-reference",
        "docs/reference/tables",
    )
)


PAGES = [
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "bench/*.md", "docs/**/*.md", "tests/**/*.md", "web/sync-client/*.md")
    for path in sorted(ROOT.glob(pattern))
]


def long_lines(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of prose and the rows of tables that are too long."""
    prose, rows = [], []
    is_code = is_after_blank = False
    for text_line in text.splitlines():
        if text_line.lstrip().startswith("```"):
            is_code = not is_code
        is_indented_code = text_line.startswith("    ") and is_after_blank
        is_after_blank = not text_line.strip() or is_indented_code
        if is_code or is_indented_code:
            continue
        if text_line.lstrip().startswith("|"):
            if len(text_line) > LONGEST_ROW:
                rows.append(text_line)
        elif len(text_line) > LONGEST_LINE and re.fullmatch(r"\s*(?:[-*] )?\S+", text_line) is None:
            prose.append(text_line)
    return prose, rows


@pytest.mark.parametrize("name", PAGES)
def test_lines_of_markdown_fit(name):
    prose, rows = long_lines((ROOT / name).read_text())
    assert prose == []
    assert bool(rows) == (name in LONG_TABLES), rows or "the page needs no exception any more"


def test_long_lines_are_found_outside_of_code():
    long = "word " * 45
    assert long_lines(f"{long}\n\n    {long}\n\n```\n{long}\n```\n| {long} |\n") == ([long], [f"| {long} |"])
    assert len(PAGES) > 60
