"""Use cases of areas and units; opening a jurisdiction."""

from app.areas.service.areas import area, area_history, areas_at, list_areas
from app.areas.service.homes import Home, TreePosition, home_of, is_current_path, paths_of, standing_of
from app.areas.service.imports import AreaImportResult, import_areas, take_in_areas
from app.areas.service.jurisdictions import (
    create_jurisdiction,
    ensure_default_jurisdiction,
    open_jurisdiction,
    profile_at_place,
)
from app.areas.service.redraws import RedrawPlan, carry_out_redraw, plan_redraw
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
    "AreaImportResult",
    "Home",
    "RedrawPlan",
    "TreePosition",
    "area",
    "area_history",
    "areas_at",
    "carry_out_redraw",
    "change_unit",
    "create_jurisdiction",
    "create_unit",
    "ensure_default_jurisdiction",
    "home_of",
    "import_areas",
    "is_current_path",
    "jurisdiction_of_unit",
    "list_areas",
    "list_units",
    "open_jurisdiction",
    "owner_unit",
    "owner_units",
    "paths_of",
    "plan_redraw",
    "profile_at_place",
    "standing_of",
    "take_in_areas",
    "unit",
    "works_with_units",
]
