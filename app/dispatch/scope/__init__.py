"""SQL of dispatch that other packages use in their statements: conditions, candidates and the rows of a placement."""

from app.dispatch.scope.candidates import candidates_in
from app.dispatch.scope.conditions import (
    constant,
    is_active,
    is_held,
    is_live_offer,
    shown_offer_state,
    state_in,
    state_since,
)
from app.dispatch.scope.placement import INSERT_RUN, PLACEMENT, PLACEMENT_COLUMNS

__all__ = [
    "INSERT_RUN",
    "PLACEMENT",
    "PLACEMENT_COLUMNS",
    "candidates_in",
    "constant",
    "is_active",
    "is_held",
    "is_live_offer",
    "shown_offer_state",
    "state_in",
    "state_since",
]
