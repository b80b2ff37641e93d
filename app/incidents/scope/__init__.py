"""The rule of visibility of cases: which cases an actor may see, and which they direct.

`case_visibility` is the only function with this rule; lists, counts, maps, tiles, exports, statistics, synchronisation
and planning all use it. The SQL conditions are built once for each kind of actor (`CaseRule`) and cached; ids of the
actor and of areas are bind parameters.

Words of this package: the *subject* of a case is the person or unit that the case is about (a complaint about conduct).
*Roots* are the ltree paths of the areas of an actor. A *ground* is a condition on which a case outside the roots is
visible, such as "the actor reported it". `of` is the mapped class `Incident` or an alias of it.
"""

from app.incidents.scope.conditions import (
    CASE_I,
    CASE_T,
    ENDED_STATES,
    NOW,
    OPEN_I,
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
from app.incidents.scope.plain import PlainRule, plain_rule
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
    "OPEN_I",
    "SEES_NAMES",
    "CaseRule",
    "CaseVisibility",
    "MapVisibility",
    "PlainRule",
    "above_subject",
    "case_visibility",
    "has_ended",
    "is_above_all",
    "is_late",
    "is_open",
    "is_ordinary",
    "map_version_inputs",
    "plain_rule",
    "reader_binds",
    "stands_above_subject",
    "visible_on_maps",
]
