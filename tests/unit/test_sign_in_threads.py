"""Sign-ins run in threads of their own, so that password hashing blocks no other request."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from flask import Flask

from app.rsgi.admission import Admission
from app.rsgi.bridge import Bridge


class Headers(dict):
    def get_all(self, name):
        return [self[name]]


class Call:
    """One request at the bridge, as granian hands it over."""

    def __init__(self, method, path):
        self.scope = SimpleNamespace(
            method=method,
            path=path,
            query_string="",
            headers=Headers(),
            http_version="1.1",
            server="127.0.0.1:8000",
            client="127.0.0.1:1",
            scheme="http",
        )
        self.status = None

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration

    def response_bytes(self, status, headers, body):
        self.status, self.headers = status, dict(headers)


@pytest.fixture
def slow():
    """A bridge whose sign-ins take until `go` is set; it counts those that began."""
    app, go, began = Flask("slow"), threading.Event(), threading.Semaphore(0)
    app.extensions["draining"] = threading.Event()

    @app.post("/api/v1/auth/token")
    def sign_in():
        began.release()
        assert go.wait(20)
        return "in"

    @app.get("/me")
    def me():
        return "me"

    bridge = Bridge(
        app,
        admission=Admission(threads=2),
        body_limit=1_000,
        stop_notice_seconds=0,
        sign_ins=("/api/v1/auth/token",),
        sign_in_threads=1,
        sign_in_wait_seconds=0.2,
    )
    return bridge, go, began


def test_sign_ins_use_own_threads_and_wait_for_a_limited_time(slow):
    bridge, go, _ = slow

    async def play():
        bridge.__rsgi_init__(asyncio.get_running_loop())
        calls = [Call("POST", "/api/v1/auth/token") for _ in range(4)]
        under_way = [asyncio.ensure_future(bridge.__rsgi__(call.scope, call)) for call in calls]
        try:
            me = Call("GET", "/me")
            await asyncio.wait_for(bridge.__rsgi__(me.scope, me), 10)
            assert me.status == 200, "answered while four sign-ins wait"
            await asyncio.wait(under_way[1:], timeout=10)
            assert [call.status for call in calls] == [None, 503, 503, 503]
            assert calls[1].headers["retry-after"] == "1"
        finally:
            go.set()
            await asyncio.gather(*under_way)
        assert calls[0].status == 200
        again = Call("POST", "/api/v1/auth/token")
        await bridge.__rsgi__(again.scope, again)
        assert again.status == 200, "the turn was given back"
        bridge.__rsgi_del__(asyncio.get_running_loop())

    asyncio.run(play())
