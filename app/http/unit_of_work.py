"""Sessions of requests: a decorator declares whether a view reads or writes, and passes the session to it.

Services get a session and open none. A view that needs several sessions, such as one that renders a file after its reads,
opens them itself with the functions of `app.core.db`.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial, wraps
from typing import Any

from flask import g, request

from app.core.db import (
    Plan,
    Session,
    counting_session,
    read_session,
    snapshot_session,
    transaction,
    with_retries,
)
from app.http.callers import authenticated_actor, checks_beside, reads_row
from app.http.direct_reads import HANDOVER, Handover, Marked, Read, ReadArguments
from app.http.responses import expected_version, json_bytes

View = Callable[..., Any]
# Returns what the schema of a view makes of a query string, or None if only the schema can tell.
ReadQuery = Callable[[str], Mapping[str, Any] | None]


class UnitOfWork:
    """Mixin of blueprints with the decorators that open the session of a view."""

    def reads(self, view: View | None = None, *, plan: Plan = "auto") -> Any:
        """Pass a read-only session to the view. Place this decorator innermost.

        Each statement is a transaction of its own.
        """
        return _with_session(view, partial(read_session, plan))

    def counts(self, view: View | None = None, *, plan: Plan = "auto") -> Any:
        """Pass a read-only session with one snapshot to the view. Place this decorator innermost.

        Use it for views that count many rows.
        """
        return _with_session(view, partial(counting_session, plan))

    def snapshots(self, view: View) -> View:
        """Pass a read-only session to the view. Place this decorator innermost.

        All statements see the same snapshot.
        """
        return with_session(view, snapshot_session)

    def reads_row(self, view: View) -> View:
        """Mark a view that reads with `read_one` first and changes nothing before. Place this decorator innermost.

        Its first statement may check the caller, too (`app.http.callers`).
        """
        return reads_row(view)

    def reads_directly(self, view: View | None = None, *, query: ReadQuery | None = None) -> Any:
        """Mark a hot read as `reads_row` does, and let usual requests be answered without Flask. Place it innermost.

        The view is a function of the actor, and of the id in the path or the query. It returns JSON as bytes and the version
        that becomes the ETag, or None, and does not know Flask (`app.http.direct_reads`).

        Args:
            query: Returns what the schema of the query makes of a usual query string; None for all others.
        """
        return partial(_direct_view, query) if view is None else _direct_view(query, view)

    def answers_directly(
        self, read: Read, arguments: ReadArguments, **options: Any
    ) -> Callable[[View], View]:
        """Mark a view of Flask as `reads_row` does, and let usual requests be answered by `read`. Place it innermost.

        For views with answers of several media types: `read` makes the usual one, the same bytes as the view. `arguments`
        refuses requests for another one (`app.http.direct_reads`).

        Args:
            options: `media`, `headers`, `values` and `reads_tags` of `Marked`.
        """
        return partial(_answered_directly, Marked(read, arguments, **options))

    def writes(self, view: View) -> View:
        """Pass the session of a transaction to the view. Place this decorator innermost.

        After a deadlock the transaction is run again.
        """
        return with_transaction(view)

    def writes_checked(self, view: View) -> View:
        """Pass the session of a transaction to the view, whose first statement checks the caller. Innermost decorator.

        Like `writes`, for views whose first statement is sent by `fetch_one`. The view may run twice (`app.http.callers`).
        """
        return checks_beside(with_transaction(view, leaves_check=True))


def _direct_view(read_query: ReadQuery | None, read: Any) -> View:
    @wraps(read)
    def view(*args: Any, **kwargs: Any) -> Any:
        body, version = read(authenticated_actor(), *args, **kwargs)
        return json_bytes(body, version=version)

    arguments = None if read_query is None else partial(_query_argument, read_query)
    return _answered_directly(Marked(read, arguments), view)


def _query_argument(
    read_query: ReadQuery, environ: Mapping[str, Any], _: Mapping[str, Any]
) -> dict[str, Any] | None:
    query = read_query(environ.get("QUERY_STRING", ""))
    return None if query is None else {"query": dict(query)}


def _answered_directly(marked: Marked, view: View) -> View:
    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        handover: Handover | None = request.environ.pop(HANDOVER, None)
        if handover is not None and handover.error is not None:
            raise handover.error
        return view(*args, **kwargs)

    wrapper.direct = marked  # type: ignore[attr-defined]
    return reads_row(wrapper)


def _with_session(view: View | None, open_session: Callable[[], Any]) -> Any:
    decorator = partial(with_session, open_session=open_session)
    return decorator if view is None else decorator(view)


def with_session(view: View, open_session: Callable[[], AbstractContextManager[Session]]) -> View:
    """Return a view that calls `view` with a read-only session, and closes it afterwards."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with open_session() as session:
            return view(*args, session=session, **kwargs)

    return wrapper


def with_transaction(view: View, *, leaves_check: bool = False) -> View:
    """Return a view that runs `view` in a transaction, whose session it gets as `session`.

    An error rolls the transaction back. After a deadlock or serialization failure the view is called again in a new
    transaction, so it must have no effects outside the database. Each call gets a copy of the body, as a view may remove
    members of it.

    Args:
        leaves_check: The first statement checks the caller, if the caller is unchecked.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        def attempt() -> Any:
            copies = (dict(argument) if isinstance(argument, dict) else argument for argument in args)
            with transaction(g.get("actor"), leaves_check=leaves_check) as session:
                return view(*copies, session=session, **kwargs)

        return with_retries(attempt)

    return wrapper


def with_expected_version(view: View, *, is_required: bool) -> View:
    """Return a view that calls `view` with `expected`, the version in If-Match.

    `expected` is None if the header is missing and not required.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return view(*args, expected=expected_version(required=is_required), **kwargs)

    return wrapper
