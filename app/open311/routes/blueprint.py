"""Base of all views of /open311: parameters, formats, links, errors in the format asked for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask
import orjson
from flask import Response, current_app, request

from app.core.links import link
from app.http import quotas
from app.http.messages import with_message
from app.http.unit_of_work import UnitOfWork
from app.open311.rules.documents import CONTENT_TYPES, FORMATS, render
from app.open311.rules.parameters import Args

PREFIX = "/open311"
BASE = f"{PREFIX}/v2"
# The ending of each path.
FORM = "<any(xml, json):form>"
# Statuses of errors that keep their meaning; all other errors of a client are 400. GeoReport v2, *Errors*, has 400,
# 403 and 404. 429 is for quotas: it tells a client to wait, and by which header.
_KEPT = frozenset({403, 404, 429})


class Blueprint(UnitOfWork, flask.Blueprint):
    """A Flask blueprint for views outside of the main API document."""


blp = Blueprint("open311", __name__, url_prefix=PREFIX)


def counted_by_address(view: Callable[..., Any]) -> Callable[..., Any]:
    """Count the request for the address of its caller. Place it above the decorator of the session."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        quotas.charge_address()
        return view(*args, **kwargs)

    return wrapper


def counted_by_account(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse an address that has used up its quota. The view counts the request for its account (`authenticated`)."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        quotas.admit(wrapper)
        return view(*args, **kwargs)

    return wrapper


def query_args() -> Args:
    """Return the values of each query parameter."""
    return request.args.to_dict(flat=False)


def absolute_url(path: str) -> str:
    """Return the absolute URL of a path, as the caller reaches the server."""
    settings = current_app.extensions["settings"]
    origin = settings.public_url.removesuffix(settings.path_prefix) or f"{request.scheme}://{request.host}"
    return f"{origin}{link(path)}"


def answer(form: str, root: str, value: Any, status: int = 200) -> Response:
    """Return a document as the response, in the format of the request."""
    return Response(render(form, root, value), status, content_type=CONTENT_TYPES[form])


def requested_format() -> str:
    """Return the format by the ending of the path; XML if it has none, because XML is the required format."""
    ending = request.path.rpartition(".")[2]
    return ending if ending in FORMATS else "xml"


@blp.after_app_request
def to_open311_errors(response: Response) -> Response:
    """Convert a problem document of /open311 to the errors of Open311, in the format of the request.

    Each fault of a parameter is an error of its own.
    """
    if response.status_code < 400:
        return response
    path = request.path
    if (
        not (path == PREFIX or path.startswith(f"{PREFIX}/"))
        or response.mimetype != "application/problem+json"
    ):
        return response
    problem = orjson.loads(response.get_data())
    status = response.status_code
    if status == 401:
        status = 403
    elif status < 500 and status not in _KEPT:
        status = 400
    faults = [
        f"{fault['field']} {fault['message']}".strip()
        for fault in map(with_message, problem.get("errors", ()))
    ]
    errors = [
        {"code": status, "description": description} for description in faults or [problem.get("detail", "")]
    ]
    form = requested_format()
    response.status_code = status
    response.set_data(render(form, "errors", errors))
    response.content_type = CONTENT_TYPES[form]
    response.headers.pop("WWW-Authenticate", None)
    return response
