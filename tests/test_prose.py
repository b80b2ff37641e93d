"""How docstrings and comments are written, as far as a pattern can tell (CONTRIBUTING.md)."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"
SOURCES = sorted(APP.rglob("*.py"))
# A relative clause in the place of a subject: the reader has to find out what it is about.
HEADLESS = re.compile(
    r"(?:What|Who|Whoever|Whom|Whose|Where|Wherever|Which|Whether|How|When|Why|That which|Those who)\b"
)
GENDERED = re.compile(r"\b(?:she|her|hers|herself|he|him|his|himself)\b", re.IGNORECASE)
FIRST_LINE_LENGTH = 120


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each docstring of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield (getattr(node, "lineno", 1), text)


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each comment of a file."""
    source = path.read_text(encoding="utf8")
    if "#" not in source:
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def faults_of(path: Path) -> list[str]:
    """Return the faults of a file as `path:line fault`."""
    name = path.relative_to(APP.parent).as_posix()
    faults, described = [], list(docstrings(path))
    for number, text in described:
        first = text.splitlines()[0]
        if HEADLESS.match(first):
            faults.append(f"{name}:{number} begins with a relative clause: {first}")
        if len(first) > FIRST_LINE_LENGTH:
            faults.append(f"{name}:{number} has a first line of {len(first)} characters: {first}")
    for number, text in (*described, *comments(path)):
        if GENDERED.search(text):
            faults.append(f"{name}:{number} names a person by a gender: {text.splitlines()[0]}")
    return faults


def test_docstrings_and_comments_are_plain():
    assert SOURCES, "nothing to look at"
    assert [fault for path in SOURCES for fault in faults_of(path)] == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('"""What came of it."""', "begins with a relative clause"),
        ('def close():\n    """Whoever handles a case closes it."""', "begins with a relative clause"),
        ("# Her last position\nx = 1", "names a person by a gender"),
        ('class Task:\n    """A task of a worker, until she ends it."""', "names a person by a gender"),
        (f'"""{"Return the case " * 8}."""', "has a first line of"),
    ],
)
def test_fault_in_prose_is_found(tmp_path, monkeypatch, source, fault):
    monkeypatch.setattr("tests.test_prose.APP", tmp_path / "app")
    path = tmp_path / "app" / "module.py"
    path.parent.mkdir()
    path.write_text(source, encoding="utf8")
    assert any(fault in text for text in faults_of(path))
