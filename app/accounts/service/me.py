"""What people do with their own account."""

from sqlalchemy.orm import Session

from app.accounts.queries import accounts as queries
from app.accounts.queries import sessions
from app.accounts.service.audit import record
from app.accounts.service.passwords import hash_password, verify_password
from app.accounts.service.sessions import Outcome, note_failure, require_attempts_left
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, invalid_field
from app.settings import Settings


def describe_me(session: Session, actor: Actor) -> bytes:
    """Who the caller is, where, and what they may do."""
    return queries.describe_me(session, actor.id, permissions=sorted(actor.permissions), now=clock.now())


def change_password(
    session: Session, actor: Actor, *, settings: Settings, address: str, current: str, new: str
) -> Outcome:
    """Replace one's own password and end one's other sessions. Wrong guesses count as failed sign-ins."""
    account = queries.lock_account(session, actor.id)
    if account is None:
        raise NotFound("not_found")
    require_attempts_left(session, settings=settings, username=account.username, address=address)
    if not verify_password(current, account.password_hash, settings):
        note_failure(session, username=account.username, address=address, account_id=actor.id)
        return Outcome(refusal=invalid_field("current", "password_wrong"))
    if new == current:
        raise invalid_field("new", "password_unchanged")
    queries.set_password(session, actor.id, password_hash=hash_password(new, settings))
    sessions.revoke_sessions(
        session,
        account_id=actor.id,
        except_session_id=actor.session_id,
        reason="password_changed",
        at=clock.now(),
    )
    record(session, actor, action="account.change_password", entity="account", entity_id=actor.id)
    return Outcome()
