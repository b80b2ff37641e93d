"""Admission: which request a free thread runs next, and which requests are refused while the server is overloaded."""

import asyncio
import json
import threading
import time
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.http.priorities import Ranking, priority_of
from app.rsgi.admission import COUNT, FIELD, POSITION, PRIORITIES, READ, URGENT, Admission
from tests.waits import eventually_in_loop

ROOT = Path(__file__).parents[2]
API = "/api/v1"


class Desk:
    """An admission whose work waits for `go`, with the order in which requests were run."""

    def __init__(self, threads=1, **limits):
        self.admission = Admission(threads=threads, rank=lambda scope, _environ: scope.rank, **limits)
        self.go = threading.Event()
        self.began = []

    def ask(self, rank, name=None):
        return asyncio.ensure_future(
            self.admission.run(SimpleNamespace(rank=rank), {"name": name}, self.work)
        )

    def work(self, environ):
        self.began.append(environ["name"])
        assert self.go.wait(30)
        if environ["name"] == "fault":
            raise LookupError("fault")
        return 200, [], str(environ["name"]).encode()


@asynccontextmanager
async def open_desk(**options):
    desk = Desk(**options)
    desk.admission.start(asyncio.get_running_loop())
    try:
        yield desk
    finally:
        desk.go.set()
        await asyncio.to_thread(desk.admission.stop)


async def occupied(desk, rank=READ):
    """Let a request of its own occupy the one common thread."""
    begun = len(desk.began)
    answer = desk.ask(rank, "first")
    await eventually_in_loop(lambda: len(desk.began) > begun)
    return answer


def statuses(answers):
    return [answer.result()[0] if answer.done() else None for answer in answers]


def test_highest_priority_runs_first_and_every_fifth_time_the_lowest():
    async def play():
        async with open_desk() as desk:
            answers = [await occupied(desk)]  # pick 1
            for rank in (COUNT, POSITION, READ, FIELD):
                answers += [desk.ask(rank, f"{PRIORITIES[rank].name} {n}") for n in range(3)]
            await asyncio.sleep(0)  # pause: one turn of the loop, in which the requests are queued
            desk.go.set()
            await asyncio.gather(*answers)
            assert desk.began[1:] == [
                *("field 0", "field 1", "field 2"),
                "count 0",  # the fifth pick
                *("read 0", "read 1", "read 2"),
                "position 0",
                "count 1",  # the tenth
                *("position 1", "position 2"),
                "count 2",
            ]

    asyncio.run(play())


def test_urgent_request_runs_while_all_threads_are_occupied():
    async def play():
        async with open_desk(threads=2) as desk:
            answers = [desk.ask(FIELD, "a"), desk.ask(READ, "b"), desk.ask(READ, "c")]
            await eventually_in_loop(lambda: len(desk.began) == 2)
            answers.append(desk.ask(URGENT, "help"))
            await eventually_in_loop(lambda: "help" in desk.began)
            assert desk.began == ["a", "b", "help"]
            desk.go.set()
            assert [answer[0] for answer in await asyncio.gather(*answers)] == [200] * 4

    asyncio.run(play())


def test_request_is_refused_at_once_when_queue_of_its_priority_is_full():
    async def play():
        async with open_desk(waiting_max=2) as desk:
            answers = [await occupied(desk)]
            answers += [desk.ask(READ, n) for n in range(4)]
            answers.append(desk.ask(FIELD, "other queue"))
            await eventually_in_loop(lambda: answers[4].done())
            assert statuses(answers) == [None, None, None, 503, 503, None]
            status, headers, body = answers[3].result()
            assert (status, body) == (503, b'{"status":503,"code":"busy"}')
            assert 3 <= int(dict(headers)["retry-after"]) <= 4
            desk.go.set()
            await asyncio.gather(*answers)

    asyncio.run(play())


def test_requests_wait_longer_in_a_burst_than_in_a_standing_queue():
    async def play():
        async with open_desk(burst_seconds=0.6, wait_seconds=0.1) as desk:
            started = time.monotonic()
            answers = [await occupied(desk)]
            early = desk.ask(READ, "early")
            await asyncio.sleep(0.3)  # pause: shorter than a burst
            assert not early.done(), "in a burst a request waits longer than `wait_seconds`"
            late = desk.ask(READ, "late")
            assert (await early)[0] == 503
            assert time.monotonic() - started >= 0.6
            assert (await late)[0] == 503
            urgent = desk.ask(URGENT, "help")
            field = desk.ask(FIELD, "field")
            desk.go.set()
            answers = await asyncio.gather(*answers, urgent, field)
            assert [answer[0] for answer in answers] == [200] * 3
            assert "early" not in desk.began
            assert "late" not in desk.began

    asyncio.run(play())


def test_counting_requests_never_have_all_threads_and_none_is_forgotten():
    async def play():
        async with open_desk(threads=2) as desk:
            answers = [desk.ask(COUNT, f"count {n}") for n in range(3)]
            await eventually_in_loop(lambda: desk.began)
            await asyncio.sleep(0.1)  # pause: the other thread finds that it may not count
            answers.append(desk.ask(READ, "read"))
            await eventually_in_loop(lambda: "read" in desk.began)
            assert desk.began == ["count 0", "read"]
            desk.go.set()
            await asyncio.wait_for(asyncio.gather(*answers), 30)
            assert sorted(desk.began) == ["count 0", "count 1", "count 2", "read"]

    asyncio.run(play())


def test_cancelled_request_is_not_run_and_error_reaches_the_caller():
    async def play():
        async with open_desk() as desk:
            first = await occupied(desk)
            gone = desk.ask(READ, "gone")
            fault = desk.ask(READ, "fault")
            await asyncio.sleep(0)  # pause: one turn of the loop, in which the requests are queued
            gone.cancel()
            desk.go.set()
            with pytest.raises(LookupError):
                await fault
            assert (await first)[0] == 200
            assert desk.began == ["first", "fault"]

    asyncio.run(play())


URGENT_OPERATIONS = {
    *("listSosCalls", "raiseSos", "readSosCall", "acknowledgeSos", "closeSos"),
    *("acceptAssignment", "declineAssignment", "confirmOfferDelivery"),
    *("refreshSession", "refreshBrowserSession"),
}


def test_no_other_operation_of_the_api_is_urgent():
    document = json.loads((ROOT / "openapi" / "gridward.json").read_text())
    ranks = {
        operation["operationId"]: priority_of(method.upper(), path, has_credentials=True)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }
    assert {name for name, rank in ranks.items() if rank == URGENT} == URGENT_OPERATIONS
    assert {name for name, rank in ranks.items() if rank == COUNT} >= {
        "readFigures",
        "exportNow",
        "importFile",
    }
    assert ranks["readBoard"] == READ
    assert ranks["pushOperations"] == ranks["pullChanges"] == FIELD


def with_token(method, path, body=b""):
    return priority_of(method, API + path, has_credentials=True, body=body)


def test_calls_for_help_answers_to_offers_and_probes_are_urgent():
    for method, path in (
        ("POST", "/sos"),
        ("POST", "/sos/1/acknowledge"),
        ("POST", "/assignments/1/accept"),
        ("POST", "/assignments/1/decline"),
        ("POST", "/offers/1/delivered"),
        ("POST", "/auth/refresh"),
    ):
        assert with_token(method, path) == URGENT, path
    assert priority_of("GET", "/readyz", has_credentials=False) == URGENT
    assert priority_of("POST", f"{API}/sos", has_credentials=False) == READ
    assert with_token("POST", "/assignments/1/transitions") == FIELD
    assert with_token("GET", "/assignments") == READ


def test_other_requests_have_the_priority_of_their_work():
    for method, path, priority in (
        ("POST", "/incidents", FIELD),
        ("PATCH", "/households/1", FIELD),
        ("GET", "/sync", FIELD),
        ("POST", "/positions", POSITION),
        ("PATCH", "/media/uploads/1", FIELD),
        ("GET", "/incidents", READ),
        ("GET", "/supervision/board", READ),
        ("GET", "/figures", COUNT),
        ("GET", "/evaluation/sheet", COUNT),
        ("POST", "/exports", COUNT),
        ("POST", "/imports", COUNT),
        ("GET", "/exports/1/file", COUNT),
    ):
        assert with_token(method, path) == priority, path
    assert priority_of("GET", "/ogc/collections/incidents/items", has_credentials=True) == READ
    assert priority_of("POST", "/public/reports", has_credentials=False) == READ


@pytest.mark.parametrize(
    ("body", "priority"),
    [
        (b'{"ops":[{"entity":"sos","op":"raise"}]}', URGENT),
        (b'{"ops":[{"entity": "assignment", "op": "accept"}]}', URGENT),
        (b'{"ops":[{"entity":"assignment","op":"decline"}]}', URGENT),
        (b'{"ops":[{"entity":"visit","op":"create"}]}', FIELD),
        (rb'{"ops":[{"op":"report","patch":{"description":"\"op\":\"accept\""}}]}', FIELD),
    ],
)
def test_push_is_urgent_if_it_has_an_urgent_operation(body, priority):
    assert with_token("POST", "/sync/push", body) == priority


def test_ranking_reads_only_small_pushes_and_leaves_the_body_unread():
    import io

    ranking = Ranking("/city")
    body = b'{"ops":[{"op":"accept"}]}'

    def rank(content, **environ):
        stream = io.BytesIO(content)
        values = {"CONTENT_LENGTH": str(len(content)), "wsgi.input": stream, "HTTP_AUTHORIZATION": "Bearer a"}
        scope = SimpleNamespace(method="POST", path=f"/city{API}/sync/push")
        result = ranking(scope, values | environ)
        assert stream.read() == content
        return result

    assert rank(body) == URGENT
    assert rank(body + b" " * 20_000) == FIELD
    assert rank(body, HTTP_CONTENT_ENCODING="gzip") == FIELD
