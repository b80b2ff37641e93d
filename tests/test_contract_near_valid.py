"""Generated requests that are nearly right, for machines and residents: documented answers, and a 2xx of each operation.

Requests that are drawn from the document alone are nearly all refused at the first check. These begin with a request that
succeeds (tests/endpoints) and replace some of its members, parameters and headers by drawn ones. So they get behind
the checks, where the rows are. The operations of Open311 and the pages for residents have tests of their own:
tests/open311/test_contract.py, tests/public/test_generated_forms.py.
"""

import re
import secrets
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from schemathesis import GenerationMode

from app.core.actor import ROLE_PERMISSIONS, Role
from tests.accounts.services import new_credential, new_service_account
from tests.endpoints import ENDPOINTS, Request, World
from tests.nonempty import nonempty
from tests.sample_sizes import drawn_share, examples
from tests.seeds import SEED
from tests.test_contract_schemathesis import ANY_OPERATION, CHECKS
from tests.test_permissions import BUILDERS, TABLE, operations

IN_MAKE_TEST, IN_CHECK_DEEP = 6, 200
PATHS = re.compile(
    r"/(service-accounts|oauth/token|webhooks|notices|messages)\b|/notice-opt-outs$|/publication\b|/replies$|/incidents/events$"
    r"|/incidents/to-release$|/ratings$|/rule-changes$|/profile/versions/{number}/(evidence|effect)$"
)
NEAR = [operation for operation in TABLE if PATHS.search(operation.split()[1])]
# Views of these modules are for machines and residents.
MODULES = re.compile(
    r"app\.(webhooks|notices|messages|sms|public|evidence)\.|\.(service_accounts|oauth|replies)$"
)
SERVICE = "service account"
# They use their row up, or end it: each request that succeeds needs a new one.
NEW_EACH_TIME = 0.25


def test_operations_for_machines_and_residents_are_all_tried(app):
    of_modules = {operation for operation, _, view in operations(app) if MODULES.search(view.__module__)}
    assert set(nonempty(of_modules)) == set(NEAR)


@pytest.fixture(scope="module")
def api(app):
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


@pytest.fixture(scope="module")
def key(world) -> dict[str, str]:
    """The header of a service account of the home street with all that one can hold."""
    admin = world.person("admin", world.home)
    held = sorted(permission.value for permission in ROLE_PERMISSIONS[Role.SERVICE])
    account = new_service_account(admin, world.home, permissions=held)
    return {"X-API-Key": new_credential(admin, account)["secret"]}


def path_values(operation: str, request: Request) -> dict[str, str]:
    """Return the values of the parameters in the path of a request."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/?]+)", re.escape(operation.split()[1]))
    match = re.match(pattern, request.path)
    return match.groupdict() if match else {}


def make_near(case: Any, operation: str, request: Request, keep: Any) -> None:
    """Give a drawn case the values of a request that succeeds, but for the members for which `keep` returns False."""
    if keep("path"):
        case.path_parameters = path_values(operation, request)
    right = dict(parse_qsl(request.path.partition("?")[2]))
    drawn = case.query if isinstance(case.query, dict) else {}
    case.query = {name: value for name, value in right.items() if keep(name)} | {
        name: value for name, value in drawn.items() if not keep(name)
    }
    body = request.form or request.json
    if isinstance(body, dict):
        others = case.body if isinstance(case.body, dict) else {}
        case.body = {name: value for name, value in body.items() if keep(name) or name not in others} | {
            name: value for name, value in others.items() if not keep(name)
        }
        case.media_type = "application/x-www-form-urlencoded" if request.form else "application/json"
    elif body is None and keep("body"):
        case.body, case.media_type = schemathesis.core.NOT_SET, None
    case.headers = {"Accept-Encoding": "identity"} | request.headers


def attack(world: World, api: Any, operation: str, key: dict[str, str], most: int) -> Counter[int]:
    """Send requests near to one that succeeds; return how often each status was answered."""
    method, path = operation.split()
    target = api[f"/api/v1{path}"][method]
    documented = set(target.definition.raw["responses"])
    role = next(role for role, cell in TABLE[operation].items() if cell.startswith(("ok", "shown")))
    builder = ENDPOINTS[BUILDERS[operation]]
    callers = {name: world.person(name, world.home) for name in (role, "worker", "supervisor")}
    requests = [builder(world, role, world.home, True)]
    address = f"2001:db8::{secrets.token_hex(2)}:{secrets.token_hex(2)}"
    counts: Counter[int] = Counter()

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=most,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(
        case=target.as_strategy(generation_mode=GenerationMode.POSITIVE),
        luck=st.randoms(use_true_random=True),
    )
    def attempt(case: Any, luck: Any) -> None:
        if counts and luck.random() < NEW_EACH_TIME:
            requests[0] = builder(world, role, world.home, True)
        request = requests[0]
        changed = luck.choice((0, 0.1, 0.3)) if counts else 0
        decisions: dict[str, bool] = {}
        make_near(case, operation, request, lambda name: decisions.setdefault(name, luck.random() >= changed))
        caller = luck.choice((*[role] * 9, "worker", "supervisor", SERVICE)) if counts else role
        person = (request.actor if caller == role else None) or callers.get(caller)
        headers = person.bearer() if person else key
        if case.headers.get("Authorization") is not None:
            headers = {}
        response = case.call(headers=case.headers | headers, environ_base={"REMOTE_ADDR": address})
        counts[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)
        assert str(response.status_code) in documented or response.status_code in ANY_OPERATION, (
            f"{response.status_code} is not documented"
        )

    attempt()
    return counts


@pytest.mark.wide
@pytest.mark.parametrize("operation", drawn_share(NEAR, one_in=6, name="near requests"))
def test_requests_near_to_right_ones_get_documented_answers(world, api, key, operation):
    counts = attack(world, api, operation, key, examples(IN_MAKE_TEST, IN_CHECK_DEEP))
    print(operation, dict(counts.most_common()))
    assert any(200 <= status < 300 for status in counts), counts
