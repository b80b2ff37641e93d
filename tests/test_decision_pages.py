"""The architecture page, the decisions and the explanations: their form, and the code that they name."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
PAGES = [DOCS / "architecture.md", *DECISIONS, *sorted((DOCS / "explanation").glob("*.md"))]
# Studies and manuals for makers of clients have long lines of commands and of assumptions.
STUDIES = frozenset({"clients", "conformance", "dispatch-study"})
PROSE = [page for page in PAGES if page.stem not in STUDIES]
SECTIONS = ["Context", "Decision", "Consequences"]
LONGEST_LINE, LONGEST_ARCHITECTURE = 120, 150
# A file in backticks, and the function, class or constant in backticks behind it, if there is one.
NAMED = re.compile(r"`((?:[\w-]+/)+[\w-]+\.\w+)(?:[ :][^`]*)?`(?:\s+`([A-Za-z_][\w.]*)(?:\(\))?`)?")
DEFINED = r"\b(?:def|class)\s+{0}\b|^{0}\b.*="
ROOTS = (ROOT / "app", ROOT)


def text_of(page: Path) -> str:
    """Return the text of a page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)


def faults_of(text: str) -> list[str]:
    """Return the files and names in `text` that the repository lacks."""
    faults = []
    for path, name in NAMED.findall(text):
        file = next((root / path for root in ROOTS if (root / path).exists()), None)
        if file is None:
            faults.append(f"no file {path}")
        elif name and file.suffix == ".py":
            last = re.escape(name.rpartition(".")[2])
            if not re.search(DEFINED.format(last), file.read_text(), re.M):
                faults.append(f"no {name} in {path}")
    return faults


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_names_existing_files_and_functions(page):
    assert faults_of(text_of(page)) == []


def test_pages_name_many_files():
    names = [NAMED.findall(text_of(page)) for page in PAGES]
    assert len(names[0]) >= 20, "the architecture page names the code"
    assert sum(map(len, names)) > 100


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("`core/locks.py` `locked_loads`", []),
        ("`tests/test_names.py` has it", []),
        ("`core/lock.py`", ["no file core/lock.py"]),
        ("`core/locks.py`\n`lock_cases`", ["no lock_cases in core/locks.py"]),
        ("`tests/test_decision_pages.py` `DECISIONS`", []),
    ],
)
def test_missing_file_or_name_is_a_fault(text, faults):
    assert faults_of(text) == faults


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_decision_has_number_sections_and_audience(page):
    text = page.read_text()
    title = text.splitlines()[0]
    assert title.startswith(f"# {int(page.name[:4])}. "), title
    sections = [name for name in re.findall(r"^## (.+)$", text_of(page), re.M) if name in SECTIONS]
    assert sorted(sections) == sorted(SECTIONS)
    assert sections[:2] == SECTIONS[:2]
    assert re.search(r"^For (?:the )?(?:engineers|operators)\b", text, re.M), (
        "no line that says for whom the page is"
    )


def test_decision_numbers_are_unique():
    assert len(DECISIONS) >= 30
    assert len({page.name[:4] for page in DECISIONS}) == len(DECISIONS)


def test_decision_index_lists_every_page_with_its_title():
    index = (DOCS / "decisions" / "index.md").read_text()
    rows = re.findall(r"^\| (\d+) \| \[(.+?)\]\((.+?)\) \|$", index, re.M)
    titles = {page.name: page.read_text().splitlines()[0] for page in DECISIONS}
    assert {file: f"# {number}. {title}" for number, title, file in rows} == titles
    assert len(rows) == len(titles)


def test_architecture_page_is_short():
    assert len((DOCS / "architecture.md").read_text().splitlines()) <= LONGEST_ARCHITECTURE


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.stem)
def test_prose_lines_are_short_enough(page):
    """Rows of tables and lines of code blocks cannot be wrapped."""
    lines = [text_line for text_line in text_of(page).splitlines() if not text_line.startswith("|")]
    assert [text_line for text_line in lines if len(text_line) > LONGEST_LINE] == []


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.stem)
def test_pages_name_no_person_by_a_gender(page):
    assert re.findall(r"\b(?:she|her|hers|herself|he|him|his|himself)\b", page.read_text(), re.I) == []
