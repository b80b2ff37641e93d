"""Use cases of areas, units and jurisdictions."""

from app.areas.service.areas import area, area_history, areas_at, list_areas
from app.areas.service.imports import import_areas
from app.areas.service.jurisdictions import (
    ProfileInForce,
    categories,
    create_jurisdiction,
    ensure_default_jurisdiction,
    list_jurisdictions,
    open_jurisdiction,
    packaged_profile,
    profile_at,
    profile_by_id,
    profile_document,
    publish_profile,
)
from app.areas.service.units import change_unit, create_unit, list_units, unit

__all__ = [
    "ProfileInForce",
    "area",
    "area_history",
    "areas_at",
    "categories",
    "change_unit",
    "create_jurisdiction",
    "create_unit",
    "ensure_default_jurisdiction",
    "import_areas",
    "list_areas",
    "list_jurisdictions",
    "list_units",
    "open_jurisdiction",
    "packaged_profile",
    "profile_at",
    "profile_by_id",
    "profile_document",
    "publish_profile",
    "unit",
]
