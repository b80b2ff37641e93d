"""Lanes: requests of one batch that are under way at the same time, in order for each case.

A batch begins with one request. Each success allows one more at a time, and a failure leaves one. So a receiver far away
gets several messages at once, and one that fails gets no more requests than by a sender that waits for each answer.
"""

import contextvars
import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

from sqlalchemy import RowMapping

from app.webhooks.rules import attempts
from app.webhooks.rules.attempts import Outcome, Result

Message = tuple[RowMapping, bytes | None]
LANES = 8
# Lanes of all batches of a process beside those that send first.
_THREADS = 32


class Lanes:
    """The messages of a batch on their way. `results` are in the order in which the attempts ended.

    Args:
        most: Requests that may be under way at the same time.

    Attributes:
        failures: Failed attempts in succession, with those before the batch.
    """

    def __init__(
        self, messages: Sequence[Message], *, failures: int, ends_at: float, most: int = LANES
    ) -> None:
        self._messages, self._ends_at, self._most, self.failures = messages, ends_at, most, failures
        self.results: list[tuple[RowMapping, Outcome]] = []
        self._lock = threading.Lock()
        self._is_stopped = False
        self._running = self._allowed = 1
        self._others: list[Future[None]] = []
        # Numbers of the messages of each case, and of those whose case has no request under way.
        self._of_case: dict[Hashable, deque[int]] = {}
        for number in range(len(messages)):
            self._of_case.setdefault(self._case(number), deque()).append(number)
        self._ready = [numbers[0] for numbers in self._of_case.values()]
        heapq.heapify(self._ready)

    def send_all(self, send: Callable[[RowMapping, bytes | None], Outcome]) -> None:
        """Send the messages until the receiver fails or the time is up. After a failure the later ones of the case wait."""
        try:
            self._run(send)
        except BaseException:
            self._is_stopped = True
            raise
        finally:
            while self._others:
                self._others.pop().result()

    def _run(self, send: Callable[[RowMapping, bytes | None], Outcome]) -> None:
        is_more_allowed = False
        while True:
            with self._lock:
                if is_more_allowed and self._ready and self._running < self._allowed:
                    self._running += 1
                    context = contextvars.copy_context()
                    self._others.append(_threads().submit(context.run, self._run, send))
                number = self._next()
            if number is None:
                return
            message, body = self._messages[number]
            outcome = send(message, body)
            with self._lock:
                is_more_allowed = self._record(number, outcome)

    def _case(self, number: int) -> Hashable:
        message = self._messages[number][0]
        case: Hashable = message["incident_id"] or message["id"]
        return case

    def _next(self) -> int | None:
        """Return the number of the next message; None: this lane ends."""
        is_over = self._is_stopped or not self._ready or time.monotonic() > self._ends_at
        if is_over or self._running > self._allowed:
            self._running -= 1
            return None
        return heapq.heappop(self._ready)

    def _record(self, number: int, outcome: Outcome) -> bool:
        """Store the result of an attempt. Return True if another lane may begin."""
        self.results.append((self._messages[number][0], outcome))
        numbers = self._of_case[self._case(number)]
        numbers.popleft()
        if outcome.result is Result.GONE:
            self._is_stopped = True
        elif outcome.result is Result.FAILED:
            self.failures += 1
            self._allowed = 1
            self._is_stopped = self._is_stopped or self.failures >= attempts.FAILURES_OF_RECEIVER
            return False
        elif outcome.result is Result.SENT:
            self.failures = 0
            self._allowed = min(self._allowed + 1, self._most)
        if numbers:
            heapq.heappush(self._ready, numbers[0])
        return True


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="webhook")
