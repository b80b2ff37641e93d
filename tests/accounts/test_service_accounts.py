"""Service accounts: who makes them, what they may do, and that they are never a person."""

from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.accounts import commands, service
from app.core import clock, db
from app.core.actor import ROLE_PERMISSIONS, SYSTEM, Permission, Role
from app.core.errors import Invalid, Unauthenticated
from app.core.ids import uuid7
from tests.accounts.services import REPORTING, call, new_client_id, new_credential, new_service_account
from tests.factories import PASSWORD
from tests.nonempty import nonempty


@pytest.fixture
def admin(city):
    return city.person(Role.ADMIN)


@pytest.fixture
def hotline(city, admin):
    return new_service_account(admin, city)


@pytest.fixture
def key(admin, hotline):
    """Return the headers of an API key of the hotline."""
    return {"X-API-Key": new_credential(admin, hotline)["secret"]}


def write(statement, **binds):
    with db.transaction(SYSTEM) as session:
        session.execute(text(statement), binds)


def test_hotline_files_a_case_and_reads_its_state_when_it_has_a_key(city, admin, hotline):
    made = new_credential(admin, hotline)
    assert made["secret"].startswith("gwk_")
    report = {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102", "description": "垃圾堆积"}
    report["source"] = "public"
    for headers in ({"X-API-Key": made["secret"]}, {"Authorization": f"Bearer {made['secret']}"}):
        filed = call(city, headers, "POST", "/incidents", report)
        assert filed.status_code in (200, 201), filed.json
        read = call(city, headers, "GET", f"/incidents/{report['id']}")
        assert read.status_code == 200
        assert read.json["status"] == filed.json["status"]
    assert call(city, {"X-API-Key": made["secret"]}, "GET", "/workers").status_code == 403
    events = admin.post("/audit/search", {"entity": "incident", "entity_id": report["id"]}).json["items"]
    by = {(e["actor"]["kind"], e["actor"]["id"], e["actor"]["name"]) for e in events}
    assert by == {("service", hotline["id"], "12345 热线")}
    listed = admin.get(f"/service-accounts/{hotline['id']}/credentials").json["items"]
    assert listed[0]["last_used_at"] is not None
    assert "secret" not in listed[0]


def test_service_account_sees_only_its_areas_when_it_reads(city, admin, key):
    reporter = city.worker("g3")
    inside = reporter.post("/incidents", {**city.in_grid("g1"), "category": "E0102"}).json
    outside = reporter.post("/incidents", {**city.in_no_grid(), "category": "E0102"}).json
    narrow = new_service_account(admin, city, area_ids=[str(city.areas["g1"])])
    narrow_key = {"X-API-Key": new_credential(admin, narrow)["secret"]}
    assert call(city, narrow_key, "GET", f"/incidents/{inside['id']}").status_code == 200
    assert call(city, narrow_key, "GET", f"/incidents/{outside['id']}").status_code == 404
    assert call(city, key, "GET", f"/incidents/{inside['id']}").status_code == 200


def test_service_account_reads_no_staff_and_no_confidential_case_when_it_reads(city, admin, key):
    worker = city.worker("g1", name="欧阳网格")
    case = worker.post("/incidents", {**city.in_grid("g1"), "category": "E0102", "description": "垃圾"}).json
    for path in (f"/incidents/{case['id']}", f"/incidents/{case['id']}/events", "/incidents"):
        answer = call(city, key, "GET", path)
        assert answer.status_code == 200
        assert "欧阳网格" not in answer.json.__repr__(), path
    about = {"kind": "worker", "id": str(worker.id)}
    complaint = {**city.in_grid("g1"), "category": "E0102", "description": "态度恶劣", "about": about}
    conduct = city.supervisor().post("/incidents", complaint).json
    assert call(city, key, "GET", f"/incidents/{conduct['id']}").status_code == 404


def test_operations_of_people_are_refused_when_a_service_account_calls(city, admin):
    widest = new_service_account(
        admin, city, permissions=sorted(p.value for p in ROLE_PERMISSIONS[Role.SERVICE]), area_ids=None
    )
    key = {"X-API-Key": new_credential(admin, widest)["secret"]}
    for method, path, json in (
        ("GET", "/me", None),
        ("POST", "/me/password", {"current": "x", "new": "another long password"}),
        ("GET", "/me/sessions", None),
        ("POST", "/tokens", {"label": "QGIS", "password": "x"}),
        ("GET", "/sync", None),
        ("POST", "/sync/push", {"operations": []}),
        ("POST", "/events/ticket", None),
    ):
        answer = call(city, key, method, path, json)
        assert (answer.status_code, answer.json["code"]) == (403, "people_only"), (method, path)
    for method, path in (("POST", "/accounts"), ("GET", "/service-accounts"), ("POST", "/positions")):
        answer = call(city, key, method, path, {})
        assert (answer.status_code, answer.json["code"]) == (403, "permission_missing"), (method, path)


def test_service_account_is_no_account_of_a_person(city, admin, hotline):
    assert hotline["client_id"] not in admin.get(f"/accounts?q={hotline['client_id']}").text
    assert admin.get(f"/accounts/{hotline['id']}").status_code == 404
    assert admin.post(f"/accounts/{hotline['id']}/one-time-password").status_code == 404
    roles = admin.post(
        f"/accounts/{hotline['id']}/roles", {"role": "worker", "area_id": hotline["area_ids"][0]}
    )
    assert roles.status_code == 404
    answer = admin.client.post(
        "/api/v1/auth/token", json={"username": hotline["client_id"], "password": PASSWORD}
    )
    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_failed")
    enrolled = admin.post("/workers", {"account_id": hotline["id"], "name": "热线", "capacity": 3})
    assert enrolled.status_code in (404, 409, 422), enrolled.json


@pytest.mark.parametrize(
    "statement",
    [
        "insert into worker (id, name, capacity, created_at) values (:id, '热线', 3, now())",
        "insert into device (id, account_id, client_key, registered_at, last_sign_in_at)"
        " values (gen_random_uuid(), :id, 'phone', now(), now())",
        "insert into access_token (id, account_id, kind, scopes, token_hash, label, created_at, expires_at)"
        " values (gen_random_uuid(), :id, 'personal', '{}', sha256('x'), 'x', now(), now())",
        "insert into account_grant (id, account_id, role, granted_at) values (gen_random_uuid(), :id, 'worker', now())",
        "update account set password_hash = 'x' where id = :id",
    ],
)
def test_database_refuses_rows_of_a_person_for_a_service_account(hotline, statement):
    statement = statement.replace(":id::text", "cast(:id as text)")
    with pytest.raises(IntegrityError), db.transaction(SYSTEM) as session:
        session.execute(text(statement), {"id": hotline["id"]})


def test_role_of_service_accounts_is_refused_for_a_person(city, admin):
    person = city.person(Role.GIS, area="s")
    answer = admin.post(f"/accounts/{person.id}/roles", {"role": "service"})
    assert answer.status_code == 422
    with pytest.raises(Invalid), db.transaction(SYSTEM) as session:
        service.add_grant(session, SYSTEM, account_id=person.id, role=Role.SERVICE)


def test_administrator_of_an_area_manages_only_its_service_accounts(city, admin, hotline):
    street = city.person(Role.ADMIN, area="s")
    community = city.person(Role.ADMIN, area="c1")
    assert street.get(f"/service-accounts/{hotline['id']}").status_code == 200
    assert community.get(f"/service-accounts/{hotline['id']}").status_code == 404
    assert community.post(f"/service-accounts/{hotline['id']}/disable").status_code == 404
    assert hotline["id"] not in community.get("/service-accounts").text
    assert hotline["id"] in street.get("/service-accounts").text
    body = {"client_id": new_client_id(), "name": "x", "kind": "sensor", "permissions": REPORTING}
    for area_ids in (None, [str(city.areas["s"])]):
        answer = community.post("/service-accounts", body | {"area_ids": area_ids})
        assert (answer.status_code, answer.json["code"]) == (403, "grant_exceeds_own")
    assert city.supervisor().get("/service-accounts").status_code == 403


def test_changed_permissions_and_areas_apply_to_the_next_request(city, admin, hotline, key):
    path = f"/service-accounts/{hotline['id']}"
    case = city.worker("g1").post("/incidents", {**city.in_grid("g1"), "category": "E0102"}).json
    assert call(city, key, "GET", "/incidents").status_code == 200
    changed = admin.patch(path, {"permissions": ["incident:report"]}, hotline["version"])
    assert changed.status_code == 200, changed.json
    assert call(city, key, "GET", "/incidents").status_code == 403
    moved = admin.patch(
        path, {"permissions": REPORTING, "area_ids": [str(city.areas["g3"])]}, changed.json["version"]
    )
    assert moved.json["area_ids"] == [str(city.areas["g3"])]
    assert call(city, key, "GET", f"/incidents/{case['id']}").status_code == 404
    everywhere = admin.patch(path, {"area_ids": None}, "*")
    assert everywhere.status_code in (200, 412), everywhere.json
    stale = admin.patch(path, {"name": "x"}, hotline["version"])
    assert (stale.status_code, stale.json["code"]) == (412, "version_stale")


def test_disabled_service_account_is_refused_and_its_keys_stay_revoked(city, admin, hotline, key):
    path = f"/service-accounts/{hotline['id']}"
    assert call(city, key, "GET", "/incidents").status_code == 200
    assert admin.post(f"{path}/disable").json["disabled_at"] is not None
    assert call(city, key, "GET", "/incidents").status_code == 401
    refused = admin.post(f"{path}/credentials", {"form": "api_key", "label": "x"})
    assert (refused.status_code, refused.json["code"]) == (409, "service_account_disabled")
    assert admin.post(f"{path}/enable").json["disabled_at"] is None
    assert call(city, key, "GET", "/incidents").status_code == 401


def test_revoked_key_is_refused_at_once(city, admin, hotline):
    made = new_credential(admin, hotline)
    key = {"Authorization": f"Bearer {made['secret']}"}
    assert call(city, key, "GET", "/incidents").status_code == 200
    path = f"/service-accounts/{hotline['id']}/credentials/{made['id']}"
    assert admin.call("DELETE", path).status_code == 204
    answer = call(city, key, "GET", "/incidents")
    assert (answer.status_code, answer.json["code"]) == (401, "token_invalid")
    assert admin.call("DELETE", path).status_code == 404


def test_both_keys_work_during_the_overlap_of_a_rotation(city, admin, hotline):
    old = new_credential(admin, hotline, expires_in_days=30)
    path = f"/service-accounts/{hotline['id']}/credentials/{old['id']}/rotate"
    made = admin.post(path, {"overlap_days": 3})
    assert made.status_code == 201, made.json
    new = made.json
    assert new["replaces_id"] == old["id"]
    assert new["label"] == old["label"]
    for secret in (old["secret"], new["secret"]):
        assert call(city, {"X-API-Key": secret}, "GET", "/incidents").status_code == 200
    listed = {c["id"]: c for c in admin.get(f"/service-accounts/{hotline['id']}/credentials").json["items"]}
    assert listed[old["id"]]["replaced_by_id"] == new["id"]
    ends = datetime.fromisoformat(listed[old["id"]]["expires_at"])
    assert abs(ends - clock.now() - timedelta(days=3)) < timedelta(minutes=5)
    assert admin.post(path, {"overlap_days": 3}).json["code"] == "credential_replaced"
    write(
        "update service_credential set expires_at = now() - interval '1 second' where id = :id", id=old["id"]
    )
    assert call(city, {"X-API-Key": old["secret"]}, "GET", "/incidents").status_code == 401
    assert call(city, {"X-API-Key": new["secret"]}, "GET", "/incidents").status_code == 200


def test_key_in_an_address_opens_nothing(city, admin, hotline):
    secret = new_credential(admin, hotline)["secret"]
    for name in ("api_key", "access_token", "X-API-Key"):
        assert call(city, {}, "GET", f"/incidents?{name}={secret}").status_code == 401
    wrong = [f"{secret[:-1]}", secret.upper(), "gwk_" + "A" * 43, "", "gws_" + secret[4:]]
    for key in wrong:
        assert call(city, {"X-API-Key": key}, "GET", "/incidents").status_code == 401, key
    both = {"X-API-Key": secret, "Authorization": f"Bearer {secret}"}
    assert call(city, both, "GET", "/incidents").status_code == 401


def test_last_use_is_stored_at_most_once_a_minute(city, admin, hotline, rows):
    made = new_credential(admin, hotline)
    read = "select last_used_at from service_credential where id = :id"
    call(city, {"X-API-Key": made["secret"]}, "GET", "/incidents")
    first = rows(read, id=made["id"])
    call(city, {"X-API-Key": made["secret"]}, "GET", "/incidents")
    assert rows(read, id=made["id"]) == first
    write(
        "update service_credential set last_used_at = now() - interval '61 seconds' where id = :id",
        id=made["id"],
    )
    aged = rows(read, id=made["id"])
    call(city, {"X-API-Key": made["secret"]}, "GET", "/incidents")
    assert rows(read, id=made["id"]) != aged


def test_secrets_are_stored_as_hashes_only(admin, hotline, rows):
    for form in ("api_key", "client_secret"):
        secret = new_credential(admin, hotline, form)["secret"]
        stored = rows(
            "select row_to_json(c)::text from service_credential c where account_id = :id", id=hotline["id"]
        )
        assert secret not in str(stored)
        assert secret[4:] not in str(stored)


def test_key_of_another_place_names_its_service_account(city, hotline, admin):
    secret = new_credential(admin, hotline)["secret"]
    with db.read_session() as session:
        actor = service.caller_of_api_key(session, secret)
        assert (str(actor.id), actor.kind, actor.permissions) == (
            hotline["id"],
            "service",
            {Permission.INCIDENT_READ, Permission.INCIDENT_REPORT},
        )
        with pytest.raises(Unauthenticated):
            service.caller_of_api_key(session, secret + "x")


def test_eleventh_live_credential_is_refused(admin, hotline):
    for _ in range(10):
        new_credential(admin, hotline)
    answer = admin.post(f"/service-accounts/{hotline['id']}/credentials", {"form": "api_key", "label": "x"})
    assert (answer.status_code, answer.json["code"]) == (422, "tokens_too_many")


def test_command_creates_a_service_account_with_a_key(city, settings):
    client_id = new_client_id()
    runner = CliRunner()

    def run(*words):
        result = runner.invoke(commands.service_account, list(words), obj=lambda: settings)
        return result.exit_code, result.output.strip()

    options = [
        "--client-id",
        client_id,
        "--name",
        "传感器",
        "--kind",
        "sensor",
        "--permission",
        "incident:report",
    ]
    code, output = run("create", *options, "--jurisdiction", city.code)
    assert code == 0, output
    assert run("create", *options, "--jurisdiction", city.code)[0] == 1
    code, secret = run("add-credential", "--client-id", client_id, "--label", "door sensor", "--days", "30")
    assert code == 0
    key = {"X-API-Key": secret}
    filed = call(city, key, "POST", "/incidents", {**city.in_grid("g1"), "category": "E0102"})
    assert filed.status_code == 201
    assert client_id in run("list")[1]
    assert run("disable", "--client-id", client_id)[0] == 0
    assert call(city, key, "POST", "/incidents", {}).status_code == 401
    assert run("disable", "--client-id", "nobody")[0] == 1


def test_each_act_on_a_service_account_is_in_the_audit_trail(admin, hotline):
    made = new_credential(admin, hotline)
    path = f"/service-accounts/{hotline['id']}"
    admin.patch(path, {"name": "热线二"}, hotline["version"])
    admin.call("DELETE", f"{path}/credentials/{made['id']}")
    admin.post(f"{path}/disable")
    admin.post(f"{path}/enable")
    events = admin.post("/audit/search", {"entity_id": hotline["id"]}).json["items"]
    assert {e["action"] for e in events} == {
        "service_account.create",
        "service_account.change",
        "service_account.disable",
        "service_account.enable",
        "service_credential.create",
        "service_credential.revoke",
        "account.grant",
    }
    for event in nonempty(events):
        assert event["actor"]["id"] == str(admin.id)
        assert "热线二" in event["sentence"]["zh"]
