"""Parsing of features that clients send.

The result is converted to the fields and changes that the domain that owns the collection accepts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from app.core.actor import Actor, Permission
from app.core.errors import invalid_field
from app.ogc.rules.collections import Collection, Property, Written
from app.ogc.rules.crs import Crs, to_degrees

# About a centimetre, the rounding of GeoJSON here. Geometries that differ by less are equal.
SAME_WITHIN = 1e-7
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class EditPermissions:
    """The permission that each edit operation needs, in addition to `gis:edit`.

    None: features of the collection cannot be edited in this way.
    """

    create: Permission | None = None
    change: Permission | None = None
    remove: Permission | None = None


# Land is made and ended together with its neighbours, by a redraw; a case is a fact, and premises are not taken away.
ACTS: dict[str | None, EditPermissions] = {
    None: EditPermissions(),
    "areas": EditPermissions(change=Permission.AREA_EDIT),
    "components": EditPermissions(
        Permission.COMPONENT_EDIT, Permission.COMPONENT_EDIT, Permission.COMPONENT_EDIT
    ),
    "incidents": EditPermissions(Permission.INCIDENT_REPORT, Permission.INCIDENT_CORRECT),
    "premises": EditPermissions(Permission.HOUSEHOLD_EDIT, Permission.HOUSEHOLD_EDIT),
}
_READS = ("GET", "HEAD", "OPTIONS")


def methods_of_items(collection: Collection, actor: Actor) -> list[str]:
    """Return the HTTP methods that the actor may use on the items of a collection."""
    return [*_READS, *(["POST"] if _may(actor, ACTS[collection.edits].create) else [])]


def methods_of_item(collection: Collection, actor: Actor) -> list[str]:
    """Return the HTTP methods that the actor may use on a visible feature."""
    permissions = ACTS[collection.edits]
    changes = ["PUT", "PATCH"] if _may(actor, permissions.change) else []
    return [*_READS, *changes, *(["DELETE"] if _may(actor, permissions.remove) else [])]


def _may(actor: Actor, permission: Permission | None) -> bool:
    return permission is not None and actor.may(Permission.GIS_EDIT) and actor.may(permission)


@dataclass(frozen=True, slots=True)
class SentFeature:
    """A feature, or a part of one, that a client sent.

    Attributes:
        values: Values by property name.
        geometry: Geometry in degrees, longitude first; None if the client sent none.
    """

    values: dict[str, Any]
    geometry: BaseGeometry | None
    id: Any = None


def read_feature(body: bytes, collection: Collection, crs: Crs, *, is_part: bool = False) -> SentFeature:
    """Parse a GeoJSON Feature or, with `is_part`, a merge patch of one, in `crs`.

    Read-only properties are accepted here and ignored later, because programs send back all properties that they received.

    Raises:
        Invalid: The body is neither a Feature nor, with `is_part`, a part of one.
    """
    try:
        feature = orjson.loads(body)
    except ValueError:
        raise invalid_field("body", "json_invalid") from None
    if not isinstance(feature, dict) or (not is_part and feature.get("type") != "Feature"):
        raise invalid_field("body", "feature_needed")
    values = feature.get("properties")
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise invalid_field("properties", "invalid")
    if is_part and "geometry" not in feature:
        return SentFeature(values, None, feature.get("id"))
    return SentFeature(values, _geometry(feature.get("geometry"), collection, crs), feature.get("id"))


def _geometry(geojson: Any, collection: Collection, crs: Crs) -> BaseGeometry:
    kinds = ("Polygon", "MultiPolygon") if collection.is_polygon else (collection.geometry_kind,)
    if not isinstance(geojson, dict) or geojson.get("type") not in kinds:
        raise invalid_field("geometry", "geometry_invalid")
    try:
        geometry: BaseGeometry = shapely.force_2d(shape(geojson))
    except Exception:  # shapely raises many kinds for many kinds of broken input
        raise invalid_field("geometry", "geometry_invalid") from None
    if geometry.is_empty or not all(map(math.isfinite, geometry.bounds)):
        raise invalid_field("geometry", "geometry_invalid")
    geometry = to_degrees(geometry, crs)
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise invalid_field("geometry", "geometry_invalid")
    return geometry


def new_facts(collection: Collection, properties: Sequence[Property], sent: SentFeature) -> dict[str, Any]:
    """Return the fields of a new feature, as the domain that owns the collection accepts them.

    Raises:
        Invalid: A property is unknown, or a required one is missing.
    """
    _require_known_names(properties, sent)
    values = {p.name: _value(p, sent) for p in properties if p.written is not Written.NEVER}
    _require_needed(properties, values)
    return _domain_facts(collection, {n: v for n, v in values.items() if v is not None}, sent.geometry, {})


def changed_facts(
    collection: Collection,
    properties: Sequence[Property],
    current: dict[str, Any],
    sent: SentFeature,
    *,
    is_whole: bool,
) -> dict[str, Any]:
    """Return the fields that differ from the `current` feature, as its domain accepts them.

    Args:
        current: The feature as GeoJSON, in degrees.
        is_whole: Missing properties get their defaults, as PUT requires.

    Raises:
        Invalid: A property is unknown, or a property that is written once has another value.
    """
    _require_known_names(properties, sent)
    current_values = current["properties"]
    changes: dict[str, Any] = {}
    for prop in properties:
        is_sent = prop.name in sent.values
        if prop.written is Written.NEVER or not (is_sent or (is_whole and prop.written is Written.ALWAYS)):
            continue
        value = _value(prop, sent)
        if value == current_values.get(prop.name):
            continue
        if prop.written is Written.ONCE:
            raise invalid_field(prop.name, "not_allowed_here")
        changes[prop.name] = value
    _require_needed(properties, changes)
    geometry = sent.geometry
    if geometry is not None and is_same(geometry, shape(current["geometry"])):
        geometry = None
    return _domain_facts(collection, changes, geometry, current_values)


def _value(prop: Property, sent: SentFeature) -> Any:
    """Return the sent value of a property, or its default if it is null or missing."""
    value = sent.values.get(prop.name)
    return prop.default if value is None else value


def _require_known_names(properties: Sequence[Property], sent: SentFeature) -> None:
    """Raise Invalid for an unknown property name, so that a mistyped property is not ignored."""
    unknown = sent.values.keys() - {prop.name for prop in properties}
    if unknown:
        raise invalid_field(min(unknown), "unknown_field")


def _require_needed(properties: Sequence[Property], values: dict[str, Any]) -> None:
    for prop in properties:
        if prop.is_required and prop.name in values and values[prop.name] is None:
            raise invalid_field(prop.name, "required")


def is_same(first: BaseGeometry, second: BaseGeometry) -> bool:
    """Return True if two geometries are equal, apart from rounded coordinates."""
    if first.geom_type == "Point":
        return float(first.distance(second)) <= 2 * SAME_WITHIN
    return float(shapely.hausdorff_distance(first, second)) <= 2 * SAME_WITHIN


def _domain_facts(
    collection: Collection,
    values: dict[str, Any],
    geometry: BaseGeometry | None,
    current_values: dict[str, Any],
) -> dict[str, Any]:
    facts = dict(values)
    if {"name_zh", "name_en"} & facts.keys():
        names = {lang: facts.pop(f"name_{lang}", current_values.get(f"name_{lang}")) for lang in ("zh", "en")}
        # Most editors send one name only.
        facts["name"] = {"zh": names["zh"], "en": names["en"] or names["zh"]}
    if geometry is not None and collection.is_polygon:
        facts["geometry"] = mapping(geometry)
    elif geometry is not None:
        facts["lon"], facts["lat"] = geometry.x, geometry.y  # type: ignore[attr-defined]
    return facts
