"""SQL of components. `register` reads them, `changes` and `imports` write them."""

from app.components.queries.changes import (
    change,
    insert,
    lock_jurisdictions,
    rehome,
    retire,
    update_areas,
    upsert,
)
from app.components.queries.register import (
    component,
    component_page,
    is_editable,
    is_id_used,
    units_in_jurisdiction,
)
from app.components.queries.report_matches import nearest_component, referenced_component
from app.components.queries.visibility import COMPONENT_C, ComponentVisibility, component_visibility

__all__ = [
    "COMPONENT_C",
    "ComponentVisibility",
    "change",
    "component",
    "component_page",
    "component_visibility",
    "insert",
    "is_editable",
    "is_id_used",
    "lock_jurisdictions",
    "nearest_component",
    "referenced_component",
    "rehome",
    "retire",
    "units_in_jurisdiction",
    "update_areas",
    "upsert",
]
