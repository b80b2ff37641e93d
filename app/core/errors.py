"""Errors of domains: a stable code with parameters for its message. `http/errors.py` maps each class to a status."""

from typing import Any


class DomainError(Exception):
    """Base of all errors that a client may see.

    Attributes:
        code: Stable code of the error.
        params: Values for the placeholders of its message.
        extra: Further members of the response body.
    """

    def __init__(self, code: str, *, extra: dict[str, Any] | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
        self.extra = extra or {}


class NotFound(DomainError):
    """Raised if there is no such row, or none that this actor may see."""


class Unauthenticated(DomainError):
    """Raised for a request without a valid sign-in."""


class Forbidden(DomainError):
    """Raised if the actor is signed in, but not allowed to do this."""


class Conflict(DomainError):
    """Raised if the current state does not allow the operation."""


class Busy(Conflict):
    """Raised if another request is doing the same now.

    `retry_after_s`: seconds until a retry makes sense.
    """

    def __init__(self, code: str, *, retry_after_s: int = 1) -> None:
        super().__init__(code)
        self.retry_after_s = retry_after_s


class Stale(DomainError):
    """Raised if the caller's version of a row is not the current one."""


class TooLarge(DomainError):
    """Raised if the body has more bytes than allowed."""


class Unsupported(DomainError):
    """Raised for a media type that is not accepted."""


class ChecksumWrong(DomainError):
    """Raised if the received bytes do not match the checksum of the caller (tus: status 460)."""


class StorageFull(DomainError):
    """Raised if the storage has no room left. Nothing was stored."""


class PreconditionMissing(DomainError):
    """Raised if the request needs an If-Match header."""


class Invalid(DomainError):
    """Raised for input that is well-formed but has wrong values.

    `extra["errors"]` lists each fault with its field.
    """


class Malformed(DomainError):
    """Raised for a token or header that cannot be parsed, or that this server did not issue."""


class Gone(DomainError):
    """Raised if the resource existed and has been deleted.

    The caller has to start again.
    """


class Throttled(DomainError):
    """Raised after too many attempts.

    `retry_after_s`: seconds until the next attempt is allowed.
    """

    def __init__(self, code: str, *, retry_after_s: int, **params: object) -> None:
        super().__init__(code, extra=None, **params)
        self.retry_after_s = retry_after_s


class Unavailable(DomainError):
    """Raised if a part of the system is unavailable or full.

    `retry_after_s`: seconds until a retry makes sense.

    Raise it before anything was committed. `http/errors.py` handles errors of the database itself.
    """

    def __init__(self, code: str, *, retry_after_s: int | None = None, **params: object) -> None:
        super().__init__(code, extra=None, **params)
        self.retry_after_s = retry_after_s


def invalid_field(field: str, code: str, **params: object) -> Invalid:
    """Return an Invalid error about one field, in the format of the validation of bodies."""
    return Invalid("validation_failed", extra={"errors": [{"field": field, "code": code, **params}]})
