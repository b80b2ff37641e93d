"""Responses that never end (event streams), which the event loop continues after Flask has sent the head.

A view answers the request as usual, and attaches a `Stream` for the bridge. Under plain WSGI no event loop can run the stream,
and the client gets only the body of the response.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from flask import request

STREAM = "gridward.stream"


class Stream(Protocol):
    """A response that continues after its head was sent."""

    async def run(self, send: Callable[[bytes], Awaitable[Any]], gone: Awaitable[Any]) -> None:
        """Send data until the stream is over.

        The future `gone` is done when the client has closed the connection.
        """

    def cancel(self) -> None:
        """Release the stream, because it will not be run."""


class Streams(Protocol):
    """All streams of a process, on its event loop."""

    def start(self, loop: Any) -> None: ...
    def close(self) -> None:
        """Ask all streams to end, because the process stops."""

    def stop(self) -> None: ...


def attach_stream(stream: Stream) -> None:
    """Let the bridge run this stream after the head of the current response is sent."""
    request.environ[STREAM] = stream


__all__ = ["STREAM", "Stream", "Streams", "attach_stream"]
