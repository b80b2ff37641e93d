"""Threads that run blocking calls for the event loop.

`ThreadPoolExecutor` with `run_in_executor` makes two futures for each call, with locks and callbacks between them. For calls of
a millisecond that is a tenth of the work. Here the thread hands its result to the one future of the event loop.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, NamedTuple


class _Call(NamedTuple):
    future: "asyncio.Future[Any]"
    function: Callable[[Any], Any]
    argument: Any


class Threads:
    """A fixed number of threads, which take calls in the order of their coming."""

    def __init__(self, number: int, *, name: str) -> None:
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}_{n}", daemon=True) for n in range(number)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, function: Callable[[Any], Any], argument: Any) -> Any:
        """Call the function in a thread, and return its result or raise its error.

        If the awaiting task is cancelled before a thread has begun, the function is not called.
        """
        future = asyncio.get_running_loop().create_future()
        self._calls.put(_Call(future, function, argument))
        return await future

    def stop(self) -> None:
        """Wait until all calls have ended, and end the threads."""
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            if call.future.cancelled():
                continue
            try:
                result, error = call.function(call.argument), None
            except BaseException as raised:
                result, error = None, raised
            with suppress(RuntimeError):  # the loop was closed: nobody waits
                call.future.get_loop().call_soon_threadsafe(_settle, call.future, result, error)
            del call, result, error  # nothing of a request stays while the thread waits


def _settle(future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
