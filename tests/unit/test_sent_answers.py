"""The thread that answered a read sends the answer itself, and the event loop is not woken for each of them."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from flask import Flask, request

from app.rsgi.admission import READ, Admission
from app.rsgi.bridge import Bridge
from app.rsgi.files import FILE, FilePart
from tests.waits import eventually_in_loop

REFUSAL = b'{"status":429,"code":"rate_limited"}'


class Headers(dict):
    def get_all(self, name):
        return [self[name]]


class Call:
    """One request at the bridge, as granian hands it over, with the thread from which it is answered."""

    def __init__(self, path, method="GET"):
        self.scope = SimpleNamespace(
            method=method,
            path=path,
            query_string="",
            headers=Headers({"authorization": "Bearer a"}),
            http_version="1.1",
            server="127.0.0.1:8000",
            client="127.0.0.1:1",
            scheme="http",
        )
        self.status = self.body = self.thread = None

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration

    def response_bytes(self, status, headers, body):
        assert self.thread is None, "answered once"
        self.status, self.body, self.thread = status, body, threading.current_thread().name

    def response_file_range(self, status, headers, path, first, stop):
        with open(path, "rb") as file:
            self.response_bytes(status, headers, file.read()[first:stop])


@pytest.fixture
def bridge(tmp_path):
    app = Flask("reads")
    app.extensions["draining"] = threading.Event()
    (tmp_path / "photo").write_bytes(b"photo")
    file = (tmp_path / "photo").open("rb")

    @app.route("/read", methods=["GET", "POST"])
    def read():
        return "read"

    @app.get("/file")
    def photo():
        request.environ[FILE] = FilePart(file, 0, 5)
        return ""

    @app.get("/refused")
    def refused():
        headers = {"Retry-After": "1", "RateLimit": '"cheap";r=0;t=1'}
        return REFUSAL, 429, headers

    @app.get("/fault")
    def fault():
        raise LookupError

    yield Bridge(app, admission=Admission(threads=1), body_limit=1_000, stop_notice_seconds=0)
    file.close()


def answered(bridge, *calls):
    async def play():
        bridge.__rsgi_init__(asyncio.get_running_loop())
        try:
            for call in calls:
                await asyncio.wait_for(bridge.__rsgi__(call.scope, call), 20)
        finally:
            bridge.__rsgi_del__(asyncio.get_running_loop())

    asyncio.run(play())
    return [(call.status, call.thread) for call in calls]


LOOP = "MainThread"


def test_read_is_sent_by_its_thread_and_everything_else_by_the_event_loop(bridge):
    calls = [
        Call("/read"),
        Call("/fault"),
        Call("/none"),
        Call("/read", "HEAD"),
        Call("/read", "POST"),
        Call("/file"),
    ]
    assert answered(bridge, *calls) == [
        (200, "wsgi_0"),
        (500, "wsgi_0"),
        (404, "wsgi_0"),
        (200, LOOP),
        (200, LOOP),
        (200, LOOP),
    ]
    assert (calls[0].body, calls[3].body) == (b"read", b"")


def test_event_loop_sends_refusals_and_what_follows_them(bridge):
    """A refused caller gets one thread at a time, which it must not give back before its answer was sent."""
    assert answered(bridge, Call("/refused"), Call("/read")) == [(429, LOOP), (200, LOOP)]


def test_event_loop_is_woken_once_for_answers_that_threads_sent():
    async def play():
        loop = asyncio.get_running_loop()
        admission, go, woken = Admission(threads=1), threading.Event(), []

        def work(environ):
            assert go.wait(20)
            environ["sent"] = True

        admission.start(
            SimpleNamespace(
                call_soon_threadsafe=lambda *call: (woken.append(call), loop.call_soon_threadsafe(*call))
            )
        )
        environs = [{} for _ in range(20)]
        tasks = [asyncio.ensure_future(admission.run(None, environ, work)) for environ in environs]
        await asyncio.sleep(0)  # pause: one turn of the loop, in which the requests are queued
        go.set()
        assert await asyncio.wait_for(asyncio.gather(*tasks), 20) == [None] * 20
        assert all(environ["sent"] for environ in environs)
        await asyncio.to_thread(admission.stop)
        assert len(woken) == 1, "for the last request"

    asyncio.run(play())


def test_task_of_sent_answer_ends_when_the_next_request_comes_while_others_run():
    async def play():
        admission, go, sent = (
            Admission(threads=2, rank=lambda scope, environ: READ),
            threading.Event(),
            threading.Event(),
        )
        admission.start(asyncio.get_running_loop())
        slow = asyncio.ensure_future(
            admission.run(None, {}, lambda environ: (go.wait(20), (200, [], b""))[1])
        )
        first = asyncio.ensure_future(admission.run(None, {}, lambda environ: sent.set()))
        await eventually_in_loop(sent.is_set)
        second = asyncio.ensure_future(admission.run(None, {}, lambda environ: (200, [], b"second")))
        assert (await asyncio.wait_for(second, 20))[2] == b"second"
        assert await asyncio.wait_for(first, 20) is None
        assert not slow.done()
        go.set()
        assert (await slow)[0] == 200
        await asyncio.to_thread(admission.stop)

    asyncio.run(play())


def test_tasks_of_sent_answers_end_when_the_server_stops(monkeypatch):
    """granian logs a fault for each task that has not ended before the event loop."""
    app = Flask("reads")
    app.extensions["draining"] = threading.Event()
    app.add_url_rule("/read", view_func=lambda: "read")
    bridge = Bridge(app, admission=Admission(threads=1), body_limit=1_000, stop_notice_seconds=0)
    loop = asyncio.new_event_loop()
    bridge.__rsgi_init__(loop)
    monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *_: None)  # stopped before it heard of the last one
    call = Call("/read")
    task = loop.create_task(bridge.__rsgi__(call.scope, call))

    async def until_sent():
        await eventually_in_loop(lambda: call.thread)

    loop.run_until_complete(until_sent())
    bridge.__rsgi_del__(loop)
    assert task.done()
    loop.close()
