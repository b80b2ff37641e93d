"""Use cases of ingest tokens, with which a tracking app sends positions of a worker."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core.actor import Actor, Permission
from app.core.errors import Forbidden
from app.workforce.queries import positions as queries
from app.workforce.service.guards import require_worker

KIND = "ingest"


def make_ingest_token(
    session: Session, actor: Actor, *, proven: str, label: str, expires_in_days: int | None = None
) -> dict[str, Any]:
    """Create an ingest token of the actor. Its secret is returned only once, by this function.

    Args:
        proven: Hash of the password that the actor has just entered, as `accounts.make_token` expects it.
        expires_in_days: None: the token does not expire.

    Raises:
        Forbidden: `not_a_worker`.
    """
    if not queries.is_worker(session, actor.id):
        raise Forbidden("not_a_worker")
    return accounts.make_token(
        session, actor, kind=KIND, verified_hash=proven, label=label, expires_in_days=expires_in_days
    )


def own_ingest_tokens(session: Session, actor: Actor, *, limit: int, cursor: str | None = None) -> bytes:
    """Return a page of the actor's own ingest tokens."""
    return accounts.list_tokens(session, account_id=actor.id, kind=KIND, limit=limit, cursor=cursor)


def revoke_own_ingest_token(session: Session, actor: Actor, *, token_id: UUID) -> None:
    """Revoke an ingest token of the actor at once."""
    accounts.revoke_token(session, actor, account_id=actor.id, kind=KIND, token_id=token_id)


def ingest_tokens(
    session: Session, actor: Actor, *, worker_id: UUID, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of a worker's ingest tokens, for an actor who manages the worker."""
    require_worker(session, actor, worker_id, Permission.WORKER_EDIT)
    return accounts.list_tokens(session, account_id=worker_id, kind=KIND, limit=limit, cursor=cursor)


def revoke_ingest_token(session: Session, actor: Actor, *, worker_id: UUID, token_id: UUID) -> None:
    """Revoke a worker's ingest token at once, for example because a phone was lost."""
    require_worker(session, actor, worker_id, Permission.WORKER_EDIT)
    accounts.revoke_token(session, actor, account_id=worker_id, kind=KIND, token_id=token_id)
