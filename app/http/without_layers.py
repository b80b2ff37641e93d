"""Decorators of flask-smorest without the functions that they put around a view.

Each of its decorators documents a view and wraps it. A view with four of them was called through six functions, which looked
for coroutines and for tuples of status and headers. Here the documentation is kept, and one function does what is left to do.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import marshmallow as ma
from flask import Response, request
from webargs.flaskparser import FlaskParser

View = Callable[..., Any]
Decorator = Callable[[View], View]


def documentation(decorate: Decorator) -> Decorator:
    """Return a decorator that only takes over the documentation which `decorate` adds to a view."""

    def decorator(view: View) -> View:
        view._apidoc = decorate(view)._apidoc  # type: ignore[attr-defined]
        return view

    return decorator


def response(decorate: Decorator) -> Decorator:
    """Return a decorator that calls flask-smorest's function only for results that are no responses yet."""

    def decorator(view: View) -> View:
        serialise = decorate(wraps(view)(lambda result: result))

        @wraps(serialise)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            result = view(*args, **kwargs)
            return result if isinstance(result, Response) else serialise(result)

        return wrapper

    return decorator


def arguments(decorate: Decorator, schema: ma.Schema, location: str, parser: FlaskParser) -> Decorator:
    """Return a decorator that passes the parsed arguments to the view, after the other positional arguments."""

    def decorator(view: View) -> View:
        @wraps(decorate(view))
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            current = request._get_current_object()  # type: ignore[attr-defined]
            return view(*args, parser.parse(schema, current, location=location), **kwargs)

        return wrapper

    return decorator
