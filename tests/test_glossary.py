"""docs/reference/glossary.md against the code and all texts that people read: one word for one thing, in both languages."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.accounts.rules.purposes import PURPOSES, WORKER_PURPOSES
from app.core.actor import Role
from app.signals.rules.signals import KINDS

ROOT = Path(__file__).parents[1]
GLOSSARY = (ROOT / "docs" / "reference" / "glossary.md").read_text()
HAN = re.compile(r"[\u3400-\u9fff]")
STRING = r'"(?:[^"\\]|\\.)*"'
PAIR = re.compile(rf'(?:^|[\s{{,])("[^"\n]+"|\w+):\s*\[\s*({STRING}),\s*({STRING}),?\s*\]')
TABLE = re.compile(r"^(?:export )?const (\w+)[^=\n]*= \{(.*?)\}(?: as const.*?)?;$", re.S | re.M)


class Text(NamedTuple):
    """One text of a page or of the server, in both languages where it has both."""

    where: str
    zh: str
    en: str


class Refused(NamedTuple):
    """A word that the texts do not use for `term`, and the phrases in which it means something else."""

    term: str
    word: str
    exceptions: tuple[str, ...]


def _section(title: str) -> str:
    start = GLOSSARY.index(f"## {title}\n")
    return GLOSSARY[start:].split("\n## ", 1)[0]


def _rows(text: str) -> list[list[str]]:
    """Return the cells of all Markdown tables in `text`, without heads and rulers."""
    lines = [text_line for text_line in text.splitlines() if text_line.startswith("|")]
    heads = {i for i, text_line in enumerate(lines) if i + 1 < len(lines) and lines[i + 1].startswith("|---")}
    return [
        [cell.strip() for cell in text_line.strip("|").split("|")]
        for i, text_line in enumerate(lines)
        if i not in heads and not text_line.startswith("|---")
    ]


TERMS = _rows(_section("Terms"))
CODES = {
    part.splitlines()[0]: {row[0].strip("`"): (row[1], row[2]) for row in _rows(part)}
    for part in _section("Titles of codes").split("\n### ")[1:]
}


def _words_of(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(",") if word.strip()]


NOT_USED = _rows(_section("Words not used for a term"))
EXCEPTIONS = {row[0]: tuple(_words_of(row[3])) for row in NOT_USED}
REFUSED = [
    Refused(row[0], word, EXCEPTIONS[row[0]])
    for row in NOT_USED
    for cell in row[1:3]
    for word in _words_of(cell)
] + [
    Refused("-", word, ()) for row in _rows(_section("Words that no text uses")) for word in _words_of(row[0])
]


@cache
def _tables_of_pages() -> dict[str, dict[str, tuple[str, str]]]:
    """Return the pairs (zh, en) of each table of words of both pages, by file and name."""
    return {
        f"{path.relative_to(ROOT)} {name}": {
            key.strip('"'): (ast.literal_eval(zh), ast.literal_eval(en)) for key, zh, en in PAIR.findall(body)
        }
        for path in sorted(ROOT.glob("web/*/src/words/*.ts"))
        for name, body in TABLE.findall(path.read_text())
    }


def _strings_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings of a module that are no docstrings, those between the braces of an f-string included."""
    tree = ast.parse(path.read_text())
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


# Modules with titles of settings.
SECTIONS_OF_PROFILES = (
    *("dispatch_settings", "duplicates", "duty", "evaluation", "household_notices", "levels", "lifecycle"),
    *("notices", "planning", "redispatch", "signals"),
)


def _sources() -> list[Path]:
    patterns = (
        *("app/http/messages/*.py", "app/**/*sentences*.py", "app/accounts/rules/acts*.py"),
        *(
            "app/incidents/**/rules/names.py",
            "app/incidents/**/rules/parts.py",
            "app/incidents/desk/rules/sheet_texts.py",
        ),
        *("app/accounts/rules/purposes.py", "app/dispatch/rules/refusals.py", "app/exchange/rules/faults.py"),
        *(
            "app/grids/rules/audit.py",
            "app/signals/rules/signals.py",
            "app/households/rules/register_names.py",
        ),
        *(
            "app/profiles/rules/measures.py",
            "app/profiles/rules/*_schema.py",
            "app/profiles/rules/setting_words.py",
            "app/statistics/rules/*.py",
            "app/ogc/rules/legend.py",
        ),
        *(f"app/profiles/rules/{name}.py" for name in SECTIONS_OF_PROFILES),
    )
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern)})


@cache
def _texts() -> list[Text]:
    pages = [
        Text(f"{table}.{key}", zh, en)
        for table, pairs in _tables_of_pages().items()
        for key, (zh, en) in pairs.items()
    ]
    server = [
        Text(f"{path.relative_to(ROOT)}:{line_no}", *((string, "") if HAN.search(string) else ("", string)))
        for path in _sources()
        for line_no, string in _strings_of(path)
        if HAN.search(string) or " " in string
    ]
    return pages + server


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(word if HAN.search(word) else rf"(?<![\w{{]){re.escape(word)}s?(?![\w}}])", re.I)


def test_glossary_reads_texts_of_all_sources() -> None:
    assert len(_tables_of_pages()) > 40 and len(_sources()) > 20
    assert len(_texts()) > 2000
    assert sum(bool(text.zh) for text in _texts()) > 1000


@pytest.mark.parametrize("column", [0, 1], ids=["zh", "en"])
def test_each_term_stands_once(column: int) -> None:
    assert len(TERMS) > 100 and all(len(row) == 5 and all(row[:4]) for row in TERMS)
    assert [word for word, times in Counter(row[column] for row in TERMS).items() if times > 1] == []


def test_each_name_in_code_occurs_in_the_code() -> None:
    paths = [*ROOT.glob("app/**/*.py"), *ROOT.glob("web/*/src/**/*.ts*")]
    names = {name for path in paths for name in re.findall(r"\w+", path.read_text())}
    assert [row[2] for row in TERMS if row[2].strip("`") not in names] == []


def test_refused_words_belong_to_terms_and_are_no_terms() -> None:
    english = {row[1] for row in TERMS}
    assert {row[0] for row in NOT_USED} - english == set()
    words = {word for row in TERMS for word in row[:2]}
    assert {refused.word for refused in REFUSED} & words == set()


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: f"{refused.term}-{refused.word}")
def test_no_text_uses_a_refused_word(refused: Refused) -> None:
    pattern = _pattern(refused.word)
    faults = []
    for where, *both in _texts():
        for text in both:
            for phrase in refused.exceptions:
                text = re.sub(re.escape(phrase), "", text, flags=re.I)
            if pattern.search(text):
                faults.append(f"{where}: {text}")
    assert faults == [], f"the glossary has {refused.term!r}"


# The field app and the console never show these codes.
_OF_THE_SERVER = {"correct"}


def _likeness(pairs: dict[str, tuple[str, str]], titles: dict[str, tuple[str, str]]) -> float:
    return len(pairs.keys() & titles.keys()) / len(pairs.keys() | titles.keys())


def _tables_like(title: str) -> dict[str, dict[str, tuple[str, str]]]:
    """Return the tables of the pages that have more codes in common with this table of the glossary than with others."""
    return {
        where: pairs
        for where, pairs in _tables_of_pages().items()
        if pairs
        and _likeness(pairs, CODES[title]) > 0.6
        and title == max(CODES, key=lambda other: _likeness(pairs, CODES[other]))
    }


@pytest.mark.parametrize("title", CODES)
def test_pages_name_codes_as_the_glossary_does(title: str) -> None:
    titles, tables = CODES[title], _tables_like(title)
    assert tables, "no page has these codes"
    for where, pairs in tables.items():
        shown = {code: (zh, en.lower()) for code, (zh, en) in pairs.items()}
        assert shown == {code: (zh, en.lower()) for code, (zh, en) in titles.items() if code in shown}, where
    assert {code for pairs in tables.values() for code in pairs} | _OF_THE_SERVER >= set(titles)


def _table_of_module(path: Path, name: str) -> dict[str, Any]:
    for node in ast.parse(path.read_text()).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value and name in map(_name_of, targets):
            return dict(ast.literal_eval(node.value))
    raise LookupError(f"{path} has no {name}")


def _name_of(target: ast.expr | None) -> str | None:
    return target.id if isinstance(target, ast.Name) else None


def test_server_titles_of_states_and_transitions_equal_glossary() -> None:
    (path,) = ROOT.glob("app/incidents/**/rules/names.py")
    states, steps = CODES["States of a case"], CODES["Steps of a case"]
    assert {code: (zh, en) for code, (en, zh) in _table_of_module(path, "STATUSES").items()} == {
        code: pair for code, pair in states.items() if code != "unsent"
    }
    assert {code: (zh, en) for code, (en, zh) in _table_of_module(path, "TRANSITION_NAMES").items()} == steps


def test_server_titles_of_purposes_and_signals_equal_glossary() -> None:
    titles = {code: kind.title for code, kind in KINDS.items()}
    for section, table in (
        ("Purposes of disclosure", PURPOSES),
        ("Purposes of locating workers", WORKER_PURPOSES),
        ("Kinds of signals", titles),
    ):
        assert {code: (zh, en) for code, (en, zh) in table.items()} == CODES[section], section


def test_roles_of_accounts_are_those_of_the_code() -> None:
    assert set(CODES["Roles of accounts"]) == {role.value for role in Role}
