"""The queue of a discrete-event simulation: events run one after another at their seconds."""

import heapq
from collections.abc import Callable

Act = Callable[[], None]


class Events:
    """A queue of events, ordered by second and then by insertion."""

    def __init__(self) -> None:
        self.now = 0
        self._heap: list[tuple[int, int, Act]] = []
        self._count = 0

    def put(self, at: int, act: Act) -> None:
        """Add an event at a second from the start.

        Raises:
            ValueError: The second is in the past.
        """
        if at < self.now:
            raise ValueError(f"{at} s is over: it is {self.now} s")
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, act))

    def run(self, until: int) -> int:
        """Run all events before second `until`, and set the clock to `until`.

        Returns the number of events.
        """
        happened = 0
        while self._heap and self._heap[0][0] < until:
            self.now, _, act = heapq.heappop(self._heap)
            act()
            happened += 1
        self.now = max(self.now, until)
        return happened
