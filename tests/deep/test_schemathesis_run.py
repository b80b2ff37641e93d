"""`schemathesis run` against a running server, as any outsider starts it: no 5xx, and no answer beside the document.

The seeds are fixed; GRIDWARD_SEED=<seed> tries another one, GRIDWARD_EXAMPLES=<number> more requests an operation.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.actor import Role
from tests.factories import City, Person
from tests.live.processes import Server

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
SEED = os.environ.get("GRIDWARD_SEED", "20261128")
EXAMPLES = os.environ.get("GRIDWARD_EXAMPLES", "5")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
# They end the session or the account that the run signs in with, lock its address out, answer without end, or take a
# type of body that schemathesis cannot write.
LEFT_OUT = "^/api/v1/(events$|media/uploads|auth/|me/password|me/devices/|accounts/.*/(disable|one-time-password|devices))"
pytestmark = pytest.mark.deep


def person_of(city: City, role: Role) -> Person:
    if role is Role.WORKER:
        return city.worker("g1")
    return city.person(role, area=None if role is Role.ADMIN else "d")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SUPERVISOR, Role.WORKER])
def test_schemathesis_run_finds_no_failure(server: Server, city: City, role: Role, tmp_path: Path) -> None:
    tokens = person_of(city, role).sign_in()
    command = [
        SCHEMATHESIS,
        "run",
        f"http://127.0.0.1:{server.port}/api/v1/openapi.json",
        "--header",
        f"Authorization: Bearer {tokens['access_token']}",
        "--checks",
        ",".join(CHECKS),
        "--exclude-path-regex",
        LEFT_OUT,
        "--phases=examples,fuzzing",
        f"--max-examples={EXAMPLES}",
        f"--seed={SEED}",
        "--continue-on-failure",
        "--warnings=off",
        "--request-timeout=30",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=540)
    print(f"seed {SEED}, {EXAMPLES} examples of each operation, as {role}", done.stdout)
    assert done.returncode == 0, done.stderr
