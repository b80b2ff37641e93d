"""Use cases of access tokens for programs: create, list, revoke and authenticate them."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import access_tokens as queries
from app.accounts.rules import access_tokens as rules
from app.accounts.service.audit import record
from app.accounts.service.pages import page_bytes
from app.accounts.service.reauthentication import hold_verified_account
from app.accounts.service.sessions import grants_of
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, ActorKind, Permission
from app.core.errors import Forbidden, NotFound, Unauthenticated
from app.core.ids import uuid7
from app.core.paging import id_after


def token_authenticator() -> Callable[[str, str | None], Actor]:
    """Return a function that authenticates a caller by an access token of a program."""

    def authenticate(kind: str, token: str | None) -> Actor:
        """Return the account of an access token as an actor.

        Raises:
            Unauthenticated: There is no valid token of this kind.
        """
        now = clock.now()
        if not token:
            raise Unauthenticated("unauthenticated")
        token_row = queries.load_actor(kind=kind, token_hash=rules.digest(token), now=now)
        if token_row is None or not token_row["is_live"]:
            raise Unauthenticated("token_invalid")
        if token_row["last_used_at"] is None or now - token_row["last_used_at"] > rules.USE_NOTED_EACH:
            with db.transaction(SYSTEM) as session:
                queries.note_use(session, token_row["id"], at=now)
        grants = grants_of(token_row["grants"])
        # A permission that the account has lost is lost for its tokens, too.
        allowed = (
            rules.KINDS[kind].permissions & Actor.of(id=token_row["account_id"], grants=grants).permissions
        )
        return Actor(
            id=token_row["account_id"],
            kind=ActorKind.DEVICE,
            name=token_row["name"],
            grants=grants if rules.KINDS[kind].reads_within_grants else (),
            jurisdiction_ids=tuple(token_row["jurisdiction_ids"]),
            device_id=token_row["id"],
            must_change_password=token_row["must_change_password"],
            permissions=frozenset(p for p in allowed if p.value in token_row["scopes"]),
        )

    return authenticate


def make_token(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    verified_hash: str,
    label: str,
    scopes: Iterable[Permission] | None = None,
    expires_in_days: int | None = None,
) -> dict[str, Any]:
    """Store a new access token of the actor, and return it with its secret.

    The secret is not stored, so it can only be read in this result.

    Args:
        verified_hash: The password hash that `require_password` returned for the actor just before.
        scopes: Permissions of the token; None: all permissions of the kind.
        expires_in_days: None: the default lifetime of the kind.

    Raises:
        Forbidden: `grant_exceeds_own`: the actor lacks one of the permissions.
        Invalid: `tokens_too_many`.
        Unauthenticated: The password was replaced since it was verified, or the account was disabled.
    """
    hold_verified_account(session, actor, verified_hash)
    now = clock.now()
    requested = rules.KINDS[kind].permissions if scopes is None else frozenset(scopes)
    if not requested <= rules.KINDS[kind].permissions & actor.permissions:
        raise Forbidden("grant_exceeds_own")
    rules.require_below_limit(queries.lock_live_tokens(session, account_id=actor.id, kind=kind, now=now))
    token, token_id = rules.new_token(kind), uuid7()
    expires_at = rules.expiry(kind, now, expires_in_days)
    row = {
        "id": token_id,
        "account_id": actor.id,
        "kind": kind,
        "scopes": sorted(permission.value for permission in requested),
        "token_hash": rules.digest(token),
        "label": label,
        "created_at": now,
        "expires_at": expires_at,
    }
    queries.insert_token(session, row)
    _record(session, actor, "access_token.make", kind, actor.id, token_id)
    return {"id": token_id, "token": token, "label": label, "created_at": now, "expires_at": expires_at}


def list_tokens(
    session: Session, *, account_id: UUID, kind: str | None = None, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of an account's access tokens, without secrets.

    Args:
        kind: Only tokens of this kind; None: tokens of every kind.
    """
    after = id_after(cursor)
    return page_bytes(queries.token_page(session, account_id=account_id, kind=kind, after=after, limit=limit))


def revoke_token(
    session: Session, actor: Actor, *, account_id: UUID, kind: str | None = None, token_id: UUID
) -> None:
    """Revoke an access token of an account at once.

    The caller has to check that the actor may revoke it.

    Args:
        kind: Kind that the token must have; None: any kind.
    """
    now = clock.now()
    revoked_kind = queries.revoke_token(
        session, token_id=token_id, account_id=account_id, kind=kind, by=actor.id, at=now
    )
    if revoked_kind is None:
        raise NotFound("not_found")
    _record(session, actor, "access_token.revoke", revoked_kind, account_id, token_id)


def revoke_all_tokens(session: Session, actor: Actor, *, account_id: UUID, reason: str) -> None:
    """Revoke all valid access tokens of an account, and store an audit event.

    Args:
        reason: A code of `REVOKE_REASONS`.
    """
    by = actor.id if actor.kind is ActorKind.ACCOUNT else None
    revoked_count = queries.revoke_all(session, account_id=account_id, by=by, reason=reason, at=clock.now())
    if revoked_count:
        record(
            session,
            actor,
            action="access_token.revoke_all",
            entity="account",
            entity_id=account_id,
            detail={"reason": reason, "tokens": revoked_count},
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
