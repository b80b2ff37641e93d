"""The rules of visibility of the register, one for each table.

Each is a condition on the area path that all rows of the register have. Residents have a rule of their own. Visits, care
tags and consents are visible with their household (`household_visibility`), to actors who may read residents there.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement

from app.core.actor import Actor, Permission
from app.households.models import Household, Premises, Resident
from app.workforce.scope import ScopeBranches, area_reach


class RegisterVisibility(NamedTuple):
    """The rule of which rows of a table an actor sees, as a condition with its binds.

    `branches`: the same rule as branches with an index each; None: the actor sees rows everywhere.
    """

    condition: ColumnElement[bool]
    binds: dict[str, Any]
    branches: ScopeBranches | None


def premises_visibility(
    actor: Actor, now: datetime, permission: Permission = Permission.HOUSEHOLD_READ, of: Any = Premises
) -> RegisterVisibility:
    """Return which premises lie where the actor holds `permission`.

    `of`: the mapped class or an alias.
    """
    return _within_reach(actor, permission, now, of.scope_path)


def household_visibility(
    actor: Actor, now: datetime, permission: Permission = Permission.HOUSEHOLD_READ, of: Any = Household
) -> RegisterVisibility:
    """Return which households lie where the actor holds `permission`.

    `of`: the mapped class or an alias.
    """
    return _within_reach(actor, permission, now, of.scope_path)


def resident_visibility(
    actor: Actor, now: datetime, permission: Permission = Permission.RESIDENT_READ, of: Any = Resident
) -> RegisterVisibility:
    """Return the rule that residents are visible in areas where the actor holds `permission`.

    `of`: the mapped class or an alias.
    """
    return _within_reach(actor, permission, now, of.scope_path)


def _within_reach(actor: Actor, permission: Permission, now: datetime, path: Any) -> RegisterVisibility:
    reach = area_reach(actor, permission, now)
    return RegisterVisibility(reach.condition(path), reach.binds, reach.branches)


class RegisterRights(NamedTuple):
    """The rights of an actor to read premises and households, as conditions on their rows.

    Statements are made once for each. `sees_premises`, `reads_address` and `reads_names` are conditions on the premises,
    `sees_household` and `reads_residents` on the household. Names of homes and labels of households may be names of
    residents.
    """

    sees_premises: ColumnElement[bool]
    sees_household: ColumnElement[bool]
    reads_address: ColumnElement[bool]
    reads_names: ColumnElement[bool]
    reads_residents: ColumnElement[bool]


def register_rights(
    actor: Actor, now: datetime, *, premises: Any = Premises, household: Any = Household
) -> tuple[RegisterRights, dict[str, Any]]:
    """Return what the actor may read of the register, and the binds of all conditions."""
    seen_premises = premises_visibility(actor, now, of=premises)
    seen_households = household_visibility(actor, now, of=household)
    addresses = premises_visibility(actor, now, Permission.ADDRESS_READ, premises)
    names = premises_visibility(actor, now, Permission.RESIDENT_READ, premises)
    residents = household_visibility(actor, now, Permission.RESIDENT_READ, household)
    rights = RegisterRights(
        sees_premises=seen_premises.condition,
        sees_household=seen_households.condition,
        reads_address=addresses.condition,
        reads_names=names.condition,
        reads_residents=residents.condition,
    )
    return rights, seen_premises.binds | addresses.binds | residents.binds
