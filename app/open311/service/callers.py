"""The service account of a request: API keys in the parameters of Open311."""

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core.actor import Actor, Permission
from app.core.errors import Forbidden, Unauthenticated


def caller_of(session: Session, api_key: str | None) -> Actor:
    """Return the service account of an API key that may report.

    Raises:
        Forbidden: There is no key (`api_key_missing`), the key is not valid (`api_key_invalid`), or the account may not
            report (`permission_missing`).
    """
    if api_key is None:
        raise Forbidden("api_key_missing")
    try:
        actor = accounts.caller_of_api_key(session, api_key)
    except Unauthenticated:
        raise Forbidden("api_key_invalid") from None
    if not actor.may(Permission.INCIDENT_REPORT):
        raise Forbidden("permission_missing", permission=Permission.INCIDENT_REPORT.value)
    return actor
