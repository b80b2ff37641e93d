"""Subclass of flask-smorest's `Api`: the API with its document. `app.http.smorest` has the blueprints."""

from collections.abc import Callable
from threading import Lock
from typing import Any

import flask_smorest
from apispec import APISpec
from flask_smorest.utils import prepare_response

from app.http.groups import GROUPS
from app.http.messages.titles import TITLES
from app.http.named_schemas import reference_of
from app.http.problem import Problem


class Api(flask_smorest.Api):
    """The API with its document.

    Errors are problem+json, and operations need a bearer token unless they are public.
    """

    ERROR_SCHEMA = Problem

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make an API whose document has no operations until `described_spec` adds them, which takes 0.3 seconds."""
        self.descriptions: list[Callable[[], None]] = []
        self._lock = Lock()
        super().__init__(*args, **kwargs)

    def described_spec(self) -> APISpec:
        """Return the API document with all operations."""
        with self._lock:
            while self.descriptions:
                self.descriptions.pop(0)()
        return self.spec

    def register_blueprint(self, blp: Any, *args: Any, **kwargs: Any) -> None:
        """Register a blueprint as flask-smorest does.

        Raises:
            RuntimeError: The blueprint's tag is none of the document's groups.
        """
        if blp.tag not in GROUPS:
            raise RuntimeError(f"blueprint {blp.name}: no group {blp.tag!r} in app/http/groups.py")
        super().register_blueprint(blp, *args, **kwargs)

    def _register_responses(self) -> None:
        self.ma_plugin.converter.add_attribute_function(reference_of)
        for status, (english, _) in TITLES.items():
            self._register_problem(f"Problem{status}", english)
        self.spec.components.response("NOT_MODIFIED", {"description": "Not modified"}, lazy=True)
        self._register_problem("DEFAULT_ERROR", "A problem, RFC 9457")

    def _register_problem(self, name: str, description: str) -> None:
        response = {"description": description, "schema": Problem}
        prepare_response(response, self.spec, "application/problem+json")
        if name in ("Problem429", "Problem503"):
            response["headers"] = {
                "Retry-After": {
                    "description": "Seconds after which to try again",
                    "schema": {"type": "integer", "minimum": 0},
                }
            }
        self.spec.components.response(name, response, lazy=True)
