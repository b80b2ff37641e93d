"""The actor of a request, from the database, or remembered and checked by the statement that reads the data."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, request

from app.core.actor import Actor
from app.core.db import check_caller
from app.core.db.caller_check import CallerChanged, CallerCheck, expect_caller
from app.core.errors import Unauthenticated
from app.http import quotas
from app.http.direct_reads import HANDOVER, Handover
from app.http.quotas import API_KEY_HEADER

Authenticate = Callable[..., Actor]
Remember = Callable[[str | None], tuple[Actor, CallerCheck] | None]
View = TypeVar("View", bound=Callable[..., Any])


def authenticated_actor() -> Actor:
    """Return the actor of this request. The token is checked once in a request."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        authenticate: Authenticate = current_app.extensions["authenticate"]
        header, api_key = request.headers.get("Authorization"), request.headers.get(API_KEY_HEADER)
        try:
            actor = g.actor = authenticate(header) if api_key is None else authenticate(header, api_key)
        except Unauthenticated as error:
            raise quotas.failed_authentication(error) from None
    return actor


def reads_row(view: View) -> View:
    """Mark a view that reads with `read_one` first and changes nothing before: that statement may check the caller.

    The view may run twice: a second time if the caller has changed.
    """
    view.reads_row = True  # type: ignore[attr-defined]
    return view


def checks_beside(view: View) -> View:
    """Mark a view that writes in one transaction: the first statement of the transaction checks the caller, too.

    The view may run twice: a second time, after a rollback, if the caller has changed.
    """
    view.checks_beside = True  # type: ignore[attr-defined]
    return view


def answer_caller(view: Callable[..., Any], answer: Callable[[], Any]) -> Any:
    """Return `answer()`, with a remembered actor as `g.actor` if the view is marked with `reads_row` or `checks_beside`.

    Neither a response nor an error reaches a caller who was not checked. If the caller has changed, `answer` is called again,
    and finds the actor in the database.
    """
    remembered = None
    if hasattr(view, "checks_beside") or (
        hasattr(view, "reads_row") and request.environ["REQUEST_METHOD"] in ("GET", "HEAD")
    ):
        remembered = _remembered_actor()
    if remembered is None:
        return answer()
    context: Any = g._get_current_object()
    context.actor, check = remembered
    expect_caller(check)
    try:
        response = answer()
        check_caller()
        return response
    except CallerChanged:
        pass
    except Exception:
        if _is_same():
            raise
    finally:
        expect_caller(None)
    context.pop("actor")
    return answer()


def _is_same() -> bool:
    """Check the caller, if no statement has checked it yet."""
    try:
        check_caller()
    except CallerChanged:
        return False
    return True


def _remembered_actor() -> tuple[Actor, CallerCheck] | None:
    environ = request.environ
    if "HTTP_X_API_KEY" in environ or "actor" in g:
        return None
    handover: Handover | None = environ.get(HANDOVER)
    if handover is not None and handover.has_changed:
        return None
    remember: Remember | None = current_app.extensions.get("remember")
    return None if remember is None else remember(environ.get("HTTP_AUTHORIZATION"))
