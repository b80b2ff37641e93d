"""The faulty proxy produces the faults of its kinds, and lets uploads and the event stream through."""

import contextlib
import http.client
import time
from typing import Any

import pytest
import requests

from app.conformance.faults import DEFAULT_RATE, KINDS, Fault, FaultPlan
from app.conformance.proxy import FaultyProxy
from app.core.ids import uuid7

ARRIVES = {"answer_lost", "answer_cut", "doubled", "doubled_at_once", "delayed", "late", "slow"}
ANSWERED = {"doubled", "doubled_at_once", "delayed", "slow", "unavailable"}
SLOW = {"delayed", "slow"}


@pytest.fixture
def proxy(server):
    proxy = FaultyProxy(f"http://127.0.0.1:{server.port}", lambda number: None)
    yield proxy
    proxy.close()


@pytest.fixture
def person(city):
    person = city.worker("g1")
    person.token = person.sign_in()["access_token"]
    return person


def report(proxy: FaultyProxy, person: Any, place: Any) -> tuple[str, Any]:
    """Report through the faulty network. Returns the id and the answer, or None without a complete one."""
    body = {"id": str(uuid7()), "category": "E0102", "description": "x" * 300, **place}
    with contextlib.suppress(requests.RequestException, ValueError):
        answer = requests.post(
            f"{proxy.url}/api/v1/incidents", json=body, headers=person.bearer(), timeout=20
        )
        answer.json()
        return body["id"], answer
    return body["id"], None


@pytest.mark.parametrize("kind", KINDS)
def test_proxy_produces_each_kind_of_fault(proxy, city, person, owner, kind):
    proxy.plan = lambda number: Fault(kind, part=0.7, seconds=0.3)
    began = time.monotonic()
    row_id, answer = report(proxy, person, city.in_grid("g1"))
    took_s = time.monotonic() - began
    proxy.settle()
    stored = owner.execute("select count(*) from incident where id = %s", (row_id,)).fetchone()[0]
    assert stored == (kind in ARRIVES)
    assert (answer is not None) == (kind in ANSWERED)
    if kind == "doubled":
        assert answer.status_code == 200  # the second answer: the case existed
    if kind == "unavailable":
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    if kind in SLOW:
        assert took_s > 0.25
    assert proxy.done[kind] == 1
    proxy.calm()
    assert report(proxy, person, city.in_grid("g1"))[1].status_code == 201


def test_proxy_delivers_late_request_after_the_next_one(proxy, city, person, owner):
    proxy.plan = lambda number: Fault("late", seconds=0.5) if number == 0 else None
    first, nothing = report(proxy, person, city.in_grid("g1"))
    second, answer = report(proxy, person, city.in_grid("g1"))
    assert nothing is None and answer.status_code == 201
    proxy.settle()
    order = owner.execute(
        "select id::text from incident where id = any(%s::uuid[]) order by case_no", ([first, second],)
    ).fetchall()
    assert order == [(second,), (first,)]


def test_uploads_and_event_stream_pass_without_faults(proxy, person):
    proxy.plan = lambda number: Fault("request_lost")
    metadata = {"Tus-Resumable": "1.0.0", "Upload-Length": "5"}
    for _ in range(3):
        answer = requests.post(
            f"{proxy.url}/api/v1/media/uploads", headers=person.bearer() | metadata, timeout=20
        )
        assert answer.status_code == 201
    stream = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    stream.request("GET", "/api/v1/events", headers=person.bearer())
    answer = stream.getresponse()
    assert answer.status == 200 and answer.read(1) != b""
    stream.close()
    assert proxy.requests == 0


def test_proxy_answers_client_that_expects_100_continue(proxy, person):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    connection.putrequest("POST", "/api/v1/sync/push")
    headers = person.bearer() | {
        "Content-Type": "application/json",
        "Content-Length": "30",
        "Expect": "100-continue",
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.send(b'{"sent_at": null, "ops": []}  ')
    assert connection.getresponse().status == 200
    connection.close()


def test_fault_plan_is_a_function_of_the_seed():
    rates = dict.fromkeys(KINDS, DEFAULT_RATE)
    first, again, other = (
        [FaultPlan(seed, rates, 1000)(number) for number in range(1100)] for seed in (1, 1, 2)
    )
    assert first == again != other
    assert {fault.kind for fault in first if fault} == set(KINDS)
    assert first[1000:] == [None] * 100
    assert 0.3 < sum(fault is not None for fault in first[:1000]) / 1000 < 0.6
