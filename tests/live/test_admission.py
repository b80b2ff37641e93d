"""Admission at the real server: what it answers while all of its threads are occupied and its queues are full."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.core import clock
from app.core.ids import uuid7
from tests.live.databases import plain
from tests.live.locks import claim_report, lock_waits
from tests.live.own_servers import running
from tests.live.processes import Server, environment
from tests.sync.push_client import PushClient, codes
from tests.waits import eventually

THREADS, WAITING = 2, 3


@pytest.fixture
def small(app, settings, tmp_path):
    """A server of one process with two threads, in whose queues three requests wait for a long time."""
    env = environment(
        settings,
        tmp_path,
        GRIDWARD_THREADS=str(THREADS),
        GRIDWARD_ADMISSION_WAITING=str(WAITING),
        GRIDWARD_ADMISSION_BURST_SECONDS="600",
    )
    with running(Server(tmp_path / "server.log", env, workers=1)) as server:
        yield server


@pytest.fixture
def offer(small, city):
    """A worker who has an offer, and the path of the assignment."""
    worker = dataclasses.replace(city.worker("g1"), client=small.client(timeout=60))
    case = worker.post("/incidents", {**city.in_grid("g1"), "category": "E0102"}).json
    return worker, f"/assignments/{case['assignment']['id']}"


@pytest.fixture
def occupied(small, city, offer, owner, settings):
    """Occupy all threads of the server with reports that wait for a lock, and fill the queues of reports and reads.

    Yields a function that releases the lock and returns the status of each of these requests.
    """
    people = [city.worker("g2") for _ in range(THREADS + 2 * WAITING)]
    people = [dataclasses.replace(person, client=small.client(timeout=60)) for person in people]
    reporters = people[: THREADS + WAITING]
    reports = [{"id": str(uuid7()), **city.in_grid("g2"), "category": "E0102"} for _ in reporters]
    for person in people:
        person.bearer()
    with (
        psycopg.connect(plain(settings.database_url)) as blocker,
        ThreadPoolExecutor(len(people)) as pool,
    ):
        for reporter, report in zip(reporters, reports, strict=True):
            claim_report(blocker, reporter.id, report["id"])
        sent = [
            pool.submit(reporter.post, "/incidents", report)
            for reporter, report in zip(reporters, reports, strict=True)
        ]
        eventually(lambda: lock_waits(owner) >= THREADS, seconds=30)
        sent += [pool.submit(person.get, "/incidents") for person in people[THREADS + WAITING :]]

        def statuses():
            blocker.rollback()
            return [answer.result(60).status_code for answer in sent]

        try:
            yield statuses
        finally:
            blocker.rollback()


def refused(server, priority, reason):
    """Return the number of refusals that the server counted."""
    families = text_string_to_metric_families(server.client().get("/metrics").data.decode())
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == "gridward_admission_refused_total"
        and sample.labels == {"priority": priority, "reason": reason}
    )


def test_urgent_requests_are_answered_while_all_else_is_refused(small, city, offer, occupied):
    worker, assignment = offer

    def is_busy(method, path, body=None):
        """Return True if the request is refused. Until the queue is full a request waits, so it is sent with a short limit."""
        hurried = dataclasses.replace(worker, client=small.client(timeout=0.5))
        try:
            answer = hurried.call(method, path, body)
        except OSError:
            return False
        assert (answer.status_code, answer.json["code"]) == (503, "busy"), path
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert 2 <= int(answer.headers["Retry-After"]) <= 4
        return True

    for method, path, body in (
        ("GET", "/me", None),
        ("POST", "/incidents", {**city.in_grid("g1"), "category": "E0102"}),
        ("GET", "/sync", None),
    ):
        eventually(lambda m=method, p=path, b=body: is_busy(m, p, b), seconds=30)

    call = {"id": str(uuid7()), **city.in_grid("g1"), "accuracy_m": 10}
    assert worker.post("/sos", call).status_code == 201
    accepted = worker.post(f"{assignment}/accept")
    assert (accepted.status_code, accepted.json["status"]) == (200, "accepted")
    phone = PushClient(worker)
    raised = phone.op("sos", "raise", uuid7(), patch={**city.in_grid("g1"), "at": clock.now().isoformat()})
    assert codes(phone.push(raised)) == ["applied"]
    assert small.client().get("/readyz").status_code == 200

    statuses = occupied()
    assert statuses.count(201) >= THREADS, statuses
    assert set(statuses) <= {200, 201, 503}, "the others may have found a full queue"
    assert worker.get("/me").status_code == 200
    assert refused(small, "read", "full") >= 1
    assert refused(small, "field", "full") >= 2
    assert refused(small, "urgent", "full") == 0
