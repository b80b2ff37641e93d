"""Passwords that the settings contain, such as those of demo accounts.

Each start of the server sets these passwords again.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from app.accounts.queries import accounts as account_queries
from app.accounts.queries import sessions as session_queries
from app.accounts.service.access_tokens import revoke_all_tokens
from app.accounts.service.passwords import hash_password, verify_password
from app.core import clock
from app.core.actor import SYSTEM
from app.settings import Settings

MAX_CANDIDATES = 100


def usernames_with_password(session: Session, *, settings: Settings, prefix: str, password: str) -> list[str]:
    """Return the user names with this prefix whose enabled accounts have this password."""
    verified: dict[str, bool] = {}
    matching = []
    for username, stored in account_queries.open_credentials(session, prefix=prefix, limit=MAX_CANDIDATES):
        if stored not in verified:
            verified[stored] = verify_password(password, stored, settings)
        if verified[stored]:
            matching.append(username)
    return matching


def set_configured_password(
    session: Session, *, settings: Settings, usernames: Iterable[str], password: str
) -> None:
    """Set a password for accounts that have another password; end their sessions and tokens.

    Accounts that have this password already are left unchanged.
    """
    now = clock.now()
    new_hash: str | None = None
    verified: dict[str, bool] = {}
    for username in usernames:
        account = session_queries.credentials(session, username=username, now=now)
        if account is None:
            continue
        stored = account.password_hash
        if stored not in verified:
            verified[stored] = verify_password(password, stored, settings)
        if not verified[stored]:
            new_hash = new_hash or hash_password(password, settings)
            account_queries.set_password(session, account.id, password_hash=new_hash)
            session_queries.revoke_sessions(session, account_id=account.id, reason="password_reset", at=now)
            revoke_all_tokens(session, SYSTEM, account_id=account.id, reason="password_reset")
