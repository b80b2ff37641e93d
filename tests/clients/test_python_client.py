"""The client that openapi-python-client generates from the committed document, and what it leaves out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.journeys import PAGE, Journey, run_program

pytestmark = pytest.mark.deep

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "openapi" / "gridward.json"
CONFIG = ROOT / "openapi" / "python-client.yaml"
GENERATOR = Path(sys.executable).with_name("openapi-python-client")


def generate(package: Path, *options: str | Path) -> str:
    """Generate the client as a package in a folder, and return what the generator prints."""
    arguments = ["generate", "--path", DOCUMENT, "--meta", "none", "--output-path", package, *options]
    done = subprocess.run(
        [GENERATOR, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package = tmp_path_factory.mktemp("python") / "gridward"
    printed = generate(package, "--config", CONFIG)
    assert printed.split() == ["Generating", str(package)]
    return package


def test_python_client_reads_back_whole_journey(package: Path, journey: Journey) -> None:
    program = Path(__file__).with_name("journey.py")
    env = {"PYTHONPATH": str(package.parent)}
    outcome = journey.run([sys.executable, program], env)
    assert outcome == journey.expected()
    printed = run_program([sys.executable, "-c", journey.example("python")], env)
    assert printed.splitlines() == journey.listed() != []


def test_python_client_sends_files_as_bytes(package: Path) -> None:
    """A body that is no file to the generator has no bytes when it is sent."""
    for name in ("begin_upload", "send_upload_bytes", "import_shifts", "import_file"):
        (module,) = package.glob(f"api/*/{name}.py")
        assert re.search(r"^    body: File\b", module.read_text(), re.M), name


def test_python_client_has_function_of_each_operation(package: Path, document: dict) -> None:
    operations = {
        operation["operationId"]
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if method != "parameters"
    }
    modules = {path.stem for path in (package / "api").rglob("*.py")} - {"__init__"}
    assert modules == {re.sub("(?=[A-Z])", "_", name).lower() for name in operations}


def test_python_client_warnings_without_config_are_documented(tmp_path: Path) -> None:
    printed = generate(tmp_path / "gridward")
    warned = re.findall(r"^WARNING parsing ([A-Z]+ \S+) within", printed, re.M)
    section = PAGE.read_text().partition("## Python")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `([A-Z]+ /api/v1/\S+)` \|", section, re.M)
    assert set(documented) == set(warned) != set()
