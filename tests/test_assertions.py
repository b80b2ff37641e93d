"""Each test can fail: its assertions are not all inside loops over what the code under test happens to return."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.nonempty import nonempty

TESTS = Path(__file__).parent
LITERALS = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Constant)
# Calls that return as many items as their arguments have.
KEEP_LENGTH = {
    "enumerate",
    "zip",
    "sorted",
    "list",
    "tuple",
    "reversed",
    "set",
    "map",
    "range",
    "items",
    "values",
}
KEEP_LENGTH |= {"keys", "split", "splitlines"}


@cache
def tree_of(source: str) -> ast.Module:
    return ast.parse(source)


def is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.With):
        return any("raises" in ast.unparse(item.context_expr) for item in node.items)
    return isinstance(node, ast.Assert)


def is_filled(items: ast.expr, filled: set[str]) -> bool:
    """Return True if a loop over `items` runs at least once: a literal, an Enum, `nonempty(...)` or a name of `filled`."""
    match items:
        case ast.Name(id=name):
            return name in filled or (name[0].isupper() and not name.isupper())
        case ast.Call(func=ast.Name(id="nonempty")):
            return True
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in KEEP_LENGTH:
            return name in ("range", "map") or all(is_filled(each, filled) for each in arguments)
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in KEEP_LENGTH:
            return is_filled(value, filled)
        case ast.Starred(value=value):
            return is_filled(value, filled)
        case ast.BinOp(left=left, right=right):
            return is_filled(left, filled) or is_filled(right, filled)
        case ast.IfExp(body=body, orelse=orelse):
            return is_filled(body, filled) and is_filled(orelse, filled)
        case ast.Dict(keys=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return any(
                part and (not isinstance(part, ast.Starred) or is_filled(part, filled)) for part in parts
            )
    return isinstance(items, LITERALS)


def filled_names(tree: ast.AST) -> set[str]:
    """Return the names that are assigned a literal or `nonempty(...)`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and is_filled(node.value, names):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def has_sure_assertion(body: list[ast.stmt], filled: set[str]) -> bool:
    """Return True if an assertion of `body` runs whatever the code under test returns."""
    for node in body:
        if is_assertion(node):
            return True
        if isinstance(node, ast.For) and not is_filled(node.iter, filled):
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        if any(has_sure_assertion(getattr(node, part, None) or [], filled) for part in ("body", "finalbody")):
            return True
    return False


def unguarded(source: str) -> Iterator[str]:
    """Yield the tests of a file whose assertions are all inside loops that may not run.

    Tests of drawn examples (`@given`) are left out: some of their examples are empty and others are not. A test without
    an assertion of its own is left out, too: it calls a function that asserts, or expects no exception.
    """
    tree = tree_of(source)
    filled = filled_names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        is_drawn = any("given" in ast.unparse(decorator) for decorator in node.decorator_list)
        if is_drawn or not any(is_assertion(inner) for inner in ast.walk(node)):
            continue
        if not has_sure_assertion(node.body, filled):
            yield node.name


def test_assertions_are_not_only_in_loops_that_may_not_run():
    files = nonempty(sorted(TESTS.rglob("test_*.py")))
    faults = [f"{file.relative_to(TESTS)}: {name}" for file in files for name in unguarded(file.read_text())]
    assert faults == [], "write `for ... in nonempty(...)` (tests/nonempty.py)"


def unexplained_pauses(source: str) -> Iterator[int]:
    """Yield the lines with a call of `sleep` and without a comment `# pause:` that gives its reason."""
    lines = source.splitlines()
    for node in ast.walk(tree_of(source)):
        is_pause = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "sleep"
        if is_pause and "# pause: " not in lines[node.end_lineno - 1]:
            yield node.lineno


def test_pauses_have_a_reason():
    """A test that pauses for an event is slow on a fast machine and unsteady on a slow one."""
    files = set(TESTS.rglob("*.py")) - {TESTS / "waits.py", TESTS / "media" / "test_hostile_pictures.py"}
    faults = [
        f"{file.relative_to(TESTS)}:{number}"
        for file in nonempty(sorted(files))
        for number in unexplained_pauses(file.read_text())
    ]
    assert faults == [], "wait for the event (tests/waits.py)"
    assert [*unexplained_pauses("import time\ntime.sleep(1)\ntime.sleep(2)  # pause: a slow client")] == [2]


@pytest.mark.parametrize(
    ("loop", "is_found"),
    [
        ("for name in answer.json:", True),
        ("for name in COLLECTIONS.values():", True),
        ("for name in (*answer.json,):", True),
        ("for name in nonempty(answer.json):", False),
        ("for name in sorted(nonempty(answer.json)):", False),
        ("for name in ('a', 'b'):", False),
        ("for name in range(3):", False),
        ("for name in Status:", False),
        ("for name in sorted(answer.json):", True),
        ("if answer.json:", False),
    ],
)
def test_search_finds_loop_that_may_not_run(loop, is_found):
    source = f"def test_a(answer):\n    {loop}\n        assert name\n"
    assert list(unguarded(source)) == (["test_a"] if is_found else [])
    assert list(unguarded(source + "    assert answer\n")) == []


def shapes_of_functions(source: str) -> set[str]:
    """Return parameters and statements of the functions of a module, without names, docstrings, fixtures and one-liners."""
    shapes = set()
    for node in tree_of(source).body:
        if (
            isinstance(node, ast.FunctionDef)
            and not node.decorator_list
            and not node.name.startswith("test_")
        ):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if len(body) > 1:
                parameters = ", ".join(each.arg for each in node.args.args)
                shapes.add(f"({parameters})\n" + "\n".join(map(ast.unparse, body)))
    return shapes


def test_functions_of_tests_exist_once():
    modules = Counter(
        shape for file in nonempty(TESTS.rglob("*.py")) for shape in shapes_of_functions(file.read_text())
    )
    assert len(modules) > 100
    assert [shape for shape, count in modules.items() if count > 1] == [], "import the function that exists"
    twice = "def {}(answer):\n    assert answer\n    return answer.json\n"
    assert shapes_of_functions(twice.format("a")) == shapes_of_functions(twice.format("b"))


# Constants and private functions of the application that tests still replace. A new limit is a setting or an argument.
PATCHED = {
    *("CHUNK", "COUNTED", "EXPORT_MAX", "FEATURES_MAX", "FEW_CHANGES", "FORMATS"),
    *("FORMS", "GROUPS_MOST", "MOST_TIMEOUTS", "REPORTS_MOST", "ROWS_MAX", "SCHEMA"),
    *("TRANSITIONS", "_BOUNDS", "_PARTS_MOST", "_WAIT_S", "_WIDE_SECONDS", "_configured"),
    # Functions that a test counts, delays or compares with the one they replace.
    *("_compile_builder", "_deserialize", "_detail", "_made", "_query2pg_nocache"),
}


def patched_internals(source: str) -> set[str]:
    """Return the names of constants and private attributes that `monkeypatch.setattr` replaces."""
    names = set()
    for node in ast.walk(tree_of(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "setattr"
        ):
            # By its path, or by an object and a name.
            name = next((str(each.value) for each in node.args[:2] if isinstance(each, ast.Constant)), "")
            name = name.rpartition(".")[2]
            if name.startswith("_") or name.isupper():
                names.add(name)
    return names


def test_tests_replace_no_further_constants():
    names = set().union(*(patched_internals(file.read_text()) for file in nonempty(TESTS.rglob("*.py"))))
    assert names == PATCHED | {"APP"}, "make it a setting or an argument"  # APP is of test_prose.py itself
    assert patched_internals('monkeypatch.setattr("app.x._LIMIT", 1)\npatch.setattr(x, "_n", 2)') == {
        "_LIMIT",
        "_n",
    }
