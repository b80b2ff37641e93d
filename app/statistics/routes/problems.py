"""The errors that all operations of statistics can answer."""

from collections.abc import Callable
from typing import Any

from app.http.smorest import Blueprint

View = Callable[..., Any]


def counts_of_areas(blp: Blueprint) -> Callable[[View], View]:
    """Document the errors of an operation that counts in the areas that the caller may read.

    The area is not one of these, or does not exist, or counting takes too long. Place it as `blp.problem`.
    """

    def decorator(view: View) -> View:
        for status, code in _PROBLEMS.items():
            view = blp.problem(status, code)(view)
        return view

    return decorator


_PROBLEMS = {403: "outside_own_areas", 404: "not_found", 422: "too_much_to_count"}
