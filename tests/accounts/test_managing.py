"""Managing accounts: inside one's areas, never above oneself, in effect on the next request."""

import secrets

import pytest

from app.accounts import service
from app.accounts.schemas import AccountOpened, AccountOut
from app.core import db
from app.core.actor import SYSTEM, Permission, Role
from app.core.ids import uuid7
from tests.answers import pages, status_and_code


def name():
    return f"n{secrets.token_hex(6)}"


def body(*roles, **more):
    return {"username": name(), "name": "李四", "roles": list(roles)} | more


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
    [(found,)] = sql("select permission_epoch from account where id = :id", id=account_id)
    return found


def actions(sql, account_id):
    return [
        r.action
        for r in sql(
            "select action from audit_event where entity_id = :id and actor_kind = 'account' order by id",
            id=account_id,
        )
        if r.action.startswith("account.")
    ]


# Opening


def test_a_new_account_gets_a_one_time_password_and_its_roles(supervisor, city, app, address):
    answer = supervisor.post("/accounts", body(role("worker", city.grid)))
    assert answer.status_code == 201
    assert set(answer.json) == set(AccountOpened().fields)
    assert answer.headers["Cache-Control"] == "no-store"
    assert [(r["role"], r["area_id"]) for r in answer.json["roles"]] == [("worker", str(city.grid))]
    signed_in = app.test_client().post(
        "/api/v1/auth/token",
        json={"username": answer.json["username"], "password": answer.json["one_time_password"]},
        environ_overrides={"REMOTE_ADDR": address},
    )
    assert signed_in.status_code == 200
    again = supervisor.get(f"/accounts/{answer.json['id']}")
    assert "one_time_password" not in again.json and set(again.json) == set(AccountOut().fields)


def test_a_chosen_id_and_password_are_kept(supervisor, city, app, address):
    given = str(uuid7())
    wanted = body(role("worker", city.grid), id=given, password="chosen by the boss")
    answer = supervisor.post("/accounts", wanted)
    assert answer.status_code == 201 and answer.json["id"] == given
    assert "one_time_password" not in answer.json and answer.json["must_change_password"] is True
    wanted["username"] = name()
    assert status_and_code(supervisor.post("/accounts", wanted)) == (409, "id_reused")


def test_a_user_name_is_taken_whatever_its_case(supervisor, worker, city):
    wanted = body(role("worker", city.grid), username=worker.username.upper())
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
def test_a_malformed_account_is_not_valid(supervisor, city, wrong):
    answer = supervisor.post("/accounts", body(role("worker", city.grid)) | wrong)
    assert status_and_code(answer) == (422, "validation_failed")


def test_a_refused_role_leaves_no_account(supervisor, city, sql):
    wanted = body(role("worker", city.grid), role("worker", city.elsewhere))
    assert status_and_code(supervisor.post("/accounts", wanted)) == (403, "grant_exceeds_own")
    assert not sql("select 1 from account where username = :u", u=wanted["username"])


# Nobody grants what they do not hold


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
def test_a_supervisor_grants_within_their_area_what_they_hold(supervisor, worker, city, kind, place, status):
    wanted = role(kind, getattr(city, place) if place else None)
    opened = supervisor.post("/accounts", body(wanted))
    granted = supervisor.post(f"/accounts/{worker.id}/roles", wanted)
    expected = 409 if (kind, place) == ("worker", "grid") else status  # the worker has that one
    assert (opened.status_code, granted.status_code) == (status, expected)
    if status == 403:
        assert opened.json["code"] == granted.json["code"] == "grant_exceeds_own"


def test_a_handlers_unit_must_lie_in_the_area(supervisor, city):
    assert supervisor.post("/accounts", body(role("handler", unit=city.unit))).status_code == 201
    for unit in (city.unit_elsewhere, uuid7()):
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
def test_a_role_has_its_kind_of_scope(admin, city, kind, area, unit, needs):
    wanted = role(kind, city.grid if area else None, city.unit if unit else None)
    answer = admin.post("/accounts", body(wanted))
    assert status_and_code(answer) == (422, "grant_scope_invalid")
    assert needs in answer.json["detail"]


def test_an_admin_of_an_area_makes_admins_there_but_not_everywhere(someone, city):
    local = someone(Role.ADMIN, city.street)
    assert local.post("/accounts", body(role("admin", city.grid))).status_code == 201
    for wanted in (role("admin"), role("admin", city.district), role("worker", city.elsewhere)):
        assert status_and_code(local.post("/accounts", body(wanted))) == (403, "grant_exceeds_own")


def test_permissions_of_one_grant_do_not_travel_to_the_area_of_another(someone, city):
    """Supervisor here and admin there: no admins here."""
    both = someone(Role.SUPERVISOR, city.street)
    with db.transaction(SYSTEM) as session:
        service.add_grant(session, SYSTEM, account_id=both.id, role=Role.ADMIN, area_id=city.elsewhere)
        service.add_grant(session, SYSTEM, account_id=both.id, role=Role.GIS)
    assert both.post("/accounts", body(role("admin", city.elsewhere))).status_code == 201
    assert status_and_code(both.post("/accounts", body(role("admin", city.grid)))) == (
        403,
        "grant_exceeds_own",
    )
    assert status_and_code(both.post("/accounts", body(role("gis")))) == (403, "grant_exceeds_own")


@pytest.mark.parametrize("kind", [Role.WORKER, Role.GRID_CHIEF, Role.GIS])
def test_who_may_not_manage_accounts_finds_every_door_shut(someone, worker, city, kind):
    person = someone(kind, city.district)
    account = f"/accounts/{worker.id}"
    for method, path, sent in (
        ("GET", "/accounts", None),
        ("POST", "/accounts", body(role("worker", city.grid))),
        ("GET", account, None),
        ("PATCH", account, {"name": "x"}),
        ("POST", f"{account}/roles", role("worker", city.grid)),
        ("DELETE", f"{account}/roles/{worker.grants[0]}", None),
        ("POST", f"{account}/disable", None),
        ("POST", f"{account}/enable", None),
        ("POST", f"{account}/one-time-password", None),
        ("GET", f"{account}/devices", None),
        ("DELETE", f"{account}/devices/{uuid7()}", None),
    ):
        assert status_and_code(person.call(method, path, sent)) == (403, "permission_missing"), (method, path)


def every_act(person, target, city):
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


def test_an_account_outside_ones_areas_is_not_there(supervisor, someone, city):
    hidden = someone(Role.WORKER, city.elsewhere)
    hidden.sign_in()
    for act, answer in every_act(supervisor, hidden, city).items():
        assert status_and_code(answer) == (404, "not_found"), act
    assert hidden.username not in usernames(supervisor)
    assert hidden.get("/me").status_code == 200


def test_an_account_with_a_role_beyond_ones_own_cannot_be_managed(supervisor, someone, city, sql):
    """Else one would reset an admin's password and be admin."""
    higher = someone(Role.WORKER, city.grid)
    with db.transaction(SYSTEM) as session:
        service.add_grant(session, SYSTEM, account_id=higher.id, role=Role.ADMIN)
    higher.sign_in()
    before = epoch(sql, higher.id)
    answers = every_act(supervisor, higher, city)
    assert answers.pop("read").status_code == 200
    assert answers.pop("grant").status_code == 201  # adds nothing that the supervisor does not hold
    for act, answer in answers.items():
        assert status_and_code(answer) == (403, "grant_exceeds_own"), act
    assert epoch(sql, higher.id) == before + 1
    assert higher.get("/me").status_code == 200 and higher.sign_in().status_code == 200


def test_nobody_disables_or_changes_the_rights_of_themselves(admin, city):
    account = f"/accounts/{admin.id}"
    for answer in (
        admin.post(f"{account}/disable"),
        admin.post(f"{account}/one-time-password"),
        admin.post(f"{account}/roles", role("worker", city.grid)),
        admin.delete(f"{account}/roles/{admin.grants[0]}"),
    ):
        assert status_and_code(answer) == (403, "own_account")
    assert admin.get("/me").status_code == 200


def test_a_colleague_of_the_same_area_and_role_can_be_managed(supervisor, someone, city):
    colleague = someone(Role.SUPERVISOR, city.street)
    assert supervisor.post(f"/accounts/{colleague.id}/disable").status_code == 200


# In effect on the next request


def test_a_granted_role_counts_on_the_next_request(supervisor, worker, city):
    assert status_and_code(worker.get("/accounts")) == (403, "permission_missing")
    granted = supervisor.post(f"/accounts/{worker.id}/roles", role("supervisor", city.community))
    assert granted.status_code == 201
    assert set(granted.json) == {"id", "role", "area_id", "unit_id"}
    assert worker.username in usernames(worker)
    ended = supervisor.delete(f"/accounts/{worker.id}/roles/{granted.json['id']}")
    assert ended.status_code == 204
    assert status_and_code(worker.get("/accounts")) == (403, "permission_missing")
    assert Permission.ACCOUNT_MANAGE not in worker.get("/me").json["permissions"]


def test_a_revoked_role_leaves_a_trace_and_can_be_given_again(supervisor, worker, city, sql):
    extra = supervisor.post(f"/accounts/{worker.id}/roles", role("worker", city.community)).json["id"]
    path = f"/accounts/{worker.id}/roles/{extra}"
    assert supervisor.delete(path).status_code == 204
    assert status_and_code(supervisor.delete(path)) == (404, "not_found")
    [row] = sql("select revoked_at, revoked_by from account_grant where id = :id", id=extra)
    assert row.revoked_at and row.revoked_by == supervisor.id
    again = supervisor.post(f"/accounts/{worker.id}/roles", role("worker", city.community))
    assert again.status_code == 201


def test_a_role_is_given_once(supervisor, worker, city):
    path = f"/accounts/{worker.id}/roles"
    assert supervisor.post(path, role("gis", city.grid)).status_code == 201
    assert status_and_code(supervisor.post(path, role("gis", city.grid))) == (409, "already_exists")


def test_the_grant_of_another_account_is_not_revoked_through_this_one(supervisor, worker, someone, city):
    other = someone(Role.WORKER, city.grid)
    answer = supervisor.delete(f"/accounts/{worker.id}/roles/{other.grants[0]}")
    assert status_and_code(answer) == (404, "not_found")


def test_every_change_raises_the_permission_epoch_and_is_audited(supervisor, worker, city, sql):
    worker.sign_in(device_id="phone")
    account = f"/accounts/{worker.id}"
    device = worker.get("/me/devices").json["items"][0]["id"]
    supervisor.sign_in()
    before = epoch(sql, worker.id)
    granted = supervisor.post(f"{account}/roles", role("gis", city.grid)).json["id"]
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


def test_an_unknown_area_is_said_to_be_unknown_by_who_is_everywhere(admin, supervisor):
    assert status_and_code(admin.post("/accounts", body(role("worker", uuid7())))) == (
        409,
        "reference_unknown",
    )
    assert status_and_code(supervisor.post("/accounts", body(role("worker", uuid7())))) == (
        403,
        "grant_exceeds_own",
    )


# Reading and renaming


def test_renaming_needs_the_version_and_refuses_an_old_one(supervisor, worker):
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


def test_a_known_version_is_not_sent_again(supervisor, worker):
    path = f"/accounts/{worker.id}"
    etag = supervisor.get(path).headers["ETag"]
    assert supervisor.get(path, headers={"If-None-Match": f"W/{etag}"}).status_code == 304
    supervisor.patch(path, {"name": "王五"}, "*")
    assert supervisor.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_the_list_holds_the_accounts_of_ones_areas_and_oneself(supervisor, admin, someone, city):
    inside = [
        someone(Role.WORKER, city.grid),
        someone(Role.SUPERVISOR, city.street),
        someone(Role.HANDLER, unit=city.unit),
    ]
    outside = [
        someone(Role.WORKER, city.elsewhere),
        someone(Role.SUPERVISOR, city.district),
        someone(Role.HANDLER, unit=city.unit_elsewhere),
        someone(),
        admin,
    ]
    assert usernames(supervisor) == sorted([supervisor.username, *(p.username for p in inside)])
    q = "&q="
    for person in [*inside, *outside]:
        assert usernames(admin, q + person.username.upper()) == [person.username]


def test_a_former_account_of_ones_area_is_out_of_sight(supervisor, worker, admin):
    admin.delete(f"/accounts/{worker.id}/roles/{worker.grants[0]}")
    assert worker.username not in usernames(supervisor)
    assert supervisor.get(f"/accounts/{worker.id}").status_code == 404


def test_the_list_filters_by_role_area_and_words(supervisor, someone, city):
    in_grid = someone(Role.WORKER, city.grid).username
    in_other = someone(Role.WORKER, city.other_community).username
    handler = someone(Role.HANDLER, unit=city.unit).username
    assert usernames(supervisor, "&role=worker") == sorted([in_grid, in_other])
    assert usernames(supervisor, f"&within={city.community}") == sorted([in_grid, handler])
    assert usernames(supervisor, f"&within={city.other_community}&role=worker") == [in_other]
    assert usernames(supervisor, f"&within={city.elsewhere}") == []
    assert usernames(supervisor, f"&q={in_grid[2:9]}") == [in_grid]
    assert usernames(supervisor, "&q=%25") == [] == usernames(supervisor, "&q=_")


def test_the_list_comes_in_pages_without_gaps_or_repeats(supervisor, someone, city):
    expected = sorted([supervisor.username, *(someone(Role.WORKER, city.grid).username for _ in range(4))])
    listed = []
    for page in pages(supervisor, "/accounts?limit=2"):
        assert set(page) == {"items", "next"} and len(page["items"]) <= 2
        listed += [account["username"] for account in page["items"]]
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
        "within=here",
        "colour=red",
    ],
)
def test_a_wrong_query_is_not_valid(supervisor, query):
    assert status_and_code(supervisor.get(f"/accounts?{query}")) == (422, "validation_failed")
