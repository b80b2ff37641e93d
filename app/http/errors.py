"""Error responses: each class of errors has one status; every error on /api/v1 is RFC 9457 problem+json."""

import logging
from typing import Any

import orjson
from flask import Flask, Response, g
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.core import db, errors
from app.core.constraint_errors import code_of_integrity
from app.core.metrics import PROBLEMS, STATEMENT_TIMEOUTS
from app.http.messages import language, sentence, title, with_message

log = logging.getLogger("gridward.http")

STATUS: dict[type[errors.DomainError], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.Malformed: 400,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.Invalid: 422,
    errors.PreconditionMissing: 428,
    errors.Throttled: 429,
    errors.ChecksumWrong: 460,
    errors.Unavailable: 503,
    errors.StorageFull: 507,
}

_HTTP_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "media_type_unsupported",
    416: "range_invalid",
    429: "rate_limited",
}


def problem(status: int, code: str, *, params: dict[str, Any] | None = None, **extra: Any) -> Response:
    """Return the response of an error: a problem document (RFC 9457) in the language of the request."""
    PROBLEMS.labels(str(status), code).inc()
    body = {
        "type": f"urn:gridward:problem:{code}",
        "title": title(status),
        "status": status,
        "code": code,
        "detail": sentence(code, **(params or {})),
        "request_id": g.get("request_id"),
    } | extra
    for fault in (*body.get("errors", ()), *body.get("findings", ())):
        if isinstance(fault, dict) and "code" in fault:
            fault |= with_message(fault)
    response = Response(orjson.dumps(body, default=str), status, content_type="application/problem+json")
    response.headers["Content-Language"] = language()
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="gridward"'
    return response


# One function for each kind of error, which only this function names.
def register(app: Flask) -> None:  # noqa: C901
    """Register the error handlers that answer every error with a problem document."""
    app.before_request(db.reset_commit_flag)

    @app.errorhandler(errors.DomainError)
    def domain(error: errors.DomainError) -> Response:
        status = next(STATUS[c] for c in type(error).__mro__ if c in STATUS)
        params = dict(error.params)
        wait = (
            error.retry_after_s
            if isinstance(error, errors.Throttled | errors.Unavailable | errors.Busy)
            else None
        )
        if wait is not None:
            params["retry_after_s"] = wait
        extra = dict(error.extra)
        if "permission" in params:
            extra.setdefault("permission", params["permission"])
        response = problem(status, error.code, params=params, **extra)
        if wait is not None:
            response.headers["Retry-After"] = str(wait)
        return response

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        code = _HTTP_CODES.get(status, "bad_request" if status < 500 else "internal")
        response = problem(status, code)
        made = error.get_response().headers
        for name in ("Allow", "Content-Range"):
            if name in made:
                response.headers[name] = made[name]
        return response

    @app.errorhandler(IntegrityError)
    def integrity(error: IntegrityError) -> Response:
        code = code_of_integrity(error)
        if code == "validation_failed":
            return problem(422, code, errors=[])
        return problem(500 if code == "internal" else 409, code)

    @app.errorhandler(StaleDataError)
    def stale(_: StaleDataError) -> Response:
        return problem(412, "version_stale")

    @app.errorhandler(pg.DataError)
    @app.errorhandler(DBAPIError)
    def database(error: Exception) -> Response:
        orig = getattr(error, "orig", error)
        if isinstance(orig, pg.DataError):
            # Validation let something through that the database cannot take: still the caller's to mend.
            log.warning("data refused by the database: %s", orig)
            return problem(422, "validation_failed", errors=[])
        if isinstance(orig, pg.QueryCanceled):
            STATEMENT_TIMEOUTS.inc()
            log.warning("statement cancelled: %s", orig)
        if isinstance(orig, pg.QueryCanceled | pg.DeadlockDetected | pg.SerializationFailure):
            return _retry_later("busy")
        if isinstance(error, OperationalError) or isinstance(orig, pg.ReadOnlySqlTransaction):
            log.warning("database unavailable: %s", orig)
            # A COMMIT whose answer was lost may have taken effect. Without one nothing can have been stored.
            return _retry_later("outcome_unknown" if db.has_sent_commit() else "unavailable")
        return internal(error)

    @app.errorhandler(RecursionError)
    def nested_too_deep(_: RecursionError) -> Response:
        return problem(400, "json_invalid")

    @app.errorhandler(PoolTimeout)
    def pool(_: PoolTimeout) -> Response:
        return _retry_later("busy")

    @app.errorhandler(Exception)
    def internal(error: Exception) -> Response:
        log.error("unhandled error", exc_info=error)
        return problem(500, "internal")


def _retry_later(code: str) -> Response:
    response = problem(503, code)
    response.headers["Retry-After"] = "1"
    return response
