"""SQL of the division tree and of units."""

from app.areas.queries.areas import may_edit
from app.areas.queries.units import OWNER_UNIT, owner_unit

__all__ = ["OWNER_UNIT", "may_edit", "owner_unit"]
