"""Idempotency-Key: a view is executed once for each key; a repeat gets the stored response.

The response is stored in the transaction of its effect (`db.one_transaction`): either both are committed or neither is. A
refusal (4xx) is stored, too, if a repeat would be refused again.

The response is not stored, and the effects are rolled back, after a server error (5xx) and after a temporary refusal: 429, or
another request with the same key is running.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, g, make_response, request

from app.core import clock, idempotency
from app.core.db import one_transaction
from app.core.errors import Busy, Throttled, invalid_field

HEADER = "Idempotency-Key"
KEY_MIN_LENGTH, KEY_MAX_LENGTH = 8, 200
KEY_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": KEY_MIN_LENGTH, "maxLength": KEY_MAX_LENGTH},
    "description": "Random key of this request. A request repeated with its key is executed once and gets the first answer "
    "with `Idempotent-Replayed: true`. Another body with the same key: 422 `idempotency_key_reused`; a first request "
    "that has not ended: 409 `idempotency_in_flight` with `Retry-After`. Answers 5xx and 429 are not stored.",
}
_STORED_HEADERS = ("Content-Type", "Content-Language", "ETag", "Location")


class _NotStored(Exception):
    """Raised to roll back the transaction of a request and not to store its response.

    The response is sent all the same. A repeat of the request runs the view again.
    """

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def idempotent_by_key(view: Callable[..., Any]) -> Callable[..., Any]:
    """Execute a view once for each Idempotency-Key, and answer repeats with the stored response.

    Without the header the view runs as usual.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **kwargs)
        if not (KEY_MIN_LENGTH <= len(key) <= KEY_MAX_LENGTH and key.isascii() and key.isprintable()):
            raise invalid_field(HEADER, "invalid")
        keyed_request = _keyed_request(key)
        try:
            with one_transaction(g.actor) as session:
                stored = idempotency.stored_response(session, keyed_request)
                if stored is not None:
                    return _replayed(stored)
                response = _final_response(view, args, kwargs)
                idempotency.store_response(session, keyed_request, _storable(response), now=clock.now())
                return response
        except _NotStored as outcome:
            return outcome.response

    return wrapper


def _keyed_request(key: str) -> idempotency.Request:
    body = request.get_json(silent=True) if request.is_json else None
    if body is None:
        body = hashlib.sha256(request.get_data()).hexdigest()
    content = {"query": sorted(request.args.items(multi=True)), "body": body}
    return idempotency.Request(
        principal=g.actor.principal,
        key=f"{request.method} {request.path} {key}",
        route=request.url_rule.rule if request.url_rule else request.path,
        digest=idempotency.digest(content),
    )


def _final_response(view: Callable[..., Any], args: Any, kwargs: Any) -> Response:
    """Return the response of the view, or of its error.

    Raises:
        _NotStored: The response must not be stored, because a repeat may get another one.
    """
    is_final = True
    try:
        response: Response = make_response(view(*args, **kwargs))
    except Exception as error:
        response = make_response(current_app.handle_user_exception(error))
        is_final = not isinstance(error, Throttled | Busy)
    if response.status_code >= 500 or not is_final:
        raise _NotStored(response)
    return response


def _storable(response: Response) -> dict[str, Any]:
    headers = {name: response.headers[name] for name in _STORED_HEADERS if name in response.headers}
    return {"status": response.status_code, "headers": headers, "body": response.get_data(as_text=True)}


def _replayed(stored: dict[str, Any]) -> Response:
    response = Response(stored["body"], stored["status"])
    for name, value in stored["headers"].items():
        response.headers[name] = value
    response.headers["Idempotent-Replayed"] = "true"
    return response
