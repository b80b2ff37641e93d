"""Use cases of areas and units, and the creation of jurisdictions."""

from app.areas.service.areas import area, area_history, areas_at, list_areas
from app.areas.service.homes import (
    Home,
    TreePosition,
    current_paths,
    home_of,
    homes_of,
    paths_of,
    tree_position_of,
)
from app.areas.service.imports import AreaImportResult, import_acceptable_areas, import_areas
from app.areas.service.jurisdictions import (
    create_jurisdiction,
    ensure_default_jurisdiction,
    open_jurisdiction,
    profile_at_place,
)
from app.areas.service.redraws import RedrawPlan, apply_redraw, plan_redraw
from app.areas.service.units import (
    change_unit,
    create_unit,
    jurisdiction_of_unit,
    list_units,
    owner_unit,
    owner_units,
    unit,
    unit_names,
    works_with_units,
)

__all__ = [
    "AreaImportResult",
    "Home",
    "RedrawPlan",
    "TreePosition",
    "apply_redraw",
    "area",
    "area_history",
    "areas_at",
    "change_unit",
    "create_jurisdiction",
    "create_unit",
    "current_paths",
    "ensure_default_jurisdiction",
    "home_of",
    "homes_of",
    "import_acceptable_areas",
    "import_areas",
    "jurisdiction_of_unit",
    "list_areas",
    "list_units",
    "open_jurisdiction",
    "owner_unit",
    "owner_units",
    "paths_of",
    "plan_redraw",
    "profile_at_place",
    "tree_position_of",
    "unit",
    "unit_names",
    "works_with_units",
]
