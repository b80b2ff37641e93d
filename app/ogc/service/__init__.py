"""Use cases of the OGC doors."""

from app.ogc.service.describing import (
    api,
    collection,
    collections,
    conformance,
    extent,
    landing,
    named,
    own_extent,
    queryables,
    schema,
)
from app.ogc.service.editing import change, create, present, remove
from app.ogc.service.items import Page, item, items

__all__ = [
    "Page",
    "api",
    "change",
    "collection",
    "collections",
    "conformance",
    "create",
    "extent",
    "item",
    "items",
    "landing",
    "named",
    "own_extent",
    "present",
    "queryables",
    "remove",
    "schema",
]
