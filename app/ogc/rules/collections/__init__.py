"""The collections of /ogc: their definitions, and the registry of all of them."""

from app.ogc.rules.collections.definition import SCHEMAS, Collection, Kind, Lookup, Property, Written
from app.ogc.rules.collections.registry import COLLECTIONS, visible_properties

__all__ = [
    "COLLECTIONS",
    "SCHEMAS",
    "Collection",
    "Kind",
    "Lookup",
    "Property",
    "Written",
    "visible_properties",
]
