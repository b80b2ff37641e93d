"""Use cases of the caller's own account: read the account, and change its password."""

from sqlalchemy.orm import Session

from app.accounts.queries import account_views, sessions
from app.accounts.queries import accounts as queries
from app.accounts.service.access_tokens import revoke_all_tokens
from app.accounts.service.audit import record
from app.accounts.service.passwords import hash_password, require_hard_to_guess
from app.accounts.service.reauthentication import hold_verified_account, require_password
from app.core import clock, db
from app.core.actor import Actor
from app.core.errors import invalid_field
from app.settings import Settings

PASSWORD_CHANGED = "password_changed"


def describe_me(session: Session, actor: Actor) -> bytes:
    """Return the caller's account with areas, units and permissions as JSON."""
    return account_views.describe_me(
        session, actor.id, permissions=sorted(actor.permissions), now=clock.now()
    )


def change_password(
    actor: Actor, *, settings: Settings, address: str, current: str, new: str, keep_tokens: bool = False
) -> None:
    """Replace the actor's own password and end all their other sessions.

    The function opens its own transactions, so that none is open during the slow hashing.

    Args:
        keep_tokens: False: revoke the access tokens of programs, too.

    Raises:
        Invalid: `current` is wrong, or `new` is the same or easy to guess.
        Throttled: Too many attempts failed.
    """
    verified_hash = require_password(
        actor, settings=settings, address=address, password=current, field="current"
    )
    if new == current:
        raise invalid_field("new", "password_unchanged")
    with db.read_session() as session:
        own_words = queries.words_of(session, actor.id)
    require_hard_to_guess(new, own_words, field="new")
    new_hash = hash_password(new, settings)
    with db.transaction(actor) as session:
        # The exclusive lock comes first. `hold_verified_account` takes a shared lock: two changes of one password at once
        # would both get it, then wait for each other with their updates, and PostgreSQL would abort one of them.
        queries.lock_account(session, actor.id)
        hold_verified_account(session, actor, verified_hash)
        queries.set_password(session, actor.id, password_hash=new_hash)
        sessions.revoke_sessions(
            session,
            account_id=actor.id,
            except_session_id=actor.session_id,
            reason=PASSWORD_CHANGED,
            at=clock.now(),
        )
        if not keep_tokens:
            revoke_all_tokens(session, actor, account_id=actor.id, reason=PASSWORD_CHANGED)
        record(session, actor, action="account.change_password", entity="account", entity_id=actor.id)
