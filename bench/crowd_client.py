"""Open-loop load of many people: requests come when they are due, whether or not earlier ones are answered.

A closed loop sends less the slower the server is, so it never overloads it. Here each kind of request has a rate; latencies
count from the instant at which a request was due, so that waiting in the client counts too. One process, asyncio.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

REQUEST_TIMEOUT_S = 30.0
# Requests beyond so many that are not answered yet are not sent: they count as failed, as those of people who give up.
PENDING_MAX = 2_000


class _Connection(asyncio.Protocol):
    """A connection to the server with one request at a time.

    Streams of asyncio need three times as much processor time, which the server beside this client would lack.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self.is_open = True

    @classmethod
    async def to(cls, base: str) -> Self:
        """Open a connection."""
        address = urlsplit(base)
        _, connection = await asyncio.get_running_loop().create_connection(
            cls, address.hostname, address.port
        )
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send a request. Return status and body.

        Raises:
            ConnectionResetError: The server closed the connection before anything of the answer came.
            ConnectionAbortedError: It closed it within the answer, or the answer took more than REQUEST_TIMEOUT_S.
        """
        if self._answer is not None or self._transport is None:
            raise RuntimeError("a connection carries one request at a time")
        self._answer = self._loop.create_future()
        timer = self._loop.call_later(REQUEST_TIMEOUT_S, self._fail, ConnectionAbortedError())
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            timer.cancel()
            self._answer = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        head = head.lower()
        _, _, length = head.partition(b"\r\ncontent-length:")
        if len(body) < int(length.partition(b"\r\n")[0] or 0):
            return
        self._received = b""
        if b"\r\nconnection: close" in head:
            self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(ConnectionAbortedError() if self._received else ConnectionResetError())

    def _fail(self, error: ConnectionError) -> None:
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def close(self) -> None:
        """Close the connection."""
        self.is_open = False
        if self._transport is not None:
            self._transport.close()


@dataclass(slots=True)
class Person:
    """Somebody with one connection, who sends one request at a time."""

    base: str
    username: str
    token: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    _connection: _Connection | None = None
    is_busy: bool = False

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """Send a request. Return status and body; status 0: no answer."""
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(self.base).netloc}"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        if content:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        elif method != "GET":
            lines.append("Content-Length: 0")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join([*lines, "", ""]).encode() + content
        try:
            try:
                return await self._exchange(request)
            except ConnectionResetError:
                # The server closes connections that are idle for two minutes. Nothing of the request was read then.
                return await self._exchange(request)
        except OSError:
            return 0, b""

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._connection is None or not self._connection.is_open:
            self._connection = await _Connection.to(self.base)
        return await self._connection.exchange(request)

    def close(self) -> None:
        """Close the connection. The next request opens another one."""
        if self._connection is not None:
            self._connection.close()

    async def sign_in(self, password: str) -> None:
        """Get a token that is good for ten minutes."""
        body = {"username": self.username, "password": password, "device_id": f"phone-{self.username}"}
        for _ in range(20):
            status, answer = await self.ask("POST", "/api/v1/auth/token", body)
            if status == 200:
                self.token = json.loads(answer)["access_token"]
                return
            await asyncio.sleep(0.5)
        raise SystemExit(f"{self.username} cannot sign in: {status} {answer[:200]!r}")


async def sign_in_all(people: Sequence[Person], password: str) -> None:
    """Sign in everybody, few at a time."""
    places = asyncio.Semaphore(4)

    async def sign_in(person: Person) -> None:
        async with places:
            await person.sign_in(password)

    await asyncio.gather(*(sign_in(person) for person in people))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request.

    Attributes:
        per_s: How many are due in a second.
        people: Who sends them.
        act: Sends one and returns its status. May note what was acknowledged.
    """

    name: str
    per_s: float
    people: Sequence[Person]
    act: Callable[[Person], Awaitable[int]]


@dataclass(slots=True)
class Sample:
    """What became of one kind of request in a while."""

    seconds: float
    statuses: Counter[int] = field(default_factory=Counter)
    not_sent: int = 0
    # Instants (s from the start) and latencies of what was answered well.
    timeline: list[tuple[float, float]] = field(default_factory=list)

    @property
    def offered(self) -> int:
        """Requests that were due."""
        return sum(self.statuses.values()) + self.not_sent

    @property
    def good(self) -> int:
        """Requests that were answered with 2xx or 304."""
        return sum(n for status, n in self.statuses.items() if 200 <= status < 300 or status == 304)

    def percentile_ms(self, share: float) -> float:
        """Return a percentile of the latencies of good answers, in milliseconds."""
        times = sorted(latency for _, latency in self.timeline)
        return times[min(len(times) - 1, int(len(times) * share))] * 1000 if times else float("nan")


async def load(
    kinds: Sequence[Kind], seconds: float, *, factor: float = 1.0, seed: int = 7
) -> dict[str, Sample]:
    """Send each kind of request at its rate times a factor, for so many seconds; wait for the answers."""
    samples = {kind.name: Sample(seconds) for kind in kinds}
    tasks: set[asyncio.Task[None]] = set()
    started = time.perf_counter()

    async def answer(kind: Kind, person: Person, due: float) -> None:
        try:
            status = await kind.act(person)
        finally:
            person.is_busy = False
        now = time.perf_counter()
        sample = samples[kind.name]
        sample.statuses[status] += 1
        if 200 <= status < 300 or status == 304:
            sample.timeline.append((due - started, now - due))

    async def send(kind: Kind, lot: random.Random) -> None:
        due, number = started, lot.randrange(len(kind.people))
        while True:
            due += lot.expovariate(kind.per_s * factor)
            if due - started > seconds:
                return
            if (pause := due - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            for _ in range(len(kind.people)):
                number = (number + 1) % len(kind.people)
                if not kind.people[number].is_busy:
                    break
            person = kind.people[number]
            if person.is_busy or len(tasks) >= PENDING_MAX:
                samples[kind.name].not_sent += 1
                continue
            person.is_busy = True
            task = asyncio.ensure_future(answer(kind, person, due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    lots = {kind.name: random.Random(f"{seed} {kind.name}") for kind in kinds if kind.per_s > 0}
    await asyncio.gather(*(send(kind, lots[kind.name]) for kind in kinds if kind.per_s > 0))
    if tasks:
        await asyncio.wait(tasks, timeout=REQUEST_TIMEOUT_S + 5)
    return samples


def rows(samples: Mapping[str, Sample]) -> list[str]:
    """Return a Markdown table of samples."""
    lines = [
        "| kind | due/s | answered well/s | p50 ms | p95 ms | p99 ms | refused (503) | other failures | not sent |",
        "|---|" + "---:|" * 8,
    ]
    for name, sample in samples.items():
        other = sum(sample.statuses.values()) - sample.good - sample.statuses[503]
        numbers = [f"{sample.offered / sample.seconds:.1f}", f"{sample.good / sample.seconds:.1f}"]
        numbers += [f"{sample.percentile_ms(s):.0f}" if sample.timeline else "" for s in (0.5, 0.95, 0.99)]
        lines.append(
            f"| {name} | {' | '.join(numbers)} | {sample.statuses[503]} | {other} | {sample.not_sent} |"
        )
    return lines
