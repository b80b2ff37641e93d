"""Personal tokens: what a desktop program signs in with. They read, and are narrow, hashed, revocable and short-lived."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.accounts.rules.access_tokens import READING
from app.core import clock
from app.core.actor import ROLE_PERMISSIONS, Actor, ActorKind, Grant, Permission, Role
from app.core.ids import uuid7
from app.workforce.scope import scope_binds
from tests.factories import PASSWORD


def make(person, **options):
    answer = person.post("/tokens", {"label": "QGIS", "password": PASSWORD, **options})
    assert answer.status_code == 201, answer.json
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def basic(token, name="qgis"):
    credentials = base64.b64encode(f"{name}:{token}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


@pytest.fixture
def ask(app):
    def get(headers, path="/ogc/collections/grids/items?limit=1", **options):
        return app.test_client().open(path, headers=headers, **options)

    return get


def test_token_opens_maps_of_account_only_by_basic_and_bearer(city, ask):
    person = city.person(Role.GIS, area="s")
    token = make(person)["token"]
    assert token.startswith("gwp_")
    for headers in (
        basic(token),
        basic(token, ""),
        basic(token, person.username),
        {"Authorization": f"Bearer {token}"},
    ):
        assert ask(headers).status_code == 200
        assert ask(headers, "/api/v1/incidents").status_code == 401
        assert ask(headers, "/api/v1/tokens", method="POST", json={"label": "more"}).status_code == 401


def test_invalid_token_returns_401(city, ask, settings):
    good = make(city.person(Role.GIS))["token"]
    for wrong in ("", "x", good[:-1], good.upper(), "gwp_" + "A" * 43, "a long enough password"):
        answer = ask(basic(wrong))
        assert answer.status_code == 401, wrong
        assert answer.headers.getlist("WWW-Authenticate")[0].startswith("Basic ")
    for header in (
        "Basic",
        "Basic ???",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Digest x",
        f"Basic {good}",
    ):
        assert ask({"Authorization": header}).status_code == 401


def test_ingest_and_personal_tokens_are_not_interchangeable(city, ask, app):
    worker = city.worker("g1")
    ingest = worker.post("/me/ingest-tokens", {"label": "phone", "password": PASSWORD}).json["token"]
    assert ask(basic(ingest)).status_code == 401
    fix = {"_type": "location", **city.in_grid("g1"), "tst": int(clock.now().timestamp())}
    personal = basic(make(worker)["token"])
    assert ask(personal, "/api/v1/ingest/owntracks", method="POST", json=fix).status_code == 401


def test_token_is_hashed_expires_and_can_be_revoked(city, ask, rows):
    person = city.person(Role.GIS)
    made = make(person, expires_in_days=1)
    ends = datetime.fromisoformat(made["expires_at"])
    assert timedelta(hours=23) < ends - datetime.now(UTC) <= timedelta(days=1)
    stored = rows(
        "select cast(access_token.* as text) from access_token where id = cast(:id as uuid)", id=made["id"]
    )
    assert made["token"] not in stored[0][0] and made["token"][4:20] not in stored[0][0]
    with clock.at(ends + timedelta(seconds=1)):
        assert ask(basic(made["token"])).status_code == 401
    assert ask(basic(made["token"])).status_code == 200
    listed = person.get("/tokens").json["items"]
    assert [item["id"] for item in listed] == [made["id"]] and listed[0]["last_used_at"]
    assert made["token"] not in str(listed)
    assert person.call("DELETE", f"/tokens/{made['id']}").status_code == 204
    assert ask(basic(made["token"])).status_code == 401
    assert (
        person.post("/tokens", {"label": "x", "password": PASSWORD, "expires_in_days": 91}).status_code == 422
    )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SERVICE])
def test_token_scopes_are_reading_unless_role_may_edit_or_direct(city, role):
    person = city.person(role, area="s") if role is not Role.HANDLER else city.handler()
    reads = {Permission(p) for p in make(person)["scopes"]}
    assert reads == {
        p
        for p in ROLE_PERMISSIONS[role]
        if p.value.split(":")[1] == "read"
        and p.value.split(":")[0] in ("address", "area", "component", "household", "incident")
    }
    response = person.post("/tokens", {"label": "QGIS", "password": PASSWORD, "may_edit": True})
    if Permission.GIS_EDIT in ROLE_PERMISSIONS[role]:
        assert {Permission.GIS_EDIT, Permission.AREA_EDIT} <= {Permission(p) for p in response.json["scopes"]}
    else:
        assert (response.status_code, response.json["code"]) == (403, "grant_exceeds_own")
    response = person.post("/tokens", {"label": "QGIS", "password": PASSWORD, "may_direct": True})
    if Permission.INCIDENT_DIRECT in ROLE_PERMISSIONS[role]:
        assert {Permission(p) for p in response.json["scopes"]} == reads | {Permission.INCIDENT_DIRECT}
    else:
        assert (response.status_code, response.json["code"]) == (403, "grant_exceeds_own")


def test_token_scopes_limit_permission_checks():
    grants = (Grant(Role.ADMIN), Grant(Role.SUPERVISOR, area_id=uuid7()))
    reads = Actor(id=uuid7(), kind=ActorKind.DEVICE, grants=grants, permissions=READING)
    directs = replace(reads, permissions=READING | {Permission.INCIDENT_DIRECT})
    for token, holds in ((reads, False), (directs, True)):
        assert token.everywhere_with(Permission.INCIDENT_DIRECT) is holds
        assert bool(token.area_ids_with(Permission.INCIDENT_DIRECT)) is holds
        assert bool(scope_binds(token, clock.now(), Permission.INCIDENT_DIRECT)["scope_area_ids"]) is holds
        assert (token.holding(Permission.INCIDENT_DIRECT) is not None) is holds
        assert token.everywhere_with(Permission.INCIDENT_READ)
        assert not token.everywhere_with(Permission.INCIDENT_HANDLE)


def test_map_editing_permission_belongs_to_supervisor_and_admin():
    holders = {role for role, held in ROLE_PERMISSIONS.items() if Permission.GIS_EDIT in held}
    assert holders == {Role.SUPERVISOR, Role.ADMIN}


def test_token_loses_access_with_its_account(city, ask, rows):
    person = city.person(Role.GIS, area="s")
    headers = basic(make(person)["token"])
    admin = city.person(Role.ADMIN)
    grant = rows("select id from account_grant where account_id = cast(:id as uuid)", id=str(person.id))[0][0]
    assert admin.call("DELETE", f"/accounts/{person.id}/roles/{grant}").status_code in (200, 204)
    assert ask(headers).status_code == 403
    assert admin.post(f"/accounts/{person.id}/disable", {}).status_code in (200, 204)
    assert ask(headers).status_code == 401
