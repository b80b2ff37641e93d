"""Admission: which waiting request a free thread runs next, and which are refused while the server is overloaded.

Each process has a few threads for Flask. A request that finds none waits in the queue of its priority. Without limits an
overloaded server answers only requests whose clients have given up: the queues grow until every answer is too late.

- Waiting is limited in number and in time. A queue that has not been empty for `burst_seconds` is no burst: its requests
  wait for `wait_seconds` instead (controlled delay). A refused request costs no thread: 503 with Retry-After.
- A free thread takes the waiting request of the highest priority. Every fifth time it takes one of the lowest, so that no
  priority starves.
- One thread more than `threads` runs urgent requests only, and requests that count many rows never have all threads.
"""

import asyncio
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, NamedTuple

from app.core.metrics import ADMISSION_REFUSED, ADMISSION_WAIT, ADMISSION_WAITING, PROBLEMS

Answer = tuple[int, list[tuple[str, str]], bytes]


class Priority(NamedTuple):
    """A class of work.

    Attributes:
        patience: Factor of `wait_seconds`.
        retry_after_s: Seconds of Retry-After of a refusal; up to half of it is added by lot, so that clients do not return
            together.
    """

    name: str
    patience: float
    retry_after_s: int


# From the highest to the lowest. `app.http.priorities` has the requests of each.
PRIORITIES = (
    Priority("urgent", 10, 1),
    Priority("field", 2, 2),
    Priority("read", 1, 3),
    Priority("position", 2, 5),
    Priority("count", 10, 10),
)
URGENT, FIELD, READ, POSITION, COUNT = range(len(PRIORITIES))
_DOWNWARDS, _UPWARDS = (URGENT, FIELD, READ, POSITION, COUNT), (URGENT, COUNT, POSITION, READ, FIELD)
# Every so many-th time a thread takes a request of the lowest priority that waits.
LOWEST_EVERY = 5
# Requests whose time is over are looked for at this interval, as long as any request waits.
SWEEP_SECONDS = 0.1
_BODY = b'{"status":503,"code":"busy"}'


@dataclass(slots=True, eq=False)
class _Task:
    """A request that waits for a thread. `has_waited`: no thread was idle when the request came."""

    rank: int
    run: Callable[[dict[str, Any]], Answer]
    environ: dict[str, Any]
    future: asyncio.Future[Answer]
    since: float
    has_waited: bool = False


class Admission:
    """The threads of one process, and the requests that wait for them."""

    def __init__(
        self,
        *,
        threads: int,
        rank: Callable[[Any, dict[str, Any]], int] = lambda _scope, _environ: READ,
        waiting_max: int = 1_000,
        burst_seconds: float = 5.0,
        wait_seconds: float = 1.0,
    ) -> None:
        """Make the threads of a process; `start` starts them.

        Args:
            threads: Threads for all requests. One more runs urgent requests only.
            rank: Returns the index of the priority of a request, from its scope and its WSGI environment.
            waiting_max: Requests of one priority that wait at the same time.
            burst_seconds: How long a queue is a burst.
            wait_seconds: How long requests wait if the queue has lasted longer than a burst.
        """
        self._rank = rank
        self._threads = threads
        self._waiting_max = waiting_max
        self._wait_s = [wait_seconds * priority.patience for priority in PRIORITIES]
        self._burst_s = [max(burst_seconds, wait_s) for wait_s in self._wait_s]
        self._counting_max = max(1, threads - 1)
        self._queues: list[deque[_Task]] = [deque() for _ in PRIORITIES]
        # When the queue was empty last: since then it has not been.
        self._empty_at = [0.0] * len(PRIORITIES)
        self._lock = threading.Lock()
        # A token for each request: threads wait for them without a lock of Python's. None ends a thread.
        self._tokens: SimpleQueue[int | None] = SimpleQueue()
        self._urgent_tokens: SimpleQueue[int | None] = SimpleQueue()
        # Requests that common threads run now, and how many of them count rows.
        self._busy = 0
        self._counting = 0
        self._picks = 0
        self._is_sweeping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: list[threading.Thread] = []

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads. Answers are given to tasks of `loop`."""
        self._loop = loop
        numbers = [(self._tokens, COUNT, f"wsgi_{n}") for n in range(self._threads)]
        for tokens, lowest, name in [*numbers, (self._urgent_tokens, URGENT, "wsgi_urgent")]:
            thread = threading.Thread(target=self._work, args=(tokens, lowest), name=name, daemon=True)
            self._running.append(thread)
            thread.start()

    def stop(self) -> None:
        """End the threads after what they run."""
        for thread in self._running:
            (self._urgent_tokens if thread is self._running[-1] else self._tokens).put(None)
        for thread in self._running:
            thread.join()
        self._running.clear()

    async def run(
        self, scope: Any, environ: dict[str, Any], work: Callable[[dict[str, Any]], Answer]
    ) -> Answer:
        """Run `work(environ)` in a thread and return its answer, or the answer of a refusal."""
        loop = asyncio.get_running_loop()
        rank = self._rank(scope, environ)
        now = time.monotonic()
        task = _Task(rank, work, environ, loop.create_future(), now)
        with self._lock:
            task.has_waited = self._busy + sum(map(len, self._queues)) >= self._threads
            queue = self._queues[rank]
            if not queue:
                self._empty_at[rank] = now
            is_full = len(queue) >= self._waiting_max
            if not is_full:
                queue.append(task)
        if is_full:
            return _refusal(rank, "full")
        self._tokens.put(rank)
        if rank == URGENT:
            self._urgent_tokens.put(rank)
        if task.has_waited and not self._is_sweeping:
            self._is_sweeping = True
            loop.call_later(SWEEP_SECONDS, self._sweep)
        return await task.future

    def _work(self, tokens: "SimpleQueue[int | None]", lowest: int) -> None:
        """Run requests down to a priority until the process stops."""
        is_common = lowest != URGENT
        while tokens.get() is not None:
            with self._lock:
                task = self._next(lowest)
                self._busy += is_common and task is not None
            if task is None:
                continue
            self._answer(task)
            with self._lock:
                self._busy -= is_common
                self._counting -= task.rank == COUNT
                is_left = task.rank == COUNT and bool(self._queues[COUNT])
            if is_left:  # its token may have been used up while no thread was allowed to count
                self._tokens.put(COUNT)

    def _answer(self, task: _Task) -> None:
        answer: Answer | None = None
        error: BaseException | None = None
        if task.has_waited:
            ADMISSION_WAIT.labels(PRIORITIES[task.rank].name).observe(time.monotonic() - task.since)
        try:
            answer = task.run(task.environ)
        except BaseException as raised:
            error = raised
        assert self._loop is not None
        self._loop.call_soon_threadsafe(_resolve, task.future, answer, error)

    def _next(self, lowest: int) -> _Task | None:
        """Return the request that a free thread runs next; None: there is none for it. The lock is held."""
        self._picks += 1
        now = time.monotonic()
        for rank in _UPWARDS if self._picks % LOWEST_EVERY == 0 else _DOWNWARDS:
            queue = self._queues[rank]
            if rank > lowest or not queue or (rank == COUNT and self._counting >= self._counting_max):
                continue
            self._expire(rank, now)
            while queue:
                task = queue.popleft()
                if not task.future.done():  # its client has not gone away
                    self._counting += rank == COUNT
                    return task
        return None

    def _expire(self, rank: int, now: float) -> None:
        """Refuse the requests of a queue that have waited for too long. The lock is held."""
        queue = self._queues[rank]
        is_burst = now - self._empty_at[rank] < self._burst_s[rank]
        limit = self._burst_s[rank] if is_burst else self._wait_s[rank]
        while queue and now - queue[0].since >= limit:
            task = queue.popleft()
            assert self._loop is not None
            self._loop.call_soon_threadsafe(_resolve, task.future, _refusal(rank, "late"), None)

    def _sweep(self) -> None:
        """Refuse what has waited for too long even if no thread becomes free, and publish how many wait."""
        now = time.monotonic()
        with self._lock:
            for rank in range(len(PRIORITIES)):
                self._expire(rank, now)
            waiting = [len(queue) for queue in self._queues]
        for priority, number in zip(PRIORITIES, waiting, strict=True):
            ADMISSION_WAITING.labels(priority.name).set(number)
        self._is_sweeping = any(waiting)
        if self._is_sweeping:
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)


def _resolve(future: "asyncio.Future[Answer]", answer: Answer | None, error: BaseException | None) -> None:
    if future.done():  # cancelled
        return
    if error is not None:
        future.set_exception(error)
    elif answer is not None:
        future.set_result(answer)


def _refusal(rank: int, reason: str) -> Answer:
    priority = PRIORITIES[rank]
    ADMISSION_REFUSED.labels(priority.name, reason).inc()
    PROBLEMS.labels("503", "busy").inc()
    wait_s = priority.retry_after_s + random.randint(0, priority.retry_after_s // 2)
    return 503, [("content-type", "application/problem+json"), ("retry-after", str(wait_s))], _BODY
