"""Names say what they hold: identifiers that tell a reader nothing are refused, in the server, its tests and the web pages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = sorted(path for folder in ("app", "tests", "bench", "bin") for path in (ROOT / folder).rglob("*.py"))
WEB = sorted(
    path
    for path in (ROOT / "web").rglob("*.ts*")
    if not {"node_modules", "dist"} & set(path.relative_to(ROOT).parts) and not path.name.endswith(".d.ts")
)
# Verbs and pronouns in place of the noun of what is held.
BANNED = frozenset({"said", "told", "one", "found", "asked", "kept", "known", "here", "more", "line"})
VAGUE_MODULES = frozenset(
    {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
)
# Members of results that answers carry as they are.
IN_ANSWERS = {"app/exchange/service/undo.py kept", "app/incidents/desk/service/replies.py told"}
LONGEST_TEST_NAME = 80
_WEB_BINDING = re.compile(
    rf"\b(?:const|let|var|function|class)\s+({'|'.join(sorted(BANNED))})\b"
    rf"|[(,{{]\s*({'|'.join(sorted(BANNED))})\s*(?::[^=]*?)?(?=[,)}}]\s*(?:=>|:))"
)


def bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and name of each variable, parameter, attribute, function, class and import alias that `tree` binds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.alias):
            yield node.lineno, node.asname or node.name
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.lineno, node.name


def banned_names(source: str) -> list[tuple[int, str]]:
    """Return line and name of each banned name that `source` binds. Names on the wire and of columns are not ours to choose."""
    tree = ast.parse(source)
    banned = [(number, name) for number, name in bound_names(tree) if name in BANNED]
    if not banned:
        return []
    wire = {
        (node.lineno, target.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
        and (
            ast.unparse(node.value or node).startswith(("ma.fields.", "fields.", "mapped_column("))
            or (isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation).startswith("Mapped["))
        )
    }
    return [binding for binding in banned if binding not in wire]


def banned_names_in_web(source: str) -> list[str]:
    return [next(filter(None, match.groups())) for match in _WEB_BINDING.finditer(source)]


def code_of_package(source: str) -> list[str]:
    """Return the statements of an `__init__.py` that are neither imports nor lists of what it re-exports."""
    allowed = ("__all__", "BLUEPRINTS", "SECURITY_SCHEMES")
    return [
        ast.unparse(node).splitlines()[0]
        for node in ast.parse(source).body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in allowed
        )
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("told = 1", ["told"]),
        ("def report(session, said): ...", ["said"]),
        ("for one in rows: ...", ["one"]),
        ("from app.x import y as found", ["found"]),
        ("self.kept = 1", ["kept"]),
        ("def known(): ...", ["known"]),
        ("row['told'] = told(1)", []),
        ("class Out(Schema):\n    told = ma.fields.String()", []),
    ],
)
def test_banned_name_is_detected_wherever_it_is_bound(source, expected):
    assert [name for _, name in banned_names(source)] == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("const told = 1;", ["told"]),
        ("rows.map((one) => one.id)", ["one"]),
        ("function show(said: string): void {}", ["said"]),
        ("answer.told", []),
    ],
)
def test_banned_name_is_detected_in_web_source(source, expected):
    assert banned_names_in_web(source) == expected


def test_python_binds_no_banned_name():
    assert PYTHON
    faults = [
        f"{path.relative_to(ROOT)} {name}" for path in PYTHON for _, name in banned_names(path.read_text())
    ]
    assert set(faults) == IN_ANSWERS


def test_web_source_binds_no_banned_name():
    assert WEB
    names_by_file = {str(path.relative_to(ROOT)): banned_names_in_web(path.read_text()) for path in WEB}
    assert {file: names for file, names in names_by_file.items() if names} == {}


def test_modules_and_folders_have_no_vague_name():
    assert {
        str(path.relative_to(ROOT))
        for path in (*PYTHON, *WEB)
        if VAGUE_MODULES & {part.partition(".")[0] for part in path.relative_to(ROOT).parts}
    } == set()


def test_test_names_are_short_and_unique_in_their_module():
    faults = []
    for path in PYTHON:
        if path.parts[len(ROOT.parts)] != "tests" or not path.name.startswith("test_"):
            continue
        names = [
            node.name
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]
        faults += [f"{path.relative_to(ROOT)} {name}" for name in names if len(name) > LONGEST_TEST_NAME]
        faults += [f"{path.relative_to(ROOT)} twice: {name}" for name in set(names) if names.count(name) > 1]
    assert faults == []


def test_test_names_begin_with_their_subject():
    """No article and no headless clause ("what is ...", "who may ..."): the first word is what is tested."""
    vague = re.compile(r"test_(?:an?|the|what|who|whoever|whose|where|when|how|her|she|nothing_is)_")
    faults = [
        f"{path.relative_to(ROOT)} {node.name}"
        for path in PYTHON
        if path.parts[len(ROOT.parts)] == "tests" and path.name.startswith("test_")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and vague.match(node.name)
    ]
    assert faults == []


def test_package_init_without_code_is_told_from_one_with_code():
    assert code_of_package('"""Doc."""\nfrom a import b\n__all__ = ["b"]\n') == []
    assert code_of_package("LIMIT = 1\ndef f():\n    pass\n") == ["LIMIT = 1", "def f():"]


def test_package_inits_only_re_export():
    inits = [path for path in PYTHON if path.name == "__init__.py"]
    assert inits
    faults = {str(path.relative_to(ROOT)): code_of_package(path.read_text()) for path in inits}
    assert {path: code for path, code in faults.items() if code} == {}
