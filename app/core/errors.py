"""Domain errors: what went wrong, as a stable code with parameters. `http/errors.py` gives them a status."""

from typing import Any


class DomainError(Exception):
    """Base of all errors a client may see. `code` is stable; `params` fill the message; `extra` goes into the body."""

    def __init__(self, code: str, *, extra: dict[str, Any] | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
        self.extra = extra or {}


class NotFound(DomainError):
    """No such row, or none that this actor may see."""


class Unauthenticated(DomainError):
    """No valid sign-in."""


class Forbidden(DomainError):
    """Signed in, but not allowed."""


class Conflict(DomainError):
    """The present state does not allow it."""


class Busy(Conflict):
    """Another request is doing the same now. `retry_after_s`: seconds until a retry makes sense."""

    def __init__(self, code: str, *, retry_after_s: int = 1) -> None:
        super().__init__(code)
        self.retry_after_s = retry_after_s


class Stale(DomainError):
    """The caller's version is not the present one."""


class TooLarge(DomainError):
    """The body has more bytes than allowed."""


class Unsupported(DomainError):
    """A media type that is not accepted."""


class ChecksumWrong(DomainError):
    """The bytes are not those that the caller meant to send (tus: 460)."""


class StorageFull(DomainError):
    """There is no room left; nothing was stored."""


class PreconditionMissing(DomainError):
    """The call needs an If-Match header."""


class Invalid(DomainError):
    """Input is well-formed but wrong. `extra["errors"]` lists each fault with its field."""


class Malformed(DomainError):
    """A token or header that the server did not issue or cannot parse."""


class Gone(DomainError):
    """The resource existed and has been deleted: the caller has to start again."""


class Throttled(DomainError):
    """Too many attempts. `retry_after_s` says when to come back."""

    def __init__(self, code: str, *, retry_after_s: int, **params: object) -> None:
        super().__init__(code, extra=None, **params)
        self.retry_after_s = retry_after_s


class Unavailable(DomainError):
    """A needed part is down or full. `retry_after_s` says when to come back.

    Raise it before anything was committed: `http/errors.py` decides what an error of the database itself says.
    """

    def __init__(self, code: str, *, retry_after_s: int | None = None, **params: object) -> None:
        super().__init__(code, extra=None, **params)
        self.retry_after_s = retry_after_s


def invalid_field(field: str, code: str, **params: object) -> Invalid:
    """Return the error of one invalid field, in the shape of the validation of bodies."""
    return Invalid("validation_failed", extra={"errors": [{"field": field, "code": code, **params}]})
