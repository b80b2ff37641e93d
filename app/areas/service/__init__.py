"""Use cases of areas, units and jurisdictions."""

from app.areas.service.areas import area, area_history, areas_at, list_areas
from app.areas.service.homes import Home, home_of, is_current_path, paths_of
from app.areas.service.imports import TakenIn, import_areas, take_in_areas
from app.areas.service.jurisdictions import (
    ProfileInForce,
    categories,
    create_jurisdiction,
    ensure_default_jurisdiction,
    jurisdiction_named,
    list_jurisdictions,
    open_jurisdiction,
    packaged_profile,
    profile_at,
    profile_by_id,
    profile_document,
    profile_named,
    publish_profile,
)
from app.areas.service.redrawing import RedrawPlan, carry_out_redraw, plan_redraw
from app.areas.service.units import (
    change_unit,
    create_unit,
    jurisdiction_of_unit,
    list_units,
    owner_unit,
    owner_units,
    unit,
    works_with_units,
)

__all__ = [
    "Home",
    "ProfileInForce",
    "RedrawPlan",
    "TakenIn",
    "area",
    "area_history",
    "areas_at",
    "carry_out_redraw",
    "categories",
    "change_unit",
    "create_jurisdiction",
    "create_unit",
    "ensure_default_jurisdiction",
    "home_of",
    "import_areas",
    "is_current_path",
    "jurisdiction_named",
    "jurisdiction_of_unit",
    "list_areas",
    "list_jurisdictions",
    "list_units",
    "open_jurisdiction",
    "owner_unit",
    "owner_units",
    "packaged_profile",
    "paths_of",
    "plan_redraw",
    "profile_at",
    "profile_by_id",
    "profile_document",
    "profile_named",
    "publish_profile",
    "take_in_areas",
    "unit",
    "works_with_units",
]
