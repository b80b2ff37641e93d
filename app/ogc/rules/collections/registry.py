"""The registry of all collections of /ogc, in the order of the list."""

from app.core.actor import Actor
from app.ogc.rules.collections.areas import PLACES
from app.ogc.rules.collections.cases import INCIDENTS
from app.ogc.rules.collections.definition import Collection, Property
from app.ogc.rules.collections.findings import FINDINGS
from app.ogc.rules.collections.register import COMPONENTS, HOUSEHOLDS, PREMISES
from app.ogc.rules.collections.signals import SIGNAL_CASES, SIGNALS

COLLECTIONS: dict[str, Collection] = {
    c.id: c for c in (*PLACES, COMPONENTS, PREMISES, HOUSEHOLDS, INCIDENTS, FINDINGS, SIGNALS, SIGNAL_CASES)
}


def visible_properties(collection: Collection, actor: Actor) -> tuple[Property, ...]:
    """Return the properties of the collection that the actor may read."""
    if not collection.has_guarded:
        return collection.properties
    return tuple([p for p in collection.properties if p.needs is None or actor.may(p.needs)])
