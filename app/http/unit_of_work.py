"""The unit of work of a request: a view says whether it reads or writes, and gets its session.

Services take a session and open none. A view that needs several sessions, such as one that renders a file after its reads,
opens them itself with the functions of `app.core.db`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial, wraps
from typing import Any

from flask import g

from app.core.db import (
    Plan,
    Session,
    counting_session,
    read_session,
    snapshot_session,
    transaction,
    with_retries,
)
from app.http.responses import expected_version

View = Callable[..., Any]


class UnitOfWork:
    """Decorators of a blueprint, innermost above the view, that open its session."""

    def reads(self, view: View | None = None, *, plan: Plan = "auto") -> Any:
        """Innermost decorator: the view gets `session`, which only reads, each statement by itself."""
        return _with_session(view, partial(read_session, plan))

    def counts(self, view: View | None = None, *, plan: Plan = "auto") -> Any:
        """Innermost decorator: the view gets `session`, a snapshot for statements that count many rows."""
        return _with_session(view, partial(counting_session, plan))

    def snapshots(self, view: View) -> View:
        """Innermost decorator: the view gets `session`, whose statements all see the same snapshot."""
        return with_session(view, snapshot_session)

    def writes(self, view: View) -> View:
        """Innermost decorator: the view gets `session`, a transaction that is run again after a deadlock."""
        return with_transaction(view)


def _with_session(view: View | None, open_session: Callable[[], Any]) -> Any:
    decorator = partial(with_session, open_session=open_session)
    return decorator if view is None else decorator(view)


def with_session(view: View, open_session: Callable[[], AbstractContextManager[Session]]) -> View:
    """Return the view called with `session`, a session that only reads and is closed when the view returns."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with open_session() as session:
            return view(*args, session=session, **kwargs)

    return wrapper


def with_transaction(view: View) -> View:
    """Return the view called with `session`, a transaction that is committed when the view returns.

    An error rolls the transaction back. A deadlock or serialization failure does, too, and the view is called again: it
    may be called several times, so it may have no effect but in the database. Bodies are copied for each call, as a view
    may take members out of them.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        def attempt() -> Any:
            copies = (dict(argument) if isinstance(argument, dict) else argument for argument in args)
            with transaction(g.get("actor")) as session:
                return view(*copies, session=session, **kwargs)

        return with_retries(attempt)

    return wrapper


def with_expected_version(view: View, *, is_required: bool) -> View:
    """Return the view called with `expected`, the version in If-Match, or None without one where it is not required."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return view(*args, expected=expected_version(required=is_required), **kwargs)

    return wrapper
