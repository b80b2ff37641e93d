"""Visibility of the rows of collections: the condition of the domain that owns them, as in the API."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.components import service as components
from app.core.actor import Actor
from app.core.db import as_sql
from app.grids import service as grids
from app.households import service as households
from app.incidents import service as incidents
from app.ogc.rules.collections import Collection
from app.profiles.scope import in_own_jurisdictions
from app.signals import service as signals
from app.workforce.scope import ScopeBranches

# The column with the area path of a row.
PATHS = {
    "components": "c.scope_path",
    "incidents": "i.scope_path",
    "premises": "p.scope_path",
    "households": "h.scope_path",
}


@dataclass(frozen=True, slots=True)
class TextBranches:
    """`ScopeBranches` as SQL."""

    paths: str | None
    own: tuple[str, ...]
    such: str
    less: str


def _text_branches(branches: ScopeBranches | None) -> TextBranches | None:
    if branches is None:
        return None
    return TextBranches(
        None if branches.roots is None else as_sql(branches.roots),
        tuple(as_sql(ground) for ground in branches.grounds),
        "true" if branches.scoped_condition is None else as_sql(branches.scoped_condition),
        "true" if branches.exclusions is None else as_sql(branches.exclusions),
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """A collection as an actor sees it: `clause` with its binds, and substitutions for the SQL of properties.

    `branches`: the clause split into its alternatives, for the same binds; None if it does not depend on areas.
    """

    clause: str
    binds: dict[str, Any]
    substitutions: dict[str, str]
    branches: TextBranches | None = None

    def sql(self, expression: str) -> str:
        """Return an expression of the registry with the actor's substitutions."""
        for name, value in self.substitutions.items():
            expression = expression.replace(f"{{{name}}}", value)
        return expression


def file_reader(collection: Collection, actor: Actor, now: datetime) -> Reader:
    """Return the reader for files: as `reader`, without confidential cases."""
    source = reader(collection, actor, now)
    if collection.scope != "incidents":
        return source
    return replace(source, clause=f"({source.clause} and {incidents.not_confidential()})")


def reader(collection: Collection, actor: Actor, now: datetime) -> Reader:
    """Return the visibility of a collection for an actor."""
    match collection.scope:
        case "places":
            return Reader(*in_own_jurisdictions(actor, "v.jurisdiction_id"), {})
        case "components":
            rule = components.visibility(actor, now)
            return Reader(as_sql(rule.condition), rule.binds, {}, _text_branches(rule.branches))
        case "incidents":
            on_maps = incidents.on_maps(actor, now)
            branches = _text_branches(on_maps.branches)
            return Reader(as_sql(on_maps.condition), on_maps.binds | {"now": now}, {}, branches)
        case "findings":
            clause, binds = grids.findings_on_maps(actor, now)
            return Reader(clause, binds, {"findings": grids.FINDINGS_SQL})
        case "signals":
            source = signals.signals_on_maps(actor, now)
            substitutions = {"signals": source.relation, "signal_cases": source.cases}
            return Reader(source.clause, source.binds, substitutions)
        case "premises" | "households":
            clause, binds = households.on_maps(actor, PATHS[collection.scope], now)
            address, may_read, address_binds = households.address_on_maps(actor, now)
            name, _, name_binds = households.names_on_maps(actor, now)
            substitutions = {"address": address, "may_read_address": may_read, "premises_name": name}
            return Reader(
                clause,
                binds | address_binds | name_binds,
                substitutions,
                _text_branches(households.map_branches(actor, now)),
            )
    raise ValueError(f"no clause for {collection.scope}")
