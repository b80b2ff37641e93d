"""Answers that never end: a request is answered by Flask as any other, and may leave a stream behind for the loop.

The route puts a `Stream` where the bridge finds it. Under plain WSGI there is nothing that could run one, and the
body of the answer is what the client gets.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from flask import request

STREAM = "gridward.stream"


class Stream(Protocol):
    """A response body that continues after the head was sent."""

    async def run(self, send: Callable[[bytes], Awaitable[Any]], gone: Awaitable[Any]) -> None:
        """Write until it is over. `gone` is done when the client has hung up."""

    def cancel(self) -> None:
        """Note that the stream will not be run."""


class Streams(Protocol):
    """All streams of a process, on its loop."""

    def start(self, loop: Any) -> None: ...
    def close(self) -> None:
        """Let the streams end by themselves, because the process stops."""

    def stop(self) -> None: ...


def attach_stream(stream: Stream) -> None:
    """Let the bridge run this stream after the head of the current response."""
    request.environ[STREAM] = stream


__all__ = ["STREAM", "Stream", "Streams", "attach_stream"]
