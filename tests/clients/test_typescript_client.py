"""The types that openapi-typescript makes of the committed document, with openapi-fetch in Node."""

import os
import shutil
from pathlib import Path

import pytest

from tests.clients.journeys import Journey, run_program

pytestmark = pytest.mark.deep

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "openapi" / "gridward.json"
STRICT = ("--strict", "--target", "es2022", "--module", "nodenext", "--noUncheckedIndexedAccess")


def test_typescript_client_reads_back_whole_journey(
    node_modules: Path, tmp_path: Path, journey: Journey
) -> None:
    (tmp_path / "node_modules").symlink_to(node_modules)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "example.ts").write_text(journey.example("ts"))
    shutil.copy(Path(__file__).with_name("journey.ts"), tmp_path)
    env = {"PATH": os.environ["PATH"]}
    tools, types = node_modules / ".bin", tmp_path / "gridward.d.ts"
    run_program([tools / "openapi-typescript", DOCUMENT, "--default-non-nullable", "false", "-o", types], env)
    run_program([tools / "tsc", *STRICT, tmp_path / "journey.ts", tmp_path / "example.ts"], env)
    assert journey.run(["node", tmp_path / "journey.js"], env) == journey.expected()
    printed = run_program(["node", tmp_path / "example.js"], env)
    assert printed.splitlines() == journey.listed() != []
