"""Generated requests, valid and invalid, by every role: no 5xx, and only documented answers.

Examples are drawn anew at each run, from its seed (tests/seeds.py).
"""

import re
import secrets
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.endpoints import ENDPOINTS, World
from tests.factories import Person
from tests.sample_sizes import drawn_share, examples
from tests.seeds import SEED
from tests.test_permissions import BUILDERS, TABLE

# The bytes of a resumable upload.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ROLES = ("admin", "supervisor", "worker")
# What any HTTP server may answer to what is not HTTP as it should be; everything else is documented by name.
ANY_OPERATION = {400, 405, 406, 413, 415, 422}


@pytest.fixture(scope="module")
def api(app):
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def real_parameters(world: World, operation: str) -> dict[str, Any]:
    """Ids of rows that exist, for the path."""
    role = next(role for role, cell in TABLE[operation].items() if cell.startswith(("ok", "shown")))
    request = ENDPOINTS[BUILDERS[operation]](world, role, world.home, True)
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/?]+)", re.escape(operation.split()[1]))
    match = re.match(pattern, request.path)
    return match.groupdict() if match else {}


def callers_of(world: World, operation: str) -> dict[str, Person]:
    """Reads use the shared person of a role; other operations use a new one, as they may end a session or an account."""
    find = world.person if operation.startswith("GET ") else world.new_person
    return {role: find(role, world.home) for role in ROLES}


def attack(
    world: World, api: Any, operation: str, people: dict[str, Person], mode: GenerationMode, most: int
) -> None:
    method, path = operation.split()
    target = api[f"/api/v1{path}"][method]
    documented = set(target.definition.raw["responses"])
    real = real_parameters(world, operation) if "{" in path else {}
    signing_out = operation == "POST /auth/logout"
    tokens = {role: people[role].sign_in()["access_token"] for role in ROLES}
    # Failed sign-ins count by address: these are not to lock the other tests out.
    address = f"2001:db8::{secrets.token_hex(2)}:{secrets.token_hex(2)}"

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=most,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(
        case=target.as_strategy(generation_mode=mode),
        role=st.sampled_from(ROLES),
        is_real=st.booleans(),
    )
    def attempt(case: Any, role: str, is_real: bool) -> None:
        if real and is_real:
            case.path_parameters = dict(real)
        if signing_out:
            tokens[role] = people[role].sign_in()["access_token"]
        # What is packed is unpacked by whoever asked for it, which this client does not.
        headers = {"Authorization": f"Bearer {tokens[role]}", "Accept-Encoding": "identity"}
        response = case.call(headers=headers, environ_base={"REMOTE_ADDR": address})
        case.validate_response(response, checks=CHECKS)
        assert str(response.status_code) in documented or response.status_code in ANY_OPERATION, (
            f"{response.status_code} is not documented"
        )

    try:
        attempt()
    except hypothesis.errors.Unsatisfiable:
        # Nothing can be malformed where nothing is taken.
        assert mode is GenerationMode.NEGATIVE


@pytest.mark.wide
@pytest.mark.parametrize("operation", drawn_share(TABLE, one_in=3, name="generated requests"))
def test_generated_requests_get_documented_answers(world, api, operation):
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        # New people for each mode: a request may have changed the password of the others.
        attack(world, api, operation, callers_of(world, operation), mode, examples(3, 60))
