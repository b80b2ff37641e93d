"""Who sees which rows of a collection: the clause of the domain that owns them, the same as at every other door."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.components import service as components
from app.core.actor import Actor
from app.grids import service as grids
from app.households import service as households
from app.incidents import service as incidents
from app.ogc.rules.collections import Collection
from app.profiles.scope import in_own_jurisdictions
from app.signals import service as signals
from app.workforce.scope import Ways

# Where a row stands in the division tree.
PATHS = {
    "components": "c.scope_path",
    "incidents": "i.scope_path",
    "premises": "p.scope_path",
    "households": "h.scope_path",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """A collection as an actor sees it: `clause` with its binds, and what is put into the properties' SQL.

    `ways`: the same as `clause`, with the same binds, one by one; None where it does not hang on places.
    """

    clause: str
    binds: dict[str, Any]
    words: dict[str, str]
    ways: Ways | None = None

    def sql(self, expression: str) -> str:
        """An expression of the registry, with this actor's words in it."""
        for name, word in self.words.items():
            expression = expression.replace(f"{{{name}}}", word)
        return expression


def file_reader(collection: Collection, actor: Actor, now: datetime) -> Reader:
    """As `reader`, and less: no confidential case leaves in a file, whoever may see it here."""
    found = reader(collection, actor, now)
    if collection.scope != "incidents":
        return found
    return replace(found, clause=f"({found.clause} and {incidents.not_confidential()})")


def reader(collection: Collection, actor: Actor, now: datetime) -> Reader:
    """The one clause of who sees which rows of this collection."""
    match collection.scope:
        case "places":
            return Reader(*in_own_jurisdictions(actor, "v.jurisdiction_id"), {})
        case "components":
            return Reader(*components.visibility_condition(actor, now), {}, components.visibility_branches(actor))
        case "incidents":
            clause, binds, ways = incidents.on_maps(actor, now)
            return Reader(clause, binds | {"now": now}, {}, ways)
        case "findings":
            clause, binds = grids.findings_on_maps(actor, now)
            return Reader(clause, binds, {"findings": grids.FINDINGS_SQL})
        case "signals":
            found = signals.signals_on_maps(actor, now)
            words = {"signals": found.relation, "signal_cases": found.cases}
            return Reader(found.clause, found.binds, words)
        case "premises" | "households":
            clause, binds = households.on_maps(actor, PATHS[collection.scope], now)
            shown, may_read, more = households.address_on_maps(actor, now)
            name, _, yet_more = households.names_on_maps(actor, now)
            words = {"address": shown, "may_read_address": may_read, "premises_name": name}
            return Reader(clause, binds | more | yet_more, words, households.ways_on_maps(actor))
    raise ValueError(f"no clause for {collection.scope}")
