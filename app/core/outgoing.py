"""The client for outgoing HTTP requests. It connects to public addresses only, and to what the operator allows.

A URL that a user or another program chose may lead to an address behind the firewall: to this machine, to the database,
or to the metadata of a cloud (server-side request forgery). So the client resolves the host name once, checks every
address of the answer, and connects to a checked address. A name whose addresses change between check and connection
(DNS rebinding) gains nothing. Redirects are not followed. TLS certificates are verified for the host name of the URL.

Each request has limits of time, size and headers. The rules for URLs and addresses are in `public_addresses.py`. The
object store has a client of its own (obstore), whose address is a setting of the operator.
"""

import http.client
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.core.deadlines import Deadline, handle_of
from app.core.public_addresses import (
    DEFAULT_PORTS,
    Address,
    Url,
    UrlRefused,
    is_public,
    parse_addresses,
    parse_url,
)
from app.settings import Network, Settings

Resolve = Callable[[str, int], Sequence[str]]

# Stuck look-ups of names take threads of their own. Later look-ups wait for them, within the time of their request.
_LOOKUPS = 8
_READ_BYTES = 65_536
_IDLE_CONNECTIONS = 16
# For so long a client with kept connections uses the checked addresses of a URL again.
CHECKED_S = 10.0
_CHECKED_URLS = 1_000


class OutgoingRefused(Exception):
    """Raised if the rules forbid a request. It is refused again unless the operator changes a setting.

    The argument is the reason as a code, without the URL.
    """


class OutgoingFailed(Exception):
    """Raised if a request got no complete answer. A later one may succeed. The argument is the reason as a code."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one request.

    Attributes:
        seconds: For the whole request, from the look-up of the name to the end of the body.
        body_bytes: Maximum size of the body of the answer.
        header_bytes: Maximum size of the headers of the answer.
    """

    seconds: float = 10
    body_bytes: int = 100_000
    header_bytes: int = 16_000


@dataclass(frozen=True, slots=True)
class Allowed:
    """The hosts and networks that the operator allows, beside public addresses over https at port 443.

    A request to one of these hosts or networks may use http, any port and any address.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def has(self, url: Url, addresses: Sequence[Address]) -> bool:
        """Return True if the host, or each of its addresses, is allowed."""
        return url.host in self.hosts or all(
            any(address in network for network in self.networks) for address in addresses
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. The names of the headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Target:
    """A checked URL with the address to connect to."""

    url: Url
    address: str


class _Connection(http.client.HTTPConnection):
    """A connection to the checked address of a target. `host` and `port` are those of the URL."""

    def __init__(self, target: _Target, tls: ssl.SSLContext, deadline: Deadline) -> None:
        super().__init__(target.url.host, target.url.port)
        self.target, self.tls, self.deadline = target, tls, deadline
        self.handle: socket.socket | None = None
        self._parts: list[bytes] = []

    def exchange(
        self, method: str, body: bytes | None, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        """Send a request, head and body at once, and return the answer, whose body is not read yet."""
        self._parts = []
        self.request(method, self.target.url.target, body, headers)
        super().send(b"".join(self._parts))
        return self.getresponse()

    def send(self, data: Any) -> None:
        # Two packets would wake the server twice.
        self._parts.append(data)

    def connect(self) -> None:
        url = self.target.url
        self.sock = socket.create_connection((self.target.address, url.port), timeout=self.deadline.left_s())
        self.handle = handle_of(self.sock)
        self.deadline.watch_handle(self.handle)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if url.scheme == "https":
            self.sock = self.tls.wrap_socket(self.sock, server_hostname=url.host)

    def renew(self, target: _Target, deadline: Deadline) -> bool:
        """Use an idle connection for another request. Return False if the server has closed it, or sent what nobody asked."""
        handle = self.handle
        if handle is None or _has_input(handle):
            return False
        self.target, self.deadline = target, deadline
        self.sock.settimeout(deadline.left_s())
        deadline.watch_handle(handle)
        return True

    def fits(self, target: _Target) -> bool:
        """Return True if the connection goes to the checked address of a target, and speaks to its host."""
        return self.target.address == target.address and self.target.url.origin == target.url.origin

    def is_released(self) -> bool:
        """Let the deadline of the request leave the connection alone. Return False if it has passed."""
        if self.handle is not None:
            self.deadline.forget(self.handle)
        return not self.deadline.has_passed

    def close(self) -> None:
        super().close()
        if self.handle is not None:
            self.deadline.forget(self.handle)
            self.handle.close()
            self.handle = None


class OutgoingClient:
    """A client that sends each request over a new connection, or over an idle one with `keeps_alive`.

    With `keeps_alive` it also keeps the checked addresses of a URL for `checked_s`. So a kept connection is only used while its
    address is one that was looked up and checked within this time.
    """

    def __init__(
        self,
        allowed: Allowed = Allowed(),
        *,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        keeps_alive: bool = False,
        checked_s: float = CHECKED_S,
    ) -> None:
        self.allowed = allowed
        self._checked_s = checked_s
        self._resolve = resolve or _resolve
        self._tls = tls or ssl.create_default_context()
        self._keeps_alive = keeps_alive
        self._idle: list[_Connection] = []
        self._checked: dict[str, tuple[float, _Target]] = {}
        self._lock = threading.Lock()

    def check(self, text: str, *, seconds: float = 5) -> Url:
        """Check a URL and the addresses of its host, without a connection.

        Raises:
            OutgoingRefused: The rules forbid requests to this URL.
            OutgoingFailed: The name of the host was not found.
        """
        return self._target(text, time.monotonic() + seconds).url

    def request(
        self,
        method: str,
        text: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limits: Limits = Limits(),
    ) -> Answer:
        """Send a request and return the answer, whatever its status. A redirect is refused.

        Raises:
            OutgoingRefused: The rules forbid the request, or the answer is a redirect.
            OutgoingFailed: There was no answer within the limits.
        """
        deadline = Deadline(limits.seconds)
        try:
            target = (
                self._checked_target(text, deadline.at)
                if self._keeps_alive
                else self._target(text, deadline.at)
            )
            answer = self._exchange(target, deadline, method, headers or {}, body, limits)
        except (OSError, http.client.HTTPException) as error:
            self._checked.pop(text, None)
            raise OutgoingFailed(_reason(error, deadline)) from error
        finally:
            deadline.end()
        if deadline.has_passed:
            raise OutgoingFailed("timeout")
        if 300 <= answer.status < 400:
            raise OutgoingRefused("redirect")
        return answer

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _checked_target(self, text: str, ends_at: float) -> _Target:
        """Return the target of a URL, checked lately."""
        now = time.monotonic()
        checked_at, target = self._checked.get(text) or (0.0, None)
        if target is None or now - checked_at >= self._checked_s:
            target = self._target(text, ends_at)
            if len(self._checked) >= _CHECKED_URLS:
                self._checked.clear()
            self._checked[text] = now, target
        return target

    def _target(self, text: str, ends_at: float) -> _Target:
        try:
            url = parse_url(text)
        except UrlRefused as error:
            raise OutgoingRefused(str(error)) from None
        addresses = [url.address] if url.address else self._addresses(url, ends_at)
        if not self.allowed.has(url, addresses):
            if url.scheme != "https":
                raise OutgoingRefused("scheme")
            if url.port != DEFAULT_PORTS["https"]:
                raise OutgoingRefused("port")
            # One address that is not public refuses all: an attacker may mix them, and the first may fail to connect.
            if not all(map(is_public, addresses)):
                raise OutgoingRefused("address")
        return _Target(url, str(addresses[0]))

    def _addresses(self, url: Url, ends_at: float) -> list[Address]:
        lookup = _lookup_threads().submit(self._resolve, url.host, url.port)
        try:
            addresses = parse_addresses(lookup.result(timeout=max(0.001, ends_at - time.monotonic())))
        except TimeoutError as error:
            raise OutgoingFailed("timeout") from error
        except (OSError, UnicodeError) as error:
            raise OutgoingFailed("unknown_host") from error
        if not addresses:
            raise OutgoingFailed("unknown_host")
        return addresses

    def _exchange(
        self,
        target: _Target,
        deadline: Deadline,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
        limits: Limits,
    ) -> Answer:
        connection = self._take(target, deadline)
        if connection is not None:
            try:
                return self._send(connection, deadline, method, headers, body, limits)
            except (ConnectionError, http.client.RemoteDisconnected):
                connection.close()  # the server had closed the idle connection
                if deadline.has_passed:
                    raise
        connection = _Connection(target, self._tls, deadline)
        try:
            return self._send(connection, deadline, method, headers, body, limits)
        except BaseException:
            connection.close()
            raise

    def _send(
        self,
        connection: _Connection,
        deadline: Deadline,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
        limits: Limits,
    ) -> Answer:
        url = connection.target.url
        wanted = {"Connection": "keep-alive" if self._keeps_alive else "close"}
        response = connection.exchange(method, body, {"Host": url.authority, **wanted, **headers})
        received = {name.lower(): value for name, value in response.getheaders()}
        if sum(len(name) + len(value) for name, value in response.getheaders()) > limits.header_bytes:
            raise OutgoingFailed("too_large")
        content = bytearray()
        while chunk := response.read1(_READ_BYTES):
            content += chunk
            if len(content) > limits.body_bytes:
                raise OutgoingFailed("too_large")
        if response.length:
            raise http.client.IncompleteRead(bytes(content), response.length)
        # Python 3.11 and 3.12 leave the answer open after its last byte, and the connection then sends nothing more.
        response.close()
        if self._keeps_alive and not response.will_close and connection.is_released():
            self._put_back(connection)
        else:
            connection.close()
        return Answer(response.status, received, bytes(content))

    def _take(self, target: _Target, deadline: Deadline) -> _Connection | None:
        """Return an idle connection to the same checked address, or None."""
        while True:
            with self._lock:
                # The one used last comes first: its server has hardly closed it.
                fitting = (n for n in reversed(range(len(self._idle))) if self._idle[n].fits(target))
                number = next(fitting, None)
                connection = None if number is None else self._idle.pop(number)
            if connection is None or connection.renew(target, deadline):
                return connection
            connection.close()

    def _put_back(self, connection: _Connection) -> None:
        with self._lock:
            self._idle.append(connection)
            oldest = self._idle.pop(0) if len(self._idle) > _IDLE_CONNECTIONS else None
        if oldest is not None:
            oldest.close()


@lru_cache(maxsize=8)
def client_with(allowed: Allowed) -> OutgoingClient:
    """Return the client of this process that may also send to what is allowed."""
    return OutgoingClient(allowed)


def allowed_of(settings: Settings) -> Allowed:
    """Return what the setting GRIDWARD_OUTGOING_ALLOWED allows."""
    hosts = frozenset(part for part in settings.outgoing_allowed if isinstance(part, str))
    return Allowed(hosts, tuple(part for part in settings.outgoing_allowed if not isinstance(part, str)))


def _has_input(handle: socket.socket) -> bool:
    """Return True if an idle connection was closed by the server, or has bytes that nobody asked for."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(0))


def _resolve(host: str, port: int) -> list[str]:
    results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in results))


@lru_cache(maxsize=1)
def _lookup_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")


def _reason(error: Exception, deadline: Deadline) -> str:
    if deadline.has_passed or isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    return "connection" if isinstance(error, OSError) else "malformed"
