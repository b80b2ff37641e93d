"""Both OpenAPI documents by the tools of others: openapi-spec-validator, and the recommended rules of redocly."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.nonempty import nonempty

ROOT = Path(__file__).parents[2]
# No message about its use, and no look for a newer release.
OFFLINE = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


@pytest.fixture(scope="module")
def documents(app: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    ogc = tmp_path_factory.mktemp("documents") / "ogc.json"
    ogc.write_bytes(app.test_client().get("/ogc/api", base_url="https://maps.test").data)
    return [ROOT / "openapi" / "gridward.json", ogc]


def test_documents_are_valid_openapi(documents: list[Path]) -> None:
    for path in documents:
        validate(json.loads(path.read_text()))


def test_redocly_has_no_errors_or_warnings(documents: list[Path], node_modules: Path) -> None:
    config = ROOT / "openapi" / "redocly.yaml"
    for path in nonempty(documents):
        done = subprocess.run(
            [node_modules / ".bin" / "redocly", "lint", f"--config={config}", "--format=json", path],
            env={"PATH": os.environ["PATH"], **OFFLINE},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "validated in" in done.stderr, done.stderr
        problems = [
            f"{problem['severity']} {problem['ruleId']}: {problem['message']}"
            for problem in json.loads(done.stdout)["problems"]
        ]
        assert problems == [], path.name
