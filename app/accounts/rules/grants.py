"""Rules for granting and revoking roles.

An actor may grant a role at a place if one of the actor's own roles allows managing accounts there and includes all
permissions of the granted role.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from app.accounts.rules.service_accounts import PERSON
from app.core.actor import ROLE_PERMISSIONS, Actor, ActorKind, Grant, Permission, Role
from app.core.errors import Forbidden, Invalid

_UNIT_ONLY = {"en": "a unit (unit_id) and no area", "zh": "指定单位（unit_id），不能指定区域"}
_AREA_ONLY = {
    "en": "an area (area_id) or none, and no unit",
    "zh": "指定区域（area_id）或不指定，不能指定单位",
}
_SERVICE_ONLY = {"en": "a service account", "zh": "服务账号"}
_PERSON_ONLY = {"en": "the account of a person", "zh": "个人账号"}


@dataclass(frozen=True, slots=True)
class Reach:
    """The place at which a role is granted: an area, or None for the whole installation.

    A unit counts as the area to which it belongs.
    """

    area_id: UUID | None
    # The actor's areas that are `area_id` or an ancestor of it.
    covered_by: Collection[UUID] = ()


def scope_of(role: Role, area_id: UUID | None, unit_id: UUID | None) -> Grant:
    """Return a grant of the role in an area or unit, if the role allows that kind of place.

    Raises:
        Invalid: `grant_scope_invalid`. A handler needs a unit and no area; every other role needs an area or none, and no unit.
    """
    if role is Role.HANDLER and (unit_id is None or area_id is not None):
        raise Invalid("grant_scope_invalid", needs=_UNIT_ONLY)
    if role is not Role.HANDLER and unit_id is not None:
        raise Invalid("grant_scope_invalid", needs=_AREA_ONLY)
    return Grant(role, area_id, unit_id)


def require_kind_of_role(role: Role, account_kind: str) -> None:
    """Refuse the role of service accounts for a person, and every other role for a service account.

    Raises:
        Invalid: `grant_scope_invalid`.
    """
    if (role is Role.SERVICE) != (account_kind != PERSON):
        raise Invalid("grant_scope_invalid", needs=_SERVICE_ONLY if role is Role.SERVICE else _PERSON_ONLY)


def may_grant(actor: Actor, role: Role, reach: Reach) -> bool:
    """Return True if the actor may grant the role at a place.

    A single grant of the actor must allow managing accounts at the place and include all permissions of the role.
    """
    return actor.kind is ActorKind.SYSTEM or any(_manages(held, role, reach) for held in actor.grants)


def require_operator(actor: Actor, role: Role, reach: Reach) -> None:
    """Refuse to grant the administrator role everywhere, unless the server's operator grants it.

    No account ranks above such an administrator. Administrators who could create such an account could use it to read
    complaints about themselves.

    Raises:
        Forbidden: `admin_by_operator`.
    """
    if actor.kind is not ActorKind.SYSTEM and role is Role.ADMIN and reach.area_id is None:
        raise Forbidden("admin_by_operator")


def is_above(actor: Actor, role: Role, reach: Reach) -> bool:
    """Return True if one of the actor's grants ranks above the role at a place.

    A grant ranks above the role if it allows granting the role at the place, and if it also covers a larger place or has more
    permissions than the role.
    """
    return actor.kind is ActorKind.SYSTEM or any(
        _manages(held, role, reach)
        and (
            ROLE_PERMISSIONS[role] < ROLE_PERMISSIONS[held.role]
            or (reach.area_id is not None and held.area_id != reach.area_id)
        )
        for held in actor.grants
    )


def _manages(held: Grant, role: Role, reach: Reach) -> bool:
    return (
        Permission.ACCOUNT_MANAGE in ROLE_PERMISSIONS[held.role]
        and ROLE_PERMISSIONS[role] <= ROLE_PERMISSIONS[held.role]
        and (held.is_everywhere or (reach.area_id is not None and held.area_id in reach.covered_by))
    )


def require_may_grant(actor: Actor, grants: Iterable[tuple[Role, Reach]]) -> None:
    """Refuse an actor who may not grant every one of these roles.

    Raises:
        Forbidden: `grant_exceeds_own`.
    """
    if not all(may_grant(actor, role, reach) for role, reach in grants):
        raise Forbidden("grant_exceeds_own")


def require_other_account(actor: Actor, account_id: UUID) -> None:
    """Refuse an act of an actor on their own account.

    Actors could otherwise lock themselves out, or give themselves more permissions.

    Raises:
        Forbidden: `own_account`.
    """
    if actor.kind is ActorKind.ACCOUNT and actor.id == account_id:
        raise Forbidden("own_account")
