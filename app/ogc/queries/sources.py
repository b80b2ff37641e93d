"""Visibility of the rows of collections, by the rule of the domain that owns the table."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, DateTime, TextClause, and_, bindparam, text, true
from sqlalchemy.orm import aliased

from app.areas.models import AreaVersion
from app.components import service as components
from app.components.models import Component
from app.core.actor import Actor
from app.core.db import Fragment, RowRule
from app.grids import service as grids
from app.households import service as households
from app.households.models import Household, Premises
from app.incidents.scope import CASE_I, is_late, is_ordinary, visible_on_maps
from app.ogc.rules.collections import Collection, Lookup, Property
from app.profiles.scope import own_jurisdictions
from app.signals import service as signals
from app.workforce.scope import ScopeBranches

# The registry of collections names its tables by these aliases.
_AREA = aliased(AreaVersion, name="v")
_COMPONENT = aliased(Component, name="c")
_HOUSEHOLD = aliased(Household, name="h")
_PREMISES = aliased(Premises, name="p")
_NOW = bindparam("now", None, DateTime(timezone=True))
Substitutions = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """A collection as one actor sees it: the visibility rule, and SQL that depends on the actor.

    Actors with the same kinds of rights get the same objects in `condition` and `substitutions`, so that statements made of
    them are cached.

    Attributes:
        condition: The WHERE condition of visible rows.
        substitutions: SQL by the names of the placeholders (`{name}`) in the collection's definition.
        branches: The alternatives of `condition`, with the same binds; None: the rule does not depend on areas.
        personal_cases: Select of the ids of cases that the actor may see because of something else than what
            `tile_case_count` counts by, with the same binds; None for other collections than cases.
    """

    condition: Any
    binds: dict[str, Any]
    substitutions: Substitutions = ()
    branches: ScopeBranches | None = None
    personal_cases: Any = None

    def expression(self, sql: str) -> Fragment:
        """Return SQL of the collection's definition with its placeholders filled for the actor."""
        return _filled(sql, self.substitutions)

    def value(self, prop: Property) -> Fragment:
        """Return the SQL expression of a property."""
        return looked_up(prop.lookup) if prop.lookup is not None else self.expression(prop.sql)

    def conditions(self, collection: Collection, of_request: Iterable[Any]) -> Fragment:
        """Return the WHERE condition of visible features that match the request.

        It joins the conditions of the collection, of the visibility rule and of the request by AND.
        """
        return Fragment.joined(
            " and ",
            [
                *(self.expression(sql) for sql in collection.conditions),
                self.condition,
                *of_request,
            ],
        )


@lru_cache(maxsize=2_000)
def _filled(sql: str, substitutions: Substitutions) -> Fragment:
    return Fragment(sql, **{name: value for name, value in substitutions if f"{{{name}}}" in sql})


@lru_cache(maxsize=100)
def looked_up(lookup: Lookup) -> Fragment:
    """Return a scalar subquery that reads the value of a property from another table."""
    return Fragment(
        "(select {value} from {table} where {key} = {local_key} and {condition})",
        value=constant(lookup.value),
        table=constant(lookup.table),
        key=constant(lookup.key),
        local_key=constant(lookup.local_key),
        condition=constant(lookup.condition),
    )


@lru_cache(maxsize=2_000)
def constant(sql: str) -> TextClause:
    """Return SQL text without placeholders as a SQLAlchemy element.

    The same text always gives the same object, from a cache.
    """
    return text(sql)


def file_reader(collection: Collection, actor: Actor, now: datetime) -> Reader:
    """Return the actor's view of a collection for export files, without confidential cases."""
    source = reader(collection, actor, now)
    if collection.scope != "incidents":
        return source
    return replace(source, condition=_ordinary(source.condition))


@lru_cache
def _ordinary(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(condition, is_ordinary(CASE_I))


def reader(collection: Collection, actor: Actor, now: datetime) -> Reader:
    """Return the actor's view of a collection: the visibility rule of its rows, with binds."""
    match collection.scope:
        case "places":
            condition, binds = own_jurisdictions(actor, _AREA.jurisdiction_id)
            return Reader(condition, binds)
        case "components":
            rule = components.visibility(actor, now, _COMPONENT)
            return Reader(rule.condition, rule.binds, (), rule.branches)
        case "incidents":
            on_maps = visible_on_maps(actor, now, CASE_I)
            substitutions = (
                ("is_late", is_late(_NOW, CASE_I)),
                ("may_read_address", on_maps.reads_address),
            )
            return Reader(
                on_maps.condition,
                on_maps.binds | {"now": now},
                substitutions,
                on_maps.branches,
                on_maps.personal_cases,
            )
        case "findings":
            condition, binds = grids.findings_on_maps(actor, now)
            return Reader(condition, binds, (("findings", grids.FINDINGS_RELATION),))
        case "signals":
            source = signals.signals_on_maps(actor, now)
            relations = (("signals", source.relation), ("signal_cases", source.cases))
            return Reader(source.clause, source.binds, relations)
        case "premises":
            return _register_reader(actor, now, households.premises_visibility(actor, now, of=_PREMISES))
        case "households":
            homes = households.household_visibility(actor, now, of=_HOUSEHOLD)
            return replace(_register_reader(actor, now, homes), condition=_with_premises(homes.condition))
    raise ValueError(f"no rule for {collection.scope}")


# The areas of the branches are the whole rule of the register.
_BY_AREA = RowRule(true(), "household", "premises")


@lru_cache
def _with_premises(condition: ColumnElement[bool]) -> RowRule:
    """Return the visibility rule of households, marked as valid for their premises, too.

    A household is at the place of its premises, so who sees the household also sees the premises.
    """
    return RowRule(condition, "household", "premises")


def _register_reader(actor: Actor, now: datetime, rule: Any) -> Reader:
    """Return the actor's view of premises or households, with masked addresses and names."""
    address, may_read, address_binds = households.address_on_maps(actor, now, _PREMISES)
    name, name_binds = households.name_on_maps(actor, now, _PREMISES)
    substitutions = (("address", address), ("may_read_address", may_read), ("premises_name", name))
    branches = rule.branches and replace(rule.branches, scoped_condition=_BY_AREA)
    return Reader(rule.condition, rule.binds | address_binds | name_binds, substitutions, branches)
