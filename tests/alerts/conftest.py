"""A push service on this machine, and browsers that subscribe to it and decrypt its messages."""

import contextlib
import dataclasses
import http.server
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.alerts import jobs
from app.alerts.rules import encryption
from app.settings import Settings
from tests.factories import Person


@dataclass
class Delivery:
    """A message as the push service got it."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """A push service. `answers` are the statuses of the next requests; then 201. It hangs while `released` is not set."""

    url: str = ""
    deliveries: list[Delivery] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def sent_to(self, browser: "Browser") -> list[dict[str, Any]]:
        """Return the messages to a browser, decrypted."""
        return [
            browser.decrypt(delivery.body) for delivery in self.deliveries if delivery.path == browser.path
        ]


@dataclass
class Browser:
    """A browser with the keys of its subscription."""

    service: PushService
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    path: str = field(default_factory=lambda: f"/push/{os.urandom(8).hex()}")

    @property
    def point(self) -> bytes:
        return encryption.point_of(self.private.public_key())

    def subscription(self) -> dict[str, Any]:
        keys = {"p256dh": encryption.base64url(self.point), "auth": encryption.base64url(self.secret)}
        return {"endpoint": f"{self.service.url}{self.path}", "keys": keys}

    def decrypt(self, body: bytes) -> dict[str, Any]:
        """Decrypt a record of `aes128gcm` as the browser does (RFC 8188, RFC 8291)."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(body) <= size
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        key, nonce = encryption.content_keys(
            self.private.exchange(ec.ECDH(), public),
            browser_point=self.point,
            sender_point=sender,
            secret=self.secret,
            salt=salt,
        )
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        assert plain.endswith(b"\x02")
        message: dict[str, Any] = json.loads(plain[:-1])
        return message


@pytest.fixture
def push_service() -> Iterator[PushService]:
    service = PushService()
    service.released.set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.deliveries.append(Delivery(self.path, dict(self.headers), body))
            service.released.wait(60)
            status, headers = service.answers.pop(0) if service.answers else (201, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            with contextlib.suppress(OSError):
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield service
    service.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def app(app_alone: Any) -> Any:
    """The app on a database of its own, because the job sends the messages of all accounts."""
    return app_alone


@pytest.fixture
def push_settings(app: Any, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of an operator who allows a push service on this machine."""
    allowed = dataclasses.replace(
        app.extensions["settings"],
        outgoing_allowed=(ip_network("127.0.0.0/8"),),
        public_url="https://grid.example",
    )
    monkeypatch.setitem(app.extensions, "settings", allowed)
    return allowed


@pytest.fixture
def subscribed(push_service: PushService, push_settings: Settings) -> Any:
    """Return a function that subscribes a browser of a person."""

    def subscribe(person: Person, service: PushService = push_service) -> Browser:
        browser = Browser(service)
        answer = person.post("/me/push-subscriptions", browser.subscription())
        assert answer.status_code == 201, answer.json
        return browser

    return subscribe


@pytest.fixture
def send_due(push_settings: Settings) -> Any:
    """Return a function that runs the sending job once."""
    return lambda: jobs.send_due(jobs.channels_of(push_settings))
