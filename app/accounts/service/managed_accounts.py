"""Use cases of managers who read and change accounts of other people.

`new_accounts` creates accounts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import account_views, sessions
from app.accounts.queries import accounts as queries
from app.accounts.queries.rows import AnyRow
from app.accounts.rules import grants
from app.accounts.service import access_tokens
from app.accounts.service.accounts import add_grant, grant_reach
from app.accounts.service.audit import record
from app.accounts.service.pages import page_bytes
from app.accounts.service.passwords import (
    hash_password,
    one_time_password,
)
from app.core import clock
from app.core.actor import Actor, ActorKind, Grant, Permission, Role
from app.core.errors import Forbidden, NotFound, Stale
from app.core.paging import id_after, key_after
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class AccountJson:
    """An account as JSON, with the version of its row."""

    body: bytes
    version: int


def list_accounts(
    session: Session,
    actor: Actor,
    *,
    limit: int,
    q: str | None = None,
    role: Role | None = None,
    within: UUID | None = None,
    cursor: str | None = None,
) -> bytes:
    """Return a page of the accounts in the areas that the actor manages, sorted by user name.

    Args:
        q: Part of the user name or name.
        within: Only accounts with a grant in this area.
    """
    key = key_after(cursor, str, UUID)
    accounts = account_views.account_page(
        session,
        _scope(actor),
        q=q,
        role=role.value if role else None,
        within=within,
        after=(key[0], UUID(key[1])) if key else None,
        limit=limit,
    )
    return page_bytes(accounts)


def describe_account(session: Session, actor: Actor, *, account_id: UUID) -> AccountJson:
    """Return an account that the actor may see, with its current roles.

    Raises:
        NotFound: There is no such account, or the actor may not see it.
    """
    account = account_views.account_json(session, _scope(actor), account_id)
    if account is None:
        raise NotFound("not_found")
    return AccountJson(account.body, account.version)


def rename_account(
    session: Session, actor: Actor, *, account_id: UUID, name: str, expected_version: int | None
) -> AccountJson:
    """Change the name of an account. The user name stays.

    Args:
        expected_version: The version that the actor has read; None: any.

    Raises:
        Stale: The account has another version.
    """
    _lock_managed_account(session, actor, account_id)
    if not queries.rename(session, account_id, name=name, version=expected_version):
        raise Stale("version_stale")
    record(session, actor, action="account.rename", entity="account", entity_id=account_id)
    return describe_account(session, actor, account_id=account_id)


def grant_role(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID,
    role: Role,
    area_id: UUID | None = None,
    unit_id: UUID | None = None,
) -> dict[str, Any]:
    """Grant a role to an account of another person, and return the grant."""
    describe_account(session, actor, account_id=account_id)
    grant_id = add_grant(session, actor, account_id=account_id, role=role, area_id=area_id, unit_id=unit_id)
    return {"id": grant_id, "role": role, "area_id": area_id, "unit_id": unit_id}


def revoke_grant(session: Session, actor: Actor, *, account_id: UUID, grant_id: UUID) -> None:
    """Revoke a grant of an account, with effect from the account's next request on."""
    grants.require_other_account(actor, account_id)
    _lock_managed_account(session, actor, account_id)
    revoked_grant = queries.revoke_grant(
        session,
        grant_id=grant_id,
        account_id=account_id,
        by=actor.id if actor.kind is ActorKind.ACCOUNT else None,
        at=clock.now(),
    )
    if revoked_grant is None:
        raise NotFound("not_found")
    queries.raise_permission_epoch(session, account_id)
    record(
        session,
        actor,
        action="account.revoke_grant",
        entity="account",
        entity_id=account_id,
        detail={
            "grant_id": grant_id,
            "role": revoked_grant.role,
            "area_id": revoked_grant.area_id,
            "unit_id": revoked_grant.unit_id,
        },
    )


def disable_account(session: Session, actor: Actor, *, account_id: UUID) -> AccountJson:
    """Disable an account: end its sessions and tokens, and refuse further sign-ins."""
    grants.require_other_account(actor, account_id)
    account = _lock_managed_account(session, actor, account_id)
    if account.disabled_at is None:
        now = clock.now()
        queries.set_disabled(session, account_id, at=now)
        sessions.revoke_sessions(session, account_id=account_id, reason="account_disabled", at=now)
        access_tokens.revoke_all_tokens(session, actor, account_id=account_id, reason="account_disabled")
        record(session, actor, action="account.disable", entity="account", entity_id=account_id)
    return describe_account(session, actor, account_id=account_id)


def enable_account(session: Session, actor: Actor, *, account_id: UUID) -> AccountJson:
    """Enable a disabled account, so that it can sign in again.

    The sessions and tokens that were ended stay ended.
    """
    account = _lock_managed_account(session, actor, account_id)
    if account.disabled_at is not None:
        queries.set_disabled(session, account_id, at=None)
        record(session, actor, action="account.enable", entity="account", entity_id=account_id)
    return describe_account(session, actor, account_id=account_id)


def give_one_time_password(
    session: Session, actor: Actor, *, settings: Settings, account_id: UUID
) -> dict[str, str | datetime]:
    """Replace an account's password by a one-time password, and end its sessions and tokens.

    The manager who resets a password could sign in with the new one. The manager must therefore rank above every role of the
    account. After the next sign-in, GET /me shows the reset to the owner.

    Raises:
        Forbidden: `reset_from_above`.
    """
    grants.require_other_account(actor, account_id)
    _lock_managed_account(session, actor, account_id)
    held_grants = _held_grants(session, actor, account_id)
    if not all(grants.is_above(actor, role, reach) for role, reach in held_grants):
        raise Forbidden("reset_from_above")
    now = clock.now()
    password = one_time_password()
    expires_at = now + settings.one_time_password_life
    queries.set_password(
        session,
        account_id,
        password_hash=hash_password(password, settings),
        must_change_password=True,
        password_expires_at=expires_at,
    )
    sessions.revoke_sessions(session, account_id=account_id, reason="password_reset", at=now)
    access_tokens.revoke_all_tokens(session, actor, account_id=account_id, reason="password_reset")
    by = actor.id if actor.kind is ActorKind.ACCOUNT else None
    queries.note_reset(session, account_id, by=by, at=now)
    record(session, actor, action="account.one_time_password", entity="account", entity_id=account_id)
    return {"one_time_password": password, "expires_at": expires_at}


def list_devices(
    session: Session, actor: Actor, *, account_id: UUID, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of the devices of an account, newest first."""
    if account_id != actor.id:
        describe_account(session, actor, account_id=account_id)
        _require_manages(session, actor, account_id)
    return page_bytes(sessions.device_page(session, account_id, after=id_after(cursor), limit=limit))


def revoke_device(session: Session, actor: Actor, *, account_id: UUID, device_id: UUID) -> None:
    """Block a device: end its sessions at once and refuse its sign-ins until `allow_device`."""
    if account_id != actor.id:
        _lock_managed_account(session, actor, account_id)
    now = clock.now()
    if not sessions.revoke_device(
        session,
        account_id=account_id,
        device_id=device_id,
        by=actor.id if actor.kind is ActorKind.ACCOUNT else None,
        at=now,
    ):
        raise NotFound("not_found")
    sessions.revoke_sessions(
        session, account_id=account_id, device_id=device_id, reason="device_revoked", at=now
    )
    _note_device(session, actor, "account.revoke_device", account_id, device_id)


def allow_device(session: Session, actor: Actor, *, account_id: UUID, device_id: UUID) -> None:
    """Allow a blocked device to sign in again.

    Raises:
        Forbidden: `device_cut_off_by_manager`: the actor is the owner, and another person blocked the device.
    """
    if account_id != actor.id:
        _lock_managed_account(session, actor, account_id)
    device = sessions.lock_device(session, account_id=account_id, device_id=device_id)
    if device is None:
        raise NotFound("not_found")
    if device.revoked_at is None:
        return
    if account_id == actor.id and device.revoked_by != actor.id:
        raise Forbidden("device_cut_off_by_manager")
    sessions.allow_device(session, device_id)
    _note_device(session, actor, "account.allow_device", account_id, device_id)


def list_account_tokens(
    session: Session, actor: Actor, *, account_id: UUID, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of the access tokens of an account that the actor manages, newest first.

    Tokens of every kind are listed.
    """
    describe_account(session, actor, account_id=account_id)
    _require_manages(session, actor, account_id)
    return access_tokens.list_tokens(session, account_id=account_id, limit=limit, cursor=cursor)


def revoke_account_token(session: Session, actor: Actor, *, account_id: UUID, token_id: UUID) -> None:
    """Revoke an access token, of any kind, of an account that the actor manages."""
    _lock_managed_account(session, actor, account_id)
    access_tokens.revoke_token(session, actor, account_id=account_id, token_id=token_id)


def _note_device(session: Session, actor: Actor, action: str, account_id: UUID, device_id: UUID) -> None:
    queries.raise_permission_epoch(session, account_id)
    record(
        session,
        actor,
        action=action,
        entity="account",
        entity_id=account_id,
        detail={"device_id": device_id},
    )


def _lock_managed_account(session: Session, actor: Actor, account_id: UUID) -> AnyRow:
    """Lock and return an account that the actor may see and manage.

    Raises:
        Forbidden: The account has a grant that the actor may not grant.
        NotFound: The actor may not see the account.
    """
    account = queries.lock_account(session, account_id)
    if account is None or account_views.account_json(session, _scope(actor), account_id) is None:
        raise NotFound("not_found")
    _require_manages(session, actor, account_id)
    return account


def _require_manages(session: Session, actor: Actor, account_id: UUID) -> None:
    grants.require_may_grant(actor, _held_grants(session, actor, account_id))


def _held_grants(session: Session, actor: Actor, account_id: UUID) -> list[tuple[Role, grants.Reach]]:
    grants = [Grant(Role(g.role), g.area_id, g.unit_id) for g in queries.live_grants(session, account_id)]
    return [(grant.role, grant_reach(session, actor, grant)) for grant in grants]


def _scope(actor: Actor) -> account_views.Scope:
    return account_views.Scope(
        everywhere=actor.everywhere_with(Permission.ACCOUNT_MANAGE),
        me=actor.id,
        areas=actor.area_ids_with(Permission.ACCOUNT_MANAGE),
    )
