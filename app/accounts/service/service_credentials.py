"""Use cases of the credentials of service accounts: create, list, rotate, revoke, and authenticate by API key.

`client_tokens` issues access tokens to clients with a secret or a public key.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import service_credentials as queries
from app.accounts.rules import client_assertions
from app.accounts.rules import service_accounts as rules
from app.accounts.service.audit import record
from app.accounts.service.pages import page_bytes
from app.accounts.service.service_accounts import describe_service_account, lock_service_account
from app.accounts.service.sessions import grants_of
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, ActorKind, Permission
from app.core.errors import Conflict, NotFound, Unauthenticated, invalid_field
from app.core.ids import uuid7
from app.core.paging import id_after

# Accounts of the API keys that this process has authenticated, by the hash of the key, for limits of requests.
KNOWN_MAX = 10_000
_known: dict[bytes, UUID] = {}


def create_credential(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID,
    form: str,
    label: str,
    expires_in_days: int | None = None,
    public_key: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Store a new credential of a service account, and return it with its secret.

    The secret is not stored, so it can only be read in this result.

    Args:
        form: A code of `rules.FORM_CODES`.
        expires_in_days: None: the default lifetime of the form.
        public_key: JSON Web Key, for the form `public_key` only.

    Raises:
        Conflict: `service_account_disabled`.
        Invalid: `tokens_too_many`, or the public key is missing, not allowed or too weak.
    """
    account = lock_service_account(session, actor, account_id)
    if account.disabled_at is not None:
        raise Conflict("service_account_disabled")
    if (public_key is not None) != (form == rules.PUBLIC_KEY):
        raise invalid_field("public_key", "unknown_field" if public_key else "required")
    now = clock.now()
    expires_at = rules.expiry(form, now, expires_in_days)
    return _store(session, actor, account_id, form, label, expires_at, public_key)


def rotate_credential(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID,
    credential_id: UUID,
    overlap_days: int,
    public_key: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Create a successor of a credential, which expires after an overlap, and return the successor with its secret.

    The successor has the form, the label and the lifetime of its predecessor.

    Args:
        overlap_days: Days for which the old credential stays valid; 0: it ends at once.

    Raises:
        Conflict: `credential_replaced`: the credential has a successor already.
        NotFound: The service account has no such live credential.
    """
    lock_service_account(session, actor, account_id)
    now = clock.now()
    old = queries.lock_live_one(session, account_id=account_id, credential_id=credential_id, now=now)
    if old is None:
        raise NotFound("not_found")
    if old.replaced_by is not None:
        raise Conflict("credential_replaced")
    if (public_key is not None) != (old.form == rules.PUBLIC_KEY):
        raise invalid_field("public_key", "unknown_field" if public_key else "required")
    expires_at = now + (old.expires_at - old.created_at)
    successor = _store(session, actor, account_id, old.form, old.label, expires_at, public_key)
    ends_at = now + timedelta(days=overlap_days)
    queries.replace(session, credential_id, by=successor["id"], ends_at=ends_at)
    return successor | {"replaces_id": credential_id}


def list_credentials(
    session: Session, actor: Actor, *, account_id: UUID, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of the credentials of a service account, newest first, without secrets."""
    describe_service_account(session, actor, account_id=account_id)
    return page_bytes(
        queries.credential_page(session, account_id=account_id, after=id_after(cursor), limit=limit)
    )


def revoke_credential(session: Session, actor: Actor, *, account_id: UUID, credential_id: UUID) -> None:
    """Revoke a credential at once: its key, secret and access tokens are refused from the next request on.

    Raises:
        NotFound: The service account has no such credential, or it was revoked before.
    """
    lock_service_account(session, actor, account_id)
    by = actor.id if actor.kind is ActorKind.ACCOUNT else None
    form = queries.revoke(session, credential_id=credential_id, account_id=account_id, by=by, at=clock.now())
    if form is None:
        raise NotFound("not_found")
    _record(session, actor, "service_credential.revoke", account_id, credential_id, form)


def actor_of_api_key(key: str) -> Actor:
    """Return the service account of an API key, and note the use of the key at most once a minute.

    The function opens its own sessions.

    Raises:
        Unauthenticated: `token_invalid`: the key is unknown, expired or revoked, or the service account is disabled.
    """
    now = clock.now()
    row = queries.caller_of_key(secret_hash=rules.digest(key), now=now)
    actor = _live_actor(row)
    _remember(key, actor.id)
    note_use(row, now)
    return actor


def known_account(key: str) -> UUID | None:
    """Return the service account of an API key that this process has authenticated before, without asking the database."""
    return _known.get(rules.digest(key))


def _remember(key: str, account_id: UUID) -> None:
    if len(_known) >= KNOWN_MAX:
        _known.clear()
    _known[rules.digest(key)] = account_id


def caller_of_api_key(session: Session, key: str) -> Actor:
    """Return the service account of an API key that a request has in another place than a header.

    The use of the key is noted only in a session that writes.

    Raises:
        Unauthenticated: As `actor_of_api_key` does.
    """
    now = clock.now()
    row = queries.caller_of_key_in(session, secret_hash=rules.digest(key), now=now)
    actor = _live_actor(row)
    if row is not None and is_use_due(row, now) and not session.info.get("is_reading", False):
        queries.note_use(session, row["id"], at=now, before=now - rules.USE_NOTED_EACH)
    return actor


def actor_of_credential(*, account_id: UUID, credential_id: UUID, now: datetime) -> Actor:
    """Return the service account whose credential an access token was issued for.

    Raises:
        Unauthenticated: `session_revoked`: the credential was revoked or has expired, or the service account is disabled.
    """
    row = queries.caller_of_credential(account_id=account_id, credential_id=credential_id, now=now)
    actor = _live_actor(row, code="session_revoked")
    note_use(row, now)
    return actor


def is_use_due(row: dict[str, Any], now: datetime) -> bool:
    """Return True if the use of a credential has to be stored again."""
    return row["last_used_at"] is None or now - row["last_used_at"] > rules.USE_NOTED_EACH


def note_use(row: dict[str, Any] | None, now: datetime) -> None:
    """Store the use of a credential in a transaction of its own, at most once a minute."""
    if row is not None and is_use_due(row, now):
        with db.transaction(SYSTEM) as session:
            queries.note_use(session, row["id"], at=now, before=now - rules.USE_NOTED_EACH)


def _live_actor(row: dict[str, Any] | None, *, code: str = "token_invalid") -> Actor:
    if row is None or not row["is_live"]:
        raise Unauthenticated(code)
    return Actor.of(
        id=row["account_id"],
        kind=ActorKind.SERVICE,
        name=row["name"],
        grants=grants_of(row["grants"]),
        device_id=row["id"],
        permission_epoch=row["permission_epoch"],
        jurisdiction_ids=tuple(row["jurisdiction_ids"]),
        only=frozenset(Permission(code) for code in row["permissions"]),
    )


def _store(
    session: Session,
    actor: Actor,
    account_id: UUID,
    form: str,
    label: str,
    expires_at: datetime,
    public_key: dict[str, Any] | None,
) -> dict[str, Any]:
    now = clock.now()
    rules.require_below_limit(queries.lock_live(session, account_id=account_id, now=now))
    secret = None if form == rules.PUBLIC_KEY else rules.new_secret(form)
    credential_id = uuid7()
    row = {
        "id": credential_id,
        "account_id": account_id,
        "form": form,
        "label": label,
        "secret_hash": rules.digest(secret) if secret else None,
        "public_key": client_assertions.stored_key(public_key) if public_key else None,
        "created_at": now,
        "expires_at": expires_at,
    }
    queries.insert_credential(session, row)
    _record(session, actor, "service_credential.create", account_id, credential_id, form)
    shown = {name: row[name] for name in ("id", "form", "label", "created_at", "expires_at", "public_key")}
    return shown | {"secret": secret}


def _record(
    session: Session, actor: Actor, action: str, account_id: UUID, credential_id: UUID, form: str
) -> None:
    record(
        session,
        actor,
        action=action,
        entity="account",
        entity_id=account_id,
        detail={"credential_id": credential_id, "form": form},
    )
