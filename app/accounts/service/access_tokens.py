"""Tokens for other people's software: made, listed, revoked, and who calls with one."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import access_tokens as queries
from app.accounts.rules import access_tokens as rules
from app.accounts.service.audit import record
from app.accounts.service.pages import page_bytes
from app.accounts.service.reauthentication import hold_proven
from app.accounts.service.sessions import grants_of
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, ActorKind, Permission
from app.core.errors import Forbidden, NotFound, Unauthenticated
from app.core.ids import uuid7
from app.core.paging import id_after


def token_authenticator() -> Callable[[str, str | None], Actor]:
    """How this process finds out who calls with a token of a kind."""

    def authenticate(kind: str, token: str | None) -> Actor:
        now = clock.now()
        if not token:
            raise Unauthenticated("unauthenticated")
        found = queries.load_actor(kind=kind, token_hash=rules.digest(token), now=now)
        if found is None or not found["is_live"]:
            raise Unauthenticated("token_invalid")
        if found["last_used_at"] is None or now - found["last_used_at"] > rules.USE_NOTED_EACH:
            with db.transaction(SYSTEM) as session:
                queries.note_use(session, found["id"], at=now)
        grants = grants_of(found["grants"])
        # What the account may no longer do, its tokens may not either.
        allowed = rules.KINDS[kind].most & Actor.of(id=found["account_id"], grants=grants).permissions
        return Actor(
            id=found["account_id"],
            kind=ActorKind.DEVICE,
            name=found["name"],
            grants=grants if rules.KINDS[kind].looks else (),
            jurisdiction_ids=tuple(found["jurisdiction_ids"]),
            device_id=found["id"],
            must_change_password=found["must_change_password"],
            permissions=frozenset(p for p in allowed if p.value in found["scopes"]),
        )

    return authenticate


def make_token(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    proven: str,
    label: str,
    scopes: Iterable[Permission] | None = None,
    expires_in_days: int | None = None,
) -> dict[str, Any]:
    """Make a token of the actor's own; its secret is in this answer only.

    Args:
        proven: What `require_password` returned for the actor just before.
    """
    hold_proven(session, actor, proven)
    now = clock.now()
    wanted = rules.KINDS[kind].most if scopes is None else frozenset(scopes)
    if not wanted <= rules.KINDS[kind].most & actor.permissions:
        raise Forbidden("grant_exceeds_own")
    rules.require_room(queries.hold_live(session, account_id=actor.id, kind=kind, now=now))
    token, token_id = rules.new_token(kind), uuid7()
    expires_at = rules.expiry(kind, now, expires_in_days)
    queries.insert_token(
        session,
        token_id=token_id,
        account_id=actor.id,
        kind=kind,
        scopes=sorted(p.value for p in wanted),
        token_hash=rules.digest(token),
        label=label,
        at=now,
        expires_at=expires_at,
    )
    _record(session, actor, "access_token.make", kind, actor.id, token_id)
    return {"id": token_id, "token": token, "label": label, "created_at": now, "expires_at": expires_at}


def list_tokens(
    session: Session, *, account_id: UUID, kind: str | None = None, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of an account's tokens of a kind (None: all kinds), newest first, without the secrets."""
    after = id_after(cursor)
    return page_bytes(queries.tokens(session, account_id=account_id, kind=kind, after=after, limit=limit))


def revoke_token(
    session: Session, actor: Actor, *, account_id: UUID, kind: str | None = None, token_id: UUID
) -> None:
    """Revoke a token of a kind (None: any kind) at once. The caller checks whether the actor may."""
    now = clock.now()
    revoked = queries.revoke_token(
        session, token_id=token_id, account_id=account_id, kind=kind, by=actor.id, at=now
    )
    if revoked is None:
        raise NotFound("not_found")
    _record(session, actor, "access_token.revoke", revoked, account_id, token_id)


def revoke_all_tokens(session: Session, actor: Actor, *, account_id: UUID, reason: str) -> None:
    """Revoke every live token of an account, of each kind, with the sessions that ended for the same reason."""
    by = actor.id if actor.kind is ActorKind.ACCOUNT else None
    revoked = queries.revoke_all(session, account_id=account_id, by=by, reason=reason, at=clock.now())
    if revoked:
        record(
            session,
            actor,
            action="access_token.revoke_all",
            entity="account",
            entity_id=account_id,
            detail={"reason": reason, "tokens": revoked},
        )


def _record(session: Session, actor: Actor, action: str, kind: str, account_id: UUID, token_id: UUID) -> None:
    record(
        session,
        actor,
        action=action,
        entity="account",
        entity_id=account_id,
        detail={"kind": kind, "token_id": token_id},
    )
