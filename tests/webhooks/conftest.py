"""A receiver of webhooks on this machine, which verifies signatures as the library of Standard Webhooks does."""

import contextlib
import dataclasses
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import pytest
from standardwebhooks import Webhook

from app.settings import Settings
from app.webhooks import jobs, service
from tests.factories import Person

LOCAL = (ip_network("127.0.0.0/8"),)


@dataclass
class Message:
    """A request as the receiver got it."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content

    @property
    def type(self) -> str:
        result: str = self.content["type"]
        return result

    def verify(self, secret: str) -> None:
        """Verify the signature with the library; it raises an error if no signature fits."""
        Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """A receiver. `answer` gets each message and returns status and headers, or None to cut the connection."""

    url: str = ""
    messages: list[Message] = field(default_factory=list)
    answer: Callable[[Message], tuple[int, dict[str, str]] | None] = lambda _: (204, {})

    @property
    def types(self) -> list[str]:
        return [message.type for message in self.messages]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        message = Message(self.path, headers, body)
        self.receiver.messages.append(message)
        answer = self.receiver.answer(message)
        if answer is None:
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(answer[0])
        for name, value in answer[1].items():
            self.send_header(name, value)
        if answer[0] != 204:
            self.send_header("Content-Length", "0")
        with contextlib.suppress(OSError):
            self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver on a port of this machine."""
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def app(app_alone: Any) -> Any:
    """The app on a database of its own, because the job sends for all accounts."""
    return app_alone


@pytest.fixture
def webhook_settings(app: Any, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of an operator who allows receivers on this machine."""
    allowed = dataclasses.replace(app.extensions["settings"], outgoing_allowed=LOCAL)
    monkeypatch.setitem(app.extensions, "settings", allowed)
    return allowed


@pytest.fixture
def subscribed(receiver: Receiver, webhook_settings: Settings) -> Any:
    """Return a function that subscribes the receiver for a person, and ends the subscriptions after the test."""
    made: list[tuple[Person, str]] = []

    def subscribe(person: Person, **body: Any) -> dict[str, Any]:
        answer = person.post("/webhooks", {"url": receiver.url, **body})
        assert answer.status_code == 201, answer.json
        made.append((person, answer.json["id"]))
        created: dict[str, Any] = answer.json
        return created

    yield subscribe
    for person, webhook_id in made:
        person.call("DELETE", f"/webhooks/{webhook_id}")


@pytest.fixture
def send_due(webhook_settings: Settings) -> Any:
    """Return a function that runs the sending job once."""
    sender = jobs.sender_of(webhook_settings)
    return lambda **changes: service.send_due(dataclasses.replace(sender, draw=lambda: 0.5, **changes))
