"""Use cases of personal access tokens.

With such a token, a map program reads the data that the owner's account may read.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.rules.access_tokens import DIRECTING, EDITING, READING
from app.accounts.service.access_tokens import list_tokens, make_token, revoke_token
from app.core.actor import Actor

KIND = "personal"


def make_personal_token(
    session: Session,
    actor: Actor,
    *,
    verified_hash: str,
    label: str,
    may_edit: bool = False,
    may_direct: bool = False,
    expires_in_days: int | None = None,
) -> dict[str, Any]:
    """Store a new personal token of the actor, and return it with its secret.

    The token can read data. The arguments add permissions.

    Args:
        may_edit: The token can edit map layers, too.
        may_direct: The token can read signals, too.

    Raises:
        Forbidden: The actor does not hold `gis:edit` (`may_edit`) or `incident:direct` (`may_direct`).
    """
    scopes = READING & actor.permissions
    if may_edit:
        # `make_token` refuses `gis:edit` if the actor lacks it. The other permissions are those that the actor has.
        scopes |= {EDITING.door} | (EDITING.acts & actor.permissions)
    if may_direct:
        scopes |= {DIRECTING}
    token = make_token(
        session,
        actor,
        kind=KIND,
        verified_hash=verified_hash,
        label=label,
        scopes=scopes,
        expires_in_days=expires_in_days,
    )
    return token | {"scopes": sorted(scopes)}


def list_personal_tokens(session: Session, actor: Actor, *, limit: int, cursor: str | None = None) -> bytes:
    """Return a page of the actor's personal tokens, newest first, without the secrets."""
    return list_tokens(session, account_id=actor.id, kind=KIND, limit=limit, cursor=cursor)


def revoke_personal_token(session: Session, actor: Actor, *, token_id: UUID) -> None:
    """Revoke a personal token of the actor."""
    revoke_token(session, actor, account_id=actor.id, kind=KIND, token_id=token_id)
