"""Simulated time: events run one after the other, each at its second."""

import heapq
from collections.abc import Callable

Act = Callable[[], None]


class Events:
    """Event queue ordered by second, then by insertion."""

    def __init__(self) -> None:
        self.now = 0
        self._heap: list[tuple[int, int, Act]] = []
        self._count = 0

    def put(self, at: int, act: Act) -> None:
        """`at`: seconds from the start; ValueError for what is past."""
        if at < self.now:
            raise ValueError(f"{at} s is over: it is {self.now} s")
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, act))

    def run(self, until: int) -> int:
        """Run all events before `until` and stop the clock there. Return their number."""
        happened = 0
        while self._heap and self._heap[0][0] < until:
            self.now, _, act = heapq.heappop(self._heap)
            act()
            happened += 1
        self.now = max(self.now, until)
        return happened
