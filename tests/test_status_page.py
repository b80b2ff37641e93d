"""The page docs/status.md: each test that it names exists, each long test says so, and its lines can be scanned."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "status.md").read_text()
PROMISES = PAGE.partition("\n## Promises\n")[2].partition("\n## Known limits\n")[0]
LIMITS = PAGE.partition("\n## Known limits\n")[2]
TESTS = ROOT / "tests"
LONGEST_LINE = 120


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of each row of the tables, without their heads."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [row for row in rows if row[0] not in {"promise", "command"} and "ARGS=..." not in row[0]]


def named_tests(row: list[str]) -> list[Path]:
    """Return the files and folders of tests in the last cell of a row."""
    names = re.findall(r"`([\w/.]+)`", row[-1])
    return [TESTS / name for name in names if "/" in name or name.endswith(".py") or name.islower()]


def is_deep(path: Path) -> bool:
    """Return True if `make test` leaves out all tests of a file."""
    tree = ast.parse(path.read_text())
    marks = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)]
    if "pytestmark = pytest.mark.deep" in marks:
        return True
    tests = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    return bool(tests) and all("pytest.mark.deep" in map(ast.unparse, test.decorator_list) for test in tests)


def test_status_page_names_existing_tests():
    named = [path for row in rows_of(PROMISES) for path in named_tests(row)]
    assert len(named) > 150
    assert [path for path in named if not path.exists()] == []


def test_each_promise_has_a_test():
    assert [row[0] for row in rows_of(PROMISES) if not row[1].startswith(("`", "for later"))] == []


def test_promise_says_deep_when_no_test_of_a_whole_run_proves_it():
    rows = rows_of(PROMISES)
    deep = {
        row[0]
        for row in rows
        if named_tests(row) and all(p.is_file() and is_deep(p) for p in named_tests(row))
    }
    assert len(deep) >= 3
    assert deep == {row[0] for row in rows if "*deep*" in row[0]}


def test_long_commands_select_existing_tests():
    """`-k` takes a part of the name of a test or of its module."""
    table = PAGE.partition("ARGS=...")[2].partition("## Promises")[0]
    files = sorted((TESTS).rglob("test_*.py"))
    text = "\n".join([path.stem for path in files] + [path.read_text() for path in files])
    words = re.findall(r"`'-k (\w+)'`", table)
    paths = re.findall(r"`(tests/[\w/.]+)`", table)
    assert len(words) > 4 and len(paths) > 4
    assert [word for word in words if not re.search(rf"\bdef test_\w*{word}|^\w*{word}", text, re.M)] == []
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_status_lines_can_be_scanned():
    lines = PAGE.splitlines()
    assert [line for line in lines if len(line) > LONGEST_LINE] == []
    limits = [line for line in LIMITS.splitlines() if line and not line.startswith("### ")]
    assert len(limits) > 50
    assert [line for line in limits if not line.startswith("- ")] == [], "one line for each limit"
