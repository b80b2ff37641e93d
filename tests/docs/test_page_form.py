"""Form of the tutorials, how-tos and Chinese pages: lines, pictures, and terms of the glossary."""

import re

import pytest

from tests.docs.blocks import OUTPUT_LANGUAGES, read_blocks
from tests.docs.pages import DOCS, PAGES

LINE_LENGTH = 120
# A map with its base map has many shades.
PICTURE_BYTES = 110_000
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
GENERATED = {"zh/errors.md", "zh/lifecycle.md", "zh/glossary.md"}


def _rows(path):
    """Yield number and text of each line that somebody wrote: not the output of a command."""
    output = [block for block in read_blocks(path) if block.language in OUTPUT_LANGUAGES]
    printed = {n for b in output for n in range(b.begins_at, b.begins_at + b.text.count("\n") + 2)}
    for number, row in enumerate(path.read_text().splitlines(), start=1):
        if number not in printed:
            yield number, row


def _name(path):
    return path.relative_to(DOCS).as_posix()


def test_lines_of_pages_have_at_most_120_characters():
    written = [path for path in PAGES if _name(path) not in GENERATED]
    assert len(written) >= 15
    assert [
        f"{_name(path)}:{number}" for path in written for number, row in _rows(path) if len(row) > LINE_LENGTH
    ] == []


def test_pages_begin_with_whom_they_are_for_and_end_with_failures():
    lessons = [path for path in PAGES if path.parent.name in ("tutorials", "how-to")]
    assert len(lessons) >= 13
    for path in lessons:
        text = path.read_text()
        assert re.match(r"# [^\n]+\n\nFor [a-z]", text), _name(path)
        assert "## If something fails\n" in text, _name(path)


def test_pictures_exist_are_small_and_have_words():
    shown = [(path, *match) for path in PAGES for match in PICTURE.findall(path.read_text())]
    assert len(shown) >= 20
    for path, words, target in shown:
        picture = (path.parent / target).resolve()
        assert words, f"{_name(path)}: {target} has no words"
        assert picture.is_file() and picture.stat().st_size < PICTURE_BYTES, f"{_name(path)}: {target}"


def _terms(text, columns):
    """Return the cells of these columns of all rows of tables with five columns."""
    cells = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in text.splitlines() if row[:1] == "|"
    ]
    heads = ("zh", "术语", "---")
    return [
        tuple(row[column] for column in columns) for row in cells if len(row) == 5 and row[0] not in heads
    ]


def test_chinese_glossary_has_the_terms_of_the_english_one():
    english = (DOCS / "reference" / "glossary.md").read_text().partition("## Terms")[2]
    wanted = _terms(english.partition("## Titles of codes")[0], (0, 1, 2, 4))
    chinese = (DOCS / "zh" / "glossary.md").read_text()
    assert len(wanted) > 100
    assert _terms(chinese, (0, 2, 3, 4)) == wanted
    assert all(meaning for (meaning,) in _terms(chinese, (1,)))


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("worker", "first-day-of-a-worker"),
        ("supervisor", "first-day-of-a-supervisor"),
        ("late-case", "a-late-case"),
    ],
)
def test_chinese_tutorial_has_the_chapters_of_the_english_one(chinese, english):
    pages = (DOCS / "zh" / f"{chinese}.md", DOCS / "tutorials" / f"{english}.md")
    chapters, pictures = zip(
        *((p.read_text().count("\n## "), len(PICTURE.findall(p.read_text()))) for p in pages), strict=True
    )
    assert len(set(chapters)) == 1 < chapters[0]
    assert len(set(pictures)) == 1 < pictures[0]
