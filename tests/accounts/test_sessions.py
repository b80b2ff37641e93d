"""Refresh, sign-out, devices, `/me` and password changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from zoneinfo import available_timezones

import pytest
from sqlalchemy import text

from app.accounts.schemas import DeviceOut, MeOut
from app.accounts.service import hash_password
from app.core import clock, db
from app.core.actor import ROLE_PERMISSIONS, Role
from tests.answers import status_and_code
from tests.factories import make_city
from tests.statements import recorded_statements
from tests.waits import eventually


def refresh(person, token=None):
    return person.client.post(
        "/api/v1/auth/refresh", json={"refresh_token": token or person.tokens["refresh_token"]}
    )


@pytest.fixture
def signed_in(worker):
    worker.sign_in(device_id="phone")
    return worker


# Refresh


def test_refresh_returns_new_tokens(signed_in):
    answer = refresh(signed_in)
    assert answer.status_code == 200
    assert set(answer.json) == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert answer.json["refresh_token"] != signed_in.tokens["refresh_token"]
    assert answer.headers["Cache-Control"] == "no-store"
    signed_in.tokens = answer.json
    assert signed_in.get("/me").status_code == 200
    assert refresh(signed_in).status_code == 200


def test_refresh_returns_same_successor_within_grace_period(signed_in, settings):
    first = refresh(signed_in).json["refresh_token"]
    with clock.at(clock.now() + settings.refresh_grace - timedelta(seconds=5)):
        assert refresh(signed_in).json["refresh_token"] == first
    assert refresh(signed_in, first).status_code == 200


def assert_family_is_dead(person, token, sql):
    assert status_and_code(refresh(person, token)) == (401, "session_revoked")
    assert status_and_code(person.get("/me")) == (401, "session_revoked")
    assert sql(
        "select 1 from audit_event where entity_id = :id and action = 'session.refresh_reused'", id=person.id
    )


def test_refresh_token_reuse_ends_session_when_grace_period_is_over(signed_in, settings, sql):
    following = refresh(signed_in).json["refresh_token"]
    with clock.at(clock.now() + settings.refresh_grace + timedelta(seconds=1)):
        assert status_and_code(refresh(signed_in)) == (401, "refresh_reused")
    assert_family_is_dead(signed_in, following, sql)


def test_refresh_token_reuse_ends_session_when_successor_was_used(signed_in, sql):
    following = refresh(signed_in).json["refresh_token"]
    last = refresh(signed_in, following).json["refresh_token"]
    assert status_and_code(refresh(signed_in)) == (401, "refresh_reused")
    assert_family_is_dead(signed_in, last, sql)


def test_refresh_token_reuse_leaves_other_sessions_active(signed_in):
    before = signed_in.tokens
    signed_in.sign_in(device_id="tablet")
    other, signed_in.tokens = signed_in.tokens, before
    following = refresh(signed_in).json["refresh_token"]
    refresh(signed_in, following)
    assert refresh(signed_in).status_code == 401
    signed_in.tokens = other
    assert signed_in.get("/me").status_code == 200


def test_concurrent_refreshes_return_same_successor(app, signed_in):
    threads = 4
    for _ in range(10):
        barrier, token = Barrier(threads), signed_in.tokens["refresh_token"]

        def refresh_once(barrier=barrier, token=token):
            client = app.test_client()
            barrier.wait()
            return client.post("/api/v1/auth/refresh", json={"refresh_token": token})

        with ThreadPoolExecutor(threads) as pool:
            answers = [f.result() for f in [pool.submit(refresh_once) for _ in range(threads)]]
        assert {a.status_code for a in answers} == {200}
        assert len({a.json["refresh_token"] for a in answers}) == 1
        signed_in.tokens = answers[0].json


def test_refresh_is_refused_when_session_was_idle_too_long(signed_in, settings):
    idle = settings.refresh_idle_life
    with clock.at(clock.now() + idle - timedelta(minutes=1)):
        following = refresh(signed_in).json["refresh_token"]
    with clock.at(clock.now() + 2 * idle - timedelta(minutes=2)):
        assert refresh(signed_in, following).status_code == 200
    signed_in.sign_in()
    with clock.at(clock.now() + idle):
        assert status_and_code(refresh(signed_in)) == (401, "refresh_invalid")


def test_refresh_is_refused_when_session_life_is_over(signed_in, settings):
    start = clock.now()
    token = signed_in.tokens["refresh_token"]
    for day in range(7, 30, 7):
        with clock.at(start + timedelta(days=day)):
            signed_in.tokens = refresh(signed_in, token).json
            token = signed_in.tokens["refresh_token"]
    with clock.at(start + settings.session_life - timedelta(minutes=2)):
        used, signed_in.tokens = token, refresh(signed_in, token).json
        token = signed_in.tokens["refresh_token"]
        assert signed_in.get("/me").status_code == 200
    with clock.at(start + settings.session_life + timedelta(seconds=1)):
        assert status_and_code(refresh(signed_in, token)) == (401, "refresh_invalid")
        assert status_and_code(refresh(signed_in, used)) == (401, "refresh_invalid"), (
            "not even within the grace"
        )
        assert status_and_code(signed_in.get("/me")) == (401, "session_revoked")


@pytest.mark.parametrize("token", ["", "nonsense", "\ud800", "é" * 43])
def test_refresh_is_refused_for_unknown_token(signed_in, token):
    assert status_and_code(refresh(signed_in, token or " ")) == (401, "refresh_invalid")


def test_refresh_is_refused_for_access_token(signed_in):
    answer = refresh(signed_in, signed_in.tokens["access_token"][:200])
    assert status_and_code(answer) == (401, "refresh_invalid")


# Immediate ends of sessions


def test_logout_ends_access_and_refresh_immediately(signed_in):
    assert signed_in.post("/auth/logout").status_code == 204
    assert status_and_code(signed_in.get("/me")) == (401, "session_revoked")
    assert status_and_code(refresh(signed_in)) == (401, "session_revoked")


def test_access_token_expires(signed_in, settings):
    with clock.at(clock.now() + settings.access_token_life):
        assert status_and_code(signed_in.get("/me")) == (401, "token_expired")


def test_account_disable_ends_sessions_immediately(signed_in, admin):
    assert signed_in.get("/me").status_code == 200
    disabled = admin.post(f"/accounts/{signed_in.id}/disable")
    assert disabled.status_code == 200 and disabled.json["disabled_at"]
    assert status_and_code(signed_in.get("/me")) == (401, "session_revoked")
    assert status_and_code(refresh(signed_in)) == (401, "session_revoked")
    enabled = admin.post(f"/accounts/{signed_in.id}/enable")
    assert enabled.json["disabled_at"] is None
    assert status_and_code(signed_in.get("/me")) == (401, "session_revoked"), "old sessions do not come back"
    assert signed_in.sign_in().status_code == 200


def test_session_of_disabled_account_is_refused_when_session_is_not_revoked(signed_in, sql):
    with db.transaction() as session:
        session.execute(
            text("update account set disabled_at = :at where id = :id"),
            {"at": clock.now(), "id": signed_in.id},
        )
    assert status_and_code(signed_in.get("/me")) == (401, "session_revoked")
    assert status_and_code(refresh(signed_in)) == (401, "session_revoked")


def device_ids(person):
    return {d["client_key"]: d["id"] for d in person.get("/me/devices").json["items"]}


def test_device_list_identifies_devices_by_client_key(signed_in):
    signed_in.sign_in(device_id="phone")
    signed_in.sign_in(device_id="tablet")
    page = signed_in.get("/me/devices").json
    assert [d["client_key"] for d in page["items"]] == ["tablet", "phone"]
    assert page["next"] is None
    assert set(page["items"][0]) == set(DeviceOut().fields)
    first = signed_in.get("/me/devices?limit=1").json
    second = signed_in.get(f"/me/devices?limit=1&cursor={first['next']}").json
    assert [p["items"][0]["client_key"] for p in (first, second)] == ["tablet", "phone"]
    assert second["next"] is None


def test_device_cut_off_by_manager_ends_sessions_of_that_device_only(signed_in, supervisor):
    phone = dict(signed_in.tokens)
    signed_in.sign_in(device_id="tablet")
    listed = supervisor.get(f"/accounts/{signed_in.id}/devices").json["items"]
    lost = next(d["id"] for d in listed if d["client_key"] == "phone")
    assert supervisor.delete(f"/accounts/{signed_in.id}/devices/{lost}").status_code == 204
    assert signed_in.get("/me").status_code == 200
    signed_in.tokens = phone
    assert status_and_code(signed_in.get("/me")) == (401, "session_revoked")
    assert status_and_code(refresh(signed_in)) == (401, "session_revoked")


def test_own_session_is_ended_alone_and_its_device_signs_in_again(signed_in, someone):
    kept_tokens = dict(signed_in.tokens)
    signed_in.sign_in(device_id="desk")
    ended_tokens = dict(signed_in.tokens)
    sessions = {s["client_key"]: s for s in signed_in.get("/me/sessions").json["items"]}
    path = f"/me/sessions/{sessions['desk']['id']}"
    assert someone(Role.WORKER).delete(path).status_code == 404
    signed_in.tokens = kept_tokens
    assert signed_in.delete(path).status_code == 204
    assert signed_in.get("/me").status_code == 200
    assert signed_in.delete(path).status_code == 404, "it has ended already"
    signed_in.tokens = ended_tokens
    assert status_and_code(signed_in.get("/me")) == (401, "session_revoked")
    assert status_and_code(refresh(signed_in)) == (401, "session_revoked")
    signed_in.sign_in(device_id="desk")
    ended = next(s for s in signed_in.get("/me/sessions").json["items"] if s["id"] in path)
    assert ended["revoked_because"] == "sign_out"


def test_session_of_revoked_device_is_refused_when_session_is_not_revoked(signed_in):
    with db.transaction() as session:
        session.execute(
            text("update device set revoked_at = :at where account_id = :id"),
            {"at": clock.now(), "id": signed_in.id},
        )
    assert status_and_code(signed_in.get("/me")) == (401, "session_revoked")
    assert status_and_code(refresh(signed_in)) == (401, "session_revoked")


def test_own_device_endpoint_returns_404_for_device_of_other_account(signed_in, someone):
    other = someone(Role.WORKER)
    other.sign_in(device_id="other")
    theirs = device_ids(other)["other"]
    assert signed_in.delete(f"/me/devices/{theirs}").status_code == 404
    assert other.get("/me").status_code == 200


# The caller's own account


def test_me_returns_roles_areas_and_permissions(supervisor, accounts_city):
    me = supervisor.get("/me").json
    assert set(me) == set(MeOut().fields)
    assert [(r["role"], r["area_id"], r["unit_id"]) for r in me["roles"]] == [
        ("supervisor", str(accounts_city.street), None)
    ]
    assert [a["id"] for a in me["areas"]] == [str(accounts_city.street)]
    assert me["areas"][0]["code"] == f"{accounts_city.code}-s"
    assert me["permissions"] == sorted(ROLE_PERMISSIONS[Role.SUPERVISOR])
    assert me["must_change_password"] is False


def test_me_returns_jurisdiction_timezone_of_own_areas(app, settings):
    make_city(app, settings)
    city = make_city(app, settings, profile={"timezone": "America/New_York"})
    for person in (city.supervisor(), city.worker("g1"), city.handler()):
        assert person.get("/me").json["jurisdiction"] == {"code": city.code, "timezone": "America/New_York"}
    # An account without areas gets the default jurisdiction.
    assert city.person(Role.ADMIN).get("/me").json["jurisdiction"]["timezone"] in available_timezones()


def test_me_returns_units_of_handler(someone, accounts_city):
    me = someone(Role.HANDLER, unit=accounts_city.unit).get("/me").json
    assert [u["id"] for u in me["units"]] == [str(accounts_city.unit)]


def test_authentication_executes_one_database_statement(app, signed_in):
    authenticate = app.extensions["authenticate"]
    with recorded_statements() as statements:
        actor = authenticate(f"Bearer {signed_in.tokens['access_token']}")
    assert actor.id == signed_in.id and len(statements) == 1


# Passwords


def test_password_change_keeps_current_session_and_ends_others(signed_in):
    other = dict(signed_in.tokens)
    signed_in.sign_in(device_id="tablet")
    body = {"current": signed_in.password, "new": "another long password"}
    assert signed_in.post("/me/password", body).status_code == 204
    assert signed_in.get("/me").status_code == 200
    assert signed_in.sign_in().status_code == 401
    assert signed_in.sign_in(password="another long password").status_code == 200
    signed_in.tokens = other
    assert signed_in.get("/me").status_code == 401


def test_sign_in_is_refused_for_password_being_replaced_concurrently(app, worker, settings, sql):
    waiting = """
        select 1 from pg_locks join pg_stat_activity using (pid)
        where not granted and datname = current_database()
    """
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as session:
            session.execute(
                text("update account set password_hash = :new where id = :id"),
                {"new": hash_password("another long password", settings), "id": worker.id},
            )
            attempt = pool.submit(worker.sign_in)
            eventually(lambda: sql(waiting) or attempt.done())
        assert attempt.result().status_code == 401
    assert worker.sign_in(password="another long password").status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "field", "fault"),
    [
        ("wrong wrong wrong", "another long password", "current", "password_wrong"),
        (None, None, "new", "password_unchanged"),
        (None, "short", "new", "wrong_length"),
        (None, "x" * 201, "new", "wrong_length"),
    ],
)
def test_password_change_returns_422_for_invalid_passwords(signed_in, current, new, field, fault):
    body = {"current": current or signed_in.password, "new": new or signed_in.password}
    answer = signed_in.post("/me/password", body)
    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [(field, fault)]
    assert signed_in.sign_in().status_code == 200


def test_password_change_is_throttled_after_wrong_current_passwords(signed_in, settings):
    body = {"current": "a wrong password", "new": "another long password"}
    for _ in range(settings.sign_in_failures_per_name):
        assert signed_in.post("/me/password", body).status_code == 422
    answer = signed_in.post("/me/password", body | {"current": signed_in.password})
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0


def test_one_time_password_allows_only_password_change(worker, admin):
    worker.sign_in()
    worker.password = admin.post(f"/accounts/{worker.id}/one-time-password").json["one_time_password"]
    assert status_and_code(worker.get("/me")) == (401, "session_revoked"), "a reset ends every session"
    worker.sign_in()
    assert worker.get("/me").json["must_change_password"] is True
    assert status_and_code(worker.get("/me/devices")) == (403, "password_change_required")
    body = {"current": worker.password, "new": "my own long password"}
    assert worker.post("/me/password", body).status_code == 204
    assert worker.get("/me/devices").status_code == 200
    assert worker.get("/me").json["must_change_password"] is False
    with clock.at(clock.now() + timedelta(days=4)):
        assert worker.sign_in(password="my own long password").status_code == 200


def test_one_time_password_session_can_sign_out(worker, admin):
    worker.password = admin.post(f"/accounts/{worker.id}/one-time-password").json["one_time_password"]
    worker.sign_in()
    assert worker.post("/auth/logout").status_code == 204
