"""Visibility rule of places: the SQL condition for which named places an actor may see."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, literal, or_

from app.core.actor import Actor, Permission
from app.core.db import RowRule
from app.places.models import NamedPlace
from app.places.rules import ADDRESS_KINDS
from app.profiles.scope import own_jurisdictions
from app.workforce.scope import AreaReach, area_reach


class PlaceVisibility(NamedTuple):
    """The visibility rule of places for one actor.

    Attributes:
        condition: The actor sees the place. Streets, landmarks and areas are visible in the actor's jurisdictions; addresses
            and compounds only in areas where the actor may read addresses.
        reads_address: The actor may read addresses where the place is.
        is_own: The place is in a jurisdiction of the actor. The street of an address is visible there.
        binds: Values of the bind parameters of all three.
    """

    condition: ColumnElement[bool]
    reads_address: ColumnElement[bool]
    is_own: ColumnElement[bool]
    binds: dict[str, Any]


def place_visibility(actor: Actor, now: datetime, of: Any = NamedPlace) -> PlaceVisibility:
    """Return the SQL conditions for the places that an actor may see, with bind values.

    Args:
        of: `NamedPlace` or an alias of it in the statement.
    """
    is_own, binds = own_jurisdictions(actor, of.jurisdiction_id)
    reach = area_reach(actor, Permission.ADDRESS_READ, now)
    return _rule(is_own, reach.condition(of.scope_path), of)._replace(binds=binds | reach.binds)


@lru_cache(maxsize=200)
def _rule(is_own: ColumnElement[bool], reads_address: ColumnElement[bool], of: Any) -> PlaceVisibility:
    is_public = of.kind.not_in([literal(kind, literal_execute=True) for kind in ADDRESS_KINDS])
    return PlaceVisibility(
        condition=RowRule(and_(is_own, or_(is_public, reads_address)), "named_place"),
        reads_address=RowRule(and_(is_own, reads_address), "named_place"),
        is_own=RowRule(is_own, "named_place"),
        binds={},
    )


def address_reach(actor: Actor, now: datetime) -> AreaReach:
    """Return the areas where an actor may read addresses, and so the place of a case with its number."""
    return area_reach(actor, Permission.ADDRESS_READ, now)
