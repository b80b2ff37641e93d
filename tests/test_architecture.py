"""Import contracts between packages, and rules of the code base that a pattern can check."""

import ast
import configparser
import graphlib
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import grimp
import pytest

from tests.nonempty import nonempty

ROOT = Path(__file__).parents[1]
APP = ROOT / "app"
SOURCES = sorted(APP.rglob("*.py"))
STYLE_SHEETS = sorted([*APP.rglob("*.css"), *ROOT.glob("web/src/**/*.css"), *ROOT.glob("web/*/src/**/*.css")])
LINTER = Path(sys.executable).with_name("lint-imports")
LONGEST = 400

# A deliberate breach of each contract: (contract, file, line to add). Each is seen to break below.
BREACHES = [
    ("packages", "app/areas/service/areas.py", "import app.incidents.service"),
    ("packages", "app/helpers/__init__.py", ""),
    ("packages", "app/conformance/run.py", "import app.core.db"),
    ("inside-a-domain", "app/areas/queries/areas.py", "import app.areas.service"),
    ("inside-a-domain", "app/areas/helpers.py", ""),
    ("folders-of-incidents", "app/incidents/cases/service/views.py", "import app.incidents.desk.service"),
    ("inside-a-domain", "app/incidents/desk/queries/notes.py", "import app.incidents.desk.service"),
    ("pure-rules", "app/incidents/desk/rules/sheet_texts.py", "import app.core.db"),
    ("http-at-the-edge", "app/incidents/cases/service/views.py", "import flask"),
    ("http-at-the-edge", "app/core/paging.py", "import marshmallow"),
    ("no-sql-in-doors", "app/incidents/cases/schemas/cases.py", "import sqlalchemy"),
    ("pure-rules", "app/dispatch/rules/ranking.py", "import app.core.db"),
    ("routes-apart", "app/handover/routes.py", "import app.areas.routes"),
    *(
        (f"private-queries-of-{domain}", "app/handover/service.py", f"import app.{domain}.queries")
        for domain in (
            "accounts",
            "areas",
            "profiles",
            "media",
            "workforce",
            "components",
            "places",
            "public",
            "households",
            "dispatch",
            "planning",
        )
    ),
    ("private-queries-of-incidents", "app/handover/service.py", "import app.incidents.cases.queries"),
    *(
        (f"private-queries-of-{domain}", "app/factory.py", f"import app.{domain}.queries")
        for domain in (
            "alerts",
            "messages",
            "sms",
            "grids",
            "notices",
            "statistics",
            "boards",
            "signals",
            "evidence",
            "integrity",
            "sync",
            "webhooks",
            "exchange",
            "rights",
            "ogc",
            "open311",
            "simulation",
            "demo",
        )
    ),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(LINTER), "--no-cache", str(ROOT / ".importlinter")]
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": ""}, capture_output=True, text=True)


@cache
def lines() -> list[tuple[str, str]]:
    """Every line of the application with where it stands."""
    return [
        (f"{path.relative_to(ROOT)}:{number}", source_line)
        for path in SOURCES
        for number, source_line in enumerate(path.read_text().splitlines(), 1)
    ]


def matching_lines(pattern: str, *, besides: tuple[str, ...] = ()) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{at} {source_line.strip()}"
        for at, source_line in lines()
        if wanted.search(source_line) and not at.startswith(besides)
    ]


def test_import_contracts_hold():
    outcome = lint(ROOT)
    assert outcome.returncode == 0, outcome.stdout


@pytest.fixture(scope="module")
def faults(tmp_path_factory) -> dict[str, str]:
    """What the linter says of each contract, by its id, about sources with all the breaches in them."""
    folder = tmp_path_factory.mktemp("breaches")
    shutil.copytree(APP, folder / "app", ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    for _, file, breach in BREACHES:
        target = folder / file
        target.parent.mkdir(exist_ok=True)
        with target.open("a") as stream:
            stream.write(f"\n{breach}\n")
    outcome = lint(folder)
    assert outcome.returncode == 1, outcome.stdout
    report = outcome.stdout.partition("Broken contracts\n")[2]
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    names = {config[section]["name"]: section.rpartition(":")[2] for section in config if ":" in section}
    # The name of a broken contract stands above a line of hyphens.
    _, *parts = re.split(r"^(.+)\n-+\n", report, flags=re.MULTILINE)
    return {names[name]: text for name, text in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize(("contract", "file", "breach"), BREACHES)
def test_import_contract_breaks_when_import_violates_it(faults, contract, file, breach):
    module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    sign = f"{module} -> {breach.removeprefix('import ')} (l." if breach else f"- {module}\n"
    assert sign in faults[contract]


def test_every_import_contract_has_a_planted_breach():
    declared = re.findall(
        r"^\[importlinter:contract:(.+)\]$", (ROOT / ".importlinter").read_text(), re.MULTILINE
    )
    assert sorted(declared) == sorted({contract for contract, _, _ in BREACHES})


def test_modules_form_no_import_cycle():
    graph = grimp.build_graph("app", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 500
    require_no_cycle(imports)
    with pytest.raises(graphlib.CycleError):
        require_no_cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}})


def require_no_cycle(imports: dict[str, set[str]]) -> None:
    graphlib.TopologicalSorter(imports).prepare()


def folders_of(package: str) -> list[str]:
    """Return the folders by use case of a package that has them, such as `incidents.desk`, else the package itself."""
    cut = [f"{package}.{path.parent.name}" for path in sorted(APP.glob(f"{package}/*/service"))]
    return cut or [package]


def test_import_contracts_list_every_domain():
    """The lists of domains in .importlinter are written out; a package with queries or routes must be in them."""
    config = (ROOT / ".importlinter").read_text()
    inside = config.partition("[importlinter:contract:inside-a-domain]")[2].partition("exhaustive")[0]
    apart = config.partition("[importlinter:contract:routes-apart]")[2].partition("[")[0]
    for package in nonempty(p.name for p in APP.iterdir() if (p / "__init__.py").exists()):
        has = {path.stem for path in (APP / package).iterdir()}
        # The demo is a story told through the services, no domain.
        if package != "demo" and has & {"routes", "service", "queries", "models", "rules"}:
            for domain in folders_of(package):
                assert f"app.{domain}\n" in inside, domain
        if "routes" in has:
            assert f"app.{package}.routes\n" in apart, package
        if any(APP.glob(f"{package}/queries*")) or any(APP.glob(f"{package}/*/queries")):
            assert f"private-queries-of-{package}]" in config, package


def test_source_files_have_at_most_400_lines():
    lengths = {
        str(p.relative_to(ROOT)): len(p.read_text().splitlines())
        for p in (*nonempty(SOURCES), *nonempty(STYLE_SHEETS))
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST} == {}


def test_sql_reads_no_database_clock():
    assert (
        matching_lines(r"(?i)(?<!clock\.)\bnow\(\)|current_timestamp|localtimestamp", besides=("app/core/",))
        == []
    )


def test_commit_and_rollback_are_called_only_by_transaction():
    # A dry run takes its own savepoint back. Logins are made on a connection of the owner, outside all transactions of ours.
    besides = ("app/core/db/engines.py", "app/core/logins.py", "app/grids/service/redraw.py")
    assert matching_lines(r"(?<!queries)\.(commit|rollback)\(", besides=besides) == []
    assert [
        source_line
        for source_line in matching_lines(r"\.(commit|rollback)\(")
        if "grids" in source_line and "trial." not in source_line
    ] == []


def test_no_except_clause_swallows_all_exceptions():
    """An `except` names what it expects; whoever catches everything does something about it."""
    swallowed = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and (node.type is None or all(isinstance(statement, ast.Pass) for statement in node.body))
    ]
    assert swallowed == []
    assert matching_lines(r"suppress\((Base)?Exception") == []


def test_sources_contain_no_todo_markers():
    assert matching_lines(r"\b(TODO|FIXME|XXX|HACK)\b") == []


def test_every_module_has_a_docstring():
    assert [
        str(p) for p in SOURCES if p.read_text().strip() and not p.read_text().lstrip().startswith('"""')
    ] == []
