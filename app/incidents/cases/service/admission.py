"""Check that cases of a category may be dispatched to grid workers.

The profile (the rules of the city) has the list of these categories.
"""

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.incidents.cases.queries import views
from app.profiles import service as profiles


def require_admitted(session: Session, case: RowMapping) -> None:
    """Raise Conflict if the category of a case may not be dispatched to grid workers.

    Raises:
        Conflict: `category_not_admitted`, with the unit that owns the category, or `category_unowned`.
    """
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle
    if rules.admits(case["category"]):
        return
    owner = views.unit_named(session, case["owner_unit_id"])
    extra = {"category": case["category"], "owner_unit": dict(owner) if owner else None}
    if owner is None:
        raise Conflict("category_unowned", extra=extra)
    raise Conflict("category_not_admitted", owner=owner["name"], extra=extra)
