"""The rule of visibility of cases: which cases an actor may see, and which they direct.

`case_visibility` is the one rule. Lists, counts, maps, tiles, exports, figures, synchronisation and planning take it and
nothing else. Its conditions are made once for each shape of actor; what differs between actors of one shape are binds.
"""

from app.incidents.scope.conditions import (
    CASE_I,
    CASE_T,
    ENDED_STATES,
    NOW,
    SEES_NAMES,
    above_subject,
    has_ended,
    is_late,
    is_open,
    is_ordinary,
    stands_above_subject,
)
from app.incidents.scope.maps import (
    MapVisibility,
    map_version_inputs,
    visible_on_maps,
)
from app.incidents.scope.visibility import (
    CaseRule,
    CaseVisibility,
    case_visibility,
    is_above_all,
    reader_binds,
)

__all__ = [
    "CASE_I",
    "CASE_T",
    "ENDED_STATES",
    "NOW",
    "SEES_NAMES",
    "CaseRule",
    "CaseVisibility",
    "MapVisibility",
    "above_subject",
    "case_visibility",
    "has_ended",
    "is_above_all",
    "is_late",
    "is_open",
    "is_ordinary",
    "map_version_inputs",
    "reader_binds",
    "stands_above_subject",
    "visible_on_maps",
]
