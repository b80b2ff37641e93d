"""Verification of the caller's password before sensitive acts, such as creating a token.

A person who has stolen a session, but does not know the password, must not be able to do these acts.
"""

from sqlalchemy.orm import Session

from app.accounts.queries import accounts as queries
from app.accounts.queries import sessions
from app.accounts.service.passwords import verify_password
from app.accounts.service.sign_in_limits import note_failure, require_attempts_left
from app.core import db
from app.core.actor import SYSTEM, Actor
from app.core.errors import NotFound, Unauthenticated, invalid_field
from app.settings import Settings


def require_password(actor: Actor, *, settings: Settings, address: str, password: str, field: str) -> str:
    """Verify the actor's own password and return its stored hash, for `hold_verified_account`.

    The function opens its own transactions, so that none is open during the slow verification.

    Raises:
        Invalid: The password is wrong (`field`, `password_wrong`). This counts as a failed sign-in.
        Throttled: Too many attempts failed.
    """
    with db.read_session() as session:
        account = queries.account_credentials(session, actor.id)
        if account is None:
            raise NotFound("not_found")
        require_attempts_left(session, settings=settings, username=account.username, address=address)
    if not verify_password(password, account.password_hash, settings):
        with db.transaction(SYSTEM) as session:
            note_failure(session, username=account.username, address=address, account_id=actor.id)
        raise invalid_field(field, "password_wrong")
    stored: str = account.password_hash
    return stored


def hold_verified_account(session: Session, actor: Actor, verified_hash: str) -> None:
    """Lock the actor's account, after its password was verified in an earlier transaction.

    The lock lasts until the transaction ends. A concurrent password reset waits for the lock and then also ends
    the tokens that this transaction stores. Without the lock, a reset between the verification and the commit would leave
    a valid token that was made with the old password.

    Raises:
        Unauthenticated: The password was replaced or the account was disabled since the verification.
    """
    if not sessions.lock_credentials(session, account_id=actor.id, password_hash=verified_hash):
        raise Unauthenticated("session_revoked")
