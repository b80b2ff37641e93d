"""Use cases of the OGC doors."""

from app.ogc.service.describing import (
    api,
    collection,
    collections,
    conformance,
    landing,
    named,
    queryables,
    schema,
)
from app.ogc.service.items import Page, item, items

__all__ = [
    "Page",
    "api",
    "collection",
    "collections",
    "conformance",
    "item",
    "items",
    "landing",
    "named",
    "queryables",
    "schema",
]
