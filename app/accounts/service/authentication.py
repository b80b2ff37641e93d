"""Authentication of a request: by the access token of a session, or by a credential of a service account."""

from collections.abc import Callable

from app.accounts.rules import service_accounts, tokens
from app.accounts.service.callers import actor_in_session, remembered_actor
from app.accounts.service.keys import keys_of
from app.accounts.service.passwords import dummy_hash
from app.accounts.service.service_credentials import actor_of_api_key, actor_of_credential, known_account
from app.core import clock
from app.core.actor import Actor
from app.core.db.caller_check import CallerCheck
from app.core.errors import Unauthenticated
from app.settings import Settings


def identifier(settings: Settings) -> Callable[[str | None, str | None], str | None]:
    """Return a function that names the account of the headers of a request, without asking the database.

    Its result is for limits only: the account may be disabled, and the session may have ended.
    """
    keys = keys_of(settings.signing_key_file)

    def identify(authorization: str | None, api_key: str | None) -> str | None:
        """Return the id of the account, or None if there is none or only the database knows it."""
        try:
            token = tokens.bearer(authorization) if api_key is None else api_key.strip()
            if api_key is not None or service_accounts.is_api_key(token):
                account_id = known_account(token)
            else:
                account_id = tokens.account_of(keys, token, issuer=settings.issuer)
        except Unauthenticated:
            return None
        return None if account_id is None else str(account_id)

    return identify


def authenticator(settings: Settings) -> Callable[..., Actor]:
    """Return a function that authenticates a caller by the headers of a request."""
    keys = keys_of(settings.signing_key_file)
    dummy_hash(
        settings
    )  # fills the cache, so that the first unknown user name takes no longer than later ones

    def authenticate(authorization: str | None, api_key: str | None = None) -> Actor:
        """Return the actor of an Authorization header, or of an API key in a header of its own.

        Raises:
            Unauthenticated: The headers have no valid token, or both have one.
        """
        if api_key is not None:
            if authorization is not None:
                raise Unauthenticated("token_invalid")
            return actor_of_api_key(api_key.strip())
        token = tokens.bearer(authorization)
        if service_accounts.is_api_key(token):
            return actor_of_api_key(token)
        now = clock.now()
        claims = tokens.read_access(keys, token, issuer=settings.issuer, now=now)
        if isinstance(claims, tokens.ClientClaims):
            return actor_of_credential(
                account_id=claims.account_id, credential_id=claims.credential_id, now=now
            )
        return actor_in_session(claims, now)

    return authenticate


def rememberer(settings: Settings) -> Callable[[str | None], tuple[Actor, CallerCheck] | None]:
    """Return a function that returns the remembered actor of an Authorization header, and the check that is due."""
    keys = keys_of(settings.signing_key_file)

    def remember(authorization: str | None) -> tuple[Actor, CallerCheck] | None:
        """Return None if the header is not that of a session from which an earlier request came.

        The database is not asked.
        """
        now = clock.now()
        try:
            token = tokens.bearer(authorization)
            if service_accounts.is_api_key(token):
                return None
            claims = tokens.read_access(keys, token, issuer=settings.issuer, now=now)
        except Unauthenticated:
            return None
        return remembered_actor(claims, now) if isinstance(claims, tokens.Claims) else None

    return remember
