"""A bad network: an HTTP proxy of one phone that cuts, loses, doubles, delays and slows down requests.

What it does to the n-th request of the phone is `plan(n)`, nothing else; so a plan that is a function of a seed can
be written down before anything runs. Bytes are really cut: both sides see a closed connection.
"""

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

KINDS = {
    "dropped": "the request never leaves the phone",
    "cut request": "the server gets the first part of the request only",
    "lost answer": "the server answers, the phone hears nothing",
    "cut answer": "the phone gets the first part of the answer only",
    "doubled": "the server gets the request twice, one after the other",
    "raced": "the server gets the request twice at the same time",
    "overtaken": "the phone hears nothing, and the request arrives after those that it sends next",
    "slow": "request and answer trickle",
}


@dataclass(frozen=True)
class Fault:
    kind: str  # of KINDS
    part: float = 0.5  # where it is cut, of all bytes
    seconds: float = 0.2  # how late, how slow
    byte: int | None = None  # where it is cut, exactly

    def first_of(self, message: bytes) -> bytes:
        return message[: int(len(message) * self.part) if self.byte is None else self.byte]


@dataclass
class Wire:
    """Listens on `port` for one phone; the server is at `server_port`."""

    server_port: int
    plan: Callable[[int], Fault | None]
    port: int = 0
    done: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    is_whole: bool = False  # no more faults

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._late: set[threading.Thread] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """No new connections, and wait for what is still on its way."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.settle()

    def settle(self) -> None:
        """Wait until overtaken requests have arrived."""
        for late in list(self._late):
            late.join(60)

    def _accept(self) -> None:
        while True:
            try:
                phone, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(phone,), daemon=True).start()

    def _serve(self, phone: socket.socket) -> None:
        """Requests of one connection, until a fault or either side ends it."""
        server: list[socket.socket] = []
        phone.settimeout(60)
        try:
            while request := read_message(phone):
                with self._lock:
                    number = self.requests
                    self.requests += 1
                fault = None if self.is_whole else self.plan(number)
                if not self._pass_on(phone, server, request, fault):
                    return
        except OSError:  # the server is away, or the phone has hung up
            with self._lock:
                self.done["(no connection)"] += 1
        finally:
            for end in (phone, *server):
                end.close()

    def _count(self, fault: Fault) -> None:
        with self._lock:
            self.done[fault.kind] += 1

    def _pass_on(
        self, phone: socket.socket, connections: list[socket.socket], request: bytes, fault: Fault | None
    ) -> bool:
        """One request; whether the connection goes on."""
        if fault is None:
            phone.sendall(self._ask(connections, request))
            return True
        if fault.kind == "dropped":
            self._count(fault)
            return False
        if fault.kind == "cut request":
            with self._connect() as server:
                server.sendall(fault.first_of(request))
                self._count(fault)
            return False
        if fault.kind == "overtaken":
            late = threading.Thread(target=self._deliver_late, args=(request, fault), daemon=True)
            self._late.add(late)
            late.start()
            return False
        if fault.kind == "raced":
            twin = threading.Thread(target=self._ask_quietly, args=(request,), daemon=True)
            twin.start()
            answer = self._ask(connections, request)
            twin.join(60)
        elif fault.kind == "doubled":
            self._ask(connections, request)
            answer = self._ask(connections, request)
        elif fault.kind == "slow":
            with self._connect() as server:
                trickle(server, request, fault.seconds / 2)
                answer = read_message(server)
            if not answer:
                raise ConnectionError
            self._count(fault)
            trickle(phone, answer, fault.seconds / 2)
            return False
        else:
            answer = self._ask(connections, request)
        self._count(fault)
        if fault.kind == "lost answer":
            return False
        if fault.kind == "cut answer":
            phone.sendall(fault.first_of(answer))
            return False
        phone.sendall(answer)
        return True

    def _deliver_late(self, request: bytes, fault: Fault) -> None:
        time.sleep(fault.seconds)
        if self._ask_quietly(request):
            self._count(fault)
        self._late.discard(threading.current_thread())

    def _ask_quietly(self, request: bytes) -> bytes:
        with contextlib.suppress(OSError), self._connect() as server:
            server.sendall(request)
            return read_message(server)
        return b""

    def _ask(self, connections: list[socket.socket], request: bytes) -> bytes:
        if not connections:
            connections.append(self._connect())
        connections[0].sendall(request)
        answer = read_message(connections[0])
        if not answer:
            raise ConnectionError("the server hung up")
        return answer

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server_port), timeout=60)


def trickle(to: socket.socket, message: bytes, seconds: float, pieces: int = 8) -> None:
    size = max(1, -(-len(message) // pieces))
    for begin in range(0, len(message), size):
        to.sendall(message[begin : begin + size])
        time.sleep(seconds / pieces)


def read_message(source: socket.socket) -> bytes:
    """One HTTP/1.1 message as it came; empty if the other side has ended between two."""
    head = b""
    while b"\r\n\r\n" not in head:
        chunk = source.recv(65536)
        if not chunk:
            if head:
                raise ConnectionError("ended within the head")
            return b""
        head += chunk
    head, _, body = head.partition(b"\r\n\r\n")
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (header.partition(b":") for header in head.split(b"\r\n")[1:])
    }
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        while not body.endswith(b"0\r\n\r\n"):
            body += receive(source)
    else:
        length = int(fields.get(b"content-length", b"0"))
        parts, size = [body], len(body)
        while size < length:
            parts.append(receive(source))
            size += len(parts[-1])
        body = b"".join(parts)
    return head + b"\r\n\r\n" + body


def receive(source: socket.socket) -> bytes:
    chunk = source.recv(65536)
    if not chunk:
        raise ConnectionError("ended within the body")
    return chunk
