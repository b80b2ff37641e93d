"""Visibility rule of components: the SQL condition for which components an actor may see."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, or_, true
from sqlalchemy.orm import aliased

from app.components.models import Component
from app.core.actor import Actor, Permission
from app.core.db import RowRule
from app.workforce.scope import ScopeBranches, area_roots, is_within, scope_binds

_PREFIX = "component_read_scope"
COMPONENT_C = aliased(Component, name="c")


class ComponentVisibility(NamedTuple):
    """The visibility rule of components for one actor: an SQL condition and its bind values.

    Attributes:
        condition: Condition on a row of `component`.
        binds: Values of its bind parameters.
        branches: The same condition split into parts that each use one index. None: the actor sees all components.
    """

    condition: ColumnElement[bool]
    binds: dict[str, Any]
    branches: ScopeBranches | None


def component_visibility(actor: Actor, now: datetime, of: Any = Component) -> ComponentVisibility:
    """Return the SQL condition for the components that an actor may see, with bind values.

    Actors see the components in their areas and the components of their units.

    Args:
        of: `Component` or an alias of it in the statement.
    """
    if actor.everywhere_with(Permission.COMPONENT_READ):
        return ComponentVisibility(RowRule(true(), "component"), {}, None)
    condition, branches = _rule(bool(actor.unit_ids), of)
    binds = scope_binds(actor, now, Permission.COMPONENT_READ, prefix=_PREFIX) | {"my_units": actor.unit_ids}
    return ComponentVisibility(condition, binds, branches)


@lru_cache
def _rule(has_units: bool, of: Any) -> tuple[ColumnElement[bool], ScopeBranches]:
    units = bindparam("my_units", None, ARRAY(Uuid()))
    of_units = tuple(
        column == any_(units) for column in (of.owning_unit_id, of.managing_unit_id, of.maintaining_unit_id)
    )
    roots = area_roots(_PREFIX)
    condition = RowRule(or_(is_within(of.scope_path, roots), *of_units), "component")
    return condition, ScopeBranches(roots, of_units if has_units else ())
