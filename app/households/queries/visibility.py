"""Visibility rules of the register: SQL conditions for which rows an actor may see.

Premises, households and residents have one rule each. It compares the area path of the row (`scope_path`, the position in the
tree of areas) with the areas of the actor. Visits, care tags and consents have no rule of their own: an actor sees them if
they may read residents in the household.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement

from app.core.actor import Actor, Permission
from app.households.models import Household, Premises, Resident
from app.workforce.scope import ScopeBranches, area_reach


class RegisterVisibility(NamedTuple):
    """A visibility rule for one table: an SQL condition and its bind parameters.

    Attributes:
        condition: Condition on a row of the table.
        binds: Values of the bind parameters.
        branches: The same condition split into parts that each use one index. None: the actor sees all rows.
    """

    condition: ColumnElement[bool]
    binds: dict[str, Any]
    branches: ScopeBranches | None


def premises_visibility(
    actor: Actor, now: datetime, permission: Permission = Permission.HOUSEHOLD_READ, of: Any = Premises
) -> RegisterVisibility:
    """Return the SQL condition for premises in areas where the actor holds `permission`.

    The result includes the bind values of the condition.

    Args:
        of: `Premises` or an alias of it in the statement.
    """
    return _within_reach(actor, permission, now, of.scope_path)


def household_visibility(
    actor: Actor, now: datetime, permission: Permission = Permission.HOUSEHOLD_READ, of: Any = Household
) -> RegisterVisibility:
    """Return the SQL condition for households in areas where the actor holds `permission`.

    The result includes the bind values of the condition.

    Args:
        of: `Household` or an alias of it in the statement.
    """
    return _within_reach(actor, permission, now, of.scope_path)


def resident_visibility(
    actor: Actor, now: datetime, permission: Permission = Permission.RESIDENT_READ, of: Any = Resident
) -> RegisterVisibility:
    """Return the SQL condition for residents in areas where the actor holds `permission`.

    The result includes the bind values of the condition.

    Args:
        of: `Resident` or an alias of it in the statement.
    """
    return _within_reach(actor, permission, now, of.scope_path)


def _within_reach(actor: Actor, permission: Permission, now: datetime, path: Any) -> RegisterVisibility:
    reach = area_reach(actor, permission, now)
    return RegisterVisibility(reach.condition(path), reach.binds, reach.branches)


class RegisterRights(NamedTuple):
    """SQL conditions for what an actor may read of premises and households.

    Functions that build statements use these conditions as keys of their caches.

    Attributes:
        sees_premises: Condition on premises: the actor sees them.
        sees_household: Condition on a household: the actor sees it.
        reads_address: Condition on premises: the actor reads the address without mask.
        reads_names: Condition on premises: the actor reads the name without mask. The name of a home may be a resident's
            name.
        reads_residents: Condition on a household: the actor reads its residents, and its label without mask.
        roots: The areas (ltree[]) in which the actor sees premises and households. None: everywhere or nowhere.
    """

    sees_premises: ColumnElement[bool]
    sees_household: ColumnElement[bool]
    reads_address: ColumnElement[bool]
    reads_names: ColumnElement[bool]
    reads_residents: ColumnElement[bool]
    roots: ColumnElement[Any] | None


def register_rights(
    actor: Actor, now: datetime, *, premises: Any = Premises, household: Any = Household
) -> tuple[RegisterRights, dict[str, Any]]:
    """Return the SQL conditions for what the actor may read, and their bind values."""
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
        roots=seen_premises.branches.roots if seen_premises.branches else None,
    )
    return rights, seen_premises.binds | addresses.binds | residents.binds
