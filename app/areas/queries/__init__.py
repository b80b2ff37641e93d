"""SQL of places, one function per question: `areas`, `jurisdictions`, `units`."""

from app.areas.queries.areas import may_edit
from app.areas.queries.jurisdictions import default_jurisdiction_id
from app.areas.queries.units import OWNER_UNIT, owner_unit

__all__ = ["OWNER_UNIT", "default_jurisdiction_id", "may_edit", "owner_unit"]
