"""Quotas: what a caller may send in a minute, shared by all processes, and what is never limited."""

import re
import threading
from pathlib import Path

import pytest

from app.core import db, quotas
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.core.quotas import DEFAULTS, WORK, QuotaExceeded, Quotas, parse_quotas
from app.http.quotas import work_of
from tests.accounts.services import new_credential, new_service_account
from tests.endpoints import time_ago
from tests.live.processes import as_job_worker
from tests.nonempty import nonempty
from tests.test_permissions import operations


@pytest.fixture
def minute(monkeypatch):
    """Return a clock that stands still in the middle of a minute until a test moves it."""

    class Minute:
        now = 1_800_000_030.0

        def time(self):
            return self.now

    clock = Minute()
    monkeypatch.setattr(quotas, "time", clock)
    return clock


@pytest.fixture
def counted(app):
    """Return a function that turns on quotas of the application, with the given requests in a minute."""
    before = app.extensions["quotas"]

    def turn_on(limits_bursts=False, **numbers):
        app.extensions["quotas"] = Quotas(DEFAULTS | numbers, processes=1, limits_bursts=limits_bursts)
        return app.extensions["quotas"]

    yield turn_on
    app.extensions["quotas"] = before


def taken(ledger, caller, work, tries):
    """How many of so many requests are allowed."""
    allowed = 0
    for _ in range(tries):
        try:
            ledger.take(caller, work)
        except QuotaExceeded:
            continue
        allowed += 1
    return allowed


def whole_minutes(numbers, processes):
    """Quotas without a limit of bursts, with some numbers."""
    return Quotas(DEFAULTS | numbers, processes=processes, limits_bursts=False)


def caller_id():
    return str(uuid7())


@pytest.mark.parametrize("processes", [1, 2, 4])
@pytest.mark.parametrize("quota", [1, 3, 30, 600])
def test_processes_together_allow_a_quota_and_a_tenth_at_most(app, minute, processes, quota):
    ledgers = [whole_minutes({"list": quota}, processes=processes) for _ in range(processes)]
    caller, allowed = caller_id(), 0
    for number in range(4 * quota):
        allowed += taken(ledgers[number % processes], caller, "list", 1)
    assert quota <= allowed <= quota * 1.1 + 1
    minute.now += 60
    assert taken(ledgers[0], caller, "list", 4 * quota) >= quota


def test_one_process_allows_the_whole_quota_to_a_caller_with_one_connection(app, minute):
    ledger = whole_minutes({"list": 100}, processes=8)
    assert taken(ledger, caller_id(), "list", 500) == 100


def test_threads_together_allow_no_more_than_the_quota(app, minute):
    ledger, caller, allowed = whole_minutes({"list": 200}, processes=1), caller_id(), []
    threads = [
        threading.Thread(target=lambda: allowed.append(taken(ledger, caller, "list", 100))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(allowed) == 200


def test_callers_and_classes_are_counted_by_themselves(app, minute):
    ledger = whole_minutes({"list": 5, "cheap": 7}, processes=1)
    first, second = caller_id(), caller_id()
    assert taken(ledger, first, "list", 20) == 5
    assert taken(ledger, first, "cheap", 20) == 7
    assert taken(ledger, second, "list", 20) == 5


def test_requests_cost_few_statements(app, minute):
    ledger, caller, sent = whole_minutes({"cheap": 1_000}, processes=1), caller_id(), []
    forget = db.observe_statements(lambda statement, is_reading: sent.append(statement))
    try:
        assert taken(ledger, caller, "cheap", 100) == 100
        assert sent == []
        assert taken(ledger, caller, "cheap", 900) == 900
        assert len(sent) <= 20
        assert taken(ledger, caller, "cheap", 1_000) == 0
        assert len(sent) <= 21
    finally:
        forget()


def test_requests_are_allowed_when_the_database_does_not_answer(app, minute, monkeypatch):
    def fail(*_):
        raise db_error()

    def db_error():
        from sqlalchemy.exc import OperationalError

        return OperationalError("insert", {}, Exception("gone"))

    monkeypatch.setattr(quotas.db, "transaction", fail)
    ledger = whole_minutes({"list": 100}, processes=1)
    assert taken(ledger, caller_id(), "list", 150) == 150


def test_memory_is_bounded_when_many_callers_come(app, minute):
    ledger = Quotas(DEFAULTS, processes=1, callers_max=10, limits_bursts=False)
    standings = [ledger.take(caller_id(), "public") for _ in range(50)]
    assert sum(standing is not None for standing in standings) == 10


def test_leases_of_past_minutes_are_deleted(app, settings, minute, rows):
    caller = caller_id()
    assert taken(whole_minutes({"list": 10}, processes=1), caller, "list", 20) == 10
    read = "select minute, leased from quota_lease where caller = :caller"
    assert len(rows(read, caller=caller)) == 1
    minute.now += 180
    with as_job_worker(settings), db.transaction(SYSTEM) as session:
        quotas.prune_leases(session)
    assert rows(read, caller=caller) == []


def test_caller_has_the_pace_of_the_quota_after_a_burst(app, minute):
    ledger, caller = Quotas(DEFAULTS | {"list": 600}, processes=1), caller_id()
    assert taken(ledger, caller, "list", 100) == ledger.burst("list") == 30
    minute.now += 1
    assert taken(ledger, caller, "list", 100) == 10
    minute.now += 0.5
    assert taken(ledger, caller, "list", 100) == 5
    with pytest.raises(QuotaExceeded) as refused:
        ledger.take(caller, "list")
    assert (refused.value.standing.is_burst, refused.value.retry_after_s) == (True, 1)
    assert taken(ledger, caller_id(), "list", 10) == 10


def test_refusal_names_the_burst_when_too_many_come_at_once(city, counted, minute):
    worker = city.worker("g1")
    worker.bearer()
    counted(list=300, limits_bursts=True)
    answers = [worker.get("/incidents?limit=1") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    refused = answers[-1]
    assert refused.headers["RateLimit-Policy"] == '"list";q=300;w=60, "list-burst";q=30;w=6'
    assert refused.headers["RateLimit"] == '"list-burst";r=0;t=1'
    assert refused.headers["Retry-After"] == "1"
    minute.now += 1
    assert worker.get("/incidents?limit=1").status_code == 200


def test_setting_names_classes_and_numbers():
    assert parse_quotas("") == DEFAULTS
    assert parse_quotas("off") is None
    assert parse_quotas("list=7,export=2") == DEFAULTS | {"list": 7, "export": 2}
    with pytest.raises(ValueError, match="GRIDWARD_QUOTAS"):
        parse_quotas("lists=7")


def test_caller_over_the_quota_gets_429_with_headers(city, counted, minute):
    worker = city.worker("g1")
    worker.bearer()
    counted(list=3)
    for remaining in (2, 1, 0):
        answer = worker.get("/incidents")
        assert answer.status_code == 200
        assert answer.headers["RateLimit-Policy"] == '"list";q=3;w=60, "list-burst";q=3;w=60'
        assert answer.headers["RateLimit"] == f'"list";r={remaining};t=30'
    refused = worker.get("/incidents")
    assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")
    assert refused.json["work"] == "list"
    assert refused.headers["Retry-After"] == "30"
    assert refused.headers["RateLimit"] == '"list";r=0;t=30'
    # Another class, another caller, and the next minute.
    assert worker.get("/me").status_code == 200
    assert city.worker("g2").get("/incidents").status_code == 200
    minute.now += 60
    assert worker.get("/incidents").status_code == 200


def test_refusal_costs_no_statement(city, counted, minute):
    worker = city.worker("g1")
    worker.bearer()
    counted(list=1)
    assert worker.get("/incidents").status_code == 200
    assert worker.get("/incidents").status_code == 429
    sent = []
    forget = db.observe_statements(lambda statement, is_reading: sent.append(statement))
    try:
        assert worker.get("/incidents").status_code == 429
        assert sent == []
    finally:
        forget()


def test_service_account_has_a_quota_of_its_own(city, counted, minute):
    admin = city.person(Role.ADMIN)
    account = new_service_account(admin, city)
    keys = [new_credential(admin, account)["secret"] for _ in range(2)]
    counted(list=4)
    client = city.app.test_client(use_cookies=False)
    statuses = [
        client.get("/api/v1/incidents", headers={"X-API-Key": keys[n % 2]}).status_code for n in range(6)
    ]
    assert statuses == [200] * 4 + [429] * 2


def test_address_without_sign_in_is_counted_and_others_are_not_hurt(city, counted, minute):
    worker = city.worker("g1")
    worker.bearer()
    counted(public=5)
    client = city.app.test_client(use_cookies=False)

    def status(address, **headers):
        options = {"environ_overrides": {"REMOTE_ADDR": address}, "headers": headers}
        return client.get("/api/v1/incidents", **options).status_code

    wrong = {"X-API-Key": "gwk_" + "A" * 43}
    assert [status("192.0.2.7", **wrong) for _ in range(7)] == [401] * 5 + [429] * 2
    assert status("192.0.2.8", **wrong) == 401
    # People behind the same address go on, and can sign in.
    assert status("192.0.2.7", **worker.bearer()) == 200
    body = {"username": worker.username, "password": "wrong"}
    answer = client.post("/api/v1/auth/token", json=body, environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 401
    # One customer has a whole /64 network.
    six = [status(f"2001:db8:1:2::{n:x}", **wrong) for n in range(7)]
    assert six == [401] * 5 + [429] * 2


def test_calls_for_help_and_answers_to_offers_are_never_refused(city, counted, minute, report):
    worker = city.worker("g1")
    case = report(worker, city.in_grid("g2"), category="E0102")
    counted(**dict.fromkeys(DEFAULTS, 1))
    for _ in range(3):
        assert worker.get("/incidents").status_code in (200, 429)
    assert worker.get("/incidents").status_code == 429
    for _ in range(3):
        call = {"id": str(uuid7()), **city.in_grid("g1"), "accuracy_m": 12, "at": time_ago(seconds=1)}
        assert worker.post("/sos", call).status_code in (200, 201)
        assert worker.post(f"/assignments/{case['id']}/accept").status_code == 404
        assert worker.sign_in("other-phone")


# Everything else is `cheap`.
WORKS = {
    None: {
        "POST /auth/token",
        "POST /assignments/{assignment_id}/accept",
        "POST /assignments/{assignment_id}/decline",
        "POST /assignments/{assignment_id}/transitions",
        "POST /offers/{offer_id}/delivered",
        "POST /sos",
        "POST /sos/{sos_id}/acknowledge",
        "POST /sos/{sos_id}/close",
        "GET /sos",
    },
    "sync": {"GET /sync", "POST /sync/push", "GET /sync/buckets/{bucket}", "POST /positions", "GET /events"},
    "list": {"GET /incidents", "GET /workers", "GET /accounts", "POST /audit/search", "GET /places/search"},
    "figures": {"GET /figures", "GET /evaluation", "GET /supervision/board", "GET /me/figures"},
    "export": {
        "POST /exports",
        "POST /imports",
        "GET /evaluation/print",
        "POST /audit/export",
        "GET /shifts.csv",
    },
    "cheap": {"GET /me", "GET /incidents/{incident_id}", "POST /incidents", "PATCH /units/{unit_id}"},
}


def test_each_operation_has_its_class(app):
    from app.http.quotas import has_pages

    works = {
        operation: work_of(rule, operation.split()[0], is_list=has_pages(view))
        for operation, rule, view in nonempty(operations(app))
    }
    for work, named in nonempty(WORKS.items()):
        for operation in nonempty(named):
            assert works[operation] == work, operation


def test_page_of_quotas_has_the_defaults():
    page = (Path(__file__).parents[1] / "docs" / "reference" / "quotas.md").read_text()
    documented = dict(re.findall(r"^\| `(\w+)` \|.*\| ([\d,]+) \|$", page, re.M))
    assert {work: int(number.replace(",", "")) for work, number in documented.items()} == DEFAULTS
    assert list(documented) == list(WORK)
