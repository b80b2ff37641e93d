"""Forms with photos that come without a token: larger than other bodies, and limited in memory together."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from flask import Flask, request

from app.rsgi.admission import Admission
from app.rsgi.bridge import Bridge

FORM = "multipart/form-data; boundary=b"
HEAD = b'--b\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n\r\n'
TAIL = b"\r\n--b--\r\n"


class Headers(dict):
    def get_all(self, name):
        return [self[name]]


class Call:
    """One POST at the bridge, as granian hands it over."""

    def __init__(self, path, body, content_type=FORM):
        headers = {"content-type": content_type, "content-length": str(len(body))}
        self.scope = SimpleNamespace(
            method="POST",
            path=path,
            query_string="",
            headers=Headers(headers),
            http_version="1.1",
            server="127.0.0.1:8000",
            client="127.0.0.1:1",
            scheme="http",
        )
        self.parts = iter([body[:100], body[100:]])
        self.status = None

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return next(self.parts)
        except StopIteration:
            raise StopAsyncIteration from None

    def response_bytes(self, status, headers, body):
        self.status, self.body = status, body


@pytest.fixture
def bridge():
    app = Flask("forms")
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    app.extensions["draining"] = threading.Event()

    @app.post("/open311/v2/requests.json")
    def take():
        request.max_content_length = 20_000
        return str(len(request.files["media"].read()))

    return Bridge(
        app,
        admission=Admission(threads=1),
        body_limit=1_000,
        stop_notice_seconds=0,
        forms={"/open311/v2/": 20_000},
        forms_bytes=30_000,
    )


def send(bridge, *calls):
    async def play():
        bridge.__rsgi_init__(asyncio.get_running_loop())
        await asyncio.gather(*(bridge.__rsgi__(call.scope, call) for call in calls))
        bridge.__rsgi_del__(asyncio.get_running_loop())

    asyncio.run(play())
    return [call.status for call in calls]


def form(size):
    return HEAD + b"x" * size + TAIL


def test_form_above_the_common_limit_is_read_at_its_path_only(bridge):
    call = Call("/open311/v2/requests.json", form(10_000))
    assert send(bridge, call) == [200]
    assert call.body == b"10000"
    elsewhere = Call("/open311/other", form(10_000))
    no_form = Call("/open311/v2/requests.json", form(10_000), "application/x-www-form-urlencoded")
    assert send(bridge, elsewhere) == [404]
    assert send(bridge, no_form) == [413]


def test_form_above_its_own_limit_is_refused(bridge):
    assert send(bridge, Call("/open311/v2/requests.json", form(20_000))) == [413]


def test_forms_together_are_limited_and_their_bytes_are_given_back(bridge):
    calls = [Call("/open311/v2/requests.json", form(14_000)) for _ in range(3)]
    assert sorted(send(bridge, *calls)) == [200, 200, 503]
    assert send(bridge, Call("/open311/v2/requests.json", form(14_000))) == [200]
