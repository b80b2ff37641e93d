"""Rules of grants: actors grant what their own roles permit, where they manage accounts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from app.core.actor import ROLE_PERMISSIONS, Actor, ActorKind, Grant, Permission, Role
from app.core.errors import Forbidden, Invalid

_UNIT_ONLY = {"en": "a unit (unit_id) and no area", "zh": "指定单位（unit_id），不能指定区域"}
_AREA_ONLY = {
    "en": "an area (area_id) or none, and no unit",
    "zh": "指定区域（area_id）或不指定，不能指定单位",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """Place of a grant: an area, or None for the whole installation. A unit counts as its area."""

    area_id: UUID | None
    # The actor's areas that are `area_id` or an ancestor of it.
    covered_by: Collection[UUID] = ()


def scope_of(role: Role, area_id: UUID | None, unit_id: UUID | None) -> Grant:
    """Return the grant of a role in an area or unit.

    Raises:
        Invalid: `grant_scope_invalid`. A handler needs a unit and no area; every other role an area or none, and no unit.
    """
    if role is Role.HANDLER and (unit_id is None or area_id is not None):
        raise Invalid("grant_scope_invalid", needs=_UNIT_ONLY)
    if role is not Role.HANDLER and unit_id is not None:
        raise Invalid("grant_scope_invalid", needs=_AREA_ONLY)
    return Grant(role, area_id, unit_id)


def may_grant(actor: Actor, role: Role, reach: Reach) -> bool:
    """Return True if one of the actor's grants manages `reach` and permits all of the role."""
    return actor.kind is ActorKind.SYSTEM or any(_manages(held, role, reach) for held in actor.grants)


def require_operator(actor: Actor, role: Role, reach: Reach) -> None:
    """Refuse administrators of the whole installation, unless the operator grants the role.

    No account is above such an account. An administrator who made one for themselves, or took one over, could read the
    complaints about themselves with it.

    Raises:
        Forbidden: `admin_by_operator`.
    """
    if actor.kind is not ActorKind.SYSTEM and role is Role.ADMIN and reach.area_id is None:
        raise Forbidden("admin_by_operator")


def is_above(actor: Actor, role: Role, reach: Reach) -> bool:
    """Return True if one of the actor's grants may grant this one and exceeds it.

    It exceeds this one if it covers a larger place or has more permissions.
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
    """Refuse unless the actor may grant every one of these roles.

    Raises:
        Forbidden: `grant_exceeds_own`.
    """
    if not all(may_grant(actor, role, reach) for role, reach in grants):
        raise Forbidden("grant_exceeds_own")


def require_other_account(actor: Actor, account_id: UUID) -> None:
    """Refuse acts of actors on their own account.

    Such acts could lock the actors out, or give them more permissions.

    Raises:
        Forbidden: `own_account`.
    """
    if actor.kind is ActorKind.ACCOUNT and actor.id == account_id:
        raise Forbidden("own_account")
