"""SQL of components. Reading is in `register`, writing in `changes` and `imports`."""

from app.components.queries.changes import change, find_place, hold_jurisdictions, insert, rehome, upsert
from app.components.queries.register import FEATURE, ITEM, component, is_id_used, is_within, page, units_of
from app.components.queries.report_matches import named, nearest
from app.components.queries.visibility import visible, ways_to_see

__all__ = [
    "FEATURE",
    "ITEM",
    "change",
    "component",
    "find_place",
    "hold_jurisdictions",
    "insert",
    "is_id_used",
    "is_within",
    "named",
    "nearest",
    "page",
    "rehome",
    "units_of",
    "upsert",
    "visible",
    "ways_to_see",
]
