"""Use cases of /ogc: discovery, items, edits, tiles."""

from app.ogc.service.descriptions import (
    api,
    collection,
    collections,
    conformance,
    extent,
    landing,
    queryables,
    readable_collection,
    schema,
    scope_extent,
)
from app.ogc.service.feature_edits import change, create, current_feature, remove
from app.ogc.service.items import Page, item, items

__all__ = [
    "Page",
    "api",
    "change",
    "collection",
    "collections",
    "conformance",
    "create",
    "current_feature",
    "extent",
    "item",
    "items",
    "landing",
    "queryables",
    "readable_collection",
    "remove",
    "schema",
    "scope_extent",
]
