"""Sign-in: valid and invalid credentials, throttling, storage and logging of secrets."""

import logging
import secrets
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from random import randint

import pytest
from argon2 import PasswordHasher

from app.accounts.jobs import run_due
from app.accounts.service import passwords
from app.accounts.service.sign_in_limits import counted_address, note_failure
from app.core import clock, db
from app.core.actor import SYSTEM
from tests.live.processes import as_job_worker


def refused(answer):
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return answer.json["code"]


def test_sign_in_returns_usable_tokens(worker):
    answer = worker.sign_in()
    assert answer.status_code == 200
    assert set(answer.json) == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert (answer.json["expires_in"], answer.json["token_type"]) == (600, "Bearer")
    assert answer.headers["Cache-Control"] == "no-store"
    assert worker.get("/me").json["id"] == str(worker.id)


def test_sign_in_ignores_case_of_username(worker):
    assert worker.sign_in(username=worker.username.upper()).status_code == 200


def test_me_returns_401_without_token(app):
    assert refused(app.test_client().get("/api/v1/me")) == "unauthenticated"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "x"},
        {"username": "x", "password": "y", "role": "admin"},
        {"username": "x", "password": 1},
        {"username": "x", "password": "y" * 1000},
        {"username": "x", "password": "y", "device_id": "two\nlines"},
    ],
    ids=str,
)
def test_sign_in_returns_422_for_malformed_body(app, body):
    answer = app.test_client().post("/api/v1/auth/token", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")


def test_sign_in_returns_401_for_unusual_characters(worker):
    for odd in ("\ud800", "\0", "😀" * 50):
        assert refused(worker.sign_in(password=odd)) == "sign_in_failed"
        assert refused(worker.sign_in(username=odd + "x")) == "sign_in_failed"


def test_sign_in_response_is_equal_for_wrong_password_and_unknown_username(worker):
    wrong = worker.sign_in(password="a wrong password")
    unknown = worker.sign_in(username="nobody-" + worker.username)
    assert refused(wrong) == refused(unknown) == "sign_in_failed"
    varying = ("request_id",)
    assert {k: v for k, v in wrong.json.items() if k not in varying} == {
        k: v for k, v in unknown.json.items() if k not in varying
    }


def test_sign_in_verifies_one_hash_when_username_is_unknown(worker, monkeypatch):
    """The duration is the same, because one hash with the same parameters is verified in either case."""
    verified = []

    def verify(hasher, stored, given):
        verified.append(stored)
        return real(hasher, stored, given)

    real = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", verify)
    worker.sign_in(password="a wrong password")
    worker.sign_in(username="nobody-" + worker.username)
    assert len(verified) == 2
    parameters = {stored.rsplit("$", 2)[0] for stored in verified}
    assert len(parameters) == 1


def test_sign_in_is_refused_for_disabled_account(worker, admin):
    admin.post(f"/accounts/{worker.id}/disable")
    assert refused(worker.sign_in()) == "sign_in_failed"


def test_sign_in_is_refused_for_expired_one_time_password(worker, admin):
    given = admin.post(f"/accounts/{worker.id}/one-time-password").json
    with clock.at(clock.now() + timedelta(days=3, seconds=1)):
        assert refused(worker.sign_in(password=given["one_time_password"])) == "sign_in_failed"
    assert worker.sign_in(password=given["one_time_password"]).status_code == 200


def network(n):
    """Return an address of a network that no other test uses."""
    return f"2001:db8:{0xB000 + n:x}:{randint(0x100, 0xFFF):x}::1"


def fail(person, times, **fields):
    for _ in range(times):
        assert person.sign_in(password="a wrong password", **fields).status_code == 401


def test_sign_in_is_throttled_after_failures_for_name_and_address(worker, settings):
    fail(worker, settings.sign_in_failures_per_name)
    answer = worker.sign_in()
    assert (answer.status_code, answer.json["code"]) == (429, "sign_in_throttled")
    window = settings.sign_in_window.total_seconds()
    assert window - 60 < int(answer.headers["Retry-After"]) <= window


def test_sign_in_failures_are_counted_regardless_of_username_case(worker, settings):
    fail(worker, settings.sign_in_failures_per_name, username=worker.username.upper())
    assert worker.sign_in().status_code == 429
    assert worker.sign_in(username=worker.username.title()).status_code == 429


def test_sign_in_throttling_ends_after_retry_after(worker, settings):
    fail(worker, settings.sign_in_failures_per_name)
    wait = int(worker.sign_in().headers["Retry-After"])
    with clock.at(clock.now() + timedelta(seconds=wait)):
        assert worker.sign_in().status_code == 200


def test_sign_in_throttling_does_not_affect_other_addresses(worker, settings):
    fail(worker, settings.sign_in_failures_per_name)
    assert worker.sign_in().status_code == 429
    worker.address = network(1)
    assert worker.sign_in().status_code == 200


def test_sign_in_throttling_is_not_prolonged_by_attempts(worker, settings, sql):
    fail(worker, settings.sign_in_failures_per_name)
    for _ in range(3):
        assert worker.sign_in(password="a wrong password").status_code == 429
    [(count,)] = sql("select count(*) from sign_in_attempt where username = :u", u=worker.username)
    assert count == settings.sign_in_failures_per_name


def test_sign_in_of_name_is_throttled_at_five_times_limit_across_addresses(worker, settings):
    for i in range(5):
        worker.address = network(i)
        fail(worker, settings.sign_in_failures_per_name)
    worker.address = network(9)
    assert worker.sign_in().status_code == 429


def test_sign_in_is_throttled_for_address_with_many_usernames(worker, settings, app):
    with db.transaction(SYSTEM) as session:
        for i in range(settings.sign_in_failures_per_address):
            note_failure(session, username=f"name-{i}", address=worker.address, account_id=None)
    assert worker.sign_in().status_code == 429


def test_sign_in_failures_are_counted_by_ipv6_network(worker, settings):
    network_of = worker.address.removesuffix("::1")
    for i in range(settings.sign_in_failures_per_name):
        worker.address = f"{network_of}:{i:x}:{i:x}:{i:x}:1"
        fail(worker, 1)
    worker.address = f"{network_of}:ffff::9"
    assert worker.sign_in().status_code == 429
    worker.address = network(1)
    assert worker.sign_in().status_code == 200


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_counted_address_is_network_or_normalized_address(address, counted):
    assert counted_address(address) == counted


def test_sign_in_throttling_does_not_affect_previously_used_device(worker, settings):
    own = worker.address
    assert worker.sign_in(device_id="phone").status_code == 200
    for i in range(6):
        worker.address = network(i)
        if worker.sign_in(password="a wrong password").status_code == 429:
            break
        fail(worker, settings.sign_in_failures_per_name - 1)
    worker.address = own
    assert worker.sign_in().status_code == 429
    assert worker.sign_in(device_id="another").status_code == 429
    assert worker.sign_in(device_id="phone").status_code == 200


def test_sign_in_is_throttled_on_previously_used_device_after_own_failures(worker, settings):
    worker.sign_in(device_id="phone")
    fail(worker, settings.sign_in_failures_per_name, device_id="phone")
    assert worker.sign_in(device_id="phone").status_code == 429


def test_sign_in_throttling_ignores_devices_of_other_accounts(worker, someone, settings):
    other = someone()
    other.sign_in(device_id="other")
    fail(worker, settings.sign_in_failures_per_name)
    assert worker.sign_in(device_id="other").status_code == 429
    assert worker.sign_in(device_id="unnamed").status_code == 429


def test_sign_in_attempts_are_audited_without_secrets(worker, sql):
    wrong, misplaced = f"wrong-{secrets.token_hex(8)}", f"misplaced-{secrets.token_hex(8)}"
    worker.sign_in(password=wrong)
    worker.sign_in(username=misplaced)
    worker.sign_in(device_id="phone-1")
    events = sql(
        "select action, actor_kind, actor_id, device_id, detail from audit_event"
        " where entity_id = :id and action like 'session.%' order by id",
        id=worker.id,
    )
    assert [(e.action, e.actor_kind) for e in events] == [
        ("session.sign_in_failed", "system"),
        ("session.sign_in", "account"),
    ]
    assert events[1].actor_id == worker.id and events[1].device_id is not None
    assert events[1].detail["address"] == worker.address
    tokens = [worker.tokens["access_token"], worker.tokens["refresh_token"]]
    for secret in (wrong, misplaced, worker.password, *tokens):
        assert not sql(
            "select 1 from audit_event where position(:secret in audit_event::text) > 0", secret=secret
        )


def test_secrets_are_never_logged(worker, admin, caplog):
    caplog.set_level(logging.DEBUG)
    worker.sign_in(password="hunter2 hunter2")
    worker.sign_in()
    first = dict(worker.tokens)
    worker.client.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    worker.post("/me/password", {"current": worker.password, "new": "another long password"})
    given = admin.post(f"/accounts/{worker.id}/one-time-password").json["one_time_password"]
    assert "/api/v1/auth/token" in {r.fields["route"] for r in caplog.records if hasattr(r, "fields")}
    for secret in (
        "hunter2",
        worker.password,
        "another long password",
        given,
        first["access_token"],
        first["refresh_token"],
        worker.username,
    ):
        assert secret not in caplog.text
        assert not any(secret in str(vars(record)) for record in caplog.records)


def test_secrets_are_stored_as_hashes_only(worker, sql):
    worker.sign_in()
    [(stored,)] = sql("select password_hash from account where id = :id", id=worker.id)
    assert stored.startswith("$argon2id$") and worker.password not in stored
    refresh = worker.tokens["refresh_token"]
    rows = sql(
        "select token_hash from refresh_token t join session s on s.id = t.session_id where account_id = :id",
        id=worker.id,
    )
    assert [len(bytes(r.token_hash)) for r in rows] == [32]
    assert refresh.encode() not in bytes(rows[0].token_hash)


def test_password_hashing_is_limited_to_configured_concurrency(settings):
    narrow = replace(settings, password_hashes_in_flight=1)
    with passwords._hashing_slot(narrow):
        done = threading.Event()
        thread = threading.Thread(target=lambda: (passwords.hash_password("x" * 12, narrow), done.set()))
        thread.start()
        assert not done.wait(0.3)
    assert done.wait(5)
    thread.join()


def test_sign_in_returns_503_when_hashing_places_are_taken(worker, app, settings):
    """With two threads there is one place for hashing, so that one thread answers requests without a password."""
    assert replace(settings, threads_per_worker=2).password_places == 1
    assert replace(settings, threads_per_worker=8).password_places == settings.password_hashes_in_flight
    worker.sign_in()
    with ExitStack() as taken:
        for _ in range(app.extensions["settings"].password_places):
            taken.enter_context(passwords._hashing_slot(app.extensions["settings"]))
        began = time.monotonic()
        answer = worker.sign_in()
        waited = time.monotonic() - began
        assert worker.get("/me").status_code == 200
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "busy", "1")
    assert 0.9 < waited < 5
    assert worker.sign_in().status_code == 200


def test_password_is_hashed_outside_transactions(worker, monkeypatch):
    open_ones = []

    def observe(name):
        real = getattr(PasswordHasher, name)

        def observed(*arguments):
            open_ones.append(sum(engine.pool.checkedout() for engine in db.all_engines()))
            return real(*arguments)

        monkeypatch.setattr(PasswordHasher, name, observed)

    observe("hash"), observe("verify")
    worker.sign_in()
    worker.post("/tokens", {"label": "QGIS", "password": worker.password})
    worker.post("/me/password", {"current": worker.password, "new": "another long password"})
    assert open_ones == [0] * 4


def test_old_attempts_and_ended_refresh_tokens_are_pruned(worker, sql, settings):
    fail(worker, 1)
    worker.sign_in()
    ended = worker.tokens["refresh_token"]
    worker.post("/auth/logout")
    worker.sign_in()
    before = clock.now() + timedelta(hours=1)
    after = clock.now() + timedelta(days=1, hours=1)

    def left():
        attempts = sql("select 1 from sign_in_attempt where username = :u", u=worker.username)
        live = sql(
            "select 1 from refresh_token t join session s on s.id = t.session_id where account_id = :id",
            id=worker.id,
        )
        return len(attempts), len(live)

    with as_job_worker(settings):
        with db.transaction(SYSTEM) as session:
            run_due(session, before)
        assert left() == (1, 2)
        with db.transaction(SYSTEM) as session:
            run_due(session, after)
        assert left() == (0, 1)
    answer = worker.client.post("/api/v1/auth/refresh", json={"refresh_token": ended})
    assert refused(answer) == "refresh_invalid"
