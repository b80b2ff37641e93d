"""SQL that shows a household in an answer: label and address masked where the actor may not read them."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.households import service as households


class ShownHousehold(NamedTuple):
    """JSON of the row `household` of a statement, and the joins that it needs after this row."""

    json: Fragment
    joins: Fragment


_JOINS = Fragment(
    """join premises on premises.id = household.premises_id
       left join area_version present_grid
         on present_grid.area_id = household.grid_id and upper_inf(present_grid.valid)"""
)


def shown_household(actor: Actor, now: datetime) -> tuple[ShownHousehold, dict[str, Any]]:
    """Return the JSON of a household as the actor may read it, and its binds."""
    addresses = households.premises_visibility(actor, now, Permission.ADDRESS_READ)
    labels = households.household_visibility(actor, now, Permission.RESIDENT_READ)
    return _shown(addresses.condition, labels.condition), addresses.binds | labels.binds


@lru_cache(maxsize=100)
def _shown(reads_address: ColumnElement[bool], reads_label: ColumnElement[bool]) -> ShownHousehold:
    json = Fragment(
        """json_build_object('id', household.id, 'label', {label}, 'address', {address},
             'grid', case when present_grid.area_id is not null then json_build_object('id', present_grid.area_id,
               'code', present_grid.code, 'name', present_grid.name) end)""",
        label=households.shown_label(reads_label),
        address=households.shown_address(reads_address),
    )
    return ShownHousehold(json, _JOINS)
