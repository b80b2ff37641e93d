"""The registry: every collection of the OGC doors, in the order in which they are listed."""

from app.core.actor import Actor
from app.ogc.rules.collections.cases import INCIDENTS
from app.ogc.rules.collections.findings import FINDINGS
from app.ogc.rules.collections.places import PLACES
from app.ogc.rules.collections.shape import SCHEMAS, Collection, Kind, Lookup, Property, Written
from app.ogc.rules.collections.signals import SIGNAL_CASES, SIGNALS
from app.ogc.rules.collections.things import COMPONENTS, HOUSEHOLDS, PREMISES

COLLECTIONS: dict[str, Collection] = {
    c.id: c for c in (*PLACES, COMPONENTS, PREMISES, HOUSEHOLDS, INCIDENTS, FINDINGS, SIGNALS, SIGNAL_CASES)
}


def shown(collection: Collection, actor: Actor) -> list[Property]:
    """The properties that this actor may know of."""
    return [p for p in collection.properties if p.needs is None or actor.may(p.needs)]


__all__ = ["COLLECTIONS", "SCHEMAS", "Collection", "Kind", "Lookup", "Property", "Written", "shown"]
