"""An HTTP proxy that loses, cuts, doubles, delays and replaces messages.

Only `plan(n)` decides the fault of the n-th request, so the faults of a seed are known before the run. When a message is cut,
the connections to the client and to the server are really closed. Uploads and the event stream have no faults.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

import orjson

from app.conformance.faults import Fault
from app.conformance.messages import CONTINUE, Message, read_request, read_response, response

EVENTS_PATH, MEDIA_PATH = "/api/v1/events", "/api/v1/media/"
CONTROL_PATH = "/_conformance"
TIMEOUT_S = 60
IDLE_S = 5
PIECES = 8
PORTAL_PAGE = b"<!DOCTYPE html><html><body><h1>Welcome</h1><p>Sign in to use this network.</p></body></html>"
UNAVAILABLE = orjson.dumps(
    {"type": "about:blank", "title": "Service Unavailable", "status": 503, "code": "unavailable"}
)


class Observer(Protocol):
    """Interface of an object that is informed of each request and response of the proxy."""

    def sent(self, request: Message) -> None:
        """Handle a request of the client, whether it is answered or not."""

    def answered(self, request: Message, answer: Message, *, is_delivered: bool) -> None:
        """Handle an answer of the server. `is_delivered`: the client receives all of the answer."""


class Unobserved:
    """An observer that does nothing."""

    def sent(self, request: Message) -> None:
        """Do nothing."""

    def answered(self, request: Message, answer: Message, *, is_delivered: bool) -> None:
        """Do nothing."""


class Connection:
    """A connection to the server or from the client, with a buffered reader."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self.reader: BinaryIO = end.makefile("rb")
        self._used_at = time.monotonic()

    @property
    def is_stale(self) -> bool:
        """True if the connection was idle so long that the other side may be closing it."""
        return time.monotonic() - self._used_at > IDLE_S

    def send(self, data: bytes) -> None:
        self.end.sendall(data)
        self._used_at = time.monotonic()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.end.shutdown(socket.SHUT_RDWR)
        self.reader.close()
        self.end.close()


class FaultyProxy:
    """A proxy that listens on 127.0.0.1:`port` for one client.

    Attributes:
        done: The number of faults by kind.
        requests: The number of requests for which a fault was possible.
        is_calm: True: there are no more faults.
    """

    def __init__(
        self,
        server_url: str,
        plan: Callable[[int], Fault | None],
        *,
        port: int = 0,
        observer: Observer | None = None,
        control: Callable[[Message], tuple[str, Any]] | None = None,
    ) -> None:
        self.plan = plan
        self.done: Counter[str] = Counter()
        self.requests = 0
        self.is_calm = False
        self._server = urlsplit(server_url)
        self._observer = observer or Unobserved()
        self._control = control
        self._lock = threading.Lock()
        self._late: set[threading.Thread] = set()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._prefix = self._server.path.rstrip("/")
        self.url = f"http://127.0.0.1:{self.port}{self._prefix}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no new connections, and wait until delayed requests have reached the server."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.settle()

    def settle(self) -> None:
        """Wait until delayed requests have reached the server."""
        for thread in list(self._late):
            thread.join(TIMEOUT_S)

    def calm(self) -> None:
        """Stop all faults, and wait until delayed requests have reached the server."""
        self.is_calm = True
        self.settle()

    def _accept(self) -> None:
        while True:
            try:
                end, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(end,), daemon=True).start()

    def _serve(self, end: socket.socket) -> None:
        """Handle the requests of one connection until a fault, the client or the server ends it."""
        end.settimeout(TIMEOUT_S)
        client = Connection(end)
        servers: list[Connection] = []
        try:
            while request := read_request(client.reader, on_expect=lambda: client.send(CONTINUE)):
                if not self._handle(client, servers, request):
                    return
        except (OSError, ValueError):  # the server is away, the client has hung up, or it sends no HTTP
            with self._lock:
                self.done["(no connection)"] += 1
        finally:
            for connection in (client, *servers):
                connection.close()

    def _handle(self, client: Connection, servers: list[Connection], request: Message) -> bool:
        """Handle one request. Return False if the connection has to be closed."""
        if self._control is not None and request.path.startswith(CONTROL_PATH):
            status, body = self._control(request)
            client.send(response(status, "application/json", orjson.dumps(body)))
            return True
        request = self._addressed(request)
        path = request.path.removeprefix(self._prefix)
        if path == EVENTS_PATH and request.method == "GET":
            self._tunnel(client, request)
            return False
        if path.startswith(MEDIA_PATH):
            answer = self._ask(servers, request)
            client.send(answer.raw)
            return not answer.is_last
        with self._lock:
            number = self.requests
            self.requests += 1
        self._observer.sent(request)
        fault = None if self.is_calm else self.plan(number)
        return self._pass_on(client, servers, request, fault)

    def _addressed(self, request: Message) -> Message:
        """Return the request with the Host field of the server, if the server uses HTTPS."""
        return request.with_header("Host", self._server.netloc) if self._server.scheme == "https" else request

    def _tunnel(self, client: Connection, request: Message) -> None:
        """Forward a request, and then bytes of its response until one side closes the connection."""
        server = self._connect()
        server.end.settimeout(None)
        server.send(request.raw)
        try:
            while piece := server.end.recv(65536):
                client.send(piece)
        finally:
            server.close()

    def _pass_on(
        self, client: Connection, servers: list[Connection], request: Message, fault: Fault | None
    ) -> bool:
        """Forward a request with a fault. Return False if the connection has to be closed."""
        if fault is None:
            return self._answer(client, request, self._ask(servers, request))
        if fault.kind in ("unavailable", "portal"):
            self._count(fault)
            client.send(_foreign_answer(fault))
            return True
        if fault.kind in ("request_lost", "request_cut"):
            if fault.kind == "request_cut":
                server = self._connect()
                server.send(fault.first_part_of(request.raw))
                server.close()
            self._count(fault)
            return False
        if fault.kind == "late":
            thread = threading.Thread(target=self._deliver_late, args=(request, fault), daemon=True)
            self._late.add(thread)
            thread.start()
            return False
        if fault.kind == "slow":
            return self._pass_slowly(client, request, fault)
        if fault.kind == "delayed":
            time.sleep(fault.seconds)
        twin = None
        if fault.kind == "doubled_at_once":
            twin = threading.Thread(target=self._ask_quietly, args=(request,), daemon=True)
            twin.start()
        if fault.kind == "doubled":
            self._observer.answered(request, self._ask(servers, request), is_delivered=False)
        answer = self._ask(servers, request)
        if twin is not None:
            twin.join(TIMEOUT_S)
        self._count(fault)
        if fault.kind == "answer_lost":
            self._observer.answered(request, answer, is_delivered=False)
            return False
        if fault.kind == "answer_cut":
            first_part = fault.first_part_of(answer.raw)
            self._observer.answered(request, answer, is_delivered=len(first_part) >= len(answer.raw))
            client.send(first_part)
            return False
        return self._answer(client, request, answer)

    def _answer(self, client: Connection, request: Message, answer: Message) -> bool:
        # Before it is sent: the client may come to the control URL as soon as it has the answer.
        self._observer.answered(request, answer, is_delivered=True)
        client.send(answer.raw)
        return not answer.is_last

    def _pass_slowly(self, client: Connection, request: Message, fault: Fault) -> bool:
        server = self._connect()
        try:
            trickle(server, request.raw, fault.seconds / 2)
            answer = read_response(server.reader, method=request.method)
        finally:
            server.close()
        if answer is None:
            raise ConnectionError("the server closed the connection")
        self._count(fault)
        self._observer.answered(request, answer, is_delivered=True)
        trickle(client, answer.raw, fault.seconds / 2)
        return not answer.is_last

    def _deliver_late(self, request: Message, fault: Fault) -> None:
        time.sleep(fault.seconds)
        if self._ask_quietly(request):
            self._count(fault)
        self._late.discard(threading.current_thread())

    def _ask_quietly(self, request: Message) -> bool:
        """Send a request whose answer the client does not receive.

        Return True if the server answered.
        """
        with contextlib.suppress(OSError):
            server = self._connect()
            try:
                server.send(request.raw)
                answer = read_response(server.reader, method=request.method)
            finally:
                server.close()
            if answer is not None:
                self._observer.answered(request, answer, is_delivered=False)
                return True
        return False

    def _ask(self, servers: list[Connection], request: Message) -> Message:
        """Send a request on the open connection to the server, and return the answer.

        A new connection is made if none is open, or if the open connection was idle for long.

        Raises:
            ConnectionError: The server closed the connection without an answer.
        """
        if servers and servers[0].is_stale:
            servers.pop().close()
        if not servers:
            servers.append(self._connect())
        servers[0].send(request.raw)
        answer = read_response(servers[0].reader, method=request.method)
        if answer is None:
            raise ConnectionError("the server closed the connection")
        if answer.is_last:
            servers.pop().close()
        return answer

    def _connect(self) -> Connection:
        is_secure = self._server.scheme == "https"
        host, port = self._server.hostname or "", self._server.port or (443 if is_secure else 80)
        end = socket.create_connection((host, port), timeout=TIMEOUT_S)
        if is_secure:
            end = ssl.create_default_context().wrap_socket(end, server_hostname=host)
        return Connection(end)

    def _count(self, fault: Fault) -> None:
        with self._lock:
            self.done[fault.kind] += 1


def trickle(connection: Connection, data: bytes, seconds: float) -> None:
    """Send data in small pieces over a time of `seconds`."""
    size = max(1, -(-len(data) // PIECES))
    for begin in range(0, len(data), size):
        connection.send(data[begin : begin + size])
        time.sleep(seconds / PIECES)


def _foreign_answer(fault: Fault) -> bytes:
    """Return the bytes of an answer that the proxy sends instead of the server's answer."""
    if fault.kind == "portal":
        return response("200 OK", "text/html; charset=utf-8", PORTAL_PAGE)
    return response("503 Service Unavailable", "application/problem+json", UNAVAILABLE, Retry_After="1")
