"""Features that clients send: what they say in the words of the domain that keeps them, and what of it is a change."""

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

# About a centimetre: what GeoJSON of ours is rounded to. A geometry that differs by less is the same.
SAME_WITHIN = 1e-7
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class Acts:
    """The permission that each act needs besides `gis:edit`; None where nobody does it here."""

    create: Permission | None = None
    change: Permission | None = None
    remove: Permission | None = None


# Land is made and ended together with its neighbours, by a redraw; a case is a fact, and premises are not taken away.
ACTS: dict[str | None, Acts] = {
    None: Acts(),
    "areas": Acts(change=Permission.AREA_EDIT),
    "components": Acts(Permission.COMPONENT_EDIT, Permission.COMPONENT_EDIT, Permission.COMPONENT_EDIT),
    "incidents": Acts(Permission.INCIDENT_REPORT, Permission.INCIDENT_CORRECT),
    "premises": Acts(Permission.HOUSEHOLD_EDIT, Permission.HOUSEHOLD_EDIT),
}
_READS = ("GET", "HEAD", "OPTIONS")


def methods_of_items(one: Collection, actor: Actor) -> list[str]:
    """What this actor may do to the collection, now."""
    return [*_READS, *(["POST"] if _may(actor, ACTS[one.edits].create) else [])]


def methods_of_item(one: Collection, actor: Actor) -> list[str]:
    """What this actor may do to a feature that she sees, now."""
    acts = ACTS[one.edits]
    changes = ["PUT", "PATCH"] if _may(actor, acts.change) else []
    return [*_READS, *changes, *(["DELETE"] if _may(actor, acts.remove) else [])]


def _may(actor: Actor, permission: Permission | None) -> bool:
    return permission is not None and actor.may(Permission.GIS_EDIT) and actor.may(permission)


@dataclass(frozen=True, slots=True)
class Said:
    """A feature or a part of one: `values` of properties by name; `geometry` in degrees, None if it is not said."""

    values: dict[str, Any]
    geometry: BaseGeometry | None
    id: Any = None


def read_feature(body: bytes, one: Collection, crs: Crs, *, is_part: bool = False) -> Said:
    """A GeoJSON Feature, or with `is_part` a merge patch of one, its coordinates in `crs`.

    Properties that are read only are left aside later, not refused: programs send back what they were given.
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
        return Said(values, None, feature.get("id"))
    return Said(values, _geometry(feature.get("geometry"), one, crs), feature.get("id"))


def _geometry(given: Any, one: Collection, crs: Crs) -> BaseGeometry:
    kinds = ("Polygon", "MultiPolygon") if one.is_polygon else (one.geometry_kind,)
    if not isinstance(given, dict) or given.get("type") not in kinds:
        raise invalid_field("geometry", "geometry_invalid")
    try:
        found: BaseGeometry = shapely.force_2d(shape(given))
    except Exception:  # shapely raises many kinds for many kinds of broken input
        raise invalid_field("geometry", "geometry_invalid") from None
    if found.is_empty or not all(map(math.isfinite, found.bounds)):
        raise invalid_field("geometry", "geometry_invalid")
    found = to_degrees(found, crs)
    west, south, east, north = found.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise invalid_field("geometry", "geometry_invalid")
    return found


def new_facts(one: Collection, known: Sequence[Property], said: Said) -> dict[str, Any]:
    """What is said of a new feature, in the words of its domain. Raises Invalid for what the schema does not name."""
    _require_known(known, said)
    named = {p.name: _value(p, said) for p in known if p.written is not Written.NEVER}
    _require_needed(known, named)
    return _in_domain_words(one, {n: v for n, v in named.items() if v is not None}, said.geometry, {})


def changed_facts(
    one: Collection, known: Sequence[Property], was: dict[str, Any], said: Said, *, is_whole: bool
) -> dict[str, Any]:
    """What of a feature is said to be otherwise than it `was` (as GeoJSON), in the words of its domain.

    `is_whole`: what is not said is as in a new feature that does not say it. What is written once may be said again, but not
    otherwise. Raises Invalid for that, and for what the schema does not name.
    """
    _require_known(known, said)
    before = was["properties"]
    changes: dict[str, Any] = {}
    for prop in known:
        is_said = prop.name in said.values
        if prop.written is Written.NEVER or not (is_said or (is_whole and prop.written is Written.ALWAYS)):
            continue
        value = _value(prop, said)
        if value == before.get(prop.name):
            continue
        if prop.written is Written.ONCE:
            raise invalid_field(prop.name, "not_allowed_here")
        changes[prop.name] = value
    _require_needed(known, changes)
    geometry = said.geometry
    if geometry is not None and is_same(geometry, shape(was["geometry"])):
        geometry = None
    return _in_domain_words(one, changes, geometry, before)


def _value(prop: Property, said: Said) -> Any:
    """What is said of a property; null and nothing are its default."""
    value = said.values.get(prop.name)
    return prop.default if value is None else value


def _require_known(known: Sequence[Property], said: Said) -> None:
    """Refuse names that the schema does not have: what somebody mistyped would be lost."""
    unknown = said.values.keys() - {prop.name for prop in known}
    if unknown:
        raise invalid_field(min(unknown), "unknown_field")


def _require_needed(known: Sequence[Property], values: dict[str, Any]) -> None:
    for prop in known:
        if prop.is_required and prop.name in values and values[prop.name] is None:
            raise invalid_field(prop.name, "required")


def is_same(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Whether two geometries differ by no more than rounding."""
    if one.geom_type == "Point":
        return float(one.distance(other)) <= 2 * SAME_WITHIN
    return float(shapely.hausdorff_distance(one, other)) <= 2 * SAME_WITHIN


def _in_domain_words(
    one: Collection, values: dict[str, Any], geometry: BaseGeometry | None, before: dict[str, Any]
) -> dict[str, Any]:
    facts = dict(values)
    if {"name_zh", "name_en"} & facts.keys():
        both = {lang: facts.pop(f"name_{lang}", before.get(f"name_{lang}")) for lang in ("zh", "en")}
        # Who draws a map seldom knows both names.
        facts["name"] = {"zh": both["zh"], "en": both["en"] or both["zh"]}
    if geometry is not None and one.is_polygon:
        facts["geometry"] = mapping(geometry)
    elif geometry is not None:
        facts["lon"], facts["lat"] = geometry.x, geometry.y  # type: ignore[attr-defined]
    return facts
