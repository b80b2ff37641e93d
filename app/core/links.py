"""Links to ourselves, as the caller reaches us: behind a proxy everything may stand under a prefix."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_prefix: ContextVar[str] = ContextVar("path_prefix", default="")


def link(path: str) -> str:
    """A path of ours (`/api/v1/...`) as it has to be asked for in this request."""
    return _prefix.get() + path


def prefix() -> str:
    """What stands before all of our paths in this request: empty, or `/gridward`."""
    return _prefix.get()


@contextmanager
def with_path_prefix(path_prefix: str) -> Iterator[None]:
    """Links made inside stand under `path_prefix`."""
    token = _prefix.set(path_prefix)
    try:
        yield
    finally:
        _prefix.reset(token)
