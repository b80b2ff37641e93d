"""Use cases of administrators who create, read and change service accounts.

`service_credentials` has the credentials of service accounts.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import account_views, jurisdictions
from app.accounts.queries import accounts as account_queries
from app.accounts.queries import service_accounts as queries
from app.accounts.queries import service_credentials as credential_queries
from app.accounts.queries.rows import AnyRow
from app.accounts.rules import grants
from app.accounts.rules import service_accounts as rules
from app.accounts.service.accounts import add_grant, grant_reach
from app.accounts.service.audit import record
from app.accounts.service.managed_accounts import AccountJson
from app.accounts.service.pages import page_bytes
from app.core import clock
from app.core.actor import Actor, ActorKind, Grant, Permission, Role
from app.core.errors import Conflict, NotFound, Stale, invalid_field
from app.core.ids import uuid7
from app.core.paging import key_after


@dataclass(frozen=True, slots=True)
class NewServiceAccount:
    """A service account that is to be created.

    Attributes:
        kind: A code of `rules.KINDS`.
        purpose: What it is for, and who answers for it.
    """

    client_id: str
    name: str
    kind: str
    permissions: Sequence[Permission]
    purpose: str = ""


def create_service_account(
    session: Session,
    actor: Actor,
    new: NewServiceAccount,
    *,
    area_ids: Sequence[UUID] | None,
    id: UUID | None = None,
) -> AccountJson:
    """Create a service account with its permissions in some areas. It has no credential yet.

    Args:
        area_ids: The areas in which the permissions hold; None: the whole installation.

    Raises:
        Conflict: `id_reused`.
        Forbidden: The actor lacks one of the permissions, or does not manage accounts in one of the areas.
    """
    rules.require_grantable(new.permissions, actor.permissions | _of_system(actor))
    account_id = id or uuid7()
    row = {
        "id": account_id,
        "username": new.client_id,
        "name": new.name,
        "kind": new.kind,
        "permissions": _codes(new.permissions),
        "purpose": new.purpose,
        "created_at": clock.now(),
    }
    if not account_queries.insert_account(session, row):
        raise Conflict("id_reused")
    detail = {"kind": new.kind, "permissions": row["permissions"]}
    record(
        session, actor, action="service_account.create", entity="account", entity_id=account_id, detail=detail
    )
    for area_id in [None] if area_ids is None else dict.fromkeys(area_ids):
        add_grant(session, actor, account_id=account_id, role=Role.SERVICE, area_id=area_id)
    return describe_service_account(session, actor, account_id=account_id)


def create_service_account_at(
    session: Session,
    actor: Actor,
    new: NewServiceAccount,
    *,
    area: str | None,
    jurisdiction: str | None,
) -> UUID:
    """Create a service account in an area given by its code, and return its id.

    Args:
        area: Code of the area; None: the whole jurisdiction, or the whole installation without one.

    Raises:
        Invalid: No area has the code, or several jurisdictions have one with the code.
    """
    area_ids: list[UUID] | None = None
    if area is not None:
        area_ids = jurisdictions.areas_by_code(session, area, jurisdiction=jurisdiction)
        if len(area_ids) != 1:
            raise invalid_field("area", "in_several_jurisdictions" if area_ids else "reference_unknown")
    elif jurisdiction is not None:
        area_ids = [*jurisdictions.top_areas(session, jurisdiction)]
        if not area_ids:
            raise invalid_field("jurisdiction", "no_areas_yet")
    if account_queries.account_id_of(session, new.client_id) is not None:
        raise Conflict("username_taken")
    account_id = uuid7()
    create_service_account(session, actor, new, id=account_id, area_ids=area_ids)
    return account_id


def list_service_accounts(
    session: Session, actor: Actor, *, limit: int, kind: str | None = None, cursor: str | None = None
) -> bytes:
    """Return a page of the service accounts in the areas that the actor manages, sorted by client id."""
    key = key_after(cursor, str, UUID)
    after = (key[0], UUID(key[1])) if key else None
    return page_bytes(
        queries.service_account_page(session, scope_of(actor), kind=kind, after=after, limit=limit)
    )


def describe_service_account(session: Session, actor: Actor, *, account_id: UUID) -> AccountJson:
    """Return a service account that the actor may see.

    Raises:
        NotFound: There is no such service account, or the actor may not see it.
    """
    account = queries.service_account_json(session, scope_of(actor), account_id)
    if account is None:
        raise NotFound("not_found")
    return AccountJson(account.body, account.version)


def service_account_id_of(session: Session, client_id: str) -> UUID:
    """Return the id of the service account with a client id (case-sensitive), for the operator's commands.

    Raises:
        NotFound: There is none.
    """
    account_id = account_queries.account_id_of(session, client_id)
    account = None if account_id is None else account_queries.lock_account(session, account_id)
    if account is None or account.kind == rules.PERSON:
        raise NotFound("account_unknown")
    service_account_id: UUID = account.id
    return service_account_id


def change_service_account(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID,
    expected_version: int | None,
    area_ids: Sequence[UUID] | None = None,
    everywhere: bool = False,
    **values: Any,
) -> AccountJson:
    """Change name, purpose, permissions or areas of a service account, with effect from its next request on.

    Args:
        expected_version: The version that the actor has read; None: any.
        area_ids: All areas of the service account from now on; None: its areas stay, unless `everywhere` is set.
        everywhere: The permissions hold in the whole installation.
        values: New `name`, `purpose` and `permissions`; what is left out stays.

    Raises:
        Forbidden: The actor lacks one of the permissions, or does not manage accounts in one of the areas.
        Stale: The service account has another version.
    """
    lock_service_account(session, actor, account_id)
    if "permissions" in values:
        rules.require_grantable(values["permissions"], actor.permissions | _of_system(actor))
        values["permissions"] = _codes(values["permissions"])
    if not queries.change(session, account_id, expected_version=expected_version, values=values):
        raise Stale("version_stale")
    record(
        session,
        actor,
        action="service_account.change",
        entity="account",
        entity_id=account_id,
        detail={"fields": sorted(values), "permissions": values.get("permissions")},
    )
    if everywhere or area_ids is not None:
        _set_areas(session, actor, account_id, [None] if everywhere else [*dict.fromkeys(area_ids or ())])
    return describe_service_account(session, actor, account_id=account_id)


def disable_service_account(session: Session, actor: Actor, *, account_id: UUID) -> AccountJson:
    """Disable a service account: revoke its credentials, and refuse its requests from now on. Idempotent."""
    account = lock_service_account(session, actor, account_id)
    if account.disabled_at is None:
        now = clock.now()
        account_queries.set_disabled(session, account_id, at=now)
        revoked_count = credential_queries.revoke_all(session, account_id=account_id, by=_by(actor), at=now)
        record(
            session,
            actor,
            action="service_account.disable",
            entity="account",
            entity_id=account_id,
            detail={"credentials": revoked_count},
        )
    return describe_service_account(session, actor, account_id=account_id)


def enable_service_account(session: Session, actor: Actor, *, account_id: UUID) -> AccountJson:
    """Enable a disabled service account. Its credentials stay revoked. Idempotent."""
    account = lock_service_account(session, actor, account_id)
    if account.disabled_at is not None:
        account_queries.set_disabled(session, account_id, at=None)
        record(session, actor, action="service_account.enable", entity="account", entity_id=account_id)
    return describe_service_account(session, actor, account_id=account_id)


def service_account_names(session: Session, actor: Actor, account_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of those of these accounts that are service accounts which the actor may see, by id."""
    return {row.id: row.name for row in queries.visible_of(session, scope_of(actor), account_ids)}


def require_service_permission(
    session: Session, actor: Actor, account_id: UUID, permission: Permission
) -> None:
    """Check that a service account has a permission, and that the actor manages the account.

    Raises:
        Conflict: `service_account_lacks_permission`.
        Forbidden, NotFound: As `lock_service_account` raises them.
    """
    if permission not in lock_service_account(session, actor, account_id).permissions:
        raise Conflict("service_account_lacks_permission", extra={"permission": permission.value})


def lock_service_account(session: Session, actor: Actor, account_id: UUID) -> AnyRow:
    """Lock and return a service account that the actor may see and manage.

    Raises:
        Forbidden: The service account has an area in which the actor does not manage accounts, or a permission that the
            actor lacks.
        NotFound: The actor may not see the service account.
    """
    account = account_queries.lock_account(session, account_id)
    if account is None or queries.service_account_json(session, scope_of(actor), account_id) is None:
        raise NotFound("not_found")
    held = [(Role.SERVICE, grant_reach(session, actor, grant)) for _, grant in _grants(session, account_id)]
    grants.require_may_grant(actor, held)
    return account


def scope_of(actor: Actor) -> account_views.Scope:
    """Return the service accounts that the actor manages."""
    return account_views.Scope(
        everywhere=actor.everywhere_with(Permission.SERVICE_MANAGE),
        me=actor.id,
        areas=actor.area_ids_with(Permission.SERVICE_MANAGE),
    )


def _set_areas(session: Session, actor: Actor, account_id: UUID, area_ids: Sequence[UUID | None]) -> None:
    held = {grant.area_id: grant_id for grant_id, grant in _grants(session, account_id)}
    for area_id in area_ids:
        if area_id not in held:
            add_grant(session, actor, account_id=account_id, role=Role.SERVICE, area_id=area_id)
    for area_id, grant_id in held.items():
        if area_id in area_ids:
            continue
        account_queries.revoke_grant(
            session, grant_id=grant_id, account_id=account_id, by=_by(actor), at=clock.now()
        )
        record(
            session,
            actor,
            action="account.revoke_grant",
            entity="account",
            entity_id=account_id,
            detail={"grant_id": grant_id, "role": Role.SERVICE, "area_id": area_id, "unit_id": None},
        )


def _grants(session: Session, account_id: UUID) -> list[tuple[UUID, Grant]]:
    return [(g.id, Grant(Role.SERVICE, g.area_id)) for g in account_queries.live_grants(session, account_id)]


def _codes(permissions: Sequence[Permission]) -> list[str]:
    return sorted({permission.value for permission in permissions})


def _of_system(actor: Actor) -> frozenset[Permission]:
    return rules.PERMISSIONS if actor.kind is ActorKind.SYSTEM else frozenset()


def _by(actor: Actor) -> UUID | None:
    return actor.id if actor.kind is ActorKind.ACCOUNT else None
