"""Links to this server with the path prefix of the proxy through which the caller reaches it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_prefix: ContextVar[str] = ContextVar("path_prefix", default="")


def link(path: str) -> str:
    """Return a path of this server (`/api/v1/...`) with the path prefix of this request."""
    return _prefix.get() + path


def prefix() -> str:
    """Return the path prefix of this request: empty, or such as `/gridward`."""
    return _prefix.get()


@contextmanager
def with_path_prefix(path_prefix: str) -> Iterator[None]:
    """Prefix all links made inside the block with `path_prefix`."""
    token = _prefix.set(path_prefix)
    try:
        yield
    finally:
        _prefix.reset(token)
