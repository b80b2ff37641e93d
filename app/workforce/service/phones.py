"""Tokens with which a worker's phone app sends her positions, and nothing else."""

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
    """Make a token for a phone of the worker's own; its secret is in this answer only."""
    if not queries.is_worker(session, actor.id):
        raise Forbidden("not_a_worker")
    return accounts.make_token(
        session, actor, kind=KIND, verified_hash=proven, label=label, expires_in_days=expires_in_days
    )


def own_ingest_tokens(session: Session, actor: Actor, *, limit: int, cursor: str | None = None) -> bytes:
    """A page of one's own tokens."""
    return accounts.list_tokens(session, account_id=actor.id, kind=KIND, limit=limit, cursor=cursor)


def revoke_own_ingest_token(session: Session, actor: Actor, *, token_id: UUID) -> None:
    """End a token of one's own at once."""
    accounts.revoke_token(session, actor, account_id=actor.id, kind=KIND, token_id=token_id)


def ingest_tokens(
    session: Session, actor: Actor, *, worker_id: UUID, limit: int, cursor: str | None = None
) -> bytes:
    """A page of a worker's tokens, for whoever manages her."""
    require_worker(session, actor, worker_id, Permission.WORKER_EDIT)
    return accounts.list_tokens(session, account_id=worker_id, kind=KIND, limit=limit, cursor=cursor)


def revoke_ingest_token(session: Session, actor: Actor, *, worker_id: UUID, token_id: UUID) -> None:
    """End a worker's token at once: a phone was lost."""
    require_worker(session, actor, worker_id, Permission.WORKER_EDIT)
    accounts.revoke_token(session, actor, account_id=worker_id, kind=KIND, token_id=token_id)
