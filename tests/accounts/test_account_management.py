"""Account endpoints of managers: limited to their areas and roles, effective on the next request."""

import secrets

import pytest

from app.accounts import service
from app.accounts.schemas import AccountOpened, AccountOut
from app.core import db
from app.core.actor import SYSTEM, Permission, Role
from app.core.ids import uuid7
from tests.answers import status_and_code


def name():
    return f"n{secrets.token_hex(6)}"


def body(*roles, **fields):
    return {"username": name(), "name": "李四", "roles": list(roles)} | fields


def role(kind, area=None, unit=None):
    given = {"role": kind}
    if area:
        given["area_id"] = str(area)
    if unit:
        given["unit_id"] = str(unit)
    return given


def usernames(person, query=""):
    answer = person.get(f"/accounts?limit=500{query}")
    assert answer.status_code == 200
    return [a["username"] for a in answer.json["items"]]


def epoch(sql, account_id):
    [(value,)] = sql("select permission_epoch from account where id = :id", id=account_id)
    return value


def actions(sql, account_id):
    return [
        r.action
        for r in sql(
            "select action from audit_event where entity_id = :id and actor_kind = 'account' order by id",
            id=account_id,
        )
        if r.action.startswith("account.")
    ]


# Creation


def test_account_creation_returns_one_time_password_and_roles(supervisor, accounts_city, app, address):
    answer = supervisor.post("/accounts", body(role("worker", accounts_city.grid)))
    assert answer.status_code == 201
    assert set(answer.json) == set(AccountOpened().fields)
    assert answer.headers["Cache-Control"] == "no-store"
    assert [(r["role"], r["area_id"]) for r in answer.json["roles"]] == [("worker", str(accounts_city.grid))]
    signed_in = app.test_client().post(
        "/api/v1/auth/token",
        json={"username": answer.json["username"], "password": answer.json["one_time_password"]},
        environ_overrides={"REMOTE_ADDR": address},
    )
    assert signed_in.status_code == 200
    again = supervisor.get(f"/accounts/{answer.json['id']}")
    assert "one_time_password" not in again.json and set(again.json) == set(AccountOut().fields)


def test_account_creation_stores_given_id_and_password(supervisor, accounts_city, app, address):
    given = str(uuid7())
    wanted = body(role("worker", accounts_city.grid), id=given, password="chosen by the boss")
    answer = supervisor.post("/accounts", wanted)
    assert answer.status_code == 201 and answer.json["id"] == given
    assert "one_time_password" not in answer.json and answer.json["must_change_password"] is True
    wanted["username"] = name()
    assert status_and_code(supervisor.post("/accounts", wanted)) == (409, "id_reused")


def test_account_creation_returns_409_for_username_in_other_case(supervisor, worker, accounts_city):
    wanted = body(role("worker", accounts_city.grid), username=worker.username.upper())
    assert status_and_code(supervisor.post("/accounts", wanted)) == (409, "username_taken")


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "two words"},
        {"username": ""},
        {"name": ""},
        {"password": "short"},
        {"roles": []},
        {"roles": [{"role": "king"}]},
        {"id": "6f1c1f0e-0000-4000-8000-000000000000"},
        {"national_id": "1"},
    ],
    ids=str,
)
def test_account_creation_returns_422_for_malformed_body(supervisor, accounts_city, wrong):
    answer = supervisor.post("/accounts", body(role("worker", accounts_city.grid)) | wrong)
    assert status_and_code(answer) == (422, "validation_failed")


def test_account_is_not_created_when_a_role_is_refused(supervisor, accounts_city, sql):
    wanted = body(role("worker", accounts_city.grid), role("worker", accounts_city.elsewhere))
    assert status_and_code(supervisor.post("/accounts", wanted)) == (403, "grant_exceeds_own")
    assert not sql("select 1 from account where username = :u", u=wanted["username"])


# An actor grants only roles whose permissions they have


@pytest.mark.parametrize(
    ("kind", "place", "status"),
    [
        ("worker", "street", 201),
        ("worker", "grid", 201),
        ("grid_chief", "community", 201),
        ("supervisor", "street", 201),
        ("gis", "other_community", 201),
        ("worker", "district", 403),
        ("worker", "elsewhere", 403),
        ("supervisor", "district", 403),
        ("supervisor", None, 403),
        ("worker", None, 403),
        ("gis", None, 403),
        ("admin", "street", 403),
        ("admin", "grid", 403),
        ("admin", None, 403),
    ],
)
def test_supervisor_can_grant_only_own_roles_within_own_area(
    supervisor, worker, accounts_city, kind, place, status
):
    wanted = role(kind, getattr(accounts_city, place) if place else None)
    opened = supervisor.post("/accounts", body(wanted))
    granted = supervisor.post(f"/accounts/{worker.id}/roles", wanted)
    expected = 409 if (kind, place) == ("worker", "grid") else status  # the worker has that one
    assert (opened.status_code, granted.status_code) == (status, expected)
    if status == 403:
        assert opened.json["code"] == granted.json["code"] == "grant_exceeds_own"


def test_supervisor_can_grant_handler_role_only_for_unit_in_own_area(supervisor, accounts_city):
    assert supervisor.post("/accounts", body(role("handler", unit=accounts_city.unit))).status_code == 201
    for unit in (accounts_city.unit_elsewhere, uuid7()):
        answer = supervisor.post("/accounts", body(role("handler", unit=unit)))
        assert status_and_code(answer) == (403, "grant_exceeds_own")


@pytest.mark.parametrize(
    ("kind", "area", "unit", "needs"),
    [
        ("handler", True, False, "unit_id"),
        ("handler", False, False, "unit_id"),
        ("handler", True, True, "unit_id"),
        ("worker", False, True, "area_id"),
        ("supervisor", True, True, "area_id"),
    ],
)
def test_account_creation_returns_422_when_grant_has_wrong_scope(
    admin, accounts_city, kind, area, unit, needs
):
    wanted = role(kind, accounts_city.grid if area else None, accounts_city.unit if unit else None)
    answer = admin.post("/accounts", body(wanted))
    assert status_and_code(answer) == (422, "grant_scope_invalid")
    assert needs in answer.json["detail"]


def test_admin_of_area_can_grant_admin_only_within_area(someone, accounts_city):
    local = someone(Role.ADMIN, accounts_city.street)
    assert local.post("/accounts", body(role("admin", accounts_city.grid))).status_code == 201
    for wanted in (
        role("admin"),
        role("admin", accounts_city.district),
        role("worker", accounts_city.elsewhere),
    ):
        assert status_and_code(local.post("/accounts", body(wanted))) == (403, "grant_exceeds_own")


def test_permissions_of_grant_do_not_apply_in_area_of_other_grant(someone, accounts_city):
    """An administrator of one area who is a supervisor of another one grants no administrators in the latter."""
    both = someone(Role.SUPERVISOR, accounts_city.street)
    with db.transaction(SYSTEM) as session:
        service.add_grant(
            session, SYSTEM, account_id=both.id, role=Role.ADMIN, area_id=accounts_city.elsewhere
        )
        service.add_grant(session, SYSTEM, account_id=both.id, role=Role.GIS)
    assert both.post("/accounts", body(role("admin", accounts_city.elsewhere))).status_code == 201
    assert status_and_code(both.post("/accounts", body(role("admin", accounts_city.grid)))) == (
        403,
        "grant_exceeds_own",
    )
    assert status_and_code(both.post("/accounts", body(role("gis")))) == (403, "grant_exceeds_own")


@pytest.mark.parametrize("kind", [Role.WORKER, Role.GRID_CHIEF, Role.GIS])
def test_account_endpoints_return_403_without_manage_permission(someone, worker, accounts_city, kind):
    person = someone(kind, accounts_city.district)
    account = f"/accounts/{worker.id}"
    for method, path, sent in (
        ("GET", "/accounts", None),
        ("POST", "/accounts", body(role("worker", accounts_city.grid))),
        ("GET", account, None),
        ("PATCH", account, {"name": "x"}),
        ("POST", f"{account}/roles", role("worker", accounts_city.grid)),
        ("DELETE", f"{account}/roles/{worker.grants[0]}", None),
        ("POST", f"{account}/disable", None),
        ("POST", f"{account}/enable", None),
        ("POST", f"{account}/one-time-password", None),
        ("GET", f"{account}/devices", None),
        ("DELETE", f"{account}/devices/{uuid7()}", None),
    ):
        assert status_and_code(person.call(method, path, sent)) == (403, "permission_missing"), (method, path)


def responses_by_act(person, target, city):
    account = f"/accounts/{target.id}"
    device = uuid7()
    return {
        "read": person.get(account),
        "rename": person.patch(account, {"name": "x"}, "*"),
        "grant": person.post(f"{account}/roles", role("worker", city.other_community)),
        "revoke": person.delete(f"{account}/roles/{target.grants[0]}"),
        "disable": person.post(f"{account}/disable"),
        "enable": person.post(f"{account}/enable"),
        "password": person.post(f"{account}/one-time-password"),
        "devices": person.get(f"{account}/devices"),
        "device": person.delete(f"{account}/devices/{device}"),
    }


def test_account_endpoints_return_404_for_account_outside_own_areas(supervisor, someone, accounts_city):
    hidden = someone(Role.WORKER, accounts_city.elsewhere)
    hidden.sign_in()
    for act, answer in responses_by_act(supervisor, hidden, accounts_city).items():
        assert status_and_code(answer) == (404, "not_found"), act
    assert hidden.username not in usernames(supervisor)
    assert hidden.get("/me").status_code == 200


def test_account_endpoints_return_403_for_account_with_higher_role(supervisor, someone, accounts_city, sql):
    """A supervisor who reset an administrator's password could sign in as the administrator."""
    higher = someone(Role.WORKER, accounts_city.grid)
    with db.transaction(SYSTEM) as session:
        service.add_grant(session, SYSTEM, account_id=higher.id, role=Role.ADMIN)
    higher.sign_in()
    before = epoch(sql, higher.id)
    answers = responses_by_act(supervisor, higher, accounts_city)
    assert answers.pop("read").status_code == 200
    assert answers.pop("grant").status_code == 201  # adds nothing that the supervisor does not hold
    for act, answer in answers.items():
        assert status_and_code(answer) == (403, "grant_exceeds_own"), act
    assert epoch(sql, higher.id) == before + 1
    assert higher.get("/me").status_code == 200 and higher.sign_in().status_code == 200


def test_account_endpoints_return_403_for_changes_of_own_rights(admin, accounts_city):
    account = f"/accounts/{admin.id}"
    for answer in (
        admin.post(f"{account}/disable"),
        admin.post(f"{account}/one-time-password"),
        admin.post(f"{account}/roles", role("worker", accounts_city.grid)),
        admin.delete(f"{account}/roles/{admin.grants[0]}"),
    ):
        assert status_and_code(answer) == (403, "own_account")
    assert admin.get("/me").status_code == 200


def test_supervisor_can_disable_supervisor_of_same_area(supervisor, someone, accounts_city):
    colleague = someone(Role.SUPERVISOR, accounts_city.street)
    assert supervisor.post(f"/accounts/{colleague.id}/disable").status_code == 200


# Effect on the next request


def test_granted_and_revoked_role_take_effect_on_next_request(supervisor, worker, accounts_city):
    assert status_and_code(worker.get("/accounts")) == (403, "permission_missing")
    granted = supervisor.post(f"/accounts/{worker.id}/roles", role("supervisor", accounts_city.community))
    assert granted.status_code == 201
    assert set(granted.json) == {"id", "role", "area_id", "unit_id"}
    assert worker.username in usernames(worker)
    ended = supervisor.delete(f"/accounts/{worker.id}/roles/{granted.json['id']}")
    assert ended.status_code == 204
    assert status_and_code(worker.get("/accounts")) == (403, "permission_missing")
    assert Permission.ACCOUNT_MANAGE not in worker.get("/me").json["permissions"]


def test_revoked_role_is_recorded_and_can_be_granted_again(supervisor, worker, accounts_city, sql):
    extra = supervisor.post(f"/accounts/{worker.id}/roles", role("worker", accounts_city.community)).json[
        "id"
    ]
    path = f"/accounts/{worker.id}/roles/{extra}"
    assert supervisor.delete(path).status_code == 204
    assert status_and_code(supervisor.delete(path)) == (404, "not_found")
    [row] = sql("select revoked_at, revoked_by from account_grant where id = :id", id=extra)
    assert row.revoked_at and row.revoked_by == supervisor.id
    again = supervisor.post(f"/accounts/{worker.id}/roles", role("worker", accounts_city.community))
    assert again.status_code == 201


def test_role_grant_returns_409_when_role_exists(supervisor, worker, accounts_city):
    path = f"/accounts/{worker.id}/roles"
    assert supervisor.post(path, role("gis", accounts_city.grid)).status_code == 201
    assert status_and_code(supervisor.post(path, role("gis", accounts_city.grid))) == (409, "already_exists")


def test_role_revocation_returns_404_for_grant_of_other_account(supervisor, worker, someone, accounts_city):
    other = someone(Role.WORKER, accounts_city.grid)
    answer = supervisor.delete(f"/accounts/{worker.id}/roles/{other.grants[0]}")
    assert status_and_code(answer) == (404, "not_found")


def test_account_changes_raise_permission_epoch_and_are_audited(supervisor, worker, accounts_city, sql):
    worker.sign_in(device_id="phone")
    account = f"/accounts/{worker.id}"
    device = worker.get("/me/devices").json["items"][0]["id"]
    supervisor.sign_in()
    before = epoch(sql, worker.id)
    granted = supervisor.post(f"{account}/roles", role("gis", accounts_city.grid)).json["id"]
    supervisor.delete(f"{account}/roles/{granted}")
    supervisor.post(f"{account}/disable")
    supervisor.post(f"{account}/disable")
    supervisor.post(f"{account}/enable")
    supervisor.post(f"{account}/enable")
    supervisor.post(f"{account}/one-time-password")
    supervisor.delete(f"{account}/devices/{device}")
    supervisor.patch(account, {"name": "王五"}, "*")
    assert actions(sql, worker.id) == [
        "account.grant",
        "account.revoke_grant",
        "account.disable",
        "account.enable",
        "account.one_time_password",
        "account.revoke_device",
        "account.rename",
    ]
    assert epoch(sql, worker.id) == before + 7


def test_role_of_unknown_area_returns_409_for_admin_and_403_for_supervisor(admin, supervisor):
    assert status_and_code(admin.post("/accounts", body(role("worker", uuid7())))) == (
        409,
        "reference_unknown",
    )
    assert status_and_code(supervisor.post("/accounts", body(role("worker", uuid7())))) == (
        403,
        "grant_exceeds_own",
    )


# Reading and renaming


def test_account_rename_requires_current_version(supervisor, worker):
    path = f"/accounts/{worker.id}"
    read = supervisor.get(path)
    etag = read.headers["ETag"]
    assert etag == f'"{read.json["version"]}"'
    assert status_and_code(supervisor.patch(path, {"name": "王五"})) == (428, "if_match_missing")
    changed = supervisor.patch(path, {"name": "王五"}, f"W/{etag}")
    assert changed.status_code == 200 and changed.json["name"] == "王五"
    assert changed.headers["ETag"] != etag
    assert status_and_code(supervisor.patch(path, {"name": "赵六"}, etag)) == (412, "version_stale")
    assert status_and_code(supervisor.patch(path, {"name": "赵六"}, '"not-ours"')) == (412, "version_stale")
    assert supervisor.get(path).json["name"] == "王五"
    assert supervisor.patch(path, {"name": "赵六"}, "*").status_code == 200


def test_account_read_returns_304_for_current_etag(supervisor, worker):
    path = f"/accounts/{worker.id}"
    etag = supervisor.get(path).headers["ETag"]
    assert supervisor.get(path, headers={"If-None-Match": f"W/{etag}"}).status_code == 304
    supervisor.patch(path, {"name": "王五"}, "*")
    assert supervisor.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_account_list_contains_accounts_of_own_areas_and_own_account(
    supervisor, admin, someone, accounts_city
):
    inside = [
        someone(Role.WORKER, accounts_city.grid),
        someone(Role.SUPERVISOR, accounts_city.street),
        someone(Role.HANDLER, unit=accounts_city.unit),
    ]
    outside = [
        someone(Role.WORKER, accounts_city.elsewhere),
        someone(Role.SUPERVISOR, accounts_city.district),
        someone(Role.HANDLER, unit=accounts_city.unit_elsewhere),
        someone(),
        admin,
    ]
    assert usernames(supervisor) == sorted([supervisor.username, *(p.username for p in inside)])
    q = "&q="
    for person in [*inside, *outside]:
        assert usernames(admin, q + person.username.upper()) == [person.username]


def test_account_without_roles_is_hidden_from_former_supervisor(supervisor, worker, admin):
    admin.delete(f"/accounts/{worker.id}/roles/{worker.grants[0]}")
    assert worker.username not in usernames(supervisor)
    assert supervisor.get(f"/accounts/{worker.id}").status_code == 404


def test_account_list_filters_by_role_area_and_text(supervisor, someone, accounts_city):
    in_grid = someone(Role.WORKER, accounts_city.grid).username
    in_other = someone(Role.WORKER, accounts_city.other_community).username
    handler = someone(Role.HANDLER, unit=accounts_city.unit).username
    assert usernames(supervisor, "&role=worker") == sorted([in_grid, in_other])
    assert usernames(supervisor, f"&area_id={accounts_city.community}") == sorted([in_grid, handler])
    assert usernames(supervisor, f"&area_id={accounts_city.other_community}&role=worker") == [in_other]
    assert usernames(supervisor, f"&area_id={accounts_city.elsewhere}") == []
    assert usernames(supervisor, f"&q={in_grid[2:9]}") == [in_grid]
    assert usernames(supervisor, "&q=%25") == [] == usernames(supervisor, "&q=_")


def test_account_list_pages_return_every_account_once(supervisor, someone, accounts_city):
    expected = sorted(
        [supervisor.username, *(someone(Role.WORKER, accounts_city.grid).username for _ in range(4))]
    )
    listed, cursor = [], ""
    while True:
        page = supervisor.get(f"/accounts?limit=2{cursor}").json
        assert set(page) == {"items", "next"} and len(page["items"]) <= 2
        listed += [a["username"] for a in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert listed == expected


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "cursor=nonsense",
        "cursor=WyJhIiwiYiJd",  # ["a","b"]
        "cursor=WyJcdTAwMDAiLCIwMWEyMTAxYi05NTA4LTdmMTYtYTIyMi0yNjI5NjBhYzY3ODQiXQ",  # NUL
        "role=king",
        "area_id=here",
        "colour=red",
    ],
)
def test_account_list_returns_422_for_invalid_query(supervisor, query):
    assert status_and_code(supervisor.get(f"/accounts?{query}")) == (422, "validation_failed")
