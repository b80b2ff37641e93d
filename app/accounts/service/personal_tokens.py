"""Personal tokens for map programs: read what the account reads; editing only where requested."""

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
    """Make a token that reads what the actor reads. One that edits, or reads signals, needs an actor who may.

    Raises:
        Forbidden: The actor does not hold `gis:edit` (`may_edit`) or `incident:direct` (`may_direct`).
    """
    scopes = READING & actor.permissions
    if may_edit:
        # The permission to edit maps is asked of the actor by `make_token`; the others are those that the actor holds.
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
    return list_tokens(session, account_id=actor.id, kind=KIND, limit=limit, cursor=cursor)


def revoke_personal_token(session: Session, actor: Actor, *, token_id: UUID) -> None:
    revoke_token(session, actor, account_id=actor.id, kind=KIND, token_id=token_id)
