"""Requests for sessions, accounts, devices, access tokens and audit events."""

from app.core.ids import uuid7
from tests.endpoints.world import Request, World, endpoint, plain, time_ago
from tests.factories import PASSWORD, City, Person


@endpoint("POST /auth/token")
def sign_in(world, role, city, inside):
    person = world.person(role, city)
    return Request("/auth/token", {"username": person.username, "password": PASSWORD, "device_id": "laptop"})


@endpoint("POST /auth/refresh")
def refresh_session(world, role, city, inside):
    return Request(
        "/auth/refresh", {"refresh_token": world.person(role, city).sign_in("other")["refresh_token"]}
    )


@endpoint("POST /auth/logout")
def sign_out(world, role, city, inside):
    return Request("/auth/logout", actor=world.new_person(role, city))


PAGE = {"X-Gridward-Page": "field"}


@endpoint("POST /auth/browser/token")
def sign_in_browser(world, role, city, inside):
    person = world.person(role, city)
    body = {"username": person.username, "password": PASSWORD, "device_id": "browser"}
    return Request("/auth/browser/token", body, PAGE)


@endpoint("POST /auth/browser/refresh")
def refresh_browser_session(world, role, city, inside):
    token = world.person(role, city).sign_in("browser")["refresh_token"]
    return Request("/auth/browser/refresh", headers=PAGE | {"Cookie": f"gridward_refresh={token}"})


@endpoint("POST /auth/browser/logout")
def sign_out_browser(world, role, city, inside):
    token = world.new_person(role, city).sign_in("browser")["refresh_token"]
    return Request("/auth/browser/logout", headers=PAGE | {"Cookie": f"gridward_refresh={token}"})


plain("GET /me")
plain("GET /me/devices")
plain("GET /me/sessions")


@endpoint("GET /me/audit")
def list_own_audit_events(world, role, city, inside):
    if role != "worker":
        return Request("/me/audit")
    person = world.new_person(role, city)
    period = {"since": time_ago(hours=2), "until": time_ago()}
    reason = {"purpose": "inquiry", "explanation": "a complaint about a visit"}
    answer = world.person("supervisor", city).post(f"/workers/{person.id}/track", period | reason)
    assert answer.status_code == 200, answer.json
    return Request("/me/audit", actor=person)


@endpoint("POST /me/password")
def change_own_password(world, role, city, inside):
    body = {"current": PASSWORD, "new": "another long password"}
    return Request("/me/password", body, actor=world.new_person(role, city))


@endpoint("DELETE /me/sessions/<uuid:session_id>")
def end_own_session(world, role, city, inside):
    owner = world.new_person(role, city)
    owner.bearer()
    owner.sign_in("desk")
    newest = owner.get("/me/sessions").json["items"][0]
    assert newest["client_key"] == "desk"
    return Request(f"/me/sessions/{newest['id']}", actor=owner if inside else None)


@endpoint("DELETE /me/devices/<uuid:device_id>")
def block_own_device(world, role, city, inside):
    owner = world.new_person(role, city)
    return Request(f"/me/devices/{world.device_id(owner)}", actor=owner if inside else None)


@endpoint("POST /me/devices/<uuid:device_id>/allow")
def allow_own_device(world, role, city, inside):
    owner = world.new_person(role, city)
    return Request(f"/me/devices/{world.device_id(owner)}/allow", actor=owner if inside else None)


@endpoint("GET /accounts")
def list_accounts(world, role, city, inside):
    person = world.new_account(city)
    return Request(f"/accounts?q={person.username}", target=str(person.id))


@endpoint("POST /accounts")
def create_account(world, role, city, inside):
    roles = [{"role": "worker", "area_id": str(city.areas["g1"])}]
    return Request("/accounts", {"username": f"n{uuid7().hex}", "name": "新人", "roles": roles})


@endpoint("GET /accounts/<uuid:account_id>")
def read_account(world, role, city, inside):
    return Request(f"/accounts/{world.new_account(city).id}")


@endpoint("PATCH /accounts/<uuid:account_id>")
def rename_account(world, role, city, inside):
    return Request(f"/accounts/{world.new_account(city).id}", {"name": "新名"}, headers={"If-Match": "*"})


@endpoint("POST /accounts/<uuid:account_id>/roles")
def grant_role(world, role, city, inside):
    body = {"role": "grid_chief", "area_id": str(city.areas["c1"])}
    return Request(f"/accounts/{world.new_account(city).id}/roles", body)


@endpoint("DELETE /accounts/<uuid:account_id>/roles/<uuid:grant_id>")
def revoke_role(world, role, city, inside):
    person = world.new_account(city)
    grant = person.get("/me").json["roles"][0]["id"]
    return Request(f"/accounts/{person.id}/roles/{grant}")


@endpoint("POST /accounts/<uuid:account_id>/disable")
def disable_account(world, role, city, inside):
    return Request(f"/accounts/{world.new_account(city).id}/disable")


@endpoint("POST /accounts/<uuid:account_id>/enable")
def enable_account(world, role, city, inside):
    return Request(f"/accounts/{world.new_account(city).id}/enable")


@endpoint("POST /accounts/<uuid:account_id>/one-time-password")
def issue_one_time_password(world, role, city, inside):
    return Request(f"/accounts/{world.new_account(city).id}/one-time-password")


@endpoint("GET /accounts/<uuid:account_id>/devices")
def list_account_devices(world, role, city, inside):
    return Request(f"/accounts/{world.new_account(city).id}/devices")


@endpoint("DELETE /accounts/<uuid:account_id>/devices/<uuid:device_id>")
def block_account_device(world, role, city, inside):
    person = world.new_account(city)
    return Request(f"/accounts/{person.id}/devices/{world.device_id(person)}")


@endpoint("POST /accounts/<uuid:account_id>/devices/<uuid:device_id>/allow")
def allow_account_device(world, role, city, inside):
    person = world.new_account(city)
    return Request(f"/accounts/{person.id}/devices/{world.device_id(person)}/allow")


def token_owner(world: World, role: str, city: City) -> Person:
    """Return a new person of the role who has made a personal access token."""
    person = world.new_person(role, city)
    person.post("/tokens", {"label": "QGIS", "password": PASSWORD})
    return person


@endpoint("GET /accounts/<uuid:account_id>/tokens")
def list_account_tokens(world, role, city, inside):
    return Request(f"/accounts/{token_owner(world, 'worker', city).id}/tokens")


@endpoint("DELETE /accounts/<uuid:account_id>/tokens/<uuid:token_id>")
def revoke_account_token(world, role, city, inside):
    person = world.new_account(city)
    made = person.post("/tokens", {"label": "QGIS", "password": PASSWORD})
    return Request(f"/accounts/{person.id}/tokens/{made.json['id']}")


def audited_account(world: World, city: City) -> Person:
    """Rename an account, which writes an audit event; return the account."""
    person = world.new_account(city)
    answer = world.person("supervisor", city).patch(f"/accounts/{person.id}", {"name": "改"}, "1")
    assert answer.status_code in (200, 412), answer.json
    return person


@endpoint("POST /audit/export")
def export_audit_events(world, role, city, inside):
    person = audited_account(world, city)
    body = {"entity": "account", "entity_id": str(person.id), "reason": "yearly audit"}
    return Request("/audit/export", body, target=str(person.id))


@endpoint("POST /audit/search")
def search_audit_events(world, role, city, inside):
    person = audited_account(world, city)
    return Request("/audit/search", {"entity": "account", "entity_id": str(person.id)}, target=str(person.id))


@endpoint("GET /tokens")
def list_access_tokens(world, role, city, inside):
    return Request("/tokens", actor=token_owner(world, role, city))


@endpoint("POST /tokens")
def create_access_token(world, role, city, inside):
    return Request("/tokens", {"label": "QGIS", "password": PASSWORD}, actor=world.new_person(role, city))


@endpoint("DELETE /tokens/<uuid:token_id>")
def revoke_access_token(world, role, city, inside):
    owner = world.new_person(role, city)
    made = owner.post("/tokens", {"label": "QGIS", "password": PASSWORD})
    return Request(f"/tokens/{made.json['id']}", actor=owner if inside else None)
