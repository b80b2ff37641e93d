"""`gridward account create` and the audit events of commands."""

import os
import pwd
import secrets

import pytest
from click.testing import CliRunner

from app.cli import main
from app.core import db, operators
from app.core.actor import SYSTEM
from tests.live.processes import set_aside
from tests.nonempty import nonempty


@pytest.fixture
def create(app, settings, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", settings.database_url)

    def run(username, *options):
        arguments = ["account", "create", "--username", username, "--name", "王五", *options]
        with set_aside():
            return CliRunner().invoke(main, arguments)

    return run


@pytest.fixture
def username():
    return f"o{secrets.token_hex(6)}"


def test_account_create_command_makes_global_admin_with_one_time_password(
    create, username, app, address, sql
):
    made = create(username, "--role", "admin")
    assert made.exit_code == 0
    [password] = made.stdout.split()
    token = app.test_client().post(
        "/api/v1/auth/token",
        json={"username": username, "password": password},
        environ_overrides={"REMOTE_ADDR": address},
    )
    me = (
        app.test_client()
        .get("/api/v1/me", headers={"Authorization": f"Bearer {token.json['access_token']}"})
        .json
    )
    assert me["must_change_password"] is True
    assert [(r["role"], r["area_id"]) for r in me["roles"]] == [("admin", None)]
    [(kind,)] = sql(
        "select actor_kind from audit_event where entity_id = :id and action = 'account.create'", id=me["id"]
    )
    assert kind == "system"


def test_account_create_command_resolves_area_and_unit_codes(create, username, accounts_city, sql):
    assert create(username, "--role", "supervisor", "--area", f"{accounts_city.code}-s").exit_code == 0
    assert create(username + "h", "--role", "handler", "--unit", f"{accounts_city.code}-u").exit_code == 0
    rows = sql(
        "select g.area_id, g.unit_id from account_grant g join account a on a.id = g.account_id"
        " where a.username like :u order by a.username",
        u=username + "%",
    )
    assert [tuple(r) for r in rows] == [(accounts_city.street, None), (None, accounts_city.unit)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--role", "supervisor", "--area", "nowhere"), "area"),
        (("--role", "handler", "--unit", "nobody"), "unit"),
        (("--role", "handler"), "unit_id"),
        (("--role", "king"), "king"),
    ],
)
def test_account_create_command_fails_for_invalid_options_and_creates_nothing(
    create, username, sql, options, message
):
    made = create(username, *options)
    assert made.exit_code != 0 and message in made.stderr and not made.stdout
    assert not sql("select 1 from account where username = :u", u=username)


def test_account_create_command_fails_for_taken_username(create, username):
    create(username, "--role", "admin")
    again = create(username.upper(), "--role", "admin")
    assert again.exit_code != 0 and "taken" in again.stderr


def audit_events(person, **criteria):
    """Return the events of the audit trail, newest first."""
    answer = person.post("/audit/search", {"limit": 20, **criteria})
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def test_audit_trail_contains_operator_and_command_without_arguments(create, username, admin, sql):
    assert create(username, "--role", "admin").exit_code == 0
    [(account_id,)] = sql("select id from account where username = :u", u=username)
    user = pwd.getpwuid(os.getuid()).pw_name
    for event in audit_events(admin, entity_id=str(account_id)):
        assert event["detail"]["operator"]["user"] == user
        assert event["detail"]["operator"]["command"] == "account create"
        assert username not in str(event) and "--name" not in str(event)
        assert "on the server (gridward account create)" in event["sentence"]["en"]
        assert "gridward account create" in event["sentence"]["zh"] and "系统" not in event["sentence"]["zh"]
    with set_aside():
        again = CliRunner().invoke(main, ["account", "reset-password", "--username", username])
    assert again.exit_code == 0, again.output
    (reset,) = audit_events(admin, entity_id=str(account_id), action="account.one_time_password")
    assert reset["detail"]["operator"]["command"] == "account reset-password"
    assert operators.audit_detail() == {}


def test_audit_events_of_http_requests_contain_no_operator(worker, admin):
    worker.sign_in()
    for event in nonempty(audit_events(admin, entity_id=str(worker.id))):
        assert "operator" not in event["detail"]


def test_audit_event_of_failed_sign_in_contains_known_account_only(worker, admin, sql):
    typed = f"typed-{secrets.token_hex(8)}"
    worker.sign_in(password="wrong wrong")
    worker.sign_in(username=typed)
    unknown, identified = audit_events(admin, action="session.sign_in_failed")[:2]
    assert (identified["entity_id"], identified["detail"]["account"]) == (str(worker.id), "known")
    assert (
        identified["label"] in identified["sentence"]["en"]
        and "system" not in identified["sentence"]["en"].lower()
    )
    assert (unknown["entity_id"], unknown["detail"]["account"]) == (None, "unknown")
    assert "unknown user name" in unknown["sentence"]["en"] and "不存在" in unknown["sentence"]["zh"]
    assert not sql("select 1 from audit_event where position(:t in audit_event::text) > 0", t=typed)


def test_audit_sentence_of_future_profile_contains_scheduled(admin, accounts_city):
    path = f"/jurisdictions/{accounts_city.code}/profile"
    data = admin.get(path).json["data"]
    for in_force_from, text in (
        (None, "published a profile"),
        ("2099-01-01T00:00:00Z", "takes effect later"),
    ):
        body = {"data": data} | ({"in_force_from": in_force_from} if in_force_from else {})
        answer = admin.post(path, body)
        assert answer.status_code in (200, 201), answer.json
        assert text in audit_events(admin, action="profile.publish")[0]["sentence"]["en"]


def test_account_create_command_requires_jurisdiction_for_ambiguous_code(
    create, username, accounts_city, sql
):
    """Two cities may have an area or unit with the same code."""
    other = f"o{secrets.token_hex(4)}"
    sql_of_other = """
      with j as (insert into jurisdiction (id, code, name) values (gen_random_uuid(), :other, '{}') returning id),
      a as (insert into area (id, jurisdiction_id, level, created_at)
            select gen_random_uuid(), id, 'district', now() from j returning id, jurisdiction_id)
      insert into area_version (id, area_id, jurisdiction_id, level, code, name, geom, path, valid)
      select gen_random_uuid(), a.id, a.jurisdiction_id, 'district', :code, '{}',
             ST_Multi(ST_MakeEnvelope(0, 70, 1, 71, 4326)), cast(replace(cast(a.id as text), '-', '') as ltree),
             tstzrange(now(), null) from a"""
    with db.transaction(SYSTEM) as session:
        session.execute(db.sql_text(sql_of_other), {"other": other, "code": f"{accounts_city.code}-s"})
    refused = create(username, "--role", "supervisor", "--area", f"{accounts_city.code}-s")
    assert refused.exit_code == 1
    assert (
        "area: is a code of several jurisdictions: name the jurisdiction too (--jurisdiction"
        in refused.output
    )
    assert "reference" not in create(username + "x", "--role", "supervisor", "--jurisdiction", "none").stdout
    made = create(
        username,
        "--role",
        "supervisor",
        "--area",
        f"{accounts_city.code}-s",
        "--jurisdiction",
        accounts_city.code,
    )
    assert made.exit_code == 0, made.output
    whole = create(username + "w", "--role", "admin", "--jurisdiction", other)
    assert whole.exit_code == 0, whole.output
    rows = sql(
        "select g.area_id, (select jurisdiction_id from area where id = g.area_id) from account_grant g"
        " join account a on a.id = g.account_id where a.username like :u order by a.username",
        u=username + "%",
    )
    assert rows[0].area_id == accounts_city.street
    [(code,)] = sql("select code from jurisdiction where id = :id", id=rows[1].jurisdiction_id)
    assert code == other
