"""A service account at every operation of the API: what it is let into, and that it sees its own areas only."""

import pytest

from app.core.actor import ROLE_PERMISSIONS, Role
from tests.accounts.services import new_credential, new_service_account
from tests.endpoints import ENDPOINTS, Request
from tests.nonempty import nonempty
from tests.sample_sizes import drawn_share
from tests.test_openapi import READ_BY_SERVICES
from tests.test_permissions import BUILDERS, BY_TOKEN, PUBLIC, TABLE, operations

HELD = ROLE_PERMISSIONS[Role.SERVICE]
# Operations of the caller's own sessions answer everybody without a sign-in, and those of phone apps know a token only.
OTHER_DOORS = PUBLIC | BY_TOKEN.keys()
TRIED = frozenset(drawn_share(TABLE, one_in=3, name="service accounts"))


@pytest.fixture(scope="module")
def guards(app):
    """The permissions of each operation."""
    return {operation: set(view.guarded_by or ()) for operation, _, view in nonempty(operations(app))}


@pytest.fixture(scope="module")
def key(world):
    """The headers of a service account of the street of the home city, with all that one can hold."""
    admin = world.person("admin", world.home)
    account = new_service_account(admin, world.home, permissions=sorted(p.value for p in HELD))
    return {"X-API-Key": new_credential(admin, account)["secret"]}


def ask(world, key, operation, *, inside):
    """Build the request of an operation as for a GIS user, and send it with the key."""
    request: Request = ENDPOINTS[BUILDERS[operation]](
        world, "gis", world.home if inside else world.away, inside
    )
    client = world.app.test_client(use_cookies=False)
    answer = client.open(
        f"/api/v1{request.path}",
        method=operation.partition(" ")[0],
        headers=request.headers | key,
        **request.body,
    )
    return request, answer


@pytest.mark.wide
@pytest.mark.parametrize("operation", sorted(TRIED - OTHER_DOORS))
def test_service_account_is_let_in_by_permission_and_sees_its_areas_only(world, guards, key, operation):
    needed = guards[operation]
    method, _, path = operation.partition(" ")
    is_read_by_services = f"{method} /api/v1{path}" in READ_BY_SERVICES
    _, answer = ask(world, key, operation, inside=True)
    assert answer.status_code < 500
    if not needed <= HELD:
        assert (answer.status_code, answer.json["code"]) == (403, "permission_missing")
        return
    if not needed and not is_read_by_services:
        assert (answer.status_code, answer.json["code"]) == (403, "people_only")
        return
    assert answer.status_code != 401
    # Some views require a further permission, which a GIS user lacks, too.
    is_narrower = TABLE[operation]["gis"].startswith("403")
    assert is_narrower or answer.status_code != 403 or answer.json["code"] != "permission_missing"
    away, hidden = ask(world, key, operation, inside=False)
    is_listed = away.target is not None and away.target in hidden.text
    assert not is_listed, "a row of another city"
    if away.target is None and "{" in operation and hidden.status_code < 300:
        assert operation in SHOWN_EVERYWHERE


# Operations with an id whose object is no row of one city.
SHOWN_EVERYWHERE: set[str] = set()
