"""Signing in: who gets in, what failures look like, and how many are allowed."""

import logging
import secrets
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from random import randint

import pytest

from app.accounts.jobs import run_due
from app.accounts.service import passwords
from app.accounts.service.throttling import counted_address, note_failure
from app.core import clock, db
from app.core.actor import SYSTEM
from tests.live.processes import as_job_worker


def refused(answer):
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return answer.json["code"]


def test_a_password_gives_tokens_that_open_a_guarded_door(worker):
    answer = worker.sign_in()
    assert answer.status_code == 200
    assert set(answer.json) == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert (answer.json["expires_in"], answer.json["token_type"]) == (600, "Bearer")
    assert answer.headers["Cache-Control"] == "no-store"
    assert worker.get("/me").json["id"] == str(worker.id)


def test_the_user_name_is_the_same_in_upper_case(worker):
    assert worker.sign_in(username=worker.username.upper()).status_code == 200


def test_without_a_token_the_door_stays_shut(app):
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
def test_a_malformed_sign_in_is_not_valid(app, body):
    answer = app.test_client().post("/api/v1/auth/token", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")


def test_odd_characters_are_only_wrong(worker):
    for odd in ("\ud800", "\0", "😀" * 50):
        assert refused(worker.sign_in(password=odd)) == "sign_in_failed"
        assert refused(worker.sign_in(username=odd + "x")) == "sign_in_failed"


def test_wrong_password_and_unknown_name_look_alike(worker):
    wrong = worker.sign_in(password="a wrong password")
    unknown = worker.sign_in(username="nobody-" + worker.username)
    assert refused(wrong) == refused(unknown) == "sign_in_failed"
    varying = ("request_id",)
    assert {k: v for k, v in wrong.json.items() if k not in varying} == {
        k: v for k, v in unknown.json.items() if k not in varying
    }


def test_an_unknown_name_costs_a_hash_too(worker, settings, monkeypatch):
    """Equal duration by construction: one verification either way, with the same parameters."""
    verified = []

    class Spy:
        def verify(self, stored, given):
            verified.append(stored)
            return real.verify(stored, given)

    real = passwords._hasher(settings.argon2_time_cost, settings.argon2_memory_kib)
    monkeypatch.setattr(passwords, "_hasher", lambda *_: Spy())
    worker.sign_in(password="a wrong password")
    worker.sign_in(username="nobody-" + worker.username)
    assert len(verified) == 2
    parameters = {stored.rsplit("$", 2)[0] for stored in verified}
    assert len(parameters) == 1


def test_a_disabled_account_gets_no_token(worker, admin):
    admin.post(f"/accounts/{worker.id}/disable")
    assert refused(worker.sign_in()) == "sign_in_failed"


def test_a_one_time_password_expires(worker, admin):
    given = admin.post(f"/accounts/{worker.id}/one-time-password").json
    with clock.at(clock.now() + timedelta(days=3, seconds=1)):
        assert refused(worker.sign_in(password=given["one_time_password"])) == "sign_in_failed"
    assert worker.sign_in(password=given["one_time_password"]).status_code == 200


def network(n):
    """An address of another network than everybody else's."""
    return f"2001:db8:{0xB000 + n:x}:{randint(0x100, 0xFFF):x}::1"


def fail(person, times, **more):
    for _ in range(times):
        assert person.sign_in(password="a wrong password", **more).status_code == 401


def test_too_many_failures_for_a_name_from_an_address_are_throttled(worker, settings):
    fail(worker, settings.sign_in_failures_per_name)
    answer = worker.sign_in()
    assert (answer.status_code, answer.json["code"]) == (429, "sign_in_throttled")
    window = settings.sign_in_window.total_seconds()
    assert window - 60 < int(answer.headers["Retry-After"]) <= window


def test_failures_count_whatever_the_case_of_the_name(worker, settings):
    fail(worker, settings.sign_in_failures_per_name, username=worker.username.upper())
    assert worker.sign_in().status_code == 429
    assert worker.sign_in(username=worker.username.title()).status_code == 429


def test_throttling_ends_when_retry_after_says(worker, settings):
    fail(worker, settings.sign_in_failures_per_name)
    wait = int(worker.sign_in().headers["Retry-After"])
    with clock.at(clock.now() + timedelta(seconds=wait)):
        assert worker.sign_in().status_code == 200


def test_a_throttled_address_does_not_lock_the_owner_out_elsewhere(worker, settings):
    fail(worker, settings.sign_in_failures_per_name)
    assert worker.sign_in().status_code == 429
    worker.address = network(1)
    assert worker.sign_in().status_code == 200


def test_attempts_while_throttled_do_not_prolong_it(worker, settings, sql):
    fail(worker, settings.sign_in_failures_per_name)
    for _ in range(3):
        assert worker.sign_in(password="a wrong password").status_code == 429
    [(count,)] = sql("select count(*) from sign_in_attempt where username = :u", u=worker.username)
    assert count == settings.sign_in_failures_per_name


def test_one_name_from_many_addresses_is_throttled_at_five_times_the_limit(worker, settings):
    for i in range(5):
        worker.address = network(i)
        fail(worker, settings.sign_in_failures_per_name)
    worker.address = network(9)
    assert worker.sign_in().status_code == 429


def test_one_address_with_many_names_is_throttled(worker, settings, app):
    with db.transaction(SYSTEM) as session:
        for i in range(settings.sign_in_failures_per_address):
            note_failure(session, username=f"name-{i}", address=worker.address, account_id=None)
    assert worker.sign_in().status_code == 429


def test_one_network_of_ipv6_is_counted_as_one_address(worker, settings):
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
def test_what_failures_are_counted_by(address, counted):
    assert counted_address(address) == counted


def test_a_device_that_was_here_before_gets_in_whatever_others_try(worker, settings):
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


def test_a_device_that_was_here_before_has_a_limit_too(worker, settings):
    worker.sign_in(device_id="phone")
    fail(worker, settings.sign_in_failures_per_name, device_id="phone")
    assert worker.sign_in(device_id="phone").status_code == 429


def test_a_device_of_somebody_else_is_none_of_the_accounts(worker, someone, settings):
    other = someone()
    other.sign_in(device_id="other")
    fail(worker, settings.sign_in_failures_per_name)
    assert worker.sign_in(device_id="other").status_code == 429
    assert worker.sign_in(device_id="unnamed").status_code == 429


def test_success_and_failure_are_audited_without_password_name_or_token(worker, sql):
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


def test_only_so_many_hashes_at_a_time(settings):
    narrow = replace(settings, password_hashes_in_flight=1)
    with passwords._turn(narrow):
        done = threading.Event()
        thread = threading.Thread(target=lambda: (passwords.hash_password("x" * 12, narrow), done.set()))
        thread.start()
        assert not done.wait(0.3)
    assert done.wait(5)
    thread.join()


def test_whoever_waits_for_a_second_is_told_to_come_back(worker, app, settings):
    """One place, since there are two threads: the second one answers what needs no password."""
    assert replace(settings, threads_per_worker=2).password_places == 1
    assert replace(settings, threads_per_worker=8).password_places == settings.password_hashes_in_flight
    worker.sign_in()
    with ExitStack() as taken:
        for _ in range(app.extensions["settings"].password_places):
            taken.enter_context(passwords._turn(app.extensions["settings"]))
        began = time.monotonic()
        answer = worker.sign_in()
        waited = time.monotonic() - began
        assert worker.get("/me").status_code == 200
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "busy", "1")
    assert 0.9 < waited < 5
    assert worker.sign_in().status_code == 200


def test_no_transaction_is_open_while_a_password_is_hashed(worker, monkeypatch):
    open_ones = []
    real = passwords._hasher

    def hasher(*parameters):
        open_ones.append(sum(engine.pool.checkedout() for engine in db.all_engines()))
        return real(*parameters)

    monkeypatch.setattr(passwords, "_hasher", hasher)
    worker.sign_in()
    worker.post("/tokens", {"label": "QGIS", "password": worker.password})
    worker.post("/me/password", {"current": worker.password, "new": "another long password"})
    assert open_ones == [0] * 4


def test_old_attempts_and_dead_refresh_tokens_are_pruned(worker, sql, settings):
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
